"""A line circuit fails: its port says why and is tried again, the others telephone on."""

from __future__ import annotations

from itertools import pairwise

import pytest

from drivers.sim.si321x_faults import Faults
from firmware.card.rack import RETRY
from firmware.trace.marks import Lane
from tests.gateway.faulty import IDLE, FaultyWorld
from tests.world import World

HEALED = Faults()


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        (Faults(missing=True), "identification: register 0 reads 0xff: no SLIC answers"),
        (Faults(cal_timeout="calibration"), "calibration: register 96 reads 0x47 after 0.8 s"),
        (Faults(cal_timeout="balance"), "longitudinal balance: register 96 reads 0x40"),
        (Faults(cal_timeout="converter"), "DC-DC calibration: register 93 reads 0x99"),
        (Faults(cal_timeout="gain-mismatch"), "gain mismatch: register 88 reads 0x03"),
        (Faults(vbat_never_up=True), "DC-DC converter: register 82 reads 0x20 (12 V)"),
        (Faults(vbat_slow=True), "DC-DC converter: register 82 reads 0x3a (22 V)"),
        (Faults(spi_bit_error_rate=1e-3), "indirect register 1 (row_1): wrote 0x51e6"),
    ],
    ids=[
        "missing",
        "calibration",
        "balance",
        "converter",
        "gain",
        "no-vbat",
        "slow",
        "bit-errors",
    ],
)
def test_a_port_that_fails_at_start_names_register_and_value_and_comes_up_when_mended(
    faults: Faults, why: str
) -> None:
    with FaultyWorld({1: faults}) as world:
        world.waits_until(lambda: world.row(2) == IDLE)
        assert world.row(1) == "unreg:Fault Idle FAULT"
        assert why in world.status(1).last_error
        assert why in world.alarms()["[1:1]"]
        _calls_nobody(world, 2)
        world.chip(1).faults = HEALED
        world.sleeps(RETRY[0])
        world.waits_until(lambda: world.row(1) == IDLE)
        assert world.alarms() == {}
        world.talks()
        assert world.voice_passes()


def test_a_port_that_stays_broken_is_tried_again_ever_more_seldom() -> None:
    with FaultyWorld({1: Faults(missing=True)}) as world:
        world.sleeps(1000)
        tries = [m for m in world.marks if m.port == 1 and m.what == "out of service"]
        gaps = [round(b.at - a.at) for a, b in pairwise(tries)]
        assert gaps == [10, 20, 40, 80, 160, 320]


def test_chips_that_none_of_us_has_put_into_reset_are_taken_through_it_again() -> None:
    """D07: a glitch of the wire, or another program; the chips hear nothing until it is over."""
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        world.card.set_reset(True)
        world.waits_until(lambda: all("FAULT" in world.row(port) for port in (1, 2)), most=2)
        assert "no chip answers" in world.alarms()["[1:1]"]
        world.person(1).hangs_up()
        world.person(2).hangs_up()
        world.sleeps(RETRY[0])
        world.waits_until(lambda: [world.row(port) for port in (1, 2)] == [IDLE, IDLE])
        assert world.alarms() == {}
        ups = [mark for mark in world.marks if mark.what == "in service"]
        assert [mark.port for mark in ups] in ([1, 2], [2, 1]), "one reset for both"
        world.talks()


def test_chips_that_stay_silent_are_reset_together_and_ever_more_seldom() -> None:
    with FaultyWorld({1: Faults(missing=True), 2: Faults(missing=True)}) as world:
        world.sleeps(400)
        tries = [m for m in world.marks if m.port == 1 and m.what == "out of service"]
        gaps = [round(b.at - a.at) for a, b in pairwise(tries)]
        assert gaps == [10, 20, 40, 80, 160]


@pytest.mark.parametrize("stuck", [True, False])
def test_a_stuck_interrupt_wire_costs_no_call(stuck: bool) -> None:
    """The slow poll is the truth, the interrupt a hint (D09)."""
    with FaultyWorld({1: Faults(int_stuck=stuck)}) as world:
        world.registers()
        world.talks()
        assert world.voice_passes()
        world.person(1).hangs_up()
        world.person(2).hangs_up()
        world.waits_until(lambda: [world.row(p) for p in (1, 2)] == [IDLE, IDLE])


def test_a_chip_that_stops_answering_in_a_call_ends_that_call_and_no_other_thing() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        world.chip(2).faults = Faults(missing=True)
        world.waits_until(lambda: "FAULT" in world.row(2), most=2)
        assert "register" in world.status(2).last_error
        assert [record.cause for record in world.records(2)] == ["LINE_FAULT"]
        world.waits_until(lambda: world.row(1).startswith("reg-ok:Activ Busy"))
        assert world.person(1).hears(2).heard == "busy"
        world.person(1).hangs_up()
        world.person(2).hangs_up()
        world.waits(1)
        _calls_nobody(world, 1)
        world.chip(2).faults = HEALED
        world.sleeps(RETRY[0])
        world.waits_until(lambda: world.row(2) == IDLE)
        world.talks()


def test_a_power_alarm_is_shown_and_the_line_fed_again() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.chip(1).power_alarm(1)
        world.waits_until(lambda: "[1:1] line" in world.alarms(), most=2)
        assert "power alarm" in world.alarms()["[1:1] line"]
        world.waits(2)
        assert world.row(1) == IDLE
        assert world.person(1).sees.line_v > 40
        world.sleeps(60)
        assert world.alarms() == {}, "it has not come again"
        world.talks()


