"""The hook decoder: lifts, hang-ups and flashes, all by their length."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.line.events import Digit, Flash, OffHook, OnHook, Seized
from firmware.line.hook import HookWindows, InCall
from tests.line.contact import CN, US, Contact, dialled

# the lift


def test_a_glitch_of_20_ms_is_no_lift() -> None:
    contact = Contact()
    contact.level(off_hook=True)
    contact.wait(0.020)
    contact.level(off_hook=False)
    contact.wait(2)
    assert contact.look() == []
    assert not contact.decoder.off_hook


def test_a_lift_is_told_after_40_ms_with_the_time_of_its_first_edge() -> None:
    contact = Contact()
    contact.level(off_hook=True)
    contact.wait(0.039)
    assert contact.look() == []
    contact.wait(0.001)
    assert contact.look() == [OffHook(100.0)]
    assert contact.decoder.off_hook


def test_the_same_level_again_changes_nothing() -> None:
    contact = Contact()
    for _ in range(5):
        contact.level(off_hook=True)
        contact.wait(0.010)
    assert contact.look() == [OffHook(100.0)]


def test_a_ring_trip_is_believed_at_once() -> None:
    contact = Contact()
    contact.level(off_hook=True, ring_trip=True)
    assert contact.look() == [OffHook(100.0)]


def test_a_ring_trip_ends_the_doubt_about_a_closure() -> None:
    contact = Contact()
    contact.level(off_hook=True)
    contact.wait(0.010)
    contact.level(off_hook=True, ring_trip=True)
    assert contact.look() == [OffHook(100.010)]


@pytest.mark.parametrize("length", [0.020, 0.060, 0.095, 0.200])
def test_for_100_ms_after_a_ring_trip_no_break_is_a_pulse_or_a_flash(length: float) -> None:
    contact = Contact()
    contact.level(off_hook=True, ring_trip=True)
    contact.call()
    contact.wait(0.099)
    contact.opens(length)
    contact.wait(1)
    assert contact.look() == [OffHook(100.0)]


def test_pulses_count_100_ms_after_a_ring_trip() -> None:
    contact = Contact()
    contact.level(off_hook=True, ring_trip=True)
    contact.wait(0.101)
    contact.opens(0.060)
    contact.wait(1)
    assert contact.look() == [OffHook(100.0), Seized(), Digit("1", pulse=True)]


# the hang-up


def test_a_hang_up_is_told_after_the_release_time_with_the_time_of_its_first_edge() -> None:
    contact = Contact()
    contact.lift()
    contact.level(off_hook=False)
    contact.wait(CN.release - 0.001)
    assert contact.look() == []
    contact.wait(0.001)
    assert contact.look() == [OnHook(100.5)]
    assert not contact.decoder.off_hook


def test_a_bouncing_hang_up_counts_from_its_first_edge() -> None:
    contact = Contact()
    contact.lift()
    for _ in range(3):
        contact.opens(0.006)
        contact.wait(0.004)
    contact.level(off_hook=False)
    contact.wait(CN.release)
    (event,) = contact.look()
    assert event == OnHook(100.5)


def test_a_hang_up_in_the_middle_of_a_digit_drops_the_digit() -> None:
    contact = Contact()
    contact.lift()
    contact.opens(0.060)
    contact.wait(0.040)
    contact.level(off_hook=False)
    contact.wait(2)
    seized, gone = contact.look()
    assert seized == Seized()
    assert isinstance(gone, OnHook)
    assert gone.at == pytest.approx(100.6)


# flashes: minimum - 1, minimum, maximum, maximum + 1 ms


@pytest.mark.parametrize("windows", [CN, US])
@pytest.mark.parametrize(
    ("edge", "offset", "flash"),
    [("flash_min", -0.001, 0), ("flash_min", 0, 1), ("flash_max", 0, 1), ("flash_max", 0.001, 0)],
)
def test_the_edges_of_the_flash_window(
    windows: HookWindows, edge: str, offset: float, flash: int
) -> None:
    contact = Contact(windows)
    contact.lift()
    contact.call()
    contact.opens(getattr(windows, edge) + offset)
    contact.wait(2)
    assert contact.look() == [Flash()] * flash


def test_without_a_call_there_is_no_flash() -> None:
    contact = Contact()
    contact.lift()
    contact.opens(0.300)
    contact.wait(2)
    assert contact.look() == []


def test_a_short_break_in_a_call_is_a_pulse_and_a_slow_one_neither_pulse_nor_flash() -> None:
    contact = Contact()
    contact.lift()
    contact.call()
    contact.opens(0.090)
    contact.wait(1)
    assert contact.look() == [Seized(), Digit("1", pulse=True)]
    contact.opens(0.095)
    contact.wait(1)
    assert contact.look() == []


def test_a_flash_drops_the_digit_that_was_being_dialled() -> None:
    contact = Contact()
    contact.lift()
    contact.call()
    contact.opens(0.060)
    contact.wait(0.040)
    contact.opens(0.250)
    contact.wait(2)
    assert contact.look() == [Seized(), Flash()]


def test_with_pulse_dialling_off_a_short_break_is_nothing_and_a_short_flash_a_flash() -> None:
    contact = Contact(replace(CN, pulse_dial=False, flash_min=0.050))
    contact.lift()
    contact.opens(0.060)
    contact.wait(1)
    assert contact.look() == []
    contact.call()
    contact.opens(0.060)
    contact.wait(1)
    assert contact.look() == [Flash()]


# whatever happens

moves = st.lists(st.tuples(st.booleans(), st.floats(0.0005, 1.5)), max_size=40)


@given(moves)
def test_late_ticks_change_nothing(steps: list[tuple[bool, float]]) -> None:
    prompt, late = Contact(), Contact(ticks=False)
    for off_hook, seconds in steps:
        for contact in (prompt, late):
            contact.level(off_hook=off_hook)
            contact.wait(seconds)
    assert prompt.look() == late.look()


@given(moves, st.booleans())
def test_whatever_the_contact_does(steps: list[tuple[bool, float]], in_call: bool) -> None:
    contact = Contact()
    contact.decoder.feed(InCall(in_call), contact.now)
    for off_hook, seconds in steps:
        contact.level(off_hook=off_hook)
        contact.wait(seconds)
    contact.level(off_hook=False)
    contact.wait(5)
    events, lifted, last = contact.look(), False, 0.0
    for event in events:
        match event:
            case OffHook(at) | OnHook(at):
                assert lifted is isinstance(event, OnHook), "lifts and hang-ups take turns"
                assert at >= last, "edges are told in their order"
                lifted, last = not lifted, at
            case _:
                assert lifted, "digits and flashes come from a lifted handset"
    assert not lifted
    assert contact.decoder.deadline is None
    assert in_call or Flash() not in events


# the windows


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"pulse_max": 0.100}, "pulse_max < flash_min"),
        ({"flash_min": 0.700}, "flash_min < flash_max"),
        ({"release": 0.600}, "flash_max < release"),
        ({"bounce": 0.015}, "0 <= bounce < pulse_min"),
        ({"flash_min": 0.040, "pulse_dial": False}, "flash_min is at least 50 ms"),
        ({"digit_gap": 0.100}, "digit_gap is more than 100 ms"),
        ({"seize": 0.0}, "seize is positive"),
    ],
)
def test_windows_that_overlap_are_refused(change: dict[str, float], rule: str) -> None:
    with pytest.raises(ValueError, match=f"must hold: {rule}"):
        replace(CN, **change)  # type: ignore[arg-type] # one value a name


# a line without feed


def test_an_interruption_of_the_feed_is_no_pulse() -> None:
    """The loop is open for as long as a dial opens it, and nobody has touched the dial."""
    contact = Contact()
    contact.lift()
    contact.level(off_hook=False)
    contact.wait(0.030)
    contact.is_fed_again()
    contact.wait(0.030)
    contact.level(off_hook=True)
    contact.wait(1)
    assert contact.look() == []
    assert contact.decoder.off_hook


def test_half_a_digit_from_before_an_interruption_is_none() -> None:
    contact = Contact()
    contact.lift()
    contact.opens(0.060)
    contact.wait(0.040)
    assert contact.look() == [Seized()]
    contact.is_fed_again()
    contact.wait(1)
    assert contact.look() == []


def test_a_handset_that_was_put_down_meanwhile_is_on_hook() -> None:
    contact = Contact()
    contact.lift()
    contact.is_fed_again()
    contact.level(off_hook=False)
    contact.wait(0.7)
    assert contact.look() == [OnHook(100.5)]


def test_a_dial_that_begins_after_an_interruption_is_read() -> None:
    contact = Contact()
    contact.lift()
    contact.is_fed_again()
    contact.wait(0.2)
    contact.dial("3", 10, 0.6)
    contact.wait(1)
    assert contact.look() == dialled("3")
