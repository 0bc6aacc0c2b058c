"""The line: what a person with a handset lives through, as sentences.

Each `case` below says what an event means in a state (`states.py`). The stage (`stage.py`) carries
the change of state out. An event that is not listed for a state does nothing, as with any
telephone. A second call has a file of its own (`second.py`).
"""

from __future__ import annotations

from firmware.causes import Cause, Code, cause
from firmware.line import house_call, second, three
from firmware.line.dialled import Anew, Await, Complete, Outcome, Refused
from firmware.line.events import (
    AnswerCall,
    Answered,
    CallStatus,
    Digit,
    Disabled,
    Effect,
    Enabled,
    EndCall,
    Event,
    Flash,
    HouseCall,
    HouseCallEnds,
    IncomingCall,
    MessagesWaiting,
    OffHook,
    OnHook,
    OpenVoice,
    OtherReleased,
    PlaceCall,
    Progress,
    RegistrationChanged,
    RejectCall,
    Released,
    ReportEnd,
    ResumeCall,
    Seized,
    StartRinging,
    Summons,
)
from firmware.line.options import LineOptions
from firmware.line.parties import Aside, Party
from firmware.line.rules import Haste, barring
from firmware.line.stage import Stage
from firmware.line.states import ON_HOOK, State, Timer
from firmware.tone import Tone

SLOWEST_DIGIT = 2.0
"""Seconds that the slowest digit takes: a zero at 7 pulses a second, and the gap behind it."""

BUSY_HERE = 486


