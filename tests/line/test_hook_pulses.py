"""Dialling with a dial: every speed and ratio that telephones have, with bounce."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firmware.line.events import Seized
from tests.line.contact import CN, Contact, dialled


@pytest.mark.parametrize("rate", [7, 8, 10, 12, 20, 22])
@pytest.mark.parametrize("broken", [0.33, 0.50, 0.60, 0.67])
def test_every_row_of_the_pulse_table(rate: float, broken: float) -> None:
    contact = Contact()
    contact.lift()
    for digit in "1590":
        contact.dial(digit, rate, broken)
        contact.wait(0.200)
        assert contact.look() == dialled(digit)


@given(
    digit=st.sampled_from("1234567890"),
    rate=st.floats(7, 22),
    ratio=st.floats(0.5, 2.5),
)
def test_all_dials_within_the_windows_are_read(digit: str, rate: float, ratio: float) -> None:
    broken = ratio / (1 + ratio)
    assume(0.0151 <= broken / rate <= 0.0999)
    assume((1 - broken) / rate >= 0.0101)
    contact = Contact()
    contact.lift()
    contact.dial(digit, rate, broken)
    contact.wait(0.200)
    assert contact.look() == dialled(digit)


@given(data=st.data(), digit=st.sampled_from("1234567890"), rate=st.floats(8, 12))
def test_bursts_of_bounce_on_every_edge_change_no_digit(
    data: st.DataObject, digit: str, rate: float
) -> None:
    contact = Contact()
    contact.lift()

    def edge(*, off_hook: bool) -> float:
        spent = 0.0
        burst = data.draw(st.lists(st.floats(0.0005, 0.0045), max_size=4).filter(even))
        if sum(burst) > 0.009:
            burst = []
        for number, step in enumerate(burst):
            contact.level(off_hook=off_hook is (number % 2 == 0))
            contact.wait(step)
            spent += step
        contact.level(off_hook=off_hook)
        return spent

    for _ in range(int(digit) or 10):
        spent = edge(off_hook=False)
        contact.wait(0.6 / rate - spent)
        spent = edge(off_hook=True)
        contact.wait(0.4 / rate - spent)
    contact.wait(0.3)
    assert contact.look() == dialled(digit)


def even(burst: list[float]) -> bool:
    return len(burst) % 2 == 0


def test_dial_tone_may_stop_at_the_first_pulse_not_only_at_the_digit() -> None:
    contact = Contact()
    contact.lift()
    contact.opens(0.060)
    contact.wait(CN.bounce)
    assert contact.look() == [Seized()]


def test_more_than_ten_pulses_are_no_digit() -> None:
    contact = Contact()
    contact.lift()
    for _ in range(11):
        contact.opens(0.060)
        contact.wait(0.040)
    contact.wait(1)
    assert contact.look() == [Seized()]


def test_a_break_that_is_no_pulse_spoils_the_digit_it_stands_in() -> None:
    contact = Contact()
    contact.lift()
    for length in (0.060, 0.060, 0.150, 0.060):
        contact.opens(length)
        contact.wait(0.040)
    contact.wait(1)
    assert contact.look() == [Seized()]
    contact.dial("3", 10, 0.6)
    contact.wait(1)
    assert contact.look() == dialled("3")


def test_a_bounce_of_14_ms_is_no_pulse() -> None:
    contact = Contact()
    contact.lift()
    contact.opens(0.014)
    contact.wait(1)
    assert contact.look() == []
