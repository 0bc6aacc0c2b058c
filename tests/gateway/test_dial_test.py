"""The rotary doctor on a whole gateway: measured, told, adapted; and nobody is called."""

from __future__ import annotations

import pytest

from firmware.cli.dial import adapted_text, digit_text
from firmware.copper.dial_report import AdaptReport, DialReport
from firmware.errors import CommandError
from tests.world import World

BOUNCE_MS = 5.0


def begin(world: World, **params: object) -> DialReport:
    report = world.asks("test-dial", port=1, **params)
    assert isinstance(report, DialReport)
    return report


def dials(world: World, digits: str, *, pps: float, ratio: float = 1.6) -> DialReport:
    """A test in which a person lifts, dials on a dial that bounces, and puts the handset down."""
    begun = begin(world)
    person = world.person(1)
    person.phone.bounce_ms = BOUNCE_MS
    person.lifts()
    world.waits(0.6)
    for digit in digits:
        person.turns(digit, pps=pps, ratio=ratio)
        begin(world, test=begun.test)
    person.hangs_up()
    world.waits(1.0)
    return begin(world, test=begun.test)


def test_a_rotary_dial_at_8_pulses_a_second_with_bounce_places_a_call() -> None:
    """LINE-03: the slowest dial of the table, with contacts that bounce at every closing."""
    with World(exchange=True) as world:
        world.registers()
        person = world.person(1)
        person.phone.bounce_ms = BOUNCE_MS
        person.lifts()
        world.waits(0.5)
        person.turns("102", pps=8)
        world.waits_until(lambda: "Ringing" in world.row(2))


def test_pulses_and_keys_may_be_mixed_in_one_number() -> None:
    """LINE-03: `1` by key, `0` by dial, `2` by key."""
    with World(exchange=True) as world:
        world.registers()
        person = world.person(1)
        person.lifts()
        world.waits(0.5)
        person.dials("1")
        person.turns("0")
        person.dials("2")
        world.waits_until(lambda: "Ringing" in world.row(2))


def test_a_slow_dial_is_measured_and_nobody_is_called() -> None:
    with World(exchange=True) as world:
        world.registers()
        report = dials(world, "102", pps=8.1)
        assert report.ended == "the handset was put down"
        assert [digit.read for digit in report.digits] == ["1", "0", "2"]
        assert report.digits[1].pps == pytest.approx(8.1, rel=0.02)
        assert report.digits[1].break_part == pytest.approx(0.61, abs=0.05)
        assert report.verdict[0] == "8.1 pulses/s: slow, oil the governor (10 are right)."
        assert digit_text(report.digits[1]).startswith("0  10 pulses, 8.1 pulses/s, break ")
        assert not [name for name in world.wire(1) if "INVITE" in name]
        assert world.row(1).endswith("Idle ON-HOOK")


def test_the_line_is_busy_while_its_dial_is_tested_and_free_afterwards() -> None:
    with World(exchange=True) as world:
        world.registers()
        begin(world)
        caller = world.person(2)
        caller.lifts()
        world.waits(0.5)
        caller.dials("101")
        world.waits_until(lambda: "Busy" in world.row(2))
        with pytest.raises(CommandError, match="is running"):
            begin(world)
        world.asks("end-dial-test", port=1, test=1)
        caller.hangs_up()
        world.waits(1.5)
        caller.lifts()
        world.waits(0.5)
        caller.dials("101")
        world.waits_until(lambda: "Ringing" in world.row(1))


def test_who_holds_the_handset_hears_dial_tone_before_and_after() -> None:
    with World() as world:
        world.registers()
        person = world.person(1)
        person.lifts()
        world.waits(0.6)
        begun = begin(world, seconds=30)
        assert begun.off_hook
        world.waits(0.1)
        assert person.hears(0.5).heard == "dial-tone"
        person.dials("5")
        (digit,) = begin(world, test=begun.test).digits
        assert (digit.read, digit.keyed) == ("5", True)
        assert person.hears(0.5).heard == "silence"
        world.waits(6)
        assert begin(world, test=begun.test).ended == "nobody asks for it any more"
        assert person.hears(0.5).heard == "dial-tone"
        assert world.row(1).endswith("DialTone OFF-HOOK")


def test_windows_are_adapted_to_a_dial_that_was_not_read() -> None:
    with World(exchange=True) as world:
        world.registers()
        report = dials(world, "102", pps=6, ratio=2.4)
        assert report.faulty
        made = world.asks("adapt-dial", port=1)
        assert isinstance(made, AdaptReport)
        assert any(change.startswith("slow_pulse_max_ms: 100 -> ") for change in made.changes)
        assert made.setting.startswith("hook = { slow_pulse_max_ms = ")
        assert made.setting in adapted_text(made)
        again = dials(world, "102", pps=6, ratio=2.4)
        assert [digit.read for digit in again.digits] == ["1", "0", "2"]
        person = world.person(1)
        person.lifts()
        world.waits(0.5)
        person.turns("102", pps=6, ratio=2.4)
        world.waits_until(lambda: "Ringing" in world.row(2))
