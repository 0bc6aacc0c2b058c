"""The time machine: what an operator is told of an instant that has passed (U16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from firmware.cli import show  # noqa: F401 fills the table
from firmware.errors import CommandError
from firmware.sip.events import RegisterStatus
from firmware.status import (
    Alarm,
    CallRecord,
    CallStatusRow,
    PhysicalStatus,
    PortStatus,
    RegistrationStatus,
    ServerStatus,
    Version,
)
from firmware.trace.past import OCTETS, TimeMachine
from tests.explain.lab import told
from tests.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Telephone 1 talks to telephone 2 from the 3rd to the 8th second."""
    with World(exchange=True).registers() as made:
        yield made


def wall(world: World) -> float:
    return world.gateway.seams.wall_clock()


def row(world: World, at: float, port: int = 1) -> str:
    rows: Any = world.asks("ports-at", at=at, port=port)
    (told,) = rows
    return f"{told.call_status.value} {told.physical_status.value} {told.peer_number}".strip()


@pytest.fixture(scope="module")
def instants(world: World) -> dict[str, float]:
    """What was lived through, and when."""
    a, b = world.people
    world.waits(1.0)
    seen = {"before": wall(world)}
    world.waits(1.0)
    a.lifts()
    world.waits(0.5)
    seen["dial tone"] = wall(world)
    a.dials("102")
    world.waits_until(lambda: b.bell_rings)
    world.waits(1.0)
    seen["rings"] = wall(world)
    b.lifts()
    world.waits(2.0)
    seen["talks"] = wall(world)
    a.hangs_up()
    world.waits(1.0)
    b.hangs_up()
    world.waits(1.0)
    seen["after"] = wall(world)
    return seen


def test_a_port_is_shown_as_it_was(world: World, instants: dict[str, float]) -> None:
    rows = {name: (row(world, at, 1), row(world, at, 2)) for name, at in instants.items()}
    assert rows == {
        "before": ("Idle ON-HOOK", "Idle ON-HOOK"),
        "dial tone": ("DialTone OFF-HOOK", "Idle ON-HOOK"),
        "rings": ("RingBack OFF-HOOK 102", "Ringing RINGING 101"),
        "talks": ("Talking OFF-HOOK 102", "Talking OFF-HOOK 101"),
        "after": ("Idle ON-HOOK", "Idle ON-HOOK"),
    }


def test_bindings_count_from_that_instant(world: World, instants: dict[str, float]) -> None:
    rows: Any = world.asks("registrations-at", at=instants["talks"])
    assert [line.register_status.value for line in rows] == ["reg-ok", "reg-ok"]
    now: Any = world.asks("registrations")
    ago = wall(world) - instants["talks"]
    assert rows[0].expires_in_s == pytest.approx(now[0].expires_in_s + ago, abs=1.5)
    assert rows[0].answered_ago_s == pytest.approx(now[0].answered_ago_s - ago, abs=1.5)


def test_calls_that_were_going_on_then_are_shown(world: World, instants: dict[str, float]) -> None:
    going: Any = world.asks("calls-at", at=instants["talks"])
    assert [(call.port, call.peer_number, call.call_status.value) for call in going] == [
        (1, "102", "Talking"),
        (2, "101", "Talking"),
    ]
    assert going[0].talking_s == pytest.approx(2.0, abs=0.2)
    rings: Any = world.asks("calls-at", at=instants["rings"])
    assert [call.talking_s for call in rings] == [None, None]
    over = [world.asks("history-at", at=instants[name]) for name in ("talks", "after")]
    assert [len(records) for records in over] == [0, 2]  # type: ignore[arg-type]  # of a list


def test_a_call_that_still_goes_on_was_going_on_before(world: World) -> None:
    a, b = world.people
    a.lifts()
    world.waits(0.5)
    a.dials("102")
    world.waits_until(lambda: b.bell_rings)
    b.lifts()
    world.waits(1.0)
    then = wall(world)
    world.waits(2.0)
    going: Any = world.asks("calls-at", at=then)
    assert [call.peer_number for call in going] == ["102", "101"]
    assert going[0].talking_s == pytest.approx(1.0, abs=0.2)
    a.hangs_up()
    world.waits(1.0)
    b.hangs_up()
    world.waits(1.0)


def test_a_ladder_is_chosen_by_call_and_by_number(
    world: World, instants: dict[str, float]
) -> None:
    assert instants
    (call,) = {record.call for record in world.records(1)[:1]}
    by_call, by_number = world.asks("ladder", call=call), world.asks("ladder", number="102")
    assert isinstance(by_call, list)
    assert isinstance(by_number, list)
    assert {"off-hook", "INVITE", "BYE", "on-hook"} <= {mark.what for mark in by_call}
    assert {mark.port for mark in by_call} <= {0, 1}
    assert all(mark in by_number for mark in by_call)
    assert world.asks("ladder", number="999") == world.asks("ladder", call=77) == []


