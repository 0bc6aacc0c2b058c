"""The rotary doctor: what is measured of a dial, said of it, and made of the windows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.line.dial_meter import DialledDigit, DialMeter
from firmware.line.dial_verdict import adapt, as_setting, verdict
from firmware.line.events import Digit
from firmware.line.hook import HookDecoder, HookLevel, HookWindows
from firmware.profiles import load
from tests.line.contact import CN


def measured(
    digits: str,
    pps: float,
    part: float,
    *,
    bounce: tuple[float, ...] = (),
    pause: float = 0.7,
    windows: HookWindows = CN,
) -> list[DialledDigit]:
    """What the meter says of digits dialled so; `bounce`: steps of the contact at each closing."""
    meter, decoder, now, found = DialMeter(), HookDecoder(windows), 101.0, list[DialledDigit]()
    decoder.feed(HookLevel(off_hook=True, at=100.0), 100.0)

    def read(level: HookLevel | None, at: float) -> None:
        events = decoder.tick(at) if level is None else decoder.feed(level, at)
        for event in events:
            if isinstance(event, Digit):
                meter.heard(event.value)
        if level is not None:
            meter.edge(off_hook=level.off_hook, at=at)

    for digit in digits:
        for _ in range(int(digit) or 10):
            read(HookLevel(off_hook=False, at=now), now)
            closes = now + part / pps
            for n, step in enumerate((0.0, *bounce)):
                closes += step
                read(HookLevel(off_hook=n % 2 == 0, at=closes), closes)
            now += 1 / pps
        read(None, now + 0.4)
        found += meter.take(now + 0.4)
        now += pause
    return found


@settings(max_examples=60, deadline=None)
@given(
    digit=st.sampled_from("234567890"), pps=st.floats(7, 20), part=st.floats(0.35, 0.70),
)  # fmt: skip
def test_speed_and_ratio_are_measured_whatever_the_dial(
    digit: str, pps: float, part: float
) -> None:
    (found,) = measured(digit, pps, part, pause=1.0)
    assert found.pulses == (int(digit) or 10)
    assert found.wanted == digit
    assert found.pps == pytest.approx(pps, rel=0.001)
    assert found.break_part == pytest.approx(part, rel=0.001)
    assert found.break_ms[1] == pytest.approx(1000 * part / pps, rel=0.001)


def dialled_by_hand(meter: DialMeter, *edges_ms: float) -> DialledDigit:
    """One digit whose contact opens, closes, opens ... at these times."""
    for number, at in enumerate(edges_ms):
        meter.edge(off_hook=number % 2 == 1, at=at / 1000)
    (found,) = meter.take(edges_ms[-1] / 1000 + 0.301)
    return found


def test_shortest_and_longest_are_told_apart_on_a_dial_that_stumbles() -> None:
    """Every figure of `tipring test dial`, of edges that were written down by hand."""
    meter = DialMeter()
    found = dialled_by_hand(meter, 1000, 1060, 1100, 1150, 1220, 1290)
    assert found.pulses == 3
    assert found.break_ms == pytest.approx((50, 70))
    assert found.make_ms == pytest.approx((40, 70))
    assert found.pps == pytest.approx(1000 / 110)
    assert found.break_part == pytest.approx(110 / 220)
    assert found.uneven == pytest.approx(20 / 110)
    assert found.pause_ms is None, "nothing was dialled before"
    again = dialled_by_hand(meter, 1610, 1670)
    assert again.pause_ms == pytest.approx(320)
    assert (again.pps, again.make_ms, again.uneven) == (None, None, 0.0)
    told = verdict([found, again])
    assert "Only 320 ms between two digits: they may run into one." in told
    assert any(sentence.startswith("Runs unevenly, by 18%") for sentence in told), told


def test_a_contact_at_rest_for_12_ms_has_moved_and_for_less_has_bounced() -> None:
    assert dialled_by_hand(DialMeter(), 1000, 1060, 1072, 1132).pulses == 2
    bounced = dialled_by_hand(DialMeter(), 1000, 1060, 1071, 1075)
    assert bounced.pulses == 1
    assert bounced.bounce_ms == pytest.approx(15)


def test_a_press_of_the_hook_is_measured_as_no_digit() -> None:
    """Longer open than any dial opens: 0.4 s and more."""
    meter = DialMeter()
    for at, off_hook in ((1.0, False), (1.45, True)):
        meter.edge(off_hook=off_hook, at=at)
    assert meter.take(2.0) == []
    assert dialled_by_hand(meter, 3000, 3390).pulses == 1


@pytest.mark.parametrize(
    ("pps", "part", "bounce", "words"),
    [
        (10, 0.615, (), "The dial is in order."),
        (8.1, 0.615, (), "8.1 pulses/s: slow, oil the governor"),
        (13, 0.615, (), "13.0 pulses/s: fast"),
        (10, 0.71, (), "Break 71%: the contacts close too late"),
        (10, 0.45, (), "Break 45%: the contacts open too late"),
        (10, 0.615, (0.002, 0.004), "Contacts bounce for 6 ms: clean them."),
    ],
)
def test_what_is_wrong_is_said_in_words(
    pps: float, part: float, bounce: tuple[float, ...], words: str
) -> None:
    assert verdict(measured("58", pps, part, bounce=bounce))[0].startswith(words)


def test_a_digit_that_is_read_wrongly_is_named() -> None:
    (found,) = measured("4", 6, 0.75)
    assert (found.pulses, found.read, found.misread) == (4, "", True)
    assert "4 pulses read as nothing." in verdict([found])


def test_keys_are_no_pulses() -> None:
    meter = DialMeter()
    meter.heard("7", keyed=True)
    (found,) = meter.take(1.0)
    assert found.keyed
    assert not found.misread
    assert verdict([found]) == ["1 digit by key (DTMF)."]


def test_a_hang_up_is_no_digit() -> None:
    meter = DialMeter()
    meter.edge(off_hook=False, at=1.0)
    assert meter.take(3.0) == []


def test_windows_that_fit_stay_as_they_are() -> None:
    made = adapt(CN, measured("58", 10, 0.615))
    assert (made.windows, made.changes, made.refused) == (CN, (), ())
    assert as_setting(made.windows, CN) == ""


def test_a_dial_of_6_pulses_a_second_is_read_after_the_windows_were_adapted() -> None:
    before = measured("58", 6, 0.72)
    assert [digit.read for digit in before] == ["", ""]
    made = adapt(CN, before)
    assert "slow_pulse_max_ms: 100 -> 132" in made.changes
    assert any("a flash begins at 100 ms" in why for why in made.refused)
    assert [digit.read for digit in measured("58", 6, 0.72, windows=made.windows)] == ["5", "8"]
    assert as_setting(made.windows, CN) == "hook = { slow_pulse_max_ms = 132 }"


def test_a_dial_whose_makes_are_as_short_as_bounce_gets_a_shorter_filter() -> None:
    """A fast dial that makes for 12.5 ms only, on a line that waits 12 ms for bounce to end."""
    meter, found = DialMeter(), list[DialledDigit]()
    for begin in (1000.0, 2000.0):
        edges = [begin + 50 * n + part for n in range(5) for part in (0, 37.5)]
        found.append(dialled_by_hand(meter, *edges))
    made = adapt(replace(CN, bounce=0.012), found)
    assert made.changes == ("bounce_ms: 12 -> 10",)
    assert adapt(CN, found).changes == ()


def test_windows_for_nothing_stay_as_they_are_and_it_says_so() -> None:
    meter = DialMeter()
    meter.heard("7", keyed=True)
    made = adapt(CN, meter.take(1.0))
    assert (made.windows, made.changes) == (CN, ())
    assert made.refused == ("nothing was dialled with pulses",)


def test_one_pulse_has_no_speed() -> None:
    assert verdict(measured("1", 10, 0.615)) == [
        "One pulse has no speed: dial something greater than 1."
    ]


def test_where_flashes_are_as_short_as_pulses_dials_are_read_while_dialling() -> None:
    """LINE-11: a flash has a meaning in a call only; there it keeps its windows."""
    uk = load("uk").hook
    before = measured("58", 10, 0.615, windows=uk)
    assert [digit.read for digit in before] == ["", ""]
    made = adapt(uk, before)
    assert as_setting(made.windows, uk) == "hook = { pulse_dial = true, slow_pulse_max_ms = 68 }"
    assert "a flash begins at 50 ms" in made.refused[0]
    assert [digit.read for digit in measured("58", 10, 0.615, windows=made.windows)] == ["5", "8"]


@settings(max_examples=80, deadline=None)
@given(
    country=st.sampled_from(("cn", "us", "uk", "de", "jp")),
    pps=st.floats(4, 22), part=st.floats(0.3, 0.8),
)  # fmt: skip
def test_adapted_windows_are_safe_whatever_was_dialled(
    country: str, pps: float, part: float
) -> None:
    before = load(country).hook
    made = adapt(before, measured("37", pps, part, pause=1.2)).windows
    assert made.pulse_max < made.flash_min or not made.pulse_dial
    assert made.slow_pulse_max < made.release / 1.2
    assert (made.flash_min, made.flash_max, made.release) == (
        before.flash_min, before.flash_max, before.release,
    )  # fmt: skip
