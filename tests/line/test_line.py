"""The line, sentence by sentence of the specification."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.causes import Cause, Code, cause
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
    phone.feed(Answered())
    assert phone.look() == [OpenVoice(), Listen(on=True)]


def test_ringback_and_the_voice_of_the_network_take_turns() -> None:
    """C23: the path stays open beneath our tone, or nobody would notice that voice is back."""
    phone = calling(Telephone())
    phone.feed(Progress(early_media=True), Progress())
    assert phone.look() == [OpenVoice(early=True), Play(Tone.RINGBACK)]
    phone.feed(Progress(ringing=False))
    assert phone.look() == [Play(Tone.SILENCE)]
    assert phone.row == "RingBack 8001 Outgoing"
    phone.feed(Progress(), Progress(early_media=True))
    assert phone.look() == [Play(Tone.RINGBACK), Play(Tone.SILENCE)]
    phone.feed(Answered())
    assert phone.look() == [OpenVoice(), Listen(on=True)]


def test_progress_that_nobody_can_hear_changes_nothing() -> None:
    """181, 182 and 183 without a description: no telephone has rung yet."""
    phone = calling(Telephone())
    phone.feed(Progress(ringing=False))
    assert phone.look() == []
    assert phone.row == "Calling 8001 Outgoing"


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
    phone = Telephone(replace(OPTIONS, call_waiting=False))
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
