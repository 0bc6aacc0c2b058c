"""A house call: the bell rings because the house wants it to, and nobody calls (U17).

Who lifts hears the special dial tone. It says that nobody is there and that the line is free: any
number can be dialled, emergency numbers above all. A real call comes first.
"""

from __future__ import annotations

from firmware.line.events import Effect, HouseCall, HouseCallOver, StartRinging, Summons
from firmware.line.stage import Stage
from firmware.line.states import State, Timer
from firmware.tone import Tone


def begin(stage: Stage, wanted: HouseCall, now: float) -> list[Effect]:
    """Ring for the house; the telephone is on-hook and at rest."""
    effects = stage.go(State.HOUSE_CALL)
    stage.timers.start(Timer.HOUSE_CALL, now + wanted.seconds)
    stage.summons = Summons.RINGING
    return [*effects, StartRinging("", wanted.name)]


def answered(stage: Stage, now: float) -> list[Effect]:
    """Answer the house call: somebody has lifted."""
    told = over(stage, Summons.ANSWERED)
    if why := stage.barrier:
        return stage.go(State.BARRED, *told) + stage.release(why, now, State.BARRED)
    return stage.dial_tone(Tone.STUTTER, now, *told)


def end(stage: Stage, how: Summons) -> list[Effect]:
    """Stop ringing for the house."""
    return stage.go(State.IDLE, *over(stage, how))


def over(stage: Stage, how: Summons) -> tuple[Effect, ...]:
    """Report how the house call ended, if one goes on."""
    if stage.state is not State.HOUSE_CALL:
        return ()
    stage.summons = how
    return (HouseCallOver(how),)
