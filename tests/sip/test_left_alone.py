"""503 with Retry-After puts a server off for all lines (RFC 3261 section 21.5.4, C04, B39)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import Address, Deregister, Ended, Register, RegisterStatus
from firmware.sip.message import Request, parse, respond
from firmware.sip.servers import Judge, Life
from tests.sip.bench import Bench
from tests.sip.pair import ONE, TWO, Pair

AFTER_100 = ("Retry-After", "100 (maintenance);duration=60")


class Busy(Pair):
    """A registrar that refuses says when to come again."""

    after = AFTER_100

    def _answers(self, data: bytes, target: Address, status: int) -> None:
        if status != 503:
            super()._answers(data, target, status)
            return
        request = parse(data)
        assert isinstance(request, Request)
        self.brings(respond(request, status, to_tag="s", headers=(self.after,)), target)


def ready(**settings: Any) -> Busy:
    pair = Busy(**settings)
    pair.starts()
    pair.waits(31.0)
    pair.clears()
    pair.registers_at.clear()
    return pair


def refused(pair: Bench, *more: tuple[str, str], line: int = 1, rings: bool = False) -> None:
    """A call that the server refuses with 503."""
    pair.calls(line=line)
    invite = pair.one("INVITE")
    if rings:
        pair.replies(invite, 180)
    pair.replies(invite, 503, more=more)


@pytest.mark.parametrize("judge", [Judge.OPTIONS, Judge.INVITE])
def test_one_line_is_refused_and_all_go_to_the_other_server(judge: Judge) -> None:
    """Carrier 5: it is unusable for so long for all ports, whatever else counts for death."""
    pair = ready(judge=judge)
    refused(pair, AFTER_100)
    server = pair.agent.servers(pair.now)[0]
    assert server.life is Life.DEAD
    assert server.problem.startswith("503, to be left alone for 10")
    pair.waits(2.0)
    assert pair.registrars(2) == [TWO.host, TWO.host]
    pair.clears()
    pair.calls(line=2)
    assert pair.targets == [TWO], "it is not even tried"


def test_a_registrar_that_asks_one_line_to_wait_is_left_by_all() -> None:
    pair = Busy(register_rate=1.0)
    pair.registrar[ONE] = 503
    pair.starts()
    pair.waits(3.0)
    asked = [target for _, target, request in pair.registers_at if request.expires]
    assert asked == [ONE, TWO, TWO], "the other line need not find out"
    pair.registrar.clear()
    took = pair.waits_until(Life.ALIVE, 1) + 3.0
    assert 100.0 <= took <= 145.0


@pytest.mark.parametrize(
    ("more", "rings"),
    [((), False), ((("Retry-After", "0"),), False), ((("Retry-After", "soon"),), False),
     ((AFTER_100,), True)],
)  # fmt: skip
def test_what_speaks_of_this_call_alone_concerns_no_other(
    more: tuple[tuple[str, str], ...], rings: bool
) -> None:
    """Without a time it is one more loss (HB-07); after ringing it is the far end's word."""
    pair = ready()
    refused(pair, *more, rings=rings)
    assert pair.agent.servers(pair.now)[0].life is Life.ALIVE
    pair.waits(5.0)
    assert pair.registers_at == []


def lonely() -> Bench:
    """Both lines are registered at the only server, for ten minutes."""
    bench = Bench()
    bench.starts()
    for register in list(bench.wire):
        assert isinstance(register, Request)
        contact = ("Contact", f"{register.contacts[0]};expires=600")
        bench.replies(register, 200, more=(contact,))
    bench.clears()
    return bench


def test_where_there_is_no_other_server_the_lines_wait() -> None:
    """Nobody registers or refreshes; then they go on, and the binding has held."""
    bench = lonely()
    bench.waits(260.0)
    refused(bench, AFTER_100)
    bench.clears()
    bench.waits(95.0)
    assert bench.wire == [], "their refresh was due after 300 s at the latest"
    for line in (1, 2):
        state = bench.agent.registration(line)
        assert state.status is RegisterStatus.REGISTERED
        assert state.last_error.startswith("503 to INVITE, to be left alone for 10")
        assert state.next_attempt_at is not None
        assert 360.0 <= state.next_attempt_at <= 370.0
    server = bench.agent.servers(bench.now)[0]
    assert server.life is not Life.DEAD
    assert server.problem == bench.agent.registration(1).last_error
    bench.waits(16.0)
    asked = {message.from_.uri for message in bench.wire}
    assert asked == {"sip:101@dom", "sip:102@dom"}
    assert bench.agent.servers(bench.now)[0].problem == ""


def test_but_calls_are_sent_all_the_same() -> None:
    """One may be for help, and another number may be reached; each is told the truth."""
    bench = lonely()
    refused(bench, AFTER_100)
    ended: Ended = bench.last(Ended)
    assert ended.cause.code is Code.OVERLOAD
    assert "asks us to wait 100 s" in ended.cause.sentence
    bench.gets("ACK")
    bench.calls("112", line=2)
    bench.one("INVITE")


def test_and_a_line_that_leaves_says_so() -> None:
    """A binding that nobody stands behind is worse for the server than one more request."""
    bench = lonely()
    refused(bench, AFTER_100)
    bench.clears()
    bench.feeds(Deregister(1))
    assert bench.one("REGISTER").expires == 0
    bench.feeds(Register(2))
    bench.waits(0.4)
    bench.gets()


def test_two_that_are_overloaded_are_both_left_alone() -> None:
    pair = ready()
    refused(pair, AFTER_100)
    pair.replies(pair.gets("ACK", "INVITE")[1], 503, more=(("Retry-After", "300"),))
    pair.registers_at.clear()
    pair.waits(90.0)
    assert pair.registers_at == [], "nor is the second tried by who has left the first"
    pair.waits_until(Life.ALIVE, 1)
    pair.waits(60.0)
    assert pair.registrars(2) == [ONE.host, ONE.host]