def test_the_commands_say_of_when_they_tell(world: World, instants: dict[str, float]) -> None:
    then = datetime.fromtimestamp(instants["talks"]).astimezone()
    at = then.strftime("%Y-%m-%dT%H:%M:%S")
    for command in ("port 1 status", "card 1 port 1 status", "registration", "call", "calls"):
        text = told(world, f"show {command} --at {at}").text
        assert text.startswith(f"at {then:%Y-%m-%d %H:%M:%S}:\n"), text
    assert "Talking" in told(world, f"show port 1 status --at {at}").text


def test_what_is_forgotten_or_has_not_come_is_refused_in_words(world: World) -> None:
    with pytest.raises(CommandError, match=r"what was before \d{4}-.* is not known"):
        world.asks("ports-at", at=wall(world) - 1e6)
    with pytest.raises(CommandError, match="has not come yet"):
        world.asks("registrations-at", at=wall(world) + 60)
    with pytest.raises(CommandError, match="port 9 not present"):
        world.asks("ports-at", at=wall(world), port=9)
    with pytest.raises(CommandError, match="card 3 not present"):
        world.asks("ports-at", at=wall(world), card=3)
    with pytest.raises(CommandError, match="in seconds since 1970"):
        world.asks("ports-at")


def test_show_version_says_how_much_is_kept(world: World) -> None:
    version = world.asks("version")
    assert isinstance(version, Version)
    assert f"{OCTETS >> 10} KiB of states (--at)" in version.kept


def test_its_memory_is_bounded_and_what_is_left_stays_true() -> None:
    machine, hook = TimeMachine(0.0, most=20_000), list(PhysicalStatus)
    other = PortStatus(card=1, port=2, peer_number="8001")
    machine.keep(other, 0.5)
    for second in range(1, 1000):
        machine.keep(PortStatus(card=1, port=1, physical_status=hook[second % 3]), second)
    assert 800 < machine.reach < 990, "far more would not fit"
    assert machine._octets <= 20_000
    for second in range(int(machine.reach) + 1, 1000):
        first, second_port = machine.rows(PortStatus, second + 0.5)
        assert first.physical_status is hook[second % 3]
        assert second_port == other


def test_what_has_not_changed_takes_no_place() -> None:
    machine = TimeMachine(0.0)
    line = RegistrationStatus(
        card=1,
        port=1,
        number="101",
        register_status=RegisterStatus.REGISTERED,
        expires_in_s=600.0,
        answered_ago_s=0.0,
    )
    machine.keep(line, 10.0)
    for later in range(1, 500):
        aged = replace(line, expires_in_s=600.0 - later, answered_ago_s=float(later))
        machine.keep(aged, 10.0 + later)
    server = ServerStatus(index=1, server="sbc", state="alive", sent=3, rtt_ms=4.0)
    machine.keep(server, 20.0)
    machine.keep(replace(server, sent=4, rtt_ms=5.0), 50.0)
    assert len(machine._changes) == 2
    (then,) = machine.rows(RegistrationStatus, 60.0)
    assert (then.expires_in_s, then.answered_ago_s) == (550.0, 50.0)
    machine.keep(replace(line, expires_in_s=600.0), 300.0)
    assert len(machine._changes) == 3, "it was refreshed"


def test_alarms_have_an_end_and_are_remembered() -> None:
    """D12 to D19: what was wrong at night is still told in the morning."""
    with World(ports=1).registers() as world:
        alarms = world.gateway.alarms
        alarms.set("network", "critical", "no way out")
        world.waits(60.0)
        alarms.set("network", "critical", "no address")
        world.waits(5.0)
        alarms.clear("network")
        alarms.clear("network")
        alarms.set("metrics", "minor", "port taken")
        over, now = world.asks("alarms-over"), world.asks("alarms")
        assert isinstance(over, list)
        assert [alarm.what for alarm in over] == ["no way out", "no address"]
        assert [seconds(alarm) for alarm in over] == pytest.approx([60.0, 5.0])
        assert isinstance(now, list)
        assert [alarm.until for alarm in now if alarm.where == "metrics"] == [""]
        history = told(world, "show alarms --history").text.splitlines()
        assert history[0].split() == ["since", "until", "severity", "where", "what"]
        assert [line.split()[5] for line in history[1:3]] == ["network", "network"]
        assert "no way out" not in told(world, "show alarms").text


def seconds(alarm: Alarm) -> float:
    began, ended = map(datetime.fromisoformat, (alarm.since, alarm.until))
    return (ended - began).total_seconds()


def test_what_one_gateway_has_seen_the_next_remembers(world: World) -> None:
    from firmware.trace.records import Alarms

    first = Alarms(lambda: 1e9)
    first.set("box", "minor", "warm")
    second = Alarms(lambda: 2e9, first)
    assert second.all() == []
    assert [alarm.what for alarm in second.over()] == ["warm"]
    assert isinstance(world.asks("calls")[:1], list)  # type: ignore[index]  # of a list


def test_rows_of_the_past_are_those_of_the_present(world: World) -> None:
    """What is told of this instant by the time machine is what is told of it now."""
    world.waits(1.0)
    now = wall(world)
    assert world.asks("ports-at", at=now, port=1) == world.asks("ports", port=1)
    kinds: tuple[type, ...] = (CallRecord, CallStatusRow)
    assert all(isinstance(r, kinds[0]) for r in world.asks("history-at", at=now))  # type: ignore[attr-defined]  # of a list
