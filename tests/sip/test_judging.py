"""What tells that a server is dead: OPTIONS, REGISTER or INVITE, on the wire (HB-07)."""

from __future__ import annotations

from typing import Any

from firmware.sip.events import Ended, HangUp, RegisterStatus
from firmware.sip.message import Request, respond
from firmware.sip.servers import Judge, Life
from tests.sip.bench import LINES
from tests.sip.pair import ONE, TWO, Pair


class Fetching(Pair):
    """The servers that live answer a REGISTER without Contact as any other."""

    def __init__(self, **settings: Any) -> None:
        self.fetched: list[tuple[float, Any]] = []
        super().__init__(judge=Judge.REGISTER, **settings)

    def _answers(self, data: bytes, target: Any, status: int) -> None:
        if b"\r\nContact:" in data:
            super()._answers(data, target, status)
            return
        _, where, request = self.registers_at.pop()
        assert isinstance(request, Request)
        self.fetched.append((round(self.now, 3), where))
        if where in self.living:
            self.brings(respond(request, status, to_tag="s"), where)


def registered(pair: Pair) -> Pair:
    pair.starts()
    pair.waits(31.0)
    pair.clears()
    return pair


def test_by_registrations_both_servers_are_asked_what_is_bound() -> None:
    """HB-01, HB-07: the standby too, by its own timer."""
    pair = registered(Fetching())
    assert isinstance(pair, Fetching)
    pair.waits(300.0)
    for server in (ONE, TWO):
        assert 10 <= len([at for at, where in pair.fetched if where == server]) <= 11
    assert pair.asked == [], "no OPTIONS"
    assert pair.registrars(2) == [ONE.host, ONE.host]


def test_by_registrations_a_registrar_that_refuses_all_is_left_by_all() -> None:
    """HB-07: three answers of 503 in a row, whoever asked; then the others need not find out."""
    lines = tuple(LINES[0].__class__(n, str(100 + n), str(100 + n), "x") for n in range(1, 9))
    pair = Fetching(lines=lines)
    pair.registrar[ONE] = 503
    pair.starts()
    pair.waits(5.0)
    assert pair.agent.servers(pair.now)[0].life is Life.DEAD
    assert "503 to REGISTER" in pair.agent.servers(pair.now)[0].problem
    refused = [where for _, where, _ in pair.registers_at if where == ONE]
    assert 3 <= len(refused) < len(lines)
    assert {pair.agent.registration(n).registrar for n in range(1, 9)} == {"192.0.2.11:5060"}
    pair.registrar[ONE] = 200
    pair.waits(300.0)
    assert {pair.agent.registration(n).registrar for n in range(1, 9)} == {"192.0.2.10:5060"}


def refused(pair: Pair, status: int) -> None:
    """A call that the server refuses."""
    call = pair.calls()
    invite = pair.wire[-1]
    assert isinstance(invite, Request)
    pair.brings(respond(invite, status, to_tag="x"), pair.targets[-1])
    pair.feeds(HangUp(call))
    for later in [m for m in pair.wire if isinstance(m, Request) and m.method == "INVITE"][1:]:
        pair.brings(respond(later, 487, to_tag="y"), TWO)
    pair.clears()


def test_by_calls_three_of_503_in_a_row_move_everybody() -> None:
    """HB-07: registrations follow, and new calls begin at the other server."""
    pair = registered(Pair(judge=Judge.INVITE))
    refused(pair, 503)
    refused(pair, 503)
    refused(pair, 486)
    refused(pair, 503)
    refused(pair, 503)
    assert pair.agent.servers(pair.now)[0].life is Life.ALIVE, "486 was an answer"
    refused(pair, 503)
    assert pair.agent.servers(pair.now)[0].life is Life.DEAD
    pair.waits(0.2)
    assert pair.registrars(2) == [TWO.host, TWO.host]
    pair.calls()
    assert pair.targets[-1] == TWO
    assert {pair.agent.registration(n).status for n in (1, 2)} == {RegisterStatus.REGISTERED}


def test_by_calls_silence_counts_like_503() -> None:
    """HB-07, BW-03: each call has gone on to the other server after 4 s."""
    pair = registered(Pair(judge=Judge.INVITE))
    pair.dies(ONE)
    for _ in range(3):
        call = pair.calls()
        pair.waits(4.1)
        assert pair.targets[-1] == TWO
        pair.feeds(HangUp(call))
        pair.waits(40.0)
        pair.clears()
    assert pair.agent.servers(pair.now)[0].life is Life.DEAD
    assert pair.agent.servers(pair.now)[0].problem == "no answer to INVITE"
    assert not any(isinstance(said, Ended) for said in pair.said)


def test_by_options_neither_calls_nor_registrations_kill() -> None:
    """HB-07, the default."""
    pair = registered(Pair())
    for _ in range(5):
        refused(pair, 503)
    assert pair.agent.servers(pair.now)[0].life is Life.ALIVE
