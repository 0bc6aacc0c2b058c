"""A telephone, and the person holding it.

The person lifts, dials, speaks and listens; the telephone does what telephones do with
the copper pair and knows nothing of the gateway at the other end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.sim.bell import Bell
from drivers.sim.contact import Contact
from drivers.sim.ear import Ear
from drivers.sim.loop import LineSnapshot
from drivers.sim.sounds import Mouth, Sound, dtmf, length_s, recording, tone
from drivers.sim.spandsp import CallerId, CallerIdReceiver
from drivers.sim.timeline import Timeline

FSK_TAIL_S = 0.1
"""How long the caller-ID receiver keeps listening into silence: the last bits need it."""


MEASURED_S = 0.1
"""How long after the beginning of a burst its voltage is measured."""
SILENT_V = 20.0
"""No bell moves below this: what a line test sends is not heard."""
SHOWN_S = 5.0
"""A caller ID that came so shortly before the first ring belongs to it."""


class PhoneError(ValueError):
    """A person cannot do that with a telephone."""


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """Something that somebody beside the telephone would notice."""

    port: int
    at: float
    """Seconds on the card's time."""
    event: str
    """``hook``, ``bell`` or ``caller-id``."""
    on: bool = False
    """Off the hook; the bell sounds."""
    hz: float = 0.0
    vrms: float = 0.0
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class PhoneState:
    """A glance at the telephone and at a meter on its wires."""

    port: int
    hook: str
    """``on`` or ``off``."""
    ringing: bool
    """Also in the pauses of the cadence."""
    sounding: bool
    """Ring voltage is on the line now."""
    ring_hz: float
    """Of the last burst, while it rings; 0 otherwise."""
    ring_vrms: float
    ringing_since_s: float
    """How long it has been ringing."""
    rings: int
    """Bursts of ring voltage since the telephone was plugged in."""
    line_v: float
    """Direct voltage, tip minus ring."""
    loop_ma: float
    polarity: str
    """``normal`` or ``reversed``."""
    caller_id: str
    """Number on the display; empty when none has come."""
    caller_name: str
    caller_date: str
    """MMDDhhmm."""
    busy_for_s: float
    """How long the person is still dialling or speaking."""


