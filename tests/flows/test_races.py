"""Calls whose two ends act at once, and what is written down of a call (behaviours 8.1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.far_end import FarEnd
from tests.flows.scenes import answers, calls_out, is_called, talk, talks_out
from tests.sbc import SBC, description
from tests.world import World

IDLE = "reg-ok:Activ Idle ON-HOOK"


def test_the_caller_hangs_up_between_the_answer_and_its_ack() -> None:
    """CO-10: the ACK is out with the 200; then a BYE ends it, never a CANCEL."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        world.waits(1.0)
        world.sbc.forgets()
        a.hangs_up()
        world.waits(0.6)  # not yet believed: it could be a flash
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(1.0)
        assert ">CANCEL" not in world.wire()
        assert world.row(1) == IDLE


def test_a_bye_before_the_answer_ends_the_call() -> None:
    """CO-11: 200 to the BYE, 487 to the INVITE; the bell stops."""
    with World(ports=1).registers() as world:
        invite = world.sbc.calls("101")
        ringing = world.sbc.gets_answer(180, "INVITE")
        world.waits(0.5)
        world.sbc.asks_as_caller("BYE", ringing, 2)
        world.sbc.gets_answer(200, "BYE")
        gone = world.sbc.gets_answer(487, "INVITE")
        world.sbc.acks(invite, gone)
        world.waits(0.2)
        (b,) = world.people
        assert not b.sees.sounding
        assert world.row(1) == IDLE


def test_the_callee_hangs_up_before_the_ack() -> None:
    """CO-16: its BYE waits for the ACK; the line is free at once."""
    with World(ports=1).registers() as world:
        b, invite, ok = answers(world, acked=False)
        b.hangs_up()
        world.waits(1.5)
        assert world.row(1) == IDLE
        assert ">BYE" not in world.wire()
        world.sbc.forgets()
        world.sbc.acks(invite, ok)
        bye = world.sbc.gets("BYE")
        world.sbc.says(bye, 200)
        world.waits(1.0)
        assert world.sbc.unread == []


def test_a_cancel_for_an_invite_we_do_not_know_is_answered_481() -> None:
    """FC-04: it names another transaction than the one that rings."""
    with World(ports=1).registers() as world:
        _, invite = is_called(world)
        via = str(invite.headers.get("Via")).replace("z9hG4bK", "z9hG4bKother")
        unknown = type(invite)("INVITE", invite.uri, invite.headers.replaced("Via", via))
        world.sbc.cancels(unknown)
        world.sbc.gets_answer(481, "CANCEL")
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 1001 Incoming"


def test_an_answer_meets_the_caller_s_cancel() -> None:
    """The handset goes up as the CANCEL comes in: one of the two wins, nothing hangs."""
    with World(exchange=True).registers() as world:
        a, b = world.people
        a.lifts()
        world.waits(0.4)
        a.dials("102")
        world.waits_until(lambda: b.bell_rings)
        world.waits(1.0)
        a.hangs_up()
        world.waits_until(lambda: ">CANCEL" in world.wire(1))
        b.lifts()
        world.waits(2.0)
        assert world.row(1) == IDLE
        assert world.row(2).split()[1] in {"DialTone", "Busy"}
        b.hangs_up()
        world.waits(1.0)
        assert world.row(2) == IDLE
        assert not world.network.sockets


@pytest.mark.parametrize("delay_ms", [50, 60, 70, 80, 90, 100])
def test_a_lift_and_a_cancel_at_any_distance_leave_both_lines_usable(delay_ms: int) -> None:
    """FC-02 from both sides, through the exchange: the CANCEL after the lift, before the 200."""
    with World(exchange=True).registers() as world:
        a, b = world.people
        a.lifts()
        world.waits(0.4)
        a.dials("102")
        world.waits_until(lambda: b.bell_rings)
        a.hangs_up()
        world.waits(0.7 - delay_ms / 1000)
        b.lifts()
        world.waits(3.0)
        assert world.row(1) == IDLE
        b.hangs_up()
        world.waits(1.0)
        assert world.row(2) == IDLE
        talk(world)
        assert [world.row(p).split()[1] for p in (1, 2)] == ["Talking", "Talking"]


def test_what_is_written_down_of_a_call() -> None:
    """CO-13: times, numbers, codec, packets, who released, why."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        a, _ = talks_out(world)
        far.sings(700, ("10.0.0.1", 10000))
        world.waits(10.0)
        a.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(0.5)
        (record,) = world.records(1)
        assert (record.number, record.peer_number) == ("101", "8001")
        assert record.call_direction.value == "Outgoing"
        began, answered, ended = (
            datetime.fromisoformat(text)
            for text in (record.started, record.answered, record.ended)
        )
        assert began < answered < ended
        assert record.duration_s == pytest.approx((ended - answered).total_seconds(), abs=0.01)
        assert 10.0 <= record.duration_s <= 11.0
        assert record.codec == "PCMA"
        assert record.sent == pytest.approx(record.duration_s * 50, abs=3)
        assert record.received == pytest.approx(record.duration_s * 50, abs=3)
        assert record.lost == 0
        assert (record.released_by, record.cause, record.q850) == ("local", "NORMAL", 16)


def test_a_missed_call_is_written_down() -> None:
    with World(ports=1).registers() as world:
        _, invite = is_called(world, by="1001")
        world.waits(2.0)
        world.sbc.cancels(invite)
        world.sbc.gets_answer(200, "CANCEL")
        world.sbc.acks(invite, world.sbc.gets_answer(487, "INVITE"))
        (record,) = world.records(1)
        assert (record.peer_number, record.answered) == ("1001", "")
        assert record.call_direction.value == "Incoming"
        assert (record.cause, record.released_by) == ("CALLER_ABANDONED", "remote")


def test_the_service_stops_while_an_ack_is_missing() -> None:
    """CO-16, B06: the far end has our 200 and gets a BYE, although nobody waits for the ACK."""
    world = World(ports=1).registers()
    try:
        answers(world, acked=False)
        world.stops()
        assert ">BYE" in world.wire()
        assert not world.network.sockets
    finally:
        world.ends()


def test_the_service_stops_in_the_middle_of_a_call() -> None:
    """The far end is told; nothing is left at the server or on the network."""
    world = World(exchange=True).registers()
    try:
        talk(world)
        world.stops()
        assert world.exchange.registrar.all(world.now) == {}
        assert ">BYE" in world.wire()
        assert not world.network.sockets
    finally:
        world.ends()
