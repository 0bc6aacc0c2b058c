"""The second call of a line: held or waiting, and what a flash does with it (behaviours 14.17).

One call is in hand, and at most one is put aside. An emergency call is never put aside, nor
disturbed by a tone.
"""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.line import house_call, three
from firmware.line.events import (
    AnswerCall,
    Effect,
    EndCall,
    Exchange,
    IncomingCall,
    LetWait,
    OpenVoice,
    RejectCall,
    ReportEnd,
    ReportOtherEnd,
    ResumeCall,
    ShowWaitingCaller,
    StartRinging,
    Summons,
)
from firmware.line.parties import NOBODY, Aside, Party
from firmware.line.stage import Stage
from firmware.line.states import State, Timer
from firmware.tone import Tone

UNAVAILABLE = 480
TALKS = {State.TALKING, State.CALL_WAIT}
ASKS = {State.CALLING, State.RINGBACK}


def may_wait(stage: Stage) -> bool:
    """Whether one more caller may wait now: the person talks, and could answer with a flash."""
    options = stage.options
    wanted = options.call_waiting and options.flash_local and stage.state is State.TALKING
    return wanted and stage.aside is None and stage.party.number not in options.emergency


def wait(stage: Stage, call: IncomingCall) -> list[Effect]:
    """Put the new call aside, with a tone over the voice."""
    stage.aside = Aside(Party.calling(call), held=False)
    voice, tone = stage.voice, Tone.CALL_WAITING
    effects = stage.go(State.CALL_WAIT, LetWait(), tone=tone, voice=voice)
    return [*effects, ShowWaitingCaller(call.number, call.name)]


def flash(stage: Stage, now: float) -> list[Effect]:
    """Hold and dial another number, change between two calls, join them, or answer who waits."""
    talks = stage.state in TALKS
    if not stage.options.flash_local or (talks and stage.party.number in stage.options.emergency):
        return []
    if stage.state is State.THREE_WAY:
        return three.drop_last(stage)
    if three.joins(stage):
        return three.join(stage)
    if stage.aside:
        return _change(stage, stage.aside)
    return _put_aside(stage, now) if talks else []


def _put_aside(stage: Stage, now: float) -> list[Effect]:
    stage.aside = Aside(stage.party, held=True, consults=True)
    stage.dialled.forget()
    if why := stage.barrier:
        return stage.go(State.BARRED, Exchange()) + stage.release(why, now, State.BARRED)
    return stage.dial_tone(Tone.STUTTER, now, Exchange())


def _change(stage: Stage, other: Aside) -> list[Effect]:
    """Talk in the other call; the one in hand is held, or given up if it was never answered."""
    before = ended(stage, cause(Code.NORMAL)) if stage.state in ASKS else ()
    stage.aside = Aside(stage.party, held=True) if stage.state in TALKS else None
    stage.party = other.party
    then = ResumeCall() if other.held else AnswerCall()
    return stage.go(State.TALKING, *before, Exchange(), then, voice=OpenVoice(), anew=True)


def ring_for(stage: Stage, other: Aside, before: tuple[Effect, ...], now: float) -> list[Effect]:
    """Ring for the call that is still there, after the handset was put down."""
    stage.aside, stage.party = None, other.party
    stage.dialled.forget()
    state = State.RINGING_BACK if other.held else State.RINGING
    effects = stage.go(state, *before, Exchange())
    if other.held and stage.options.ring_back_s:
        stage.timers.start(Timer.NO_ANSWER, now + stage.options.ring_back_s)
    return [*effects, StartRinging(other.party.number, other.party.name)]


def gone(stage: Stage, why: Cause) -> list[Effect]:
    """Drop the call that was held or waited: its far end has left."""
    stage.aside = None
    if stage.state in {State.CALL_WAIT, State.THREE_WAY}:
        return stage.go(State.TALKING, ReportOtherEnd(why), voice=stage.voice)
    if stage.state in {State.DIAL_TONE, State.DIALING, State.BARRED}:
        stage.party = NOBODY
    return [ReportOtherEnd(why)]


def ended(stage: Stage, why: Cause) -> tuple[Effect, ...]:
    """The effects that end the call in hand, if there is one."""
    if stage.state is State.RINGING:
        return RejectCall(UNAVAILABLE), ReportEnd(why)
    if stage.state is State.HOUSE_CALL:
        return house_call.over(stage, Summons.STOPPED)
    if stage.state in TALKS | ASKS | {State.RINGING_BACK, State.THREE_WAY}:
        return EndCall(why), ReportEnd(why)
    return ()


def all_ended(stage: Stage, why: Cause) -> tuple[Effect, ...]:
    """The effects that end both calls."""
    other, stage.aside = stage.aside, None
    if other is None:
        return ended(stage, why)
    over = EndCall(why) if other.held else RejectCall(UNAVAILABLE)
    return *ended(stage, why), Exchange(), over, ReportEnd(why)
