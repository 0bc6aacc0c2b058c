"""A line test in a whole gateway: who may begin it, what it may not disturb, how it ends."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from drivers.sim.si321x_faults import Faults
from firmware.copper.line_verdict import LineReport
from firmware.copper.ring_doctor import RingReport
from firmware.errors import CommandError
from firmware.explain.verdict import PortExplanation
from firmware.status import LineStatus, to_json
from tests.flows.scenes import is_called, talk, talks_out
from tests.world import World


def begins(world: World, port: int = 1, **params: Any) -> LineReport:
    report = world.asks("test-line", port=port, **params)
    assert isinstance(report, LineReport)
    return report


def stands(world: World, port: int = 1) -> LineReport:
    test = world.gateway.ports[port].work.test
    assert test is not None
    return begins(world, port, test=test.number)


def ended(world: World, port: int = 1, **params: Any) -> LineReport:
    """Begin a line test and wait for its end."""
    begins(world, port, **params)
    world.waits_until(lambda: stands(world, port).done, most=7.0)
    return stands(world, port)


def doctor(world: World, **params: Any) -> RingReport:
    report = world.asks("test-ring", port=1, **params)
    assert isinstance(report, RingReport)
    return report


def test_a_sound_line_passes_and_is_in_service_again() -> None:
    with World(ports=1).registers() as world:
        report = ended(world)
        assert report.passed is True
        assert report.verdict == (
            "The line is sound: no foreign voltage, no leak, bells of 1.0 REN."
        )
        assert report.took_s is not None
        assert report.took_s < 5
        assert not world.person(1).bursts, "no bell was heard"
        world.person(1).lifts()
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        assert json.dumps(to_json(report), allow_nan=False)


def test_a_wet_ring_wire_is_named_with_what_to_do() -> None:
    with World(ports=1).registers() as world:
        world.card.loops[0].change(ring_ground_ohms=12e3)
        report = ended(world)
        assert report.passed is False
        assert report.verdict == "ring wire touches earth, 12 kohm: wet cable or a cut."
        assert report.readings["ring_ground_ohms"] == pytest.approx(12e3, rel=0.1)
        (finding,) = (each for each in report.findings if each.verdict == "fault")
        assert "Look for water" in finding.advice
        assert [mark.detail for mark in world.marks if mark.what == "line test ends"] == [
            report.verdict
        ]
        explained = world.asks("explain-port", port=1)
        assert isinstance(explained, PortExplanation)
        assert any(
            fact.startswith(f"Last line test: {report.verdict} (") for fact in explained.facts
        )


def test_explain_says_that_a_line_under_test_is_busy() -> None:
    with World(ports=1).registers() as world:
        begins(world)
        explained = world.asks("explain-port", port=1)
        assert isinstance(explained, PortExplanation)
        assert not explained.can_be_called
        assert explained.can_be_called_why == "its line is being tested; a caller is told 486"


def test_the_neighbour_talks_on_while_a_line_is_tested() -> None:
    """Each port is by itself: not one packet of the neighbour's voice is missing."""
    with World(ports=3, exchange=True).registers() as world:
        talk(world)
        begins(world, 3)
        world.person(1).says(1000, 3.0)
        heard = world.person(2).hears(2.2)
        assert 1000 in heard.frequencies_hz
        world.waits_until(lambda: stands(world, 3).done, most=7.0)
        assert stands(world, 3).passed is True
        assert "Talking" in world.row(1)


def test_who_calls_meanwhile_finds_the_line_busy() -> None:
    with World(ports=1).registers() as world:
        begins(world)
        world.waits(0.5)
        world.sbc.calls("101")
        world.sbc.gets_answer(486, "INVITE")
        world.waits_until(lambda: stands(world).done, most=7.0)
        assert stands(world).passed is True
        (record,) = world.records(1)
        assert (record.cause, record.sip_status) == ("LINE_BUSY", 486)
        world.sbc.calls("101")
        world.waits_until(lambda: "RINGING" in world.row(1))


def test_a_line_in_use_is_not_tested_not_even_by_force() -> None:
    with World(ports=1).registers() as world:
        talks_out(world)
        for force in (False, True):
            with pytest.raises(CommandError, match="not tested: the line is in use: talking"):
                begins(world, force=force)


def test_a_ringing_line_is_not_tested() -> None:
    with World(ports=1).registers() as world:
        is_called(world)
        with pytest.raises(CommandError, match="not tested: the line"):
            begins(world, force=True)


def test_a_handset_that_is_off_is_tested_by_force_and_when_it_was_forgotten() -> None:
    """LINE-12: after the howler nobody listens any more."""
    with World(ports=1).registers() as world:
        world.person(1).lifts()
        world.waits(0.5)
        with pytest.raises(CommandError, match="dial tone; --force tests it all the same"):
            begins(world)
        report = ended(world, force=True)
        assert report.verdict == "a handset is off the hook, or the wires touch far away."
        assert "DialTone OFF-HOOK" in world.row(1)
        world.sleeps_until(lambda: "Lockout" in world.row(1), most=300)
        assert ended(world).passed is False


def test_two_tests_of_one_line_do_not_run_at_once() -> None:
    with World(ports=1).registers() as world:
        first = begins(world)
        with pytest.raises(CommandError, match="a test of this line is running"):
            begins(world)
        with pytest.raises(CommandError, match="another test"):
            begins(world, test=first.test + 1)


@pytest.mark.parametrize("after", [0.05, 0.9, 2.2, 4.4])
def test_who_lifts_during_a_test_has_dial_tone_within_two_seconds(after: float) -> None:
    with World(ports=1).registers() as world:
        begins(world)
        world.waits(after)
        world.person(1).lifts()
        world.waits_until(lambda: "DialTone" in world.row(1), most=2.0)
        report = stands(world)
        assert (report.done, report.passed) == (True, None)
        assert report.verdict == "The handset moved during the test: try again."


