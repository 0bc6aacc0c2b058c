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
    """Whether a flash joins them: it was for this call that the other one was put aside."""
    other = stage.aside
    consults = other is not None and other.held and other.consults
    return stage.options.three_party and stage.state is State.TALKING and consults


def join(stage: Stage) -> list[Effect]:
    """Take the held one back, and hear both."""
    return stage.go(State.THREE_WAY, Join(), voice=stage.voice)


def drop_last(stage: Stage) -> list[Effect]:
    """A flash: talk with the first again, and with nobody else."""
    why = cause(Code.NORMAL)
    return remain(stage, EndCall(why), ReportEnd(why))


def remain(stage: Stage, *over: Effect) -> list[Effect]:
    """The call in hand ends by `over`; the other goes on as if nothing had been."""
    if stage.aside is not None:
        stage.party, stage.aside = stage.aside.party, None
    return stage.go(State.TALKING, *over, Remain(), voice=stage.voice)
