"""Dialling on a line: timers, the end of a number, hotline, and who may dial."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.causes import Code, cause
from firmware.line.digitmap import DigitMap
from firmware.line.events import Digit, Listen, PlaceCall, Play, ReportEnd, Seized
from firmware.line.hook import HookDecoder, HookLevel
from firmware.line.options import DialTonePolicy
from firmware.profiles import load
from firmware.tone import Tone
from tests.line.telephone import OPTIONS, Telephone


def test_a_handset_off_without_a_digit_hears_busy_then_the_howler_then_silence() -> None:
    phone = Telephone()
    phone.lifts()
    phone.waits(14.9)
    phone.hears(Tone.DIAL)
    phone.waits(0.1)
    why = cause(Code.LOCAL_TIMEOUT, timer="T", seconds="15", digits="no digit")
    assert phone.look() == [ReportEnd(why), Play(Tone.BUSY), Listen(on=False)]
    assert phone.row == "Busy"
    phone.waits(100)
    phone.hears(Tone.HOWLER, Tone.SILENCE)
    assert phone.row == "Lockout"


def test_a_start_timer_of_zero_waits_for_ever() -> None:
    phone = Telephone(replace(OPTIONS, first_digit=0))
    phone.lifts()
    assert phone.line.deadline is None
    phone.feed(Seized())
    assert phone.line.deadline is None


def test_the_maps_own_timers_come_first() -> None:
    phone = Telephone(replace(OPTIONS, digit_map=DigitMap.parse("T:20,S:6,L:12,(9xxx.)")))
    phone.lifts()
    assert phone.line.deadline == phone.now + 20
    phone.dials("9")
    assert phone.line.deadline == phone.now + 12
    phone.dials("000")
    assert phone.line.deadline == phone.now + 6


def test_an_open_ended_number_is_sent_when_the_short_timer_ends() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("9000")
    phone.look()
    phone.waits(3.9)
    assert phone.look() == []
    phone.waits(0.1)
    assert phone.look() == [PlaceCall("9000"), Listen(on=False)]


def test_too_few_digits_end_with_busy_tone_when_the_long_timer_ends() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("80")
    phone.look()
    phone.waits(10)
    why = cause(Code.LOCAL_TIMEOUT, timer="L", seconds="10", digits="80")
    assert phone.look() == [ReportEnd(why), Play(Tone.BUSY), Listen(on=False)]
    assert why.sentence == "Dialling stopped: timer L (10 s) ran out after 80."
    assert phone.row == "Busy"


def test_a_number_that_fits_nothing_is_unobtainable() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("7")
    why = cause(Code.LOCAL_DIGITMAP, digits="7")
    assert phone.look()[2:] == [
        Play(Tone.SILENCE), ReportEnd(why), Play(Tone.UNOBTAINABLE), Listen(on=False),
    ]  # fmt: skip
    assert phone.row == "Busy"


def test_hash_sends_a_complete_number_at_once() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("90001#")
    assert phone.look()[-2:] == [PlaceCall("90001"), Listen(on=False)]


def test_hash_after_too_few_digits_is_unobtainable() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("80#")
    assert ReportEnd(cause(Code.LOCAL_DIGITMAP, digits="80")) in phone.look()


def test_hash_is_a_digit_where_the_map_has_one() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("*57#")
    assert PlaceCall("*57#") in phone.look()


@pytest.mark.parametrize(("digits", "ends"), [("#", True), ("9000#", False)])
def test_hash_that_means_nothing_is_a_wrong_digit(digits: str, ends: bool) -> None:
    phone = Telephone(replace(OPTIONS, hash_ends=ends))
    phone.lifts()
    phone.dials(digits)
    assert ReportEnd(cause(Code.LOCAL_DIGITMAP, digits=digits)) in phone.look()


def test_emergency_numbers_do_not_wait_for_longer_ones() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("110")
    assert phone.look()[-2:] == [PlaceCall("110", withheld=False), Listen(on=False)]


def test_nobody_can_dial_for_ever() -> None:
    phone = Telephone()
    phone.lifts()
    phone.dials("9" * 64)
    assert PlaceCall("9" * 64) in phone.look()


def test_the_first_break_of_a_dial_ends_dial_tone() -> None:
    phone = Telephone()
    phone.lifts()
    phone.feed(Seized())
    phone.hears(Tone.DIAL, Tone.SILENCE)
    assert phone.row == "Dialing"
    phone.feed(Digit("8", pulse=True))
    phone.hears()


def test_a_dial_that_turns_when_the_timer_ends_is_not_cut_off() -> None:
    phone = Telephone(replace(OPTIONS, short=1))
    phone.lifts()
    phone.dials("9000")
    phone.waits(0.9)
    phone.feed(Seized())
    phone.waits(1.7)
    phone.feed(Digit("0", pulse=True))
    phone.look()
    phone.waits(1)
    assert phone.look() == [PlaceCall("90000"), Listen(on=False)]


def test_a_spoiled_first_pulse_falls_back_to_the_start_timer() -> None:
    phone = Telephone()
    phone.lifts()
    phone.feed(Seized())
    phone.look()
    phone.waits(15)
    phone.hears(Tone.BUSY)


def test_a_spoiled_pulse_in_the_middle_of_a_number_does_not_stop_the_clock() -> None:
    """LINE-06: a dial that was touched and gave no digit leaves what was dialled to its timer."""
    for dialled, seconds, called in (("9000", 4, [PlaceCall("9000")]), ("80", 10, [])):
        phone = Telephone()
        phone.lifts()
        phone.dials(dialled)
        phone.feed(Seized())
        phone.look()
        phone.waits(seconds)
        assert [e for e in phone.look() if isinstance(e, PlaceCall)] == called
        assert phone.row == ("Calling 9000 Outgoing" if called else "Busy")


# hotline


def test_a_hotline_calls_on_lift() -> None:
    phone = Telephone(replace(OPTIONS, hotline="100"))
    phone.lifts()
    assert phone.look() == [PlaceCall("100")]
    assert phone.row == "Calling 100 Outgoing"


def test_a_delayed_hotline_gives_time_to_dial() -> None:
    phone = Telephone(replace(OPTIONS, hotline="100", hotline_delay=5))
    phone.lifts()
    phone.waits(4.9)
    phone.hears(Tone.DIAL)
    phone.waits(0.1)
    assert phone.look() == [PlaceCall("100"), Play(Tone.SILENCE), Listen(on=False)]
    phone.hangs_up()
    phone.lifts()
    phone.dials("8")
    phone.look()
    phone.waits(9)
    assert phone.look() == []


# dial tone proves nothing, unless the operator wants it to


@pytest.mark.parametrize(
    ("policy", "registered", "alive", "code"),
    [
        (DialTonePolicy.ALWAYS, False, False, None),
        (DialTonePolicy.REGISTERED, True, False, None),
        (DialTonePolicy.REGISTERED, False, True, Code.NOT_REGISTERED),
        (DialTonePolicy.ALIVE, True, True, None),
        (DialTonePolicy.ALIVE, True, False, Code.NO_SERVER),
        (DialTonePolicy.ALIVE, False, True, Code.NOT_REGISTERED),
    ],
)
def test_the_dial_tone_policy(
    policy: DialTonePolicy, registered: bool, alive: bool, code: Code | None
) -> None:
    phone = Telephone(replace(OPTIONS, dial_tone=policy))
    phone.registers(registered=registered, alive=alive)
    phone.lifts()
    ends = [e.cause.code for e in phone.done if isinstance(e, ReportEnd)]
    assert ends == ([code] if code else [])
    phone.hears(Tone.CONGESTION if code else Tone.DIAL)
    assert phone.row == ("Busy" if code else "DialTone")


def test_a_line_without_registration_still_calls_for_help() -> None:
    phone = Telephone(replace(OPTIONS, dial_tone=DialTonePolicy.REGISTERED))
    phone.registers(registered=False)
    phone.lifts()
    phone.hears(Tone.CONGESTION)
    phone.dials("8001")
    assert not any(isinstance(e, PlaceCall) for e in phone.look()), "only emergency numbers"
    phone.hangs_up()
    phone.lifts()
    phone.dials("110")
    assert PlaceCall("110", withheld=False) in phone.look()
    assert phone.row == "Calling 110 Outgoing"


def test_dial_tone_gives_way_when_the_registration_is_lost() -> None:
    phone = Telephone(replace(OPTIONS, dial_tone=DialTonePolicy.REGISTERED))
    phone.registers()
    phone.lifts()
    phone.registers(registered=False)
    phone.hears(Tone.DIAL, Tone.CONGESTION)


def test_a_registration_lost_while_dialling_stops_all_calls_but_emergency_calls() -> None:
    phone = Telephone(replace(OPTIONS, dial_tone=DialTonePolicy.REGISTERED))
    for number in ("8001", "110"):
        phone.registers()
        phone.lifts()
        phone.dials(number[:-1])
        phone.registers(registered=False)
        phone.dials(number[-1])
        placed = [e.number for e in phone.look() if isinstance(e, PlaceCall)]
        assert placed == (["110"] if number == "110" else [])
        phone.hangs_up()
        phone.look()


# a dial, from contact to call


def test_a_number_dialled_with_a_dial_and_keys_together() -> None:
    phone, hook = Telephone(), HookDecoder(load("cn").hook)

    def runs(seconds: float) -> None:
        until = phone.now + seconds
        while (due := hook.deadline) is not None and due <= until:
            phone.waits(due - phone.now)
            phone.feed(*hook.tick(due))
        phone.waits(until - phone.now)

    def moves(seconds: float, *, off_hook: bool) -> None:
        phone.feed(*hook.feed(HookLevel(off_hook, phone.now), phone.now))
        runs(seconds)

    moves(2, off_hook=True)
    for _ in range(8):
        moves(0.0615, off_hook=False)
        moves(0.0385, off_hook=True)
    phone.hears(Tone.DIAL, Tone.SILENCE)
    runs(0.35)
    phone.dials("00")
    moves(0.0615, off_hook=False)
    moves(1, off_hook=True)
    assert phone.look() == [PlaceCall("8001"), Listen(on=False)]
    moves(0.699, off_hook=False)
    assert phone.row == "Calling 8001 Outgoing"
    runs(0.002)
    assert phone.row == "Idle"
