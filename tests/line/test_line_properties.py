"""The line under any sequence of events and waits, and its whole behaviour as one table."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.causes import Code, cause
from firmware.line.events import (
    AnswerCall,
    Answered,
    CallStatus,
    CloseVoice,
    Digit,
    Disabled,
    Effect,
    Enabled,
    EndCall,
    Event,
    Exchange,
    Flash,
    HouseCall,
    HouseCallEnds,
    HouseCallOver,
    IncomingCall,
    Join,
    LetWait,
    Listen,
    MessagesWaiting,
    OffHook,
    OnHook,
    OpenVoice,
    OtherReleased,
    PlaceCall,
    Play,
    Progress,
    RegistrationChanged,
    RejectCall,
    Released,
    Remain,
    ReportEnd,
    ReportOtherEnd,
    ResumeCall,
    Seized,
    ShowMessages,
    ShowWaitingCaller,
    StartRinging,
    StopRinging,
)
from firmware.line.line import Line
from firmware.line.options import DialTonePolicy
from firmware.line.states import BELL, LISTENING, State
from firmware.tone import Tone
from tests.line.telephone import OPTIONS, Telephone

GOLDEN = Path(__file__).parent / "golden" / "line-states.txt"

EVENTS: list[Event] = [
    OffHook(0.0), OnHook(0.0), Flash(), Seized(), Digit("8"), Digit("9"), Digit("#"),
    IncomingCall("8002"), Progress(), Progress(early_media=True), Answered(),
    Released(cause(Code.PEER_BUSY)), Released(cause(Code.LINE_FAULT)),
    OtherReleased(cause(Code.REMOTE_RELEASED)), MessagesWaiting(2), MessagesWaiting(0),
    Enabled(), Disabled(cause(Code.ADMIN)),
    RegistrationChanged(registered=True), RegistrationChanged(registered=False, alive=False),
    HouseCall(20.0, "Dinner"), HouseCallEnds(),
]  # fmt: skip

steps = st.lists(st.one_of(st.sampled_from(EVENTS), st.floats(0, 50)), max_size=60)
options = st.builds(
    lambda **changes: replace(OPTIONS, **changes),
    dial_tone=st.sampled_from(DialTonePolicy),
    hotline=st.sampled_from(["", "100"]),
    hotline_delay=st.sampled_from([0.0, 5.0]),
    first_digit=st.sampled_from([0.0, 15.0]),
    flash_local=st.booleans(),
    call_waiting=st.booleans(),
    three_party=st.booleans(),
    ring_back_s=st.sampled_from([0.0, 30.0]),
    howler_s=st.sampled_from([0.0, 60.0]),
    release_tone_s=st.sampled_from([0.0, 40.0]),
)


class World:
    """What tone, bell, decoder, voice path and calls are like after the effects so far."""

    def __init__(self) -> None:
        self.tone, self.ringing, self.listening, self.voice = Tone.SILENCE, False, False, False
        self.hand = self.aside = self.held = self.offered = False
        """Calls: in hand, put aside; whether the far end of the one aside is held."""
        self.on_hold = False
        """The one in hand is held still."""

    def take(self, effect: Effect) -> None:
        match effect:
            case Play(tone):
                assert tone is not self.tone
                self.tone = tone
                quiet = tone in {Tone.SILENCE, Tone.CALL_WAITING}
                assert quiet or not self.voice, "a tone over the voice"
            case Listen(on):
                assert on is not self.listening
                self.listening = on
            case StartRinging("", name):
                assert name == "Dinner", "the house's own"
                assert not any((self.ringing, self.voice, self.hand, self.offered))
                self.ringing = True
            case HouseCallOver():
                assert not any((self.ringing, self.voice, self.hand))
            case StartRinging():
                assert not any((self.ringing, self.voice))
                assert self.hand is not self.offered, "either is what rings"
                self.ringing = self.hand = True
                self.offered = False
            case StopRinging():
                assert self.ringing
                self.ringing = False
            case PlaceCall():
                assert not self.hand, "one call at a time"
                self.hand, self.on_hold = True, False
            case AnswerCall() | ResumeCall():
                assert self.hand
                assert self.on_hold is isinstance(effect, ResumeCall)
                assert not self.ringing, "ring voltage is off before the answer"
                assert not self.voice, "the answer comes before the voice path"
                self.on_hold = False
            case OpenVoice():
                assert not self.ringing, "no voice path while ringing"
                assert self.tone is Tone.SILENCE
                assert self.hand
                assert not self.on_hold
                self.voice = True
            case CloseVoice():
                assert self.voice
                self.voice = False
            case _:
                self.take_of_calls(effect)

    def take_of_calls(self, effect: Effect) -> None:
        match effect:
            case EndCall():
                assert self.hand
            case ReportEnd():
                self.hand = self.on_hold = False
            case RejectCall():
                self.offered = False
            case LetWait():
                assert self.offered
                assert not self.aside
                self.offered, self.aside, self.held = False, True, False
            case Exchange():
                assert self.hand or self.aside
                assert not self.voice, "one voice at a time"
                self.on_hold, self.held = self.aside and self.held, self.hand
                self.hand, self.aside = self.aside, self.hand
            case Join():
                assert self.voice
                assert self.hand
                assert self.aside
                assert self.held, "he was answered once"
            case Remain():
                assert not self.hand
                assert self.aside
                assert self.voice, "nothing is heard of it"
                self.hand, self.aside = True, False
            case ReportOtherEnd():
                assert self.aside
                self.aside = False
            case ShowWaitingCaller():
                assert self.aside
                assert self.tone is Tone.CALL_WAITING
            case ShowMessages():
                assert not any((self.ringing, self.hand, self.voice))


@settings(max_examples=300)
@given(options, steps)
def test_whatever_happens_effects_fit_the_state(
    chosen: object, sequence: list[Event | float]
) -> None:
    phone, world = Telephone(chosen), World()  # type: ignore[arg-type] # built by replace
    for step in sequence:
        calls = world.hand + world.aside
        if isinstance(step, float):
            phone.waits(step)
        else:
            world.offered = isinstance(step, IncomingCall)
            phone.feed(step)
        reports = 0
        for effect in phone.look():
            calling = world.hand
            world.take(effect)
            reports += isinstance(effect, ReportOtherEnd)
            reports += isinstance(effect, ReportEnd) and calling
        line = phone.line
        assert reports <= max(calls, 1), "a call ends once"
        assert world.ringing is (line.state in BELL)
        assert world.listening is (line.state in LISTENING)
        assert not world.voice or line.state in JOINED
        assert world.hand is (line.peer != "" and line.state in IN_CALL)
        assert world.aside is (line.aside is not None)
        assert line.aside is None or line.aside.held is world.held
        assert (line.state is State.CALL_WAIT) is (world.tone is Tone.CALL_WAITING)
        assert bool(line.peer) is bool(line.direction)
        assert line.in_call or line.state not in {State.TALKING, State.CALL_WAIT}
        if line.status is CallStatus.IDLE:
            assert line.deadline is None or line.messages is not None, "but for the lamp"
            assert world.tone is Tone.SILENCE
            assert not any((line.peer, line.direction, line.digits, world.voice, world.hand))
            assert not world.aside
        if isinstance(step, OnHook):
            assert line.status is CallStatus.IDLE or line.state in BELL
            assert not world.aside


IN_CALL = {
    State.CALLING, State.RINGBACK, State.TALKING, State.CALL_WAIT, State.RINGING,
    State.RINGING_BACK, State.THREE_WAY,
}  # fmt: skip
JOINED = {State.TALKING, State.RINGBACK, State.CALL_WAIT, State.THREE_WAY}


# the table


def lifted(phone: Telephone) -> None:
    phone.lifts()


def dialling(phone: Telephone) -> None:
    phone.lifts()
    phone.dials("9")


def calling(phone: Telephone) -> None:
    phone.lifts()
    phone.dials("8001")


def ringback(phone: Telephone) -> None:
    calling(phone)
    phone.feed(Progress())


def early(phone: Telephone) -> None:
    calling(phone)
    phone.feed(Progress(early_media=True))


def ringing(phone: Telephone) -> None:
    phone.feed(IncomingCall("8001"))


def house_call(phone: Telephone) -> None:
    phone.feed(HouseCall(20.0, "Dinner"))


def talking(phone: Telephone) -> None:
    calling(phone)
    phone.feed(Answered())


def call_waits(phone: Telephone) -> None:
    talking(phone)
    phone.feed(IncomingCall("8003"))


def holding(phone: Telephone) -> None:
    talking(phone)
    phone.feed(Flash())


def asking_back(phone: Telephone) -> None:
    holding(phone)
    phone.dials("8004")


def talking_to_the_second(phone: Telephone) -> None:
    asking_back(phone)
    phone.feed(Answered())


def three_talk(phone: Telephone) -> None:
    phone.line = Line(replace(OPTIONS, three_party=True))
    talking_to_the_second(phone)
    phone.feed(Flash())


def released_while_one_waits(phone: Telephone) -> None:
    call_waits(phone)
    phone.feed(Released(cause(Code.PEER_BUSY)))


def ringing_back(phone: Telephone) -> None:
    holding(phone)
    phone.hangs_up()


def released(phone: Telephone) -> None:
    calling(phone)
    phone.feed(Released(cause(Code.PEER_BUSY)))


def howler(phone: Telephone) -> None:
    released(phone)
    phone.waits(40)


def lockout(phone: Telephone) -> None:
    released(phone)
    phone.waits(100)


def dead(phone: Telephone) -> None:
    phone.feed(Disabled(cause(Code.ADMIN)))


def dead_off_hook(phone: Telephone) -> None:
    dead(phone)
    phone.lifts()


def barred(phone: Telephone) -> None:
    phone.line = Line(replace(OPTIONS, dial_tone=DialTonePolicy.REGISTERED))
    phone.lifts()


WAYS: dict[str, Callable[[Telephone], None]] = {
    "idle": lambda _: None,
    "dial tone": lifted,
    "dialing": dialling,
    "calling": calling,
    "ringback": ringback,
    "ringback, early media": early,
    "ringing": ringing,
    "house call": house_call,
    "talking": talking,
    "talking, one waits": call_waits,
    "released, one waits": released_while_one_waits,
    "dial tone, one is held": holding,
    "calling, one is held": asking_back,
    "talking, one is held": talking_to_the_second,
    "three talk": three_talk,
    "ringing back": ringing_back,
    "released": released,
    "barred": barred,
    "howler": howler,
    "lockout": lockout,
    "dead": dead,
    "dead, off-hook": dead_off_hook,
}


def short(thing: object) -> str:
    """Write an event or effect as one word or two."""
    match thing:
        case Play(tone) | HouseCallOver(tone):
            return f"{type(thing).__name__} {tone.value}"
        case (
            Released(why) | OtherReleased(why) | Disabled(why)
            | EndCall(why) | ReportEnd(why) | ReportOtherEnd(why)
        ):  # fmt: skip
            return f"{type(thing).__name__} {why.code.value}"
        case Digit(value) | RejectCall(value):
            return f"{type(thing).__name__} {value}"
        case PlaceCall(number):
            return f"PlaceCall {number}"
        case MessagesWaiting(count) | ShowMessages(count):
            return f"{type(thing).__name__} {count}"
        case Listen(on):
            return f"Listen {'on' if on else 'off'}"
        case Progress(True) | OpenVoice(True):
            return f"{type(thing).__name__} early"
        case RegistrationChanged(registered):
            return f"RegistrationChanged {'yes' if registered else 'no'}"
    return type(thing).__name__


def table() -> str:
    rows = []
    for name, way in WAYS.items():
        rows.append(f"{name}\n")
        for event in EVENTS:
            phone = Telephone()
            way(phone)
            phone.look()
            before = phone.line.state
            phone.feed(event)
            effects = phone.look()
            if effects or phone.line.state is not before:
                doing = ", ".join(map(short, effects))
                rows.append(
                    f"    {short(event):<24} -> {phone.line.state.value:<14} {doing}".rstrip()
                )
                rows.append("\n")
    return "".join(rows)


def test_every_state_is_in_the_table() -> None:
    reached = set()
    for way in WAYS.values():
        phone = Telephone()
        way(phone)
        reached.add(phone.line.state)
    assert reached == set(State)


def test_the_table_of_all_states_and_events() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(table(), encoding="utf-8")
    assert table() == GOLDEN.read_text(encoding="utf-8")
