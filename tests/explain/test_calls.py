"""Explaining records alone: causes that nothing gives yet, and calls whose marks are gone."""

from __future__ import annotations

import pytest

from firmware.causes import Cause, Code, cause
from firmware.errors import CommandError
from firmware.explain.call import CHOICES, explain_call
from firmware.explain.facts import FACTS, facts_of
from firmware.explain.live import Live
from firmware.explain.marks import of_record
from firmware.status import CallRecord, Direction, PortStatus, of_cause
from firmware.trace.marks import Lane, Mark
from firmware.trace.records import Kept
from tests.explain.lab import told
from tests.flows.scenes import calls_out
from tests.world import World

LIVE = Live(port=PortStatus(card=1, port=1, number="101"))
SBC = "192.0.2.10:5060"


def kept(why: Cause, *, peer: str = "8001", began: float = 1.0, ended: float = 9.0) -> Kept:
    record = CallRecord(
        call=3, card=1, port=1, number="101", peer_number=peer,
        call_direction=Direction.OUTGOING, started="", ended="2024-05-01T12:00:05+08:00",
        **of_cause(why),
    )  # fmt: skip
    return Kept(record, began, ended)


def mark(at: float, lane: Lane, what: str, *, out: bool = False, detail: str = "") -> Mark:
    peer = SBC if lane is Lane.SIP else ""
    return Mark(at=at, port=1, lane=lane, outward=out, what=what, peer=peer, detail=detail)


def test_every_cause_has_marks_and_facts_chosen_for_it() -> None:
    assert set(CHOICES) == set(FACTS) == set(Code)


def test_a_barred_number_is_explained_by_the_rule_that_bars_it() -> None:
    why = cause(Code.LOCAL_BARRED, digits="0900", rule="[line] barred")
    marks = [
        mark(0.0, Lane.COPPER, "off-hook"),
        *(mark(1.0 + n, Lane.COPPER, digit) for n, digit in enumerate("0900")),
        mark(9.0, Lane.HOUSE, "LOCAL_BARRED"),
        mark(9.0, Lane.COPPER, "unobtainable", out=True),
    ]
    seen = of_record(marks, kept(why, peer="0900"), dropped=False)
    explained = explain_call(kept(why, peer="0900"), seen, LIVE, 10.0)
    assert explained.sentence == "The number 0900 is barred on this port by [line] barred."
    assert explained.tone == "unobtainable"
    assert [m.what for m in explained.marks] == [
        "off-hook", "9", "0", "0", "LOCAL_BARRED", "unobtainable",
    ]  # fmt: skip


def test_a_call_without_voice() -> None:
    ok = "SIP/2.0 200 OK\r\nCSeq: 2 INVITE\r\n\r\n"
    marks = [
        mark(0.0, Lane.COPPER, "off-hook"),
        mark(1.0, Lane.SIP, "INVITE", out=True),
        mark(2.0, Lane.SIP, "200", detail=ok),
        mark(2.0, Lane.VOICE, "voice PCMA", out=True, detail="10.0.0.1:10000 - 10.0.0.9:20000"),
        mark(8.0, Lane.VOICE, "no RTP for 6 s"),
        mark(9.0, Lane.SIP, "BYE", out=True),
        mark(9.0, Lane.HOUSE, "NO_RTP"),
        mark(9.0, Lane.COPPER, "busy", out=True),
    ]
    why = cause(Code.NO_RTP, seconds=6)
    seen = of_record(marks, kept(why), dropped=False)
    explained = explain_call(kept(why), seen, LIVE, 10.0)
    assert [m.what for m in explained.marks] == [
        "200", "voice PCMA", "no RTP for 6 s", "BYE", "NO_RTP", "busy",
    ]  # fmt: skip
    assert explained.facts == (
        "Our address for voice was 10.0.0.1:10000, that of the far end 10.0.0.9:20000.",
        "No voice packet ever came.",
    )


@pytest.mark.parametrize("code", list(Code), ids=[code.value for code in Code])
def test_a_call_whose_marks_are_gone_is_explained_by_its_record(code: Code) -> None:
    why = cause(code, status=486, peer="8001", digits="8001", timer="S", seconds=4)
    later = [mark(50.0, Lane.COPPER, "off-hook")]
    seen = of_record(later, kept(why), dropped=True)
    explained = explain_call(kept(why), seen, LIVE, 60.0)
    assert explained.marks == ()
    assert explained.missing == "What was seen of that call is no longer kept."
    assert explained.sentence == why.sentence
    assert explained.hint == why.hint
    assert list(facts_of(kept(why), seen, LIVE)) == list(explained.facts)


def test_a_call_of_which_only_the_end_is_left_says_so() -> None:
    why = cause(Code.PEER_BUSY, status=486, peer="8001")
    busy = "SIP/2.0 486 Busy Here\r\nCSeq: 2 INVITE\r\n\r\n"
    marks = [mark(8.9, Lane.SIP, "486", detail=busy), mark(9.0, Lane.HOUSE, "PEER_BUSY")]
    explained = explain_call(kept(why), of_record(marks, kept(why), dropped=True), LIVE, 10.0)
    assert [m.what for m in explained.marks] == ["486", "PEER_BUSY"]
    assert explained.missing == "The beginning of that call is no longer kept."


def test_what_a_server_wrote_cannot_move_the_cursor() -> None:
    why = cause(Code.SERVER_ERROR, status=500, server=SBC, text="x")
    evil = "SIP/2.0 500 \x1b[2J\r\nCSeq: 2 INVITE\r\nServer: \x07bell\r\n\r\n"
    marks = [
        mark(0.0, Lane.COPPER, "off-hook"),
        mark(1.0, Lane.SIP, "INVITE", out=True),
        mark(9.0, Lane.SIP, "500", detail=evil),
    ]
    explained = explain_call(kept(why), of_record(marks, kept(why), dropped=False), LIVE, 10.0)
    assert "\x1b" not in "".join(explained.facts)
    assert "\x07" not in "".join(explained.facts)


def test_the_next_call_is_not_mixed_with_the_last() -> None:
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 486)
        world.sbc.gets("ACK")
        a.hangs_up()
        world.waits(1.0)
        _, second = calls_out(world, "8002")
        first = told(world, "explain last-call 1").data
        assert first["peer_number"] == "8001", "the second is still going on"
        world.sbc.says(second, 180)
        world.waits(0.2)
        first = told(world, "explain last-call 1").data
        assert first["facts"][-1] == "Now: a call with 8002 goes on; show call tells how."
        world.sbc.says(second, 404)
        world.sbc.gets("ACK")
        world.waits(0.2)
        data = told(world, "explain last-call 1").data
        assert data["cause"] == "UNALLOCATED"
        assert data["sentence_zh"] == "号码 8002 是空号 (404)"
        assert {m["what"] for m in data["marks"]} >= {"INVITE", "404", "UNALLOCATED"}
        assert "486" not in {m["what"] for m in data["marks"]}


def test_a_port_that_has_had_no_call_says_so() -> None:
    with World(ports=1).registers() as world:
        with pytest.raises(CommandError, match="port 1 has had no call"):
            told(world, "explain last-call 1")
        with pytest.raises(CommandError, match=r"port 7 not present \(ports: 1\)"):
            told(world, "explain last-call 7")
