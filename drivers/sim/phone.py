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
from drivers.sim.display import Display
from drivers.sim.ear import Ear
from drivers.sim.loop import LineSnapshot
from drivers.sim.sounds import Mouth, Sound, dtmf, length_s, recording, tone
from drivers.sim.spandsp import CallerId
from drivers.sim.timeline import Timeline

MEASURED_S = 0.1
"""How long after the beginning of a burst its voltage is measured."""
SILENT_V = 20.0
"""No bell moves below this: what a line test sends is not heard."""


class PhoneError(ValueError):
    """A person cannot do that with a telephone."""


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """Something that somebody beside the telephone would notice."""

    port: int
    at: float
    """Seconds on the card's time."""
    event: str
    """``hook``, ``bell``, ``caller-id``, ``waiting-caller`` or ``lamp``."""
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
    waiting_caller: str
    """Number of the last caller shown during a call."""
    lamp: bool
    """The lamp for messages is lit."""
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
        self._timeline = timeline
        self._line = line
        self._switch = switch
        self._contact = Contact(timeline, self._switched)
        self.display = Display(timeline, self._contact, switch, self.keypad, self._told)
        self._reversed = False
        self._announced = True
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
        self.display.lifted()
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
        display = self.display
        caller, waiting = display.caller or CallerId(), display.waiting or CallerId()
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
            waiting_caller=waiting.number or waiting.withheld,
            lamp=display.lamp,
            busy_for_s=round(max(self.mouth.left_s, self._contact.free_at - now), 2),
        )

    def watch(self, noticed: Callable[[PhoneEvent], None]) -> None:
        """Have `noticed` called with everything that happens to the telephone."""
        self._watchers.append(noticed)

    # what the line does

    def look_at_line(self, now: float) -> None:
        """Notice what has become of ring voltage and polarity at `now`; called by the card."""
        line = self._line()
        if line.reversed is not self._reversed:
            self._reversed = line.reversed
            if line.reversed and not self.off_hook:
                self.display.turned(now)
        vrms = line.ring_vrms if line.ringing and not self.off_hook else 0.0
        vrms = vrms if vrms >= SILENT_V else 0.0
        if not self.bell.voltage(now, line.ring_hz, vrms):
            return
        if vrms:
            if self.bell.since == now:
                self.display.rings_anew(now)
            self._announced = False
            self._timeline.plan(now + MEASURED_S, self._measure_ring)
            return
        self._announce_burst()
        self.display.rang(now, now - self.bell.bursts[-1].start)
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
        if self.keypad.busy or self.keypad.key or self.display.busy:
            return self.keypad.take(now)
        return self.mouth.take(now)

    @property
    def key(self) -> str:
        """The key that was heard last in the period spoken; empty for none."""
        return self.keypad.key

    def hear(self, samples: bytes | None, now: float) -> None:
        """A period of audio on the line while the telephone is off-hook."""
        self.ear.hear(self.display.hear_off_hook(samples, now), now)

    def _told(self, event: str, words: str) -> None:
        self._tell(PhoneEvent(self.port, self._timeline.now, event, caller_id=words))

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