def test_a_bell_that_a_power_alarm_has_silenced_rings_on() -> None:
    with FaultyWorld() as world:
        world.registers()
        a, b = world.people[:2]
        a.lifts()
        world.waits(0.5)
        a.dials("102")
        world.waits_until(lambda: b.bell_rings)
        world.chip(2).power_alarm(1)
        world.waits(1.2)
        bursts = len(b.bursts)
        world.waits(5)
        assert len(b.bursts) > bursts
        b.lifts()
        world.waits_until(lambda: "Talking" in world.row(1) and "Talking" in world.row(2))


def test_power_alarms_without_end_take_the_port_out_of_service() -> None:
    with FaultyWorld() as world:
        world.registers()
        for _ in range(12):
            if "FAULT" in world.row(1):
                break
            world.chip(1).power_alarm(1)
            world.waits(1.1)
        assert world.row(1) == "unreg:Fault Idle FAULT"
        assert "10 power alarms, the line stays open" in world.status(1).last_error
        assert world.person(1).sees.line_v == 0
        assert world.row(2) == IDLE


def test_a_chip_that_was_reset_in_a_call_is_restored_at_once() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        world.chip(2).chip_reset()
        world.waits_until(lambda: "FAULT" in world.row(2) or "DOWN" in world.row(2), most=2)
        world.waits_until(lambda: "reg-ok:Activ" in world.row(2), most=2)
        assert [record.cause for record in world.records(2)] == ["LINE_FAULT"]
        assert world.person(2).hears(0.5).heard in {"dial-tone", "busy"}
        assert world.alarms() == {}
        world.person(1).hangs_up()
        world.person(2).hangs_up()
        world.waits_until(lambda: [world.row(p) for p in (1, 2)] == [IDLE, IDLE])
        world.talks()
        assert world.voice_passes()


@pytest.mark.parametrize("later_s", [0.0, 0.1, 0.25])
@pytest.mark.parametrize("fault", ["chip_reset", "spi_slip"])
def test_a_chip_that_is_started_anew_dials_nothing_by_itself(fault: str, later_s: float) -> None:
    """The line has no feed for a moment, as long as a pulse of a dial; then dial tone again."""
    with FaultyWorld() as world:
        world.registers()
        a = world.person(1)
        a.lifts()
        world.waits(1)
        a.dials("1")
        world.waits(later_s)
        getattr(world.chip(1), fault)()
        world.waits(2)
        assert a.hears(0.5).heard == "dial-tone"
        assert [m.what for m in world.marks if m.lane is Lane.COPPER and "pulse" in m.what] == []
        a.dials("102")
        world.waits_until(lambda: world.people[1].bell_rings)


def test_a_power_alarm_dials_nothing_either() -> None:
    with FaultyWorld() as world:
        world.registers()
        a = world.person(1)
        a.lifts()
        world.waits(1)
        a.dials("10")
        world.chip(1).power_alarm(1)
        world.waits_until(lambda: "[1:1] line" in world.alarms(), most=2)
        world.waits(1)
        a.dials("2")
        world.waits_until(lambda: world.people[1].bell_rings)
        assert [m.what for m in world.marks if m.lane is Lane.COPPER and "pulse" in m.what] == []


def test_a_bus_that_lost_step_is_found_and_mended() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.chip(1).spi_slip()
        world.waits(4)
        assert world.row(1) == IDLE
        assert world.alarms() == {}
        world.talks()
        assert world.voice_passes()


def test_a_port_that_was_disabled_stays_dead_when_its_chip_was_restored() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.asks("disable", port=2)
        world.chip(2).chip_reset()
        world.waits(3)
        assert world.row(2) == "unreg:Deact Idle DOWN"
        assert world.person(2).sees.line_v == 0


def test_a_bad_moment_of_the_bus_costs_no_call() -> None:
    """A chip must be silent for longer than that before its port is given up (D07)."""
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        for _ in range(20):
            world.chip(1).faults = Faults(missing=True)
            world.waits(0.15)
            world.chip(1).faults = HEALED
            world.waits(0.337)
        assert [world.row(p).split()[1] for p in (1, 2)] == ["Talking", "Talking"]
        assert world.alarms() == {}


def test_a_disabled_port_refuses_calls_with_480_and_has_no_voltage() -> None:
    with World().registers() as world:
        world.asks("disable", port=2)
        world.waits(0.5)
        world.looks()
        assert world.row(2) == "unreg:Deact Idle DOWN"
        assert world.person(2).sees.line_v == 0
        invite = world.sbc.calls("102")
        assert world.sbc.gets_answer(480, "INVITE").call_id == invite.call_id
        world.asks("enable", port=2)
        world.waits_until(lambda: world.row(2) == IDLE)
        assert world.person(2).sees.line_v > 40


def test_a_port_that_works_is_not_disturbed_by_enabling_it_again() -> None:
    with World().registers() as world:
        world.sbc.calls("102")
        world.waits(1.0)
        assert world.row(2).split()[1] == "Ringing"
        bursts = len(world.person(2).bursts)
        world.asks("enable", port=2)
        world.waits(10.0)
        assert world.row(2).split()[1] == "Ringing"
        assert len(world.person(2).bursts) > bursts


def _calls_nobody(world: FaultyWorld, port: int) -> None:
    """The port works: dial tone, a call goes out, an answer comes."""
    person = world.person(port)
    person.lifts()
    world.waits(0.4)
    assert person.hears(0.5).heard == "dial-tone"
    person.dials("109")
    world.waits_until(lambda: "Busy" in world.row(port))
    person.hangs_up()
    world.waits_until(lambda: world.row(port) == IDLE)