class Phone:
    """One telephone on one loop.

    Args:
        port: number of the FXS port it is plugged into.
        timeline: the card's.
        switch: told of every change of the hook contact, at its instant.
        line: reads the meter.
    """

    def __init__(
        self,
        port: int,
        timeline: Timeline,
        switch: Callable[[bool], None],
        line: Callable[[], LineSnapshot],
    ) -> None:
        self.port = port
        self.bell = Bell()
        self.ear = Ear()
        self.mouth = Mouth()
        self.keypad = Mouth()
        self.caller: CallerId | None = None
        self._timeline = timeline
        self._line = line
        self._switch = switch
        self._contact = Contact(timeline, self._switched)
        self._display: CallerIdReceiver | None = None
        self._fsk_until = 0.0
        self._announced = True
        self._shown_at = -SHOWN_S
        self._watchers: list[Callable[[PhoneEvent], None]] = []

    # what the person does

    @property
    def off_hook(self) -> bool:
        """Whether the contact is closed: false during a flash or a dial pulse."""
        return self._contact.closed

    @property
    def bounce_ms(self) -> float:
        """How long the hook contact bounces whenever it closes."""
        return self._contact.bounce_ms

    @bounce_ms.setter
    def bounce_ms(self, value: float) -> None:
        self._contact.bounce_ms = value

    def lift(self) -> None:
        self._contact.close()

    def hang_up(self) -> None:
        self.mouth.hush()
        self.keypad.hush()
        self._contact.open()

    def flash(self, ms: float) -> None:
        """Press the hook switch for `ms`."""
        self._need_handset()
        if not 0 < ms <= 5000:
            raise PhoneError(f"a flash of {ms:g} ms")
        self._contact.interrupt(ms / 1000)

    def dial(self, digits: str, *, on_ms: float = 70, off_ms: float = 70) -> float:
        """Press keys, one after the other; returns the seconds until the last is released.

        As in any telephone the microphone is cut off meanwhile.
        """
        self._need_handset()
        keys = dtmf(digits, on_ms / 1000, off_ms / 1000)
        done = self._say(self.keypad, keys)
        self._contact.wait(self._timeline.now + done)
        return done

    def pulse(
        self, digits: str, *, pps: float = 10, ratio: float = 1.6, bounce_ms: float | None = None
    ) -> float:
        """Dial with a rotary dial: `ratio` is break to make; returns the seconds it takes."""
        self._need_handset()
        if not digits.isdecimal() or not digits.isascii():
            raise PhoneError(f"a rotary dial has no {digits!r}")
        if not (1 <= pps <= 50 and 0.1 <= ratio <= 10):
            raise PhoneError(f"no dial makes {pps:g} pulses a second with {ratio:g}:1")
        if bounce_ms is not None:
            self.bounce_ms = bounce_ms
        for digit in digits:
            self._contact.pulse(int(digit) or 10, pps=pps, ratio=ratio)
        return self._contact.free_at - self._timeline.now

    def say_tone(self, hz: float, seconds: float, level_dbm0: float = -10.0) -> float:
        """Hold a tone to the microphone; returns the seconds until it ends."""
        self._need_handset()
        return self._say(self.mouth, [tone(((hz, level_dbm0),), seconds)])

    def say_file(self, path: Path) -> float:
        """Speak what is in a WAV file; returns the seconds until it ends."""
        self._need_handset()
        return self._say(self.mouth, [recording(path)])

    def state(self) -> PhoneState:
        now, line = self._timeline.now, self._line()
        ringing = self.bell.ringing(now)
        last = self.bell.bursts[-1] if ringing else None
        caller = self.caller or CallerId()
        return PhoneState(
            port=self.port,
            hook="off" if self.off_hook else "on",
            ringing=ringing,
            sounding=self.bell.sounding,
            ring_hz=round(last.hz, 1) if last else 0.0,
            ring_vrms=round(last.vrms, 1) if last else 0.0,
            ringing_since_s=round(now - self.bell.since, 2)
            if ringing and self.bell.since
            else 0.0,
            rings=self.bell.count,
            line_v=round(line.line_v, 1),
            loop_ma=round(line.loop_ma, 1),
            polarity="reversed" if line.reversed else "normal",
            caller_id=caller.number or caller.withheld,
            caller_name=caller.name,
            caller_date=caller.date,
            busy_for_s=round(max(self.mouth.left_s, self._contact.free_at - now), 2),
        )

    def watch(self, noticed: Callable[[PhoneEvent], None]) -> None:
        """Have `noticed` called with everything that happens to the telephone."""
        self._watchers.append(noticed)

    # what the line does

    def look_at_line(self, now: float) -> None:
        """Notice whether ring voltage has come or gone at `now`; called by the card."""
        line = self._line()
        vrms = line.ring_vrms if line.ringing and not self.off_hook else 0.0
        vrms = vrms if vrms >= SILENT_V else 0.0
        if not self.bell.voltage(now, line.ring_hz, vrms):
            return
        if vrms:
            if self.bell.since == now and now - self._shown_at > SHOWN_S:
                self.caller = None  # another call: the display goes blank
            self._announced = False
            self._timeline.plan(now + MEASURED_S, self._measure_ring)
            return
        self._announce_burst()
        self._tell(PhoneEvent(self.port, now, "bell"))

    def _measure_ring(self) -> None:
        """The battery needs some cycles to come up: what is loud is known only now."""
        line = self._line()
        if self.bell.sounding and line.ringing:
            self.bell.measure(line.ring_hz, line.ring_vrms)
            self._announce_burst()

    def _announce_burst(self) -> None:
        if not self._announced:
            self._announced = True
            burst = self.bell.bursts[-1]
            hz, vrms = round(burst.hz, 1), round(burst.vrms, 1)
            self._tell(PhoneEvent(self.port, burst.start, "bell", True, hz, vrms))

    def speak(self, now: float) -> bytes | None:
        """What goes into the line in the period that ends `now`, linear; None for silence."""
        if self.keypad.busy or self.keypad.key:
            return self.keypad.take(now)
        return self.mouth.take(now)

    @property
    def key(self) -> str:
        """The key that was heard last in the period spoken; empty for none."""
        return self.keypad.key

    def hear_on_hook(self, samples: bytes | None, now: float) -> None:
        """A period of audio on the line while the handset is down: perhaps a caller ID."""
        if samples is not None:
            self._fsk_until = now + FSK_TAIL_S
        elif now > self._fsk_until:
            return
        if self._display is None:
            self._display = CallerIdReceiver()
        caller = self._display.feed(samples or bytes(320))
        if caller is None:
            return
        again = caller == self.caller and now - self._shown_at < FSK_TAIL_S
        self.caller, self._shown_at = caller, now
        if not again:  # the other demodulator's turn
            number = caller.number or caller.withheld
            self._tell(PhoneEvent(self.port, now, "caller-id", caller_id=number))

    def _say(self, organ: Mouth, sounds: list[Sound]) -> float:
        """Have it said when the hands are still; returns the seconds until it is said."""
        now = self._timeline.now
        start = self._contact.then(lambda: organ.say(sounds, self._timeline.now))
        if start <= now:
            return organ.left_s
        return start - now + length_s(sounds)

    def _switched(self, closed: bool) -> None:
        if closed:
            self.bell.answered()
        self._switch(closed)
        self._tell(PhoneEvent(self.port, self._timeline.now, "hook", closed))

    def _need_handset(self) -> None:
        if not self.off_hook and self._contact.free_at <= self._timeline.now:
            raise PhoneError("the handset is down; lift it first")

    def _tell(self, event: PhoneEvent) -> None:
        for watcher in self._watchers:
            watcher(event)
