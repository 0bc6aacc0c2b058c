"""The line: what a person with a handset lives through, as sentences.

A state says what is heard, whether the bell rings, whether digits are listened to and
whether the voice path is open; `_go` orders what differs from the state before. What is not
listed does nothing, as with any telephone.
"""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.line.dialled import Anew, Await, Complete, Dialled, Outcome, Refused
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
    IncomingCall,
    Listen,
    MessagesWaiting,
    OffHook,
    OnHook,
    OpenVoice,
    PlaceCall,
    Play,
    Progress,
    RegistrationChanged,
    RejectCall,
    Released,
    ReportEnd,
    Seized,
    ShowMessages,
    StartRinging,
    StopRinging,
)
from firmware.line.options import DialTonePolicy, LineOptions
from firmware.line.rules import barring
from firmware.line.states import LISTENING, ON_HOOK, STATUS, State, Timer
from firmware.machine import Timers
from firmware.tone import Tone

SLOWEST_DIGIT = 2.0
"""Seconds; a zero at 7 pulses a second and the gap behind it take 1.6."""

LAMP_DELAY = 2.0
"""Seconds from hanging up until the telephone listens to data on-hook for sure."""
LAMP_TAKES = 5.0
"""Seconds after which the lamp has been told for sure, and nothing interfered."""

BUSY_HERE = 486
UNAVAILABLE = 480


