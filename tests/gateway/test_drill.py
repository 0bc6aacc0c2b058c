"""What a drill measures: who went where, how soon, and what it cost (U15, HB-04, HB-05, HB-08)."""

from __future__ import annotations

import io
from json import loads
from typing import Any

import pytest

from firmware.causes import Code
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Options
from firmware.cli.front import write
from firmware.drill import DrillReport, Ended, Rehearsal
from firmware.errors import CommandError
from firmware.line.events import CallStatus
from firmware.sip.events import RegisterStatus
from firmware.status import (
    CallRecord,
    CallStatusRow,
    Direction,
    RegistrationStatus,
    ServerStatus,
)
from tests.flows.scenes import dials
from tests.flows.standby import STANDBY, TwoServers, voice
from tests.gateway.test_trace_bundle import Console

QUICK = "interval = 2\ntimeout = 1\nhold = 3"
FIRST, SECOND = "10.0.0.9:5060", "10.0.0.8:5060"


def typed(two: TwoServers, line: str, *, json: bool = False) -> tuple[int, str]:
    """Type a command at the desk of a world, in which time passes while it waits."""
    console = Console(two.world)
    console.context.options = Options(environment={}, json=json)
    out = io.StringIO()
    answer: Answer = TABLE.execute(line.split(), console.context)
    return write(answer, console.context.options, out, out), out.getvalue()


def report(two: TwoServers) -> DrillReport:
    told = two.world.asks("drill-report")
    assert isinstance(told, DrillReport)
    return told


def test_a_drill_tells_when_calls_and_lines_have_switched_and_that_no_talk_was_lost() -> None:
    with TwoServers(heartbeat=QUICK).registers() as two:
        dials(two.world, "8001")
        invite = two.first.gets("INVITE")
        two.first.says(invite, 200, body=voice())
        two.first.gets("ACK")
        status, told = typed(two, "drill sbc 1 down 5")
        assert (status, told.splitlines()[:2]) == (
            0,
            [
                f"sbc 1 ({FIRST}) is treated as dead for 5 s",
                f"after 0.000 s new calls go to sbc 2 ({SECOND})",
            ],
        )
        seen = report(two)
        assert (seen.lines, seen.lines_moved, seen.passed) == (2, 2, True)
        assert seen.registered_ms is not None
        assert 0 < seen.registered_ms < 500
        assert told.splitlines()[2:] == [
            f"after {seen.registered_ms / 1000:.3f} s all lines are registered there: 2",
            "after 5.000 s the drill is over",
            "switch of calls  0 ms",
            f"switch of lines  {seen.registered_ms:g} ms, 2 of 2",
            "calls before it  1, lost: 0",
            "calls since      0, failed: 0",
        ]
        assert two.world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"


def test_its_json_is_one_object_at_the_end() -> None:
    with TwoServers(heartbeat=QUICK).registers() as two:
        status, told = typed(two, "drill sbc 1 down 2", json=True)
        (line,) = told.splitlines()
        data = loads(line)
        assert status == 0
        assert {"switch_ms": 0.0, "switched_to": 2, "calls_lost": 0, "over": True}.items() <= (
            data.items()
        )


def test_cut_off_a_call_fails_and_so_does_the_drill() -> None:
    """HB-08: the standby is dead already."""
    with TwoServers(heartbeat=QUICK).registers() as two:
        two.dies(STANDBY)
        two.sees(2, "dead")
        two.world.asks("drill", server=1, seconds=10)
        dials(two.world, "8001")
        two.world.waits_until(lambda: bool(two.world.records(1)), most=9.0)
        two.world.person(1).hangs_up()
        two.world.waits(8.0)
        status, told = typed(two, "drill report")
        assert status == 0, "the report itself is no failure"
        rows = told.splitlines()
        assert rows[:2] == [f"sbc 1 ({FIRST}) is treated as dead for 10 s", "it is over"]
        assert rows[2].startswith("switch of calls  no other server lives")
        assert rows[-1] == "calls since      1, failed: 1"
        seen = report(two)
        assert not seen.passed
        assert [record.cause for record in seen.losses] == ["NO_SERVER"]


def test_a_drill_of_the_standby_has_nothing_to_switch() -> None:
    with TwoServers(heartbeat=QUICK).registers() as two:
        two.sees(2, "alive")
        status, told = typed(two, "drill sbc 2 down 1")
        assert status == 0
        assert "it is not in use: nothing has to switch" in told.splitlines()


