"""One FXS port: the only file that knows the SLIC, the line, the call and the voice path.

Everything that happens at a port goes through one queue, in the order in which it
happened: hook edges, SIP events, digits, timers. So every race (an answer against a
CANCEL, a lift against an INVITE) is decided here, in one place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from drivers.errors import DriverError
from drivers.slic import ChipReset, HookChanged, Linefeed, PowerAlarm, Slic, SlicEvent
from firmware.card.balance import Balance
from firmware.card.health import Health
from firmware.causes import Cause, Code, cause
from firmware.copper.dial_work import DialWork
from firmware.copper.line_work import LineTest, LineWork
from firmware.errors import GatewayError
from firmware.line import events as ln
from firmware.line.hook import FedAgain, HookDecoder, HookEvent, HookLevel, HookWindows, InCall
from firmware.line.line import Line
from firmware.log import event as log_event
from firmware.media import messages as media
from firmware.media.fax_messages import FaxOver, FaxReport, ToneHeard
from firmware.port.bell import Bell
from firmware.port.effects import perform
from firmware.port.feed import LineFeed
from firmware.port.leg import House, Leg, PortSettings
from firmware.port.legs import Legs, News
from firmware.port.voice_path import VoicePath
from firmware.pump import Pump
from firmware.sip import events as sip
from firmware.trace.marks import Lane


@dataclass
class Port:
    """Joins the line circuit, the hook, the line, the calls and the voice of one port."""

    settings: PortSettings
    house: House
    slic: Slic
    in_service: bool = field(default=False, init=False)
    fault: str = field(default="", init=False)
    """Why the port is out of service, with register and value; empty: it is not."""
    disabled: bool = field(default=False, init=False)
    """The operator has taken the port out of service."""
    last_cause: Cause | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.number = self.settings.number
        self._loop = asyncio.get_running_loop()
        self.hook = HookDecoder(self.settings.windows)
        self.line = Line(self.settings.options)
        self._hook = Pump(self.hook, self._from_hook)
        self._line = Pump(self.line, partial(perform, self), self._failed)
        self.voice = VoicePath(self.settings, self.house, self.mark)
        self.bell = Bell(
            self.slic,
            self.settings.ring,
            self.settings.caller_id,
            self,
            self.voice,
            self._failed,
        )
        self.slic.wake = lambda seconds: self._loop.call_later(seconds, self.look)
        self._health = Health(self.slic, self, self._loop.time)
        self.line_feed = LineFeed(
            self.slic,
            self,
            reversal=self.settings.polarity_reversal,
            gap_s=self.settings.disconnect_s,
            said=lambda what: self.mark(Lane.COPPER, what, outward=True),
        )
        self.work = LineWork(
            self.slic,
            self,
            self.settings.ring.hz,
            said=lambda what, detail: self.mark(Lane.HOUSE, what, outward=False, detail=detail),
        )
        self.dial = DialWork(self.line, self.hook, self.voice, self._line.feed, self.mark)
        self._balance = Balance(self.slic, self._loop.time)
        self.legs = Legs(self, self.voice, self._feed, self.mark)

    @property
    def leg(self) -> Leg | None:
        """The call in hand."""
        return self.legs.hand

    # service

    def bring_up(self, begun: Iterator[float] | None = None) -> Iterator[float]:
        """Start the chip; yields the seconds to wait. Afterwards the port is in service.

        Args:
            begun: what is left of its start-up; None: all of it.
        """
        yield from begun or self.slic.bring_up(self.settings.slic)
        self.take_over()

    def take_over(self) -> None:
        """Put the port into service: its chip works."""
        self.in_service, self.fault = True, ""
        self.mark(Lane.HOUSE, "in service", outward=False, detail=self.slic.chip)
        self.line_feed.restart()
        if self.disabled:
            self.line_feed.put(Linefeed.OPEN)
        else:
            self._line.feed(ln.Enabled())
            self._hook.feed(FedAgain(self._loop.time()))
            self._look_at_hook()

    @property
    def quiet(self) -> bool:
        """Nobody uses the line: no call, and the handset is in its place."""
        return self.line.status is ln.CallStatus.IDLE and not self.hook.off_hook

    @property
    def wants_balance(self) -> bool:
        """A calibration was put off while the handset was off, and can be done now."""
        free = self.quiet and self.in_service and not (self.disabled or self.work.going)
        return free and self._balance.due

    def balance(self) -> Iterator[float]:
        """Do the calibration that was put off; yields seconds to wait. The line is dead then."""
        self.in_service = False
        yield from self._balance.steps()
        self.in_service = True
        self._look_at_hook()

    def fail(self, reason: str, *, again_at_once: bool = False) -> None:
        """Take the port out of service because of its line circuit; safe to call twice."""
        self._stop_work(reason)
        self.fault, self.in_service = reason, False
        self._line.feed(ln.Disabled(cause(Code.LINE_FAULT, alarm=reason)))
        self.slic.shut_down()
        self.house.fault(self, reason, again_at_once=again_at_once)

    def lose(self, why: str) -> None:
        """The card is held in reset: nothing works until it is brought up again."""
        self._stop_work(why)
        if self.in_service:
            self.fault, self.in_service = why, False
            self._line.feed(ln.Disabled(cause(Code.LINE_FAULT, alarm=self.fault)))

    def disable(self, who: str) -> None:
        """Take the port out of service for the operator; the line goes dead."""
        self._stop_work("the port was disabled")
        self.disabled = True
        self._line.feed(ln.Disabled(cause(Code.ADMIN, who=who)))
        self.line_feed.put(Linefeed.OPEN)

    def enable(self) -> None:
        """Put the port back into service."""
        self._stop_work("the port was enabled")
        self.disabled = False
        if self.in_service:
            self.line_feed.put(Linefeed.FORWARD_ACTIVE)
            self._line.feed(ln.Enabled())
            self.hear_again()

    def close(self) -> None:
        """Stop everything; the line is left open, the battery off."""
        self.retire()
        self.slic.shut_down()

    def retire(self) -> None:
        """Stop everything but the chip: it is another's from now on."""
        self._stop_work("the end of the service")
        self.in_service = False
        for one in (self._hook, self._line, self.bell, self.line_feed):
            one.close()
        self.legs.close()

    def test_line(self, *, force: bool) -> LineTest:
        """Begin a line test; see `LineWork.begin`.

        Raises:
            CommandError: not now; says why.
        """
        busy = "" if self.in_service else f"out of service: {self.fault or 'not started yet'}"
        if self.line_feed.in_gap or self.bell.busy:
            busy = "the line is being signalled to; try again in a moment"
        return self.work.begin(self.line.state, busy=busy, force=force)

    def adapt(self, windows: HookWindows) -> None:
        """Read the hook with other windows from now on; a digit that is being dialled is lost."""
        self.settings = replace(self.settings, windows=windows)
        self.hook.windows = windows

    def _stop_work(self, why: str) -> None:
        self.work.stop(why)
        self.dial.stop(why)
        self.bell.give_up()

    # from the copper

    def look(self, *, at_a_glance: bool = False) -> None:
        """Poll the chip; `at_a_glance`: only if one cheap read says that something happened."""
        if not self.in_service or self.line_feed.in_gap or self.work.going:
            return
        if at_a_glance and not self._health.glance():
            return
        for event in self._health.poll():
            self._from_slic(event)

    def check(self) -> None:
        """Look whether the chip still has its state; once a second."""
        if self.in_service and not self.work.going:
            self._health.check()

    def warn(self, reason: str) -> None:
        """Show that something is odd with the line circuit; empty: no longer."""
        self.house.warn(self, reason)

    def fed_again(self) -> None:
        """The line is fed again after a power alarm; a bell that rang rings on."""
        self._hook.feed(FedAgain(self._loop.time()))
        if self.line.status is not ln.CallStatus.RINGING:
            return
        try:
            self.bell.ring_on()
        except DriverError as error:
            self._health.refused(str(error))

    def _from_slic(self, event: SlicEvent) -> None:
        match event:
            case HookChanged(off_hook, ring_trip, at):
                if self.bell.takes(off_hook):
                    return
                level = HookLevel(off_hook, at or self._loop.time(), ring_trip)
                self.dial.edge(level)
                self._hook.feed(level)
            case PowerAlarm(transistors):  # `check` feeds the line again, or gives it up
                self._health.odd(f"power alarm of {', '.join(transistors)}")
            case ChipReset():
                self.fail("the chip was reset (power glitch)", again_at_once=True)
            case _:
                pass  # a digit of the chip's decoder: ours listens on the highway

    def _look_at_hook(self) -> None:
        """Read the hook, which may have moved unseen; the chip's own changes are taken first."""
        self.look()
        self._hook.feed(HookLevel(off_hook=self.slic.off_hook, at=self._loop.time()))

    def hear_again(self) -> None:
        """Read the hook, which may have moved unseen."""
        try:
            self._look_at_hook()
        except DriverError as error:
            self._health.refused(str(error))

    def _from_hook(self, event: HookEvent) -> None:
        self.mark(Lane.COPPER, ln.copper_word(event), outward=False)
        if self.dial.takes(event):
            return
        if isinstance(event, ln.OffHook):
            self.bell.lifted()
        elif isinstance(event, ln.Flash) and self.voice.flashed():
            return  # it is the network's
        self._feed(event)

    def summon(self, event: ln.HouseCall | ln.HouseCallEnds) -> None:
        """Ring for a house call, or stop that."""
        self._feed(event)

    # from the voice path

    def from_media(self, report: media.Report) -> None:
        match report:
            case media.Digit(digit=digit, source="line"):
                self.mark(Lane.COPPER, digit, outward=False)
                if self.dial.takes(ln.Digit(digit)):
                    return
                self._feed(ln.Digit(digit))
                self.voice.dialled(self.leg, digit)
            case media.Digit(digit=digit):
                self.mark(Lane.VOICE, f"digit {digit}", outward=False)
            case media.DataSent(tag=tag, taken=taken):
                self.bell.sent(tag)
                if not taken:
                    self.voice.not_taken()
            case (
                media.VoiceStarted() | media.VoiceLost() | media.OwnSsrc() | media.Statistics()
                | ToneHeard() | FaxOver()
            ):  # fmt: skip
                self.legs.from_media(report)
            case FaxReport():
                self.legs.fax_figures(report)
            case _:
                pass

    def repeat_to_media(self) -> None:
        """The media process is a new one: tell it again how things stand."""
        self.voice.repeat(self.leg)

    # from the user agent

    def registration(self, *, registered: bool, alive: bool) -> None:
        self._feed(ln.RegistrationChanged(registered, alive))

    def messages(self, count: int) -> None:
        """Take the number of new messages in the mailbox."""
        self._feed(ln.MessagesWaiting(count))

    def offered(self, offer: sip.Offered) -> None:
        """Take an incoming call."""
        if (self.work.going or self.dial.going) and not self.disabled:
            self.legs.turn_away(offer, 486)
        elif self.in_service and not self.disabled:
            self.legs.offered(offer)
        else:
            self.house.tell_agent(sip.Refuse(offer.call, 480))

    def from_agent(self, event: News) -> None:
        """Take what has happened to a call; it may be another port's."""
        talked = self.hook.off_hook and self.legs.talks_in(event.call)
        self.legs.from_agent(event)
        if talked and isinstance(event, sip.Ended):
            self.line_feed.gap(self.hear_again)

    def no_network(self, call: int, why: str) -> None:
        """There is no user agent yet that could place `call`."""
        if self.leg and self.leg.call == call:
            self._feed(ln.Released(cause(Code.NO_SERVER, servers=why)))

    # small things

    def _feed(self, event: ln.Event) -> None:
        self._line.feed(event)
        self._hook.feed(InCall(self.line.in_call))

    def _failed(self, wish: object, error: Exception) -> None:
        """An effect could not be done: take the port out of service. Other ports talk on."""
        what = type(wish).__name__
        if not isinstance(error, DriverError | GatewayError):
            log_event(
                "output-failed", level=logging.ERROR, port=self.number, what=what, why=repr(error)
            )
        if self.in_service:
            self._health.refused(f"{what}: {error}")

    def mark(
        self, lane: Lane, what: str, *, outward: bool, detail: str = "", call: int | None = None
    ) -> None:
        if call is None:
            call = self.leg.call if self.leg else 0
        self.house.mark(self.number, lane, what, outward=outward, call=call, detail=detail)
