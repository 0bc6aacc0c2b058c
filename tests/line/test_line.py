"""The line, sentence by sentence of the specification."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.causes import Cause, Code, cause
from firmware.line.digitmap import DigitMap
from firmware.line.events import (
    AnswerCall,
    Answered,
    CloseVoice,
    Digit,
    Disabled,
    Enabled,
    EndCall,
    Flash,
    IncomingCall,
    Listen,
    OpenVoice,
    PlaceCall,
    Play,
    Progress,
    RejectCall,
    Released,
    ReportEnd,
    Seized,
    StartRinging,
    StopRinging,
)
from firmware.line.options import DialTonePolicy
from firmware.tone import Tone
from tests.line.telephone import MAP, OPTIONS, Telephone

NORMAL = cause(Code.NORMAL)
BUSY = cause(Code.PEER_BUSY, status=486, peer="8001")
GONE = cause(Code.REMOTE_RELEASED, peer="8001", seconds=60)
ABANDONED = cause(Code.CALLER_ABANDONED, peer="8001")
ADMIN = cause(Code.ADMIN, who="root")


def calling(telephone: Telephone) -> Telephone:
    telephone.lifts()
    telephone.dials("8001")
    telephone.look()
    return telephone


def talking(telephone: Telephone) -> Telephone:
    calling(telephone).feed(Progress(), Answered())
    telephone.look()
    return telephone


# a call from here


def test_an_outgoing_call_from_lift_to_hang_up() -> None:
    phone = Telephone()
    assert phone.row == "Idle"
    phone.lifts()
    assert phone.look() == [Play(Tone.DIAL), Listen(on=True)]
    assert phone.row == "DialTone"
    phone.dials("8")
    assert phone.look() == [Play(Tone.SILENCE)]
    assert phone.row == "Dialing"
    phone.dials("001")
    assert phone.look() == [PlaceCall("8001"), Listen(on=False)]
    assert phone.row == "Calling 8001 Outgoing"
    phone.feed(Progress())
    assert phone.look() == [Play(Tone.RINGBACK)]
    assert phone.row == "RingBack 8001 Outgoing"
    phone.feed(Answered())
    assert phone.look() == [Play(Tone.SILENCE), OpenVoice(), Listen(on=True)]
    assert phone.row == "Talking 8001 Outgoing"
    assert phone.line.in_call
    phone.hangs_up()
    assert phone.look() == [
        CloseVoice(), EndCall(NORMAL), ReportEnd(NORMAL), Listen(on=False),
    ]  # fmt: skip
    assert phone.row == "Idle"
    assert phone.line.deadline is None


def test_an_answer_without_ringing_opens_the_voice_path_at_once() -> None:
    phone = calling(Telephone())
    phone.feed(Answered())
    assert phone.look() == [OpenVoice(), Listen(on=True)]


def test_early_media_is_heard_in_place_of_our_ringback() -> None:
    phone = calling(Telephone())
    phone.feed(Progress(early_media=True))
    assert phone.look() == [OpenVoice(early=True)]
    assert phone.row == "RingBack 8001 Outgoing"
    phone.feed(Progress(), Progress(early_media=True))
    assert phone.look() == [], "a later 180 does not silence the song (ladder A14)"
    phone.feed(Answered())
    assert phone.look() == [OpenVoice(), Listen(on=True)]


def test_early_media_that_comes_late_ends_our_ringback() -> None:
    phone = calling(Telephone())
    phone.feed(Progress(), Progress(early_media=True))
    assert phone.look() == [Play(Tone.RINGBACK), Play(Tone.SILENCE), OpenVoice(early=True)]


def test_an_announcement_ends_before_the_tone_begins() -> None:
    phone = calling(Telephone())
    phone.feed(Progress(early_media=True), Released(BUSY))
    assert phone.look()[1:] == [CloseVoice(), ReportEnd(BUSY), Play(Tone.BUSY)]


@pytest.mark.parametrize("stage", [(), (Progress(),), (Progress(early_media=True),)])
def test_hanging_up_before_the_answer_frees_the_line_at_once(stage: tuple[Progress, ...]) -> None:
    phone = calling(Telephone())
    phone.feed(*stage)
    phone.look()
    phone.hangs_up()
    ended = [e for e in phone.look() if isinstance(e, EndCall | ReportEnd)]
    assert ended == [EndCall(NORMAL), ReportEnd(NORMAL)]
    assert phone.row == "Idle"
    phone.waits(0.1)
    phone.lifts()
    phone.hears(Tone.DIAL)


# why busy tone


@pytest.mark.parametrize(
    ("why", "tone"),
    [
        (BUSY, Tone.BUSY),
        (cause(Code.SERVER_ERROR), Tone.CONGESTION),
        (cause(Code.UNALLOCATED), Tone.UNOBTAINABLE),
    ],
)
def test_the_tone_says_why_and_then_howls_and_then_is_silent(why: Cause, tone: Tone) -> None:
    phone = calling(Telephone())
    phone.feed(Released(why))
    assert phone.look() == [ReportEnd(why), Play(tone)]
    assert phone.row == "Busy 8001 Outgoing"
    phone.waits(39.9)
    phone.hears()
    phone.waits(0.1)
    phone.hears(Tone.HOWLER)
    assert phone.row == "Howler 8001 Outgoing"
    phone.waits(60)
    phone.hears(Tone.SILENCE)
    assert phone.row == "Lockout 8001 Outgoing"
    phone.waits(10_000)
    phone.feed(Digit("8"), Flash(), Seized())
    assert phone.look() == []
    phone.hangs_up()
    assert phone.look() == []
    assert phone.row == "Idle"


def test_the_far_end_hangs_up_after_talking() -> None:
    phone = talking(Telephone())
    phone.feed(Released(GONE))
    assert phone.look() == [CloseVoice(), ReportEnd(GONE), Play(Tone.BUSY), Listen(on=False)]
    assert phone.row == "Busy 8001 Outgoing"
    phone.hangs_up()
    assert phone.look() == [Play(Tone.SILENCE)]


def test_a_cause_without_a_tone_leaves_the_line_silent() -> None:
    phone = talking(Telephone())
    fault = cause(Code.LINE_FAULT, alarm="overheat")
    phone.feed(Released(fault))
    assert phone.look() == [CloseVoice(), ReportEnd(fault), Listen(on=False)]
    assert phone.row == "Lockout 8001 Outgoing"


def test_without_a_howler_silence_follows_the_tone() -> None:
    phone = calling(Telephone(replace(OPTIONS, howler_s=0)))
    phone.feed(Released(BUSY))
    phone.waits(40)
    phone.hears(Tone.BUSY, Tone.SILENCE)
    assert phone.row == "Lockout 8001 Outgoing"


# dialling


def test_nobody_dials() -> None:
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
    assert phone.look()[-2:] == [PlaceCall("110"), Listen(on=False)]


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


# a call to here


def test_an_incoming_call_from_ring_to_hang_up() -> None:
    phone = Telephone()
    phone.feed(IncomingCall("8001", "Front desk"))
    assert phone.look() == [StartRinging("8001", "Front desk")]
    assert phone.row == "Ringing 8001 Incoming"
    assert phone.line.deadline is None
    phone.lifts()
    assert phone.look() == [StopRinging(), AnswerCall(), OpenVoice(), Listen(on=True)]
    assert phone.row == "Talking 8001 Incoming"
    phone.feed(Released(GONE))
    assert phone.row == "Busy 8001 Incoming"
    phone.hangs_up()
    assert phone.row == "Idle"


@pytest.mark.parametrize("why", [ABANDONED, cause(Code.NO_ANSWER_LOCAL, seconds=50)])
def test_a_call_that_ends_before_the_answer_is_reported(why: Cause) -> None:
    phone = Telephone()
    phone.feed(IncomingCall("8001"))
    phone.look()
    phone.feed(Released(why))
    assert phone.look() == [StopRinging(), ReportEnd(why)]
    assert phone.row == "Idle"


def test_a_second_call_is_refused_and_nothing_flickers() -> None:
    phone = Telephone()
    second = IncomingCall("8002")

    def refused() -> None:
        phone.look()
        before = phone.row
        phone.feed(second)
        assert phone.look() == [RejectCall(486)]
        assert phone.row == before

    phone.feed(IncomingCall("8001"))
    refused()
    phone.lifts()
    refused()
    phone.feed(Released(GONE))
    refused()
    phone.waits(50)
    refused()
    phone.waits(50)
    refused()
    phone.hangs_up()
    phone.lifts()
    refused()
    phone.dials("8")
    refused()
    phone.dials("001")
    refused()
    phone.feed(Progress())
    refused()


def test_a_call_in_the_instant_of_a_lift_is_refused() -> None:
    phone = Telephone()
    phone.lifts()
    phone.waits(0.1)
    phone.feed(IncomingCall("8001"))
    assert phone.look()[-1] == RejectCall(486)
    assert phone.row == "DialTone"


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


# out of service


def test_a_dead_line_does_nothing_and_says_idle() -> None:
    phone = Telephone()
    phone.feed(Disabled(ADMIN))
    phone.lifts()
    phone.feed(Seized(), Digit("8"))
    assert phone.look() == []
    assert phone.row == "Idle"
    phone.feed(IncomingCall("8001"))
    assert phone.look() == [RejectCall(480)]
    phone.hangs_up()
    phone.feed(Enabled())
    assert phone.look() == []
    phone.lifts()
    phone.hears(Tone.DIAL)


def test_a_handset_that_is_off_when_the_line_comes_back_gets_dial_tone() -> None:
    phone = talking(Telephone())
    phone.feed(Disabled(ADMIN))
    assert phone.look() == [CloseVoice(), EndCall(ADMIN), ReportEnd(ADMIN), Listen(on=False)]
    assert phone.row == "Idle"
    assert phone.line.deadline is None
    phone.feed(Disabled(ADMIN), Enabled())
    phone.hears(Tone.DIAL)


def test_a_ringing_line_that_is_taken_out_of_service_refuses_its_call() -> None:
    phone = Telephone()
    phone.feed(IncomingCall("8001"))
    phone.look()
    phone.feed(Disabled(ADMIN))
    assert phone.look() == [StopRinging(), RejectCall(480), ReportEnd(ADMIN)]
    phone.feed(Enabled(), IncomingCall("8001"))
    assert phone.row == "Ringing 8001 Incoming"


def test_enabling_a_line_in_service_changes_nothing() -> None:
    phone = talking(Telephone(replace(OPTIONS, digit_map=MAP)))
    phone.feed(Enabled())
    assert phone.look() == []
    assert phone.row == "Talking 8001 Outgoing"
