"""Three who talk together: a person calls another, and a flash joins him with who was held.

The port mixes (`firmware.media.three`); neither far end knows of the other. Who hangs up leaves
the other two together, unless it is the person at this line: then nobody is left to mix for.
"""

from __future__ import annotations

from firmware.causes import Code, cause
from firmware.line.events import Effect, EndCall, Join, Remain, ReportEnd
from firmware.line.stage import Stage
from firmware.line.states import State


def joins(stage: Stage) -> bool:
    """Whether a flash makes a three-party call: the call in hand was made to consult."""
    other = stage.aside
    consults = other is not None and other.held and other.consults
    return stage.options.three_party and stage.state is State.TALKING and consults


def join(stage: Stage) -> list[Effect]:
    """Resume the held call, and hear both far ends."""
    return stage.go(State.THREE_WAY, Join(), voice=stage.voice)


def drop_last(stage: Stage) -> list[Effect]:
    """End the call that was made last, and talk with the first far end alone."""
    why = cause(Code.NORMAL)
    return remain(stage, EndCall(why), ReportEnd(why))


def remain(stage: Stage, *over: Effect) -> list[Effect]:
    """Drop the call in hand, with the effects `over`; the other call goes on undisturbed."""
    if stage.aside is not None:
        stage.party, stage.aside = stage.aside.party, None
    return stage.go(State.TALKING, *over, Remain(), voice=stage.voice)
