"""Why a call ended, of two that a telephone had: each is told by itself (ladder 14.17)."""

from __future__ import annotations

from firmware.explain.marks import header, method
from firmware.trace.marks import Lane, Mark, select
from tests.explain.lab import reads, told
from tests.flows.scenes import talks_out
from tests.flows.test_two_calls import ends, flashes, is_held, is_taken_back, talks_in_the_second
from tests.world import World


def call_ids(marks: list[dict[str, object]]) -> set[str]:
    """Of the messages in a picture."""
    seen = [Mark(**{**mark, "lane": Lane(mark["lane"])}) for mark in marks]  # type: ignore[arg-type]  # as it was
    return {header(mark, "Call-ID") for mark in seen if method(mark)}


def test_a_call_that_was_answered_by_a_flash_is_told_by_itself() -> None:
    """CO-13, Q2-1: the INVITE, the answer and the BYE of the one that ended last."""
    with World(ports=1).registers() as world:
        both = talks_in_the_second(world)
        both.person.hangs_up()
        ends(world)
        data = told(world, "explain last-call 1").data
        assert (data["peer_number"], data["cause"]) == ("1003", "NORMAL")
        assert call_ids(data["marks"]) == {both.second.call_id}
        reads(world, "explain last-call 1", "two-calls-second")
        both.person.lifts()
        is_taken_back(world)
        both.person.hangs_up()
        ends(world)
        data = told(world, "explain last-call 1").data
        assert data["peer_number"] == "1001"
        assert call_ids(data["marks"]) == {both.first.call_id}
        reads(world, "explain last-call 1", "two-calls-first")


def test_a_call_asked_for_by_a_flash_begins_with_the_flash() -> None:
    """CO-14, Q2-1: what the first call was is no part of why the second failed."""
    with World(ports=1).registers() as world:
        a, first = talks_out(world)
        flashes(world, a)
        is_held(world)
        world.waits(1.0)
        a.dials("8002")
        second = world.sbc.gets("INVITE")
        world.sbc.says(second, 486, tag="c")
        world.sbc.gets("ACK")
        world.waits(0.5)
        data = told(world, "explain last-call 1").data
        assert (data["peer_number"], data["cause"]) == ("8002", "PEER_BUSY")
        assert call_ids(data["marks"]) == {second.call_id} != {first.call_id}
        reads(world, "explain last-call 1", "two-calls-enquiry")


def test_messages_of_two_calls_are_marked_with_their_own() -> None:
    """CO-13: also the answer to the BYE of the one that is over, while the other rings."""
    with World(ports=1).registers() as world:
        both = talks_in_the_second(world)
        both.person.hangs_up()
        ends(world)
        by_id: dict[str, set[int]] = {}
        for mark in world.marks:
            if mark.lane is Lane.SIP and mark.call:
                by_id.setdefault(header(mark, "Call-ID"), set()).add(mark.call)
        assert len(by_id[both.first.call_id]) == len(by_id[both.second.call_id]) == 1
        assert by_id[both.first.call_id] != by_id[both.second.call_id]


def test_the_last_call_is_drawn_with_the_one_that_it_went_on_in() -> None:
    """CLI-10: `ladder --last 1` does not begin in the middle of a talk."""
    with World(ports=1).registers() as world:
        both = talks_in_the_second(world)
        both.person.hangs_up()
        ends(world)
        both.person.lifts()
        is_taken_back(world)
        both.person.hangs_up()
        ends(world)
        marks = select(world.marks, port=1, last=1)
        assert [m.what for m in marks if m.lane is Lane.SIP][:2] == ["INVITE", "180"]
        assert header(next(m for m in marks if m.what == "INVITE"), "Call-ID") == (
            both.first.call_id
        )
