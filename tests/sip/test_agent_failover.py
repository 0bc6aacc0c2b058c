"""Two servers: switch-over and fail-back on the wire (behaviours 4, ladder A6)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import (
    Ended,
    Established,
    HangUp,
    Register,
    RegisterStatus,
    Server,
    TransportFailed,
)
from firmware.sip.servers import Drill, FailBack, GoBack, Life
from tests.sip.bench import ANSWER, CONTACT, LINES
from tests.sip.pair import ONE, TWO, Pair

THREE = replace(TWO, host="192.0.2.12")


def registered(**settings: Any) -> Pair:
    pair = Pair(**settings)
    pair.starts()
    pair.waits(31.0)
    pair.clears()
    return pair


def test_all_lines_begin_at_the_preferred_server_and_both_are_asked() -> None:
    """HB-01: the standby is probed too, by its own timer."""
    pair = registered()
    assert pair.registrars(2) == [ONE.host, ONE.host]
    pair.waits(300.0)
    for server in (ONE, TWO):
        times = [at for at, target in pair.asked if target == server]
        assert 10 <= len(times) <= 11
    first = next(at for at, target in pair.asked if target == ONE)
    assert first not in [at for at, target in pair.asked if target == TWO]
    states = pair.agent.servers(pair.now)
    assert [(s.life, s.in_use) for s in states] == [(Life.ALIVE, True), (Life.ALIVE, False)]


def test_a_dead_server_is_left_by_all_lines_with_new_names() -> None:
    """HB-04, ladder A6 steps 3 to 8."""
    pair = registered()
    before = pair.registers_at[-1][2]
    pair.dies(ONE)
    took = pair.waits_until(Life.DEAD, 1)
    assert 64.9 <= took <= 95.1
    pair.waits(0.1)
    (at1, where1, first), (at2, where2, second) = pair.registers_at[-2:]
    assert where1 == where2 == TWO
    assert pair.now - at1 < 0.21
    assert at2 - at1 == pytest.approx(0.05)
    assert first.call_id not in {r.call_id for _, _, r in pair.registers_at[:-2]}
    assert second.call_id != before.call_id
    assert first.from_.tag != before.from_.tag
    assert [r.state.status for r in pair.reports if r.line == 1][-2:] == [
        RegisterStatus.REGISTERING,
        RegisterStatus.REGISTERED,
    ]
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"


def test_new_calls_use_the_standby_before_it_has_registered_anybody() -> None:
    """HB-04."""
    pair = registered()
    pair.registrar[TWO] = 100
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.clears()
    pair.calls()
    assert pair.targets == [TWO]
    assert pair.one("INVITE").headers.get("Route") == "<sip:192.0.2.11:5060;lr>"


def test_a_dead_server_is_asked_on() -> None:
    pair = registered()
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.asked.clear()
    pair.waits(91.0)
    assert [target for _, target in pair.asked].count(TWO) >= 3
    sent = [at for at, target in pair.asked if target == ONE]
    assert len(sent) >= 12, "three times, each with its retransmissions at 0, 0.5, 1.5, 3.5"


def test_lines_go_back_after_three_answers_and_the_hold_time() -> None:
    """HB-06, ladder A6 steps 9 to 11."""
    pair = registered()
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.waits(10.0)
    count = len(pair.registers_at)
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    pair.waits(60.0 + 59.0)
    assert len(pair.registers_at) == count
    pair.waits(2.0)
    assert pair.registrars(2) == [ONE.host, ONE.host]
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"
    assert pair.agent.servers(pair.now)[0].in_use
    assert [r.expires for _, _, r in pair.registers_at[count:]] == [0, 3600, 0, 3600]


def test_who_tells_them_to_go_back_need_not_wait_for_the_hold_time() -> None:
    """HB-06: that is for lines which go back by themselves."""
    pair = registered()
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.waits(10.0)
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.feeds(GoBack())
    pair.waits(1.0)
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"


def gone_back(**settings: Any) -> list[tuple[float, Any, Any]]:
    """What line 1 has sent, from its registration at the standby on, until it was back."""
    pair = registered(**settings)
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.waits(10.0)
    pair.lives(ONE)
    pair.waits(200.0)
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"
    sent = [asked for asked in pair.registers_at if "sip:101@" in asked[2].to.uri]
    return sent[1:]


def test_a_binding_is_removed_before_its_line_goes_back() -> None:
    """REG-12, ladder A6 step 11: before, because both servers may share one location table."""
    (_, there, bound), (_, left, removal), (_, home, new) = gone_back()
    assert (there, left, home) == (TWO, TWO, ONE)
    assert (bound.expires, removal.expires, new.expires) == (3600, 0, 3600)
    assert removal.contacts[0].uri == bound.contacts[0].uri
    assert (removal.call_id, removal.cseq.number) == (bound.call_id, bound.cseq.number + 1)
    assert new.call_id != bound.call_id


def test_a_binding_may_be_left_to_expire() -> None:
    """REG-12: "leaving an SBC" is a setting."""
    sent = gone_back(remove_when_leaving=False)
    assert [(where, r.expires) for _, where, r in sent] == [(TWO, 3600), (ONE, 3600)]


def test_a_removal_that_nobody_answers_holds_nobody_up() -> None:
    """REG-12: two seconds, and the line goes back without it."""
    pair = registered(lines=LINES[:1])
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    pair.registrar[TWO] = 100
    pair.waits(125.0)
    removals = [at for at, _, r in pair.registers_at if not r.expires]
    back = next(at for at, where, r in pair.registers_at[3:] if where == ONE and r.expires)
    assert back - removals[0] == pytest.approx(2.0)
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"


def test_a_line_goes_back_when_nobody_uses_its_telephone() -> None:
    """HB-06: never while somebody dials, or it rings."""
    pair = registered()
    pair.busy.add(1)
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.waits(0.1)
    assert pair.registrars(2) == [TWO.host, TWO.host], "who dies does not ask"
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    pair.waits(130.0)
    assert pair.agent.registration(2).registrar == "192.0.2.10:5060"
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.clears()
    pair.calls(line=1)
    assert pair.targets == [TWO], "it calls where it is registered"
    pair.clears()
    pair.calls(line=2)
    assert pair.targets == [ONE]
    pair.busy.clear()
    pair.waits(1.1)
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"


@pytest.mark.parametrize("mode", [FailBack.MANUAL, FailBack.NEVER])
def test_lines_stay_until_they_are_told_or_driven_out(mode: FailBack) -> None:
    pair = registered(fail_back=mode)
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.lives(ONE)
    pair.waits(3000.0)
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.feeds(GoBack())
    pair.waits(1.0)
    assert {pair.agent.registration(line).registrar for line in (1, 2)} == {"192.0.2.10:5060"}
    pair.feeds(Drill(1, 10.0))
    pair.waits(200.0)
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.dies(TWO)
    pair.waits_until(Life.DEAD, 2)
    pair.waits(1.0)
    assert pair.agent.registration(1).registrar == "192.0.2.10:5060"


def test_a_server_that_comes_and_goes_does_not_drag_the_lines_along() -> None:
    """C03: at most one switch a minute, whatever the rhythm."""
    for period in (20.0, 47.0, 90.0, 130.0, 200.0):
        pair = registered()
        began = pair.now
        switches = []
        while pair.now < began + 3600:
            pair.dies(ONE)
            pair.waits(period)
            pair.lives(ONE)
            pair.waits(period)
        switches = [at for at, rank, _, used in pair.news if rank == 1 and at > began and used]
        assert all(b - a > 60 for a, b in pairwise(switches))
        assert len(switches) <= 3600 / 150


def talking(pair: Pair) -> tuple[int, Any]:
    call = pair.calls()
    invite = pair.one("INVITE")
    pair.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    pair.one("ACK")
    pair.last(Established)
    return call, invite


def test_a_talk_outlives_the_server_and_ends_where_it_began() -> None:
    """HB-05, C02: the dialog is not moved; BYE goes along its own route."""
    pair = registered()
    call, invite = talking(pair)
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.waits(10.0)
    pair.hears()
    pair.clears()
    pair.feeds(HangUp(call))
    bye = pair.gets("BYE")[0]
    assert bye.call_id == invite.call_id
    pair.last(Ended)
    pair.waits(40.0)
    assert not pair.agent.board.calls, "the port was free at once, and now nothing is left"


def test_a_drill_is_a_switch_without_a_death() -> None:
    pair = registered()
    pair.feeds(Drill(1, 100.0))
    pair.waits(0.1)
    assert pair.registrars(2) == [TWO.host, TWO.host]
    state = pair.agent.servers(pair.now)[0]
    assert (state.life, state.problem, state.in_use) == (Life.DEAD, "drill", False)
    pair.clears()
    pair.calls()
    assert pair.targets == [TWO]
    pair.waits(100.0 + 30.0 + 60.0 + 60.0 + 5.0)
    assert pair.registrars(2) == [ONE.host, ONE.host]


def test_a_drill_of_a_server_that_is_not_there_is_nothing() -> None:
    pair = registered()
    pair.feeds(Drill(0, 100.0))
    pair.feeds(Drill(3, 100.0))
    assert pair.news[-1][1:] == (2, Life.ALIVE, False)


def test_with_every_server_in_a_drill_there_is_no_way() -> None:
    pair = registered()
    pair.feeds(Drill(1, 100.0))
    pair.feeds(Drill(2, 100.0))
    pair.waits(1.0)
    pair.calls()
    ended = pair.last(Ended)
    assert ended.cause.code is Code.NO_SERVER
    assert pair.agent.registration(1).status is RegisterStatus.REGISTERED
    pair.waits(400.0)
    pair.clears()
    pair.calls()
    assert pair.targets == [ONE]


def test_a_lone_server_that_comes_back_has_its_lines_at_once() -> None:
    """It may have forgotten them: the refresh is not waited for (REG-22)."""
    pair = registered(servers=(Server(ONE.host),))
    names = {r.call_id for _, _, r in pair.registers_at}
    count = len(pair.registers_at)
    pair.dies(ONE)
    pair.waits_until(Life.DEAD, 1)
    pair.waits(100.0)
    assert len(pair.registers_at) == count
    assert pair.agent.registration(1).status is RegisterStatus.REGISTERED, "REG-11"
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    pair.waits(0.1)
    assert len(pair.registers_at) == count + 2
    assert {r.call_id for _, _, r in pair.registers_at} == names


def test_lines_that_could_not_register_do_so_when_a_server_lives_again() -> None:
    """REG-22: not when the back-off ends, which may be half an hour later."""
    pair = Pair()
    pair.living.clear()
    pair.starts()
    pair.waits(2000.0)
    assert pair.agent.registration(1).status is RegisterStatus.FAILED
    pair.lives(TWO)
    took = pair.waits_until(Life.ALIVE, 2)
    assert took <= 31
    pair.waits(1.0)
    assert {pair.agent.registration(line).registrar for line in (1, 2)} == {"192.0.2.11:5060"}
    pair.lives(ONE)
    pair.waits(200.0)
    assert {pair.agent.registration(line).registrar for line in (1, 2)} == {"192.0.2.10:5060"}


def test_without_a_heartbeat_nothing_is_asked_and_nobody_dies() -> None:
    pair = registered(heartbeat_s=0.0)
    pair.dies(ONE)
    pair.waits(300.0)
    assert pair.asked == []
    assert pair.agent.servers(pair.now)[0].life is Life.ALIVE


def test_what_a_server_answers_to_anything_is_a_sign_of_life() -> None:
    pair = Pair(heartbeat_s=0.0)
    pair.starts()
    assert [s.life for s in pair.agent.servers(0.0)] == [Life.ALIVE, Life.UNKNOWN]
    assert pair.agent.server_lives(1)


def test_a_line_that_was_refused_tries_on_when_one_more_server_is_found_dead() -> None:
    """HB-04, I5: it does not begin again where it has just been, with a REGISTER still out."""
    servers = (Server(ONE.host), Server(TWO.host), Server(THREE.host))
    pair = registered(servers=servers)
    pair.lives(THREE)
    pair.waits_until(Life.ALIVE, 3)
    pair.dies(TWO)
    pair.registrar[ONE] = 503
    for lost in range(3):
        if lost == 2:
            pair.feeds(Register(1))  # ONE refuses, TWO says nothing until the heartbeat asks
        pair.asked.clear()
        while TWO not in [target for _, target in pair.asked]:
            pair.waits(0.1)
        before = len(pair.registers_at)
        pair.feeds(TransportFailed(TWO, "connection refused"))
    assert pair.agent.servers(pair.now)[1].life is Life.DEAD
    pair.waits(1.0)
    assert [target for _, target, _ in pair.registers_at[before:]] == [THREE]


def test_a_server_that_has_not_answered_yet_is_left_when_it_has() -> None:
    """RFC 3261 section 10.2: no REGISTER, a removal neither, before the last one is answered."""
    pair = Pair(fail_back=FailBack.MANUAL, remove_when_leaving=True)
    pair.dies(ONE)
    pair.starts()
    pair.waits(100.0)
    assert pair.registrars(2) == [TWO.host, TWO.host]
    pair.lives(ONE)
    pair.waits_until(Life.ALIVE, 1)
    pair.dies(TWO)  # it lives, but is slow: its heartbeat does not notice
    pair.feeds(Register(1))
    asked = pair.registers_at[-1]
    pair.registers_at.clear()
    pair.feeds(GoBack())
    pair.waits(0.3)
    of_line = [r for _, _, r in pair.registers_at if r.call_id == asked[2].call_id]
    assert all(r.cseq == asked[2].cseq for r in of_line), "the same once more, and nothing else"
    pair.lives(TWO)
    pair.waits(2.0)
    assert pair.registrars(1) == [ONE.host]