def test_a_disabled_port_can_be_tested_and_stays_dead() -> None:
    with World(ports=1).registers() as world:
        world.asks("disable", port=1)
        world.waits(0.2)
        assert ended(world).passed is True
        world.waits(0.2)
        assert world.card.chips[0].linefeed == 0
        assert "Deact" in world.row(1)


@pytest.mark.parametrize("after", [0.1, 1.0, 2.6, 4.5])
def test_a_port_that_is_disabled_meanwhile_is_dead_at_once(after: float) -> None:
    with World(ports=1).registers() as world:
        begins(world)
        world.waits(after)
        world.asks("disable", port=1)
        assert world.card.chips[0].linefeed == 0
        assert stands(world).given_up == "the port was disabled"
        world.waits(3.0)
        assert world.card.chips[0].linefeed == 0


def test_a_service_that_stops_in_the_middle_leaves_no_voltage() -> None:
    """D15: the SLIC is in its safe state whatever was going on."""
    with World(ports=1).registers() as world:
        begins(world)
        world.waits_until(lambda: world.card.chips[0].linefeed == 4, most=6.0)
        world.waits(0.1)
        assert world.card.chips[0].ringing, "bells are being counted"
        world.stops()
        assert world.card.chips[0].linefeed == 0


def test_a_chip_that_is_reset_meanwhile_is_no_result_and_comes_back() -> None:
    with World(ports=1).registers() as world:
        begins(world)
        world.waits(1.2)
        world.card.chips[0].chip_reset()
        world.waits_until(lambda: stands(world).done, most=7.0)
        report = stands(world)
        assert report.passed is None or report.given_up
        world.waits_until(lambda: "reg-ok:Activ Idle ON-HOOK" in world.row(1), most=20.0)


def test_a_linefeed_that_is_stuck_is_a_fault_of_the_port_and_no_verdict() -> None:
    with World(ports=1).registers() as world:
        begins(world)
        world.waits(0.7)
        world.card.chips[0].faults = Faults(linefeed_stuck=True)
        world.waits_until(lambda: stands(world).done, most=7.0)
        assert stands(world).given_up.startswith("register 64: wanted")
        assert stands(world).verdict == ""


def test_a_port_out_of_service_says_why_it_is_not_tested() -> None:
    with World(ports=1).registers() as world:
        world.gateway.ports[1].fail("foreign voltage: register 80 reads 0x40")
        with pytest.raises(CommandError, match="out of service: foreign voltage"):
            begins(world)


def test_an_ag1171_says_what_it_knows_and_how_to_know_more() -> None:
    with World(ports=1, variant="ag1171").registers() as world:
        report = begins(world)
        assert (report.done, report.passed, report.test) == (True, None, 0)
        assert report.verdict.startswith("An Ag1171 tells whether loop current flows")
        world.person(1).lifts()
        world.waits(0.5)
        loop, *rest = begins(world).findings
        assert (loop.what, loop.measured) == ("loop current", "flows")
        assert {each.verdict for each in rest} == {"not measured"}


@pytest.mark.parametrize(("variant", "daisy"), [("si3215", False), ("si3215m", True)])
def test_every_si321x_measures_alone_and_on_a_chain(variant: str, daisy: bool) -> None:
    with World(ports=2, variant=variant, daisy=daisy).registers() as world:
        world.card.loops[1].change(tip_ground_ohms=8e3, ren=2)
        begins(world, 1)
        report = ended(world, 2)
        assert report.verdict.startswith("tip wire touches earth, 8")
        world.waits_until(lambda: stands(world, 1).done)
        assert stands(world, 1).passed is True


def test_show_line_says_that_a_test_is_running() -> None:
    with World(ports=1).registers() as world:
        begins(world)
        line = world.asks("line", port=1)
        assert isinstance(line, LineStatus)
        assert line.notes == ("a line test is running",)


# the ring doctor


def test_the_ring_doctor_goes_by_the_bells_that_were_counted() -> None:
    with World(ports=1).registers() as world:
        assert (doctor(world).ren, doctor(world).ren_measured) == (1.0, False)
        world.card.loops[0].change(ren=3)
        ended(world)
        report = doctor(world)
        assert report.ren_measured
        assert report.ren == pytest.approx(3, abs=0.2)
        near = report.reaches[0]
        is_called(world)
        world.waits(0.5)
        assert near.vrms == pytest.approx(world.card.chips[0].snapshot().ring_vrms, abs=0.5)


def test_too_many_bells_are_too_much_for_the_line_feed() -> None:
    with World(ports=1).registers() as world:
        report = doctor(world, ren=8, loop=100)
        assert report.limits == (
            "8.0 REN draw 100 mA, 80 mA may be",
            "8.0 REN, and the card was made for 5",
        )
        assert not any(report.reaches[0].rings.values())
        for wrong in ({"ren": -1}, {"loop": math.nan}, {"ren": True}):
            with pytest.raises(CommandError, match="must be a number"):
                doctor(world, **wrong)


def test_wires_that_touch_are_heard_as_a_handset_and_told_from_one_by_force() -> None:
    """Dial tone then plays to a telephone whose handset is down, and its display keeps calm."""
    with World(ports=1).registers() as world:
        world.card.loops[0].change(leakage_ohms=0)
        world.waits(2.0)
        assert "DialTone OFF-HOOK" in world.row(1)
        assert ended(world, force=True).verdict == (
            "tip and ring touch each other, less than 5 ohm."
        )
        world.card.loops[0].mend()
        world.waits_until(lambda: world.row(1) == "reg-ok:Activ Idle ON-HOOK")
