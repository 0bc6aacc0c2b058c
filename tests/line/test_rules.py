"""Codes before a number, and numbers that may not be called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.causes import Code
from firmware.line.events import PlaceCall, Play, ReportEnd
from firmware.line.options import LineOptions
from firmware.line.rules import Barred, Codes
from firmware.tone import Tone
from tests.line.telephone import OPTIONS, Telephone

CODED = replace(OPTIONS, codes=Codes(withhold="*67", show="*82"))


def calls(options: LineOptions, digits: str, *, waits: float = 30.0) -> list[PlaceCall]:
    """What is called when somebody lifts, dials and waits."""
    phone = Telephone(options)
    phone.lifts()
    phone.dials(digits)
    phone.waits(waits)
    return [effect for effect in phone.look() if isinstance(effect, PlaceCall)]


@pytest.mark.parametrize(
    ("digits", "called"),
    [
        ("8001", PlaceCall("8001")),
        ("*678001", PlaceCall("8001", withheld=True)),
        ("*828001", PlaceCall("8001", withheld=False)),
        ("*6790001", PlaceCall("90001", withheld=True)),
        ("*67110", PlaceCall("110", withheld=False)),
        ("110", PlaceCall("110", withheld=False)),
    ],
)
def test_a_code_is_taken_off_and_counts_for_this_call(digits: str, called: PlaceCall) -> None:
    """CLIR for one call; who is called for help may always know who calls."""
    assert calls(CODED, digits) == [called]


def test_a_code_is_acknowledged_by_another_dial_tone() -> None:
    phone = Telephone(CODED)
    phone.lifts()
    phone.dials("*67")
    assert phone.look()[-1] == Play(Tone.STUTTER)
    assert phone.row == "DialTone"
    phone.dials("8")
    assert Play(Tone.SILENCE) in phone.look()
    assert phone.row == "Dialing"


def test_nobody_dials_after_the_code() -> None:
    phone = Telephone(CODED)
    phone.lifts()
    phone.dials("*67")
    phone.waits(OPTIONS.first_digit + 0.1)
    (why,) = [e.cause for e in phone.look() if isinstance(e, ReportEnd)]
    assert why.code is Code.LOCAL_TIMEOUT


def test_half_a_code_is_waited_for_and_then_no_number() -> None:
    phone = Telephone(CODED)
    phone.lifts()
    phone.dials("*6")
    phone.waits(OPTIONS.long - 0.1)
    assert phone.row == "Dialing"
    phone.waits(0.2)
    assert phone.row == "Busy"


def test_a_code_counts_once() -> None:
    """The same digits after it are part of the number: here none that fits."""
    assert calls(CODED, "*67*67") == []


def test_the_wish_ends_with_the_call() -> None:
    phone = Telephone(CODED)
    phone.lifts()
    phone.dials("*67")
    phone.hangs_up()
    phone.lifts()
    phone.dials("8001")
    assert PlaceCall("8001") in phone.look()


def test_without_codes_the_digits_are_the_number() -> None:
    """The network may have codes of its own: they are dialled through."""
    assert calls(OPTIONS, "*57#") == [PlaceCall("*57#")]


@pytest.mark.parametrize("digits", ["*67", "*82"])
def test_a_code_may_end_in_what_ends_dialling(digits: str) -> None:
    options = replace(OPTIONS, codes=Codes(withhold="#31#"))
    assert calls(options, "#31#8001") == [PlaceCall("8001", withheld=True)]
    assert calls(options, digits) == []


BARRED = replace(
    OPTIONS, barred=(Barred("900", "[dialling] barred"), Barred("11", "[[line]] barred"))
)


@pytest.mark.parametrize(
    ("digits", "rule"),
    [("90001", "[dialling] barred 900"), ("9000", "[dialling] barred 900")],
)
def test_a_barred_number_is_refused_with_the_rule(digits: str, rule: str) -> None:
    """Q2 row 3: LOCAL_BARRED, unobtainable tone, and where the rule stands."""
    phone = Telephone(BARRED)
    phone.lifts()
    phone.dials(digits)
    phone.waits(5.0)
    effects = phone.look()
    (why,) = [e.cause for e in effects if isinstance(e, ReportEnd)]
    assert (why.code, why.tone) == (Code.LOCAL_BARRED, Tone.UNOBTAINABLE)
    assert why.sentence == f"The number {digits} is barred on this port by {rule}."
    assert Play(Tone.UNOBTAINABLE) in effects
    assert not [e for e in effects if isinstance(e, PlaceCall)]


@pytest.mark.parametrize("digits", ["8001", "9010", "110"])
def test_other_numbers_and_calls_for_help_are_not_barred(digits: str) -> None:
    assert [call.number for call in calls(BARRED, digits)] == [digits]


def test_a_hotline_is_barred_like_a_number() -> None:
    phone = Telephone(replace(BARRED, hotline="9001"))
    phone.lifts()
    (why,) = [e.cause for e in phone.look() if isinstance(e, ReportEnd)]
    assert why.code is Code.LOCAL_BARRED


def test_a_line_calls_twenty_times_a_minute_and_no_more() -> None:
    """Faults 5.1: fraud and pranks; whoever waits may call again, calls for help always."""
    phone = Telephone(replace(OPTIONS, calls_a_minute=20))

    def told(digits: str) -> str:
        """The rule that refuses the call; empty: it was placed."""
        phone.look()
        phone.lifts()
        phone.dials(digits, every=0.05)
        effects = phone.look()
        phone.hangs_up()
        phone.waits(1.3)
        ends = [e.cause for e in effects if isinstance(e, ReportEnd)]
        assert bool(ends) != any(isinstance(e, PlaceCall) for e in effects)
        return ends[0].sentence if ends else ""

    began = phone.now
    assert [told("8001") for _ in range(20)] == [""] * 20
    refused = "The number 8001 is barred on this port by [dialling] calls_a_minute 20."
    assert told("8001") == refused
    assert told("110") == ""
    phone.waits(began + 59.0 - phone.now)
    assert told("8001") == refused
    phone.waits(2.0)
    assert told("8001") == "", "a minute after the first"