def test_a_drill_in_the_background_is_asked_about_later_and_may_be_ended() -> None:
    with TwoServers(heartbeat=QUICK).registers() as two:
        with pytest.raises(CommandError, match="no drill since the service began"):
            typed(two, "drill report")
        _, told = typed(two, "drill sbc 1 down 100 --background")
        assert told.endswith("as dead for 100 s; drill report tells what comes of it\n")
        two.world.waits(3.0)
        assert "97 s are left" in typed(two, "drill report")[1]
        typed(two, "drill sbc 2 down 0")
        assert not report(two).over, "that was another server"
        assert typed(two, "drill sbc 1 down 0") == (0, "sbc 1: drill ended\n")
        assert (report(two).over, report(two).elapsed_s) == (True, 3.0)
        two.world.waits(30.0)
        assert report(two).elapsed_s == 3.0
        assert report(two).lines_moved == 2


def test_the_interrupt_key_ends_the_watching_and_not_the_drill() -> None:
    with TwoServers(heartbeat=QUICK).registers() as two:
        console = Console(two.world)
        console.context.options = Options(environment={})

        def impatient(_seconds: float) -> None:
            raise KeyboardInterrupt

        console.context.wait = impatient
        out = io.StringIO()
        answer = TABLE.execute(["drill", "sbc", "1", "down", "60"], console.context)
        assert write(answer, console.context.options, out, out) == 0
        assert out.getvalue().splitlines()[-1].startswith("the drill goes on: drill sbc N down 0")
        assert not report(two).over


# the measuring itself

SERVERS = (
    ServerStatus(index=1, server=FIRST, state="alive", in_use=True),
    ServerStatus(index=2, server=SECOND, state="alive"),
)
LINE = RegistrationStatus(
    card=1, port=1, number="101", register_status=RegisterStatus.REGISTERED, registrar=FIRST
)


def call(number: int, **facts: Any) -> CallStatusRow:
    return CallStatusRow(
        call=number, card=1, port=1, call_status=CallStatus.TALKING, peer_number="8001",
        call_direction=Direction.OUTGOING, **facts,
    )  # fmt: skip


def ended(number: int, cause: Code, began: float, at: float) -> Ended:
    record = CallRecord(
        call=number, card=1, port=1, number="101", peer_number="8001",
        call_direction=Direction.OUTGOING, started="", ended="", cause=cause.value,
    )  # fmt: skip
    return Ended(record, began, at)


def test_calls_that_people_end_are_not_lost_and_those_of_before_or_after_do_not_count() -> None:
    rehearsal = Rehearsal(SERVERS[0], 60.0, 100.0, [LINE], [call(1), call(2), call(3)])
    over = [
        ended(9, Code.NO_SERVER, 90.0, 95.0),
        ended(1, Code.NORMAL, 50.0, 110.0),
        ended(2, Code.SESSION_LOST, 50.0, 120.0),
        ended(4, Code.PEER_BUSY, 105.0, 106.0),
        ended(5, Code.TIMEOUT_B, 105.0, 137.0),
        ended(0, Code.NO_SERVER, 140.0, 140.0),
        ended(6, Code.NO_SERVER, 161.0, 161.0),
    ]
    going = [call(3, duration_s=200.0), call(7, duration_s=10.0)]
    told = rehearsal.report(going, over, 170.0)
    assert (told.calls_before, told.calls_lost) == (3, 1)
    assert (told.calls_new, told.calls_failed) == (4, 2)
    assert [record.call for record in told.losses] == [2, 5, 0]
    assert (told.over, told.elapsed_s, told.passed) == (True, 60.0, False)


def test_a_line_that_comes_late_is_the_time_of_the_switch_and_one_that_stays_is_none() -> None:
    lines = [LINE, RegistrationStatus(**{**vars_of(LINE), "port": 2, "number": "102"})]
    rehearsal = Rehearsal(SERVERS[0], 60.0, 100.0, lines, [])
    rehearsal.look(SERVERS, lines, 100.0)
    assert rehearsal.report([], [], 100.0).switch_ms is None
    after = [
        ServerStatus(index=1, server=FIRST, state="dead"),
        ServerStatus(index=2, server=SECOND, state="alive", in_use=True),
    ]
    rehearsal.look(after, lines, 100.25)
    moved = [RegistrationStatus(**{**vars_of(line), "registrar": SECOND}) for line in lines]
    rehearsal.look(after, [moved[0], lines[1]], 100.5)
    told = rehearsal.report([], [], 101.0)
    assert (told.switch_ms, told.lines_moved, told.registered_ms) == (250.0, 1, None)
    assert (told.passed, rehearsal.settled) == (False, False)
    rehearsal.look(after, moved, 102.0)
    told = rehearsal.report([], [], 103.0)
    assert (told.registered_ms, told.passed, rehearsal.settled) == (2000.0, True, True)


def test_what_happens_after_the_end_is_no_switch() -> None:
    rehearsal = Rehearsal(SERVERS[0], 1.0, 100.0, [LINE], [])
    rehearsal.look([SERVERS[0], ServerStatus(index=2, server=SECOND, in_use=True)], [], 102.0)
    assert rehearsal.report([], [], 102.0).switched_to is None


def vars_of(line: RegistrationStatus) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__struct_fields__}
