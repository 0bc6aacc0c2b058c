"""What is put aside, or rings without a call, on a line that may not call, or that nobody answers.

Calls of two and three as wholes are in tests/flows; here is what the line itself orders.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.causes import Code, cause
from firmware.line.events import (
    Answered,
    CloseVoice,
    EndCall,
    Exchange,
    Flash,
    HouseCall,
    HouseCallOver,
    Listen,
    Play,
    Progress,
    ReportEnd,
    StartRinging,
    StopRinging,
    Summons,
)
from firmware.line.options import DialTonePolicy
from firmware.tone import Tone
from tests.line.telephone import OPTIONS, Telephone

REGISTERED = replace(OPTIONS, dial_tone=DialTonePolicy.REGISTERED)
TWO = replace(OPTIONS, flash_local=True, ring_back_s=30.0)
NOT_REGISTERED = cause(Code.NOT_REGISTERED)


def talking(phone: Telephone, number: str = "8001") -> Telephone:
    phone.lifts()
    phone.dials(number)
    phone.feed(Progress(), Answered())
    phone.look()
    return phone


def test_who_was_held_rings_back_for_so_long_and_is_then_let_go() -> None:
    """Behaviours 14.17: the handset was put down on a held call, and nobody lifts it again."""
    phone = talking(Telephone(TWO))
    phone.feed(Flash())
    phone.look()
    phone.hangs_up()
    assert phone.look() == [
        Exchange(), Play(Tone.SILENCE), Listen(on=False), StartRinging("8001", ""),
    ]  # fmt: skip
    assert phone.row == "Ringing 8001 Outgoing"
    phone.waits(29.9)
    assert phone.look() == []
    phone.waits(0.1)
    why = cause(Code.NO_ANSWER_LOCAL, seconds=30)
    assert phone.look() == [StopRinging(), EndCall(why), ReportEnd(why)]
    assert phone.row == "Idle"
    assert phone.line.deadline is None


def test_who_holds_without_a_registration_hears_why_and_still_has_his_call() -> None:
    """Q1-1: no second call then, but the first one is only a flash away."""
    phone = Telephone(replace(REGISTERED, flash_local=True))
    phone.registers()
    talking(phone)
    phone.registers(registered=False)
    phone.feed(Flash())
    assert phone.look() == [
        CloseVoice(), Exchange(), ReportEnd(NOT_REGISTERED), Play(Tone.CONGESTION),
    ]  # fmt: skip
    phone.feed(Flash())
    assert phone.row == "Talking 8001 Outgoing"
    phone.hears(Tone.SILENCE)


def test_who_answers_a_house_call_without_a_registration_hears_why() -> None:
    """U17, Q1-1: the bell rang all the same, and its answer is told."""
    phone = Telephone(REGISTERED)
    phone.registers(registered=False)
    phone.feed(HouseCall(20.0, "Test"))
    phone.look()
    phone.lifts()
    assert phone.look() == [
        StopRinging(), HouseCallOver(Summons.ANSWERED), Listen(on=True),
        ReportEnd(NOT_REGISTERED), Play(Tone.CONGESTION),
    ]  # fmt: skip
    assert phone.line.summons is Summons.ANSWERED
    assert phone.row == "Busy"