class Line:
    """One port's line; a `Machine[Event, Effect]`."""

    def __init__(self, options: LineOptions) -> None:
        self.options = options
        self.state = State.IDLE
        self._dialled = Dialled(options)
        self.peer = ""
        """Number of the other side, as the status row shows it; empty: no call yet."""
        self.direction = ""
        """``Outgoing``, ``Incoming`` or empty, for the status row."""
        self.registration = RegistrationChanged(registered=False)
        """What was told last of the line's binding and its server."""
        self.messages: int | None = None
        """Waiting in the mailbox; None: nobody has said."""
        self._lamp: int | None = None
        """What the lamp has been told last; None: nothing, or it may have missed it."""
        self._tone = Tone.SILENCE
        self._voice: OpenVoice | None = None
        self._timers: Timers[Timer] = Timers()

    @property
    def status(self) -> CallStatus:
        """The call-status column (specification CLI-05)."""
        return STATUS[self.state]

    @property
    def digits(self) -> str:
        """Dialled so far, or last; empty when idle."""
        return self._dialled.digits

    @property
    def in_call(self) -> bool:
        """Whether a hook-flash has a meaning now (LINE-11); for the hook decoder."""
        return self.state is State.TALKING

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def feed(self, event: Event, now: float) -> list[Effect]:
        effects = self._happened(event, now)
        stale = self.messages is not None and self.messages != self._lamp
        if stale and self.state is State.IDLE:
            self._timers.start_if_idle(Timer.LAMP, now + LAMP_DELAY)
        return effects

    def _happened(self, event: Event, now: float) -> list[Effect]:
        match event:
            case OnHook():
                return self._hang_up()
            case MessagesWaiting(count):
                self.messages = count
                return []
            case Progress() | Answered() | Released() | IncomingCall():
                return self._network(event, now)
            case Enabled() | Disabled() | RegistrationChanged():
                return self._house(event, now)
            case _:
                return self._person(event, now)

    def tick(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        while (timer := self._timers.pop_due(now)) is not None:
            match timer:
                case Timer.FIRST_DIGIT:
                    effects += self._follow(self._dialled.too_late(timer), now)
                case Timer.SHORT | Timer.LONG:
                    effects += self._follow(self._dialled.pause(timer), now)
                case Timer.HOTLINE:
                    effects += self._call(self.options.hotline, now)
                case Timer.RELEASE_TONE if self.options.howler_s:
                    effects += self._go(State.HOWLER, tone=Tone.HOWLER)
                    self._timers.start(Timer.HOWLER, now + self.options.howler_s)
                case Timer.RELEASE_TONE | Timer.HOWLER:
                    effects += self._go(State.LOCKOUT)
                case Timer.LAMP if self.messages is not None and self.messages != self._lamp:
                    self._lamp = self.messages
                    effects.append(ShowMessages(self.messages))
                    self._timers.start(Timer.LAMP, now + LAMP_TAKES)
        return effects

    # what happens

    def _person(self, event: Event, now: float) -> list[Effect]:
        match self.state, event:
            case State.IDLE, OffHook():
                return self._lift(now)
            case State.RINGING, OffHook():
                return self._go(State.TALKING, AnswerCall(), voice=OpenVoice())
            case State.DEAD, OffHook():
                return self._go(State.DEAD_OFF_HOOK)
            case ((State.DIAL_TONE | State.DIALING), Seized()):
                return self._digit_begins(now)
            case ((State.DIAL_TONE | State.DIALING), Digit(value)):
                return self._go(State.DIALING) + self._follow(self._dialled.add(value), now)
            case State.BARRED, Digit(value) if self._dialled.calls_for_help(value):
                return self._call(self.digits, now)
        return []

    def _hang_up(self) -> list[Effect]:
        match self.state:
            case State.CALLING | State.RINGBACK | State.TALKING:
                why = cause(Code.NORMAL)
                return self._go(State.IDLE, EndCall(why), ReportEnd(why))
            case State.RINGING:
                return self._go(State.IDLE, RejectCall(UNAVAILABLE), ReportEnd(cause(Code.NORMAL)))
            case State.DEAD | State.DEAD_OFF_HOOK:
                return self._go(State.DEAD)
        return self._go(State.IDLE)

    def _network(self, event: Event, now: float) -> list[Effect]:
        match self.state, event:
            case State.IDLE, IncomingCall(number, name):
                self.peer, self.direction = number, "Incoming"
                return [*self._go(State.RINGING), StartRinging(number, name)]
            case ((State.DEAD | State.DEAD_OFF_HOOK), IncomingCall()):
                return [RejectCall(UNAVAILABLE)]
            case _, IncomingCall():
                return [RejectCall(BUSY_HERE)]
            case ((State.CALLING | State.RINGBACK), Progress(early_media, ringing)):
                return self._progress(early_media, ringing)
            case ((State.CALLING | State.RINGBACK), Answered()):
                return self._go(State.TALKING, voice=OpenVoice())
            case ((State.CALLING | State.RINGBACK | State.TALKING), Released(why)):
                return self._release(why, now)
            case State.RINGING, Released(why):
                return self._go(State.IDLE, ReportEnd(why))
        return []

    def _progress(self, early_media: bool, ringing: bool) -> list[Effect]:
        """Ringback and the network's voice take turns; a path once open stays open."""
        if early_media:
            return self._go(State.RINGBACK, voice=OpenVoice(early=True))
        if ringing:
            return self._go(State.RINGBACK, tone=Tone.RINGBACK, voice=self._voice)
        return self._go(self.state, voice=self._voice)

    def _house(self, event: Event, now: float) -> list[Effect]:
        match self.state, event:
            case State.DEAD, Enabled():
                return self._go(State.IDLE)
            case State.DEAD_OFF_HOOK, Enabled():
                return self._lift(now)
            case ((State.CALLING | State.RINGBACK | State.TALKING), Disabled(why)):
                return self._go(State.DEAD_OFF_HOOK, EndCall(why), ReportEnd(why))
            case State.RINGING, Disabled(why):
                return self._go(State.DEAD, RejectCall(UNAVAILABLE), ReportEnd(why))
            case _, Disabled():
                return self._go(State.DEAD if self.state in ON_HOOK else State.DEAD_OFF_HOOK)
            case _, RegistrationChanged():
                self.registration = event
                if self.state is State.DIAL_TONE and (barrier := self.barrier):
                    return self._release(barrier, now, State.BARRED)
        return []

    # dialling

    def _lift(self, now: float) -> list[Effect]:
        if why := self.barrier:
            return self._release(why, now, State.BARRED)
        hotline, delay = self.options.hotline, self.options.hotline_delay
        if hotline and not delay:
            return self._call(hotline, now)
        effects = self._dial_tone(Tone.STUTTER if self.messages else Tone.DIAL, now)
        if hotline:
            self._timers.keep(())
            self._timers.start(Timer.HOTLINE, now + delay)
        return effects

    def _dial_tone(self, tone: Tone, now: float) -> list[Effect]:
        """Wait for the first digit."""
        effects = self._go(State.DIAL_TONE, tone=tone)
        if patience := self.options.start_timer:
            self._timers.start(Timer.FIRST_DIGIT, now + patience)
        return effects

    def _digit_begins(self, now: float) -> list[Effect]:
        """A dial has begun to turn: the tone ends, and no timer may cut the digit short."""
        running = next((t for t in (Timer.SHORT, Timer.LONG) if t in self._timers), None)
        effects = self._go(State.DIALING)
        if running:
            seconds = max(self._dialled.seconds(running), SLOWEST_DIGIT)
            self._timers.start(running, now + seconds)
        elif patience := self.options.start_timer:
            self._timers.start(Timer.FIRST_DIGIT, now + max(patience, SLOWEST_DIGIT))
        return effects

    def _follow(self, outcome: Outcome, now: float) -> list[Effect]:
        """Do what follows from the digits so far."""
        match outcome:
            case Await(timer):
                self._timers.start(timer, now + self._dialled.seconds(timer))
                return []
            case Complete(number):
                return self._call(number, now)
            case Refused(why):
                return self._release(why, now)
            case Anew():  # another dial tone says so
                return self._dial_tone(Tone.STUTTER, now)

    def _call(self, number: str, now: float) -> list[Effect]:
        if number in self.options.emergency:  # who helps may know who calls
            return self._placed(PlaceCall(number, withheld=False))
        why = self.barrier
        if rule := barring(number, self.options.barred):
            why = why or cause(Code.LOCAL_BARRED, digits=number, rule=rule.rule)
        return (
            self._release(why, now)
            if why
            else self._placed(PlaceCall(number, self._dialled.withheld))
        )

    def _placed(self, call: PlaceCall) -> list[Effect]:
        self.peer, self.direction = call.number, "Outgoing"
        return self._go(State.CALLING, call)

    @property
    def barrier(self) -> Cause | None:
        """Why this line may not call at this moment, if it may not (Q1-1)."""
        policy, now = self.options.dial_tone, self.registration
        if policy is DialTonePolicy.ALIVE and not now.alive:
            return cause(Code.NO_SERVER, servers="none answers the heartbeat")
        if policy is not DialTonePolicy.ALWAYS and not now.registered:
            return cause(Code.NOT_REGISTERED)
        return None

    # getting there

    def _release(self, why: Cause, now: float, state: State = State.RELEASED) -> list[Effect]:
        """Tell the person why, by tone; a handset left off then gets the howler (LINE-12)."""
        if why.tone is Tone.SILENCE:
            return self._go(State.LOCKOUT, ReportEnd(why))
        effects = self._go(state, ReportEnd(why), tone=why.tone)
        self._timers.start(Timer.RELEASE_TONE, now + self.options.release_tone_s)
        return effects

    def _go(
        self,
        state: State,
        *calls: Effect,
        tone: Tone = Tone.SILENCE,
        voice: OpenVoice | None = None,
    ) -> list[Effect]:
        """Enter `state`: stop the timers and order what differs, the old away before the new.

        The ring voltage is off before the call is answered, and the call is answered before
        the voice path opens (LINE-09).
        """
        before, self.state = self.state, state
        if Timer.LAMP in self._timers:
            self._lamp = None  # it may have missed what it was told
        self._timers.keep(())
        if STATUS[state] is CallStatus.IDLE:
            self.peer = self.direction = ""
            self._dialled.forget()
        effects: list[Effect] = []
        if before is State.RINGING:
            effects.append(StopRinging())
        if self._voice and not voice:
            effects.append(CloseVoice())
        effects += calls
        if tone is not self._tone:
            effects.append(Play(tone))
        if voice and voice != self._voice:
            effects.append(voice)
        if (before in LISTENING) is not (state in LISTENING):
            effects.append(Listen(state in LISTENING))
        self._tone, self._voice = tone, voice
        return effects
