"""Where a line stands, and how it goes from one state to another.

A state says which tone is heard, whether the bell rings, whether digits are listened to, and
whether voice is open (`states.py`). `go` orders only what differs from the state before.
"""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.line.dialled import Dialled
from firmware.line.events import (
    CallStatus,
    CloseVoice,
    Effect,
    Listen,
    OpenVoice,
    Play,
    RegistrationChanged,
    ReportEnd,
    ShowMessages,
    StopRinging,
    Summons,
)
from firmware.line.options import DialTonePolicy, LineOptions
from firmware.line.parties import NOBODY, Aside
from firmware.line.states import BELL, LISTENING, STATUS, State, Timer
from firmware.machine import Timers
from firmware.tone import Tone

LAMP_DELAY = 2.0
"""Seconds from hanging up until the telephone listens to data on-hook for sure."""
LAMP_TAKES = 5.0
"""Seconds after which the lamp has been told, if nothing interfered."""


class Stage:
    """One line as it stands.

    Args:
        options: of the line.
    """

    def __init__(self, options: LineOptions) -> None:
        self.options = options
        self.state = State.IDLE
        self.party = NOBODY
        """The other side of the call in hand; without a call, of the last one."""
        self.aside: Aside | None = None
        """The second call, which is held or waits; None: there is none."""
        self.dialled = Dialled(options)
        self.registration = RegistrationChanged(registered=False)
        """The last news of the line's binding and its server."""
        self.messages: int | None = None
        """New messages in the mailbox; None: not known."""
        self.summons = Summons.NONE
        """How the last house call stands, or how it ended."""
        self.timers: Timers[Timer] = Timers()
        self.voice: OpenVoice | None = None
        """How voice is open; None: it is closed."""
        self._tone = Tone.SILENCE
        self._lamp: int | None = None
        """Messages that the lamp was last told of; None: none, or it may have missed it."""

    @property
    def status(self) -> CallStatus:
        """The call-status column (specification CLI-05)."""
        if self.state is State.DIAL_TONE and self.aside:
            return CallStatus.HELD
        return STATUS[self.state]

    @property
    def barrier(self) -> Cause | None:
        """Why this line may not call now; None: it may (Q1-1)."""
        policy, now = self.options.dial_tone, self.registration
        if policy is DialTonePolicy.ALIVE and not now.alive:
            return cause(Code.NO_SERVER, servers="none answers the heartbeat")
        if policy is not DialTonePolicy.ALWAYS and not now.registered:
            return cause(Code.NOT_REGISTERED)
        return None

    def dial_tone(self, tone: Tone, now: float, *calls: Effect) -> list[Effect]:
        """Play dial tone, and wait for the first digit."""
        effects = self.go(State.DIAL_TONE, *calls, tone=tone)
        if patience := self.options.start_timer:
            self.timers.start(Timer.FIRST_DIGIT, now + patience)
        return effects

    def release(self, why: Cause, now: float, state: State = State.RELEASED) -> list[Effect]:
        """Say by tone why there is no call; a handset left off then hears the howler (LINE-12)."""
        if why.tone is Tone.SILENCE:
            return self.go(State.LOCKOUT, ReportEnd(why))
        effects = self.go(state, ReportEnd(why), tone=why.tone)
        self.timers.start(Timer.RELEASE_TONE, now + self.options.release_tone_s)
        return effects

    def go(
        self,
        state: State,
        *calls: Effect,
        tone: Tone = Tone.SILENCE,
        voice: OpenVoice | None = None,
        anew: bool = False,
    ) -> list[Effect]:
        """Enter `state`: stop the timers, and order what differs, the old away before the new.

        The ring voltage is off before the call is answered, and the call is answered before voice
        opens (LINE-09). `anew`: the voice is that of another call.
        """
        before, self.state = self.state, state
        if Timer.LAMP in self.timers:
            self._lamp = None  # it may have missed what it was told
        self.timers.keep(())
        if STATUS[state] is CallStatus.IDLE:
            self.party = NOBODY
            self.dialled.forget()
        effects: list[Effect] = []
        if before in BELL and state not in BELL:
            effects.append(StopRinging())
        if self.voice and (anew or not voice):
            effects.append(CloseVoice())
            self.voice = None
        effects += calls
        if tone is not self._tone:
            effects.append(Play(tone))
        if voice and voice != self.voice:
            effects.append(voice)
        if (before in LISTENING) is not (state in LISTENING):
            effects.append(Listen(state in LISTENING))
        self._tone, self.voice = tone, voice
        return effects

    def mind_lamp(self, now: float) -> None:
        """Plan to tell the lamp of waiting messages, if that is news and the line is at rest."""
        if self._lamp_is_wrong and self.state is State.IDLE:
            self.timers.start_if_idle(Timer.LAMP, now + LAMP_DELAY)

    def tell_lamp(self, now: float) -> list[Effect]:
        """Tell the lamp, or note that it has been told undisturbed."""
        if self.messages is None or not self._lamp_is_wrong:
            return []
        self._lamp = self.messages
        self.timers.start(Timer.LAMP, now + LAMP_TAKES)
        return [ShowMessages(self.messages)]

    @property
    def _lamp_is_wrong(self) -> bool:
        return self.messages is not None and self.messages != self._lamp