class Line:
    """The line of one port; a `Machine[Event, Effect]`."""

    def __init__(self, options: LineOptions) -> None:
        self.options = options
        self._stage = Stage(options)
        self._haste = Haste()

    @property
    def state(self) -> State:
        return self._stage.state

    @property
    def status(self) -> CallStatus:
        """The call-status column (specification CLI-05)."""
        return self._stage.status

    @property
    def digits(self) -> str:
        """The digits dialled so far, or last; empty when idle."""
        return self._stage.dialled.digits

    @property
    def peer(self) -> str:
        """Number of the other side, as the status row shows it; empty: no call yet."""
        return self._first.number

    @property
    def peer_name(self) -> str:
        """Name of the other side, as it came with the call."""
        return self._stage.party.name

    @property
    def direction(self) -> str:
        """``Outgoing``, ``Incoming`` or empty, for the status row."""
        return self._first.direction

    @property
    def _first(self) -> Party:
        """The party that the status row names: the one in hand; of three who talk, the first."""
        other = self._stage.aside
        if self.state is State.THREE_WAY and other is not None:
            return other.party
        return self._stage.party

    @property
    def aside(self) -> Aside | None:
        """The second call, which is held or waits; None: there is none."""
        return self._stage.aside

    @property
    def joined(self) -> Party | None:
        """The party that was called last of three who talk; None: there are no three."""
        return self._stage.party if self.state is State.THREE_WAY else None

    @property
    def messages(self) -> int | None:
        """New messages in the mailbox; None: not known."""
        return self._stage.messages

    @property
    def registration(self) -> RegistrationChanged:
        """The last news of the line's binding and its server."""
        return self._stage.registration

    @property
    def barrier(self) -> Cause | None:
        """Why this line may not call now; None: it may (Q1-1)."""
        return self._stage.barrier

    @property
    def lets_wait(self) -> bool:
        """Whether one more caller could wait now (call waiting), instead of hearing busy tone."""
        return second.may_wait(self._stage)

    @property
    def summons(self) -> Summons:
        """How the last house call stands, or how it ended."""
        return self._stage.summons

    @property
    def in_call(self) -> bool:
        """Whether a hook-flash has a meaning now (LINE-11); for the hook decoder."""
        return self.state in second.TALKS or self.aside is not None

    @property
    def deadline(self) -> float | None:
        return self._stage.timers.next

    def feed(self, event: Event, now: float) -> list[Effect]:
        effects = self._happens(event, now)
        self._stage.mind_lamp(now)
        return effects

    def _happens(self, event: Event, now: float) -> list[Effect]:
        match event:
            case OnHook():
                return self._hang_up(now)
            case Flash():
                return second.flash(self._stage, now)
            case IncomingCall():
                return self._gives_way() + self._network(event, now)
            case Progress() | Answered() | Released() | OtherReleased():
                return self._network(event, now)
            case Enabled() | Disabled() | RegistrationChanged() | MessagesWaiting():
                return self._house(event, now)
            case HouseCall() | HouseCallEnds():
                return self._summons(event, now)
            case _:
                return self._person(event, now)

    def tick(self, now: float) -> list[Effect]:
        stage, dialled = self._stage, self._stage.dialled
        effects: list[Effect] = []
        while (timer := stage.timers.pop_due(now)) is not None:
            match timer:
                case Timer.FIRST_DIGIT:
                    effects += self._follow(dialled.too_late(timer), now)
                case Timer.SHORT | Timer.LONG:
                    effects += self._follow(dialled.pause(timer), now)
                case Timer.HOTLINE:
                    effects += self._call(self.options.hotline, now)
                case Timer.NO_ANSWER:
                    why = cause(Code.NO_ANSWER_LOCAL, seconds=round(self.options.ring_back_s))
                    effects += stage.go(State.IDLE, EndCall(why), ReportEnd(why))
                case Timer.LAMP:
                    effects += stage.tell_lamp(now)
                case Timer.HOUSE_CALL:
                    effects += house_call.end(stage, Summons.NOT_ANSWERED)
                case Timer.RELEASE_TONE if self.options.howler_s:
                    effects += stage.go(State.HOWLER, tone=Tone.HOWLER)
                    stage.timers.start(Timer.HOWLER, now + self.options.howler_s)
                case Timer.RELEASE_TONE | Timer.HOWLER:
                    effects += stage.go(State.LOCKOUT)
        stage.mind_lamp(now)
        return effects

    # what happens

    def _person(self, event: Event, now: float) -> list[Effect]:
        stage = self._stage
        match self.state, event:
            case State.IDLE, OffHook():
                return self._lift(now)
            case State.RINGING, OffHook():
                return stage.go(State.TALKING, AnswerCall(), voice=OpenVoice())
            case State.RINGING_BACK, OffHook():
                return stage.go(State.TALKING, ResumeCall(), voice=OpenVoice())
            case State.HOUSE_CALL, OffHook():
                return house_call.answered(stage, now)
            case State.DEAD, OffHook():
                return stage.go(State.DEAD_OFF_HOOK)
            case ((State.DIAL_TONE | State.DIALING), Seized()):
                return self._digit_begins(now)
            case ((State.DIAL_TONE | State.DIALING), Digit(value)):
                return stage.go(State.DIALING) + self._follow(stage.dialled.add(value), now)
            case State.BARRED, Digit(value) if stage.dialled.calls_for_help(value):
                return self._call(self.digits, now)
        return []

    def _hang_up(self, now: float) -> list[Effect]:
        stage = self._stage
        if self.state in {State.DEAD, State.DEAD_OFF_HOOK}:
            return stage.go(State.DEAD)
        ended = second.ended(stage, cause(Code.NORMAL))
        if self.state is State.THREE_WAY:  # nobody mixes any more
            return stage.go(State.IDLE, *second.all_ended(stage, cause(Code.NORMAL)))
        if stage.aside:
            return second.ring_for(stage, stage.aside, ended, now)
        return stage.go(State.IDLE, *ended)

    def _gives_way(self) -> list[Effect]:
        """End a house call, because somebody really calls."""
        if self.state is not State.HOUSE_CALL:
            return []
        return house_call.end(self._stage, Summons.GAVE_WAY)

    def _network(self, event: Event, now: float) -> list[Effect]:
        stage = self._stage
        match self.state, event:
            case State.IDLE, IncomingCall(number, name):
                stage.party = Party.calling(event)
                return [*stage.go(State.RINGING), StartRinging(number, name)]
            case ((State.DEAD | State.DEAD_OFF_HOOK), IncomingCall()):
                return [RejectCall(second.UNAVAILABLE)]
            case _, IncomingCall():
                return second.wait(stage, event) if self.lets_wait else [RejectCall(BUSY_HERE)]
            case ((State.CALLING | State.RINGBACK), Progress(early_media, ringing)):
                return self._progress(early_media, ringing)
            case ((State.CALLING | State.RINGBACK), Answered()):
                return stage.go(State.TALKING, voice=OpenVoice())
            case ((State.RINGING | State.RINGING_BACK), Released(why)):
                return stage.go(State.IDLE, ReportEnd(why))
            case _, Released(why) if self.state in second.TALKS | second.ASKS | {State.THREE_WAY}:
                three_talk = self.state is State.THREE_WAY
                ended = ReportEnd(why)
                return three.remain(stage, ended) if three_talk else stage.release(why, now)
            case _, OtherReleased(why) if stage.aside:
                return second.gone(stage, why)
        return []

    def _progress(self, early_media: bool, ringing: bool) -> list[Effect]:
        """Play ringback, or let the network be heard; a path that is open stays open."""
        stage = self._stage
        if early_media:
            return stage.go(State.RINGBACK, voice=OpenVoice(early=True))
        if ringing:
            return stage.go(State.RINGBACK, tone=Tone.RINGBACK, voice=stage.voice)
        return stage.go(self.state, voice=stage.voice)

    def _house(self, event: Event, now: float) -> list[Effect]:
        stage = self._stage
        match self.state, event:
            case State.DEAD, Enabled():
                return stage.go(State.IDLE)
            case State.DEAD_OFF_HOOK, Enabled():
                return self._lift(now)
            case _, Disabled(why):
                dead = State.DEAD if self.state in ON_HOOK else State.DEAD_OFF_HOOK
                return stage.go(dead, *second.all_ended(stage, why))
            case _, RegistrationChanged():
                stage.registration = event
                if self.state is State.DIAL_TONE and (barrier := self.barrier):
                    return stage.release(barrier, now, State.BARRED)
            case _, MessagesWaiting(count):
                stage.messages = count
        return []

    def _summons(self, event: Event, now: float) -> list[Effect]:
        match self.state, event:
            case State.IDLE, HouseCall():
                return house_call.begin(self._stage, event, now)
            case State.HOUSE_CALL, HouseCallEnds():
                return house_call.end(self._stage, Summons.STOPPED)
        return []

    # dialling

    def _lift(self, now: float) -> list[Effect]:
        stage = self._stage
        if why := self.barrier:
            return stage.release(why, now, State.BARRED)
        hotline, delay = self.options.hotline, self.options.hotline_delay
        if hotline and not delay:
            return self._call(hotline, now)
        effects = stage.dial_tone(Tone.STUTTER if stage.messages else Tone.DIAL, now)
        if hotline:
            stage.timers.keep(())
            stage.timers.start(Timer.HOTLINE, now + delay)
        return effects

    def _digit_begins(self, now: float) -> list[Effect]:
        """A dial has begun to turn: stop the tone, and let no timer cut the digit short."""
        timers = self._stage.timers
        running = next((t for t in (Timer.SHORT, Timer.LONG) if t in timers), None)
        effects = self._stage.go(State.DIALING)
        if running:
            seconds = max(self._stage.dialled.seconds(running), SLOWEST_DIGIT)
            timers.start(running, now + seconds)
        elif patience := self.options.start_timer:
            timers.start(Timer.FIRST_DIGIT, now + max(patience, SLOWEST_DIGIT))
        return effects

    def _follow(self, outcome: Outcome, now: float) -> list[Effect]:
        """Do what the digits so far ask for."""
        stage = self._stage
        match outcome:
            case Await(timer):
                stage.timers.start(timer, now + stage.dialled.seconds(timer))
                return []
            case Complete(number):
                return self._call(number, now)
            case Refused(why):
                return stage.release(why, now)
            case Anew():  # another dial tone says so
                return stage.dial_tone(Tone.STUTTER, now)

    def _call(self, number: str, now: float) -> list[Effect]:
        if number in self.options.emergency:  # who helps may know who calls
            return self._placed(PlaceCall(number, withheld=False))
        why = self.barrier
        if rule := barring(number, self.options.barred):
            why = why or cause(Code.LOCAL_BARRED, digits=number, rule=rule.rule)
        most = self.options.calls_a_minute
        if not why and self._haste.refuses(most, now):
            rule_of_haste = f"[dialling] calls_a_minute {most}"
            why = cause(Code.LOCAL_BARRED, digits=number, rule=rule_of_haste)
        if why:
            return self._stage.release(why, now)
        return self._placed(PlaceCall(number, self._stage.dialled.withheld))

    def _placed(self, call: PlaceCall) -> list[Effect]:
        self._stage.party = Party(call.number, "Outgoing")
        return self._stage.go(State.CALLING, call)
