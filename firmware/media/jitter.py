"""The receive buffer: packets come when they like, exactly one period leaves each tick.

The RTP timestamp is the only order here: packets wait under the timestamp of their first
sample, and `pop` takes the 160 samples that follow those it took before.

Three things move the delay, and nothing else does:

* Nothing waits when a period is due (an underrun): the place of the next sample is held and
  concealment is played, so the delay grows by what the packet is late. If the packets of
  that time turn out to be lost, or the sender was silent, their place is skipped.
* The buffer was hardly ever near empty for some seconds: the frames that were spare are dropped,
  in silence if there is some, one by one; one that was lost is not made up then, but left out.
  After a standstill of the way, when all that waited came at once, that is looked at after a
  second: it is rare enough to be worth no delay.
* More waits than the hard limit: the oldest is dropped at once.

A packet that another has overtaken is not taken for jitter, nor is one that was lost: what came
after it shows that the way was no slower. Two clocks may drift: a fast sender makes frames spare.
A slow one makes an underrun of one frame now and then, in the middle of a word; when that has
happened twice, the next are forestalled by playing a silent frame twice (`slow_clock`).
"""

from __future__ import annotations

from drivers.highway import IDLE, PERIOD, RATE
from firmware.media.comfort import ComfortNoise
from firmware.media.g711 import quiet
from firmware.media.plc import Concealer
from firmware.media.slow_clock import SlowClock

WINDOW = 250
"""Ticks (5 s) of never having been near empty after which spare frames are dropped."""
_LONGEST_WINDOW = 500
"""The same when frames that were dropped were missed soon after."""
_ALLOWED = 2
"""Ticks of a window in which no more than that waited: so many underruns a shorter delay is worth.
A standstill of the way passes each number of frames once."""
_STANDSTILL = 3 * PERIOD
"""Nothing came for so long, and all of it then."""
_AFTER_STANDSTILL = 50
"""Ticks (1 s) after which what waits then is judged."""
_PATIENCE = 50
"""Ticks (1 s) to wait for silence before one of several spare frames is dropped."""
_LONG_PATIENCE = 500
"""The same for a single one: clocks that drift make one in 100 s at the worst."""
_WRAP = 0xFFFFFFFF
_HALF = 1 << 31
_NEVER = 1 << 30
_UNKNOWN = -1


class JitterBuffer:
    """Adaptive playout of one source.

    Args:
        law: of the payloads, which is that of the highway.
        least_ms: what waits when a period is due, at the least (20: the period itself).
        most_ms: the same, at the most.
    """

    def __init__(self, law: str, *, least_ms: int = 20, most_ms: int = 200) -> None:
        self._law = law
        self._silence = bytes((IDLE[law],)) * PERIOD
        self._least = max(PERIOD, least_ms * RATE // 1000)
        self._most = max(self._least, most_ms * RATE // 1000)
        self._concealer = Concealer(law)
        self._heard = self._concealer.heard
        self._waiting: dict[int, bytes] = {}
        self._play = 0
        """Timestamp of the next sample to play."""
        self._end = 0
        """Timestamp after the newest sample that came."""
        self._started = False
        self._prefill = 0
        """Ticks of silence before a source begins, for a `least_ms` above 20."""
        self._stalled = 0
        """Samples made up while the place of the next was held."""
        self._resting = False
        """The sender has said that it is silent."""
        self._noise: ComfortNoise | None = None
        self._odd = True
        """`pop` has more to do than to take a waiting frame."""
        self._spare = 0
        self._impatience = 0
        self._window = self._ticks = WINDOW
        self._depth = _UNKNOWN
        """What waited at the last tick, if no packet of that time turns out to be overtaken."""
        self._depths = [0] * (self._most // PERIOD + 3)
        """Ticks of this window by the number of frames that waited; the last: it is not known."""
        self._ticks_since_drop = _LONGEST_WINDOW
        self._clock = SlowClock()
        self._owed = False
        """A slow clock will soon withhold a frame."""
        self._judged = 0
        """Ticks at the last verdict."""
        self.inserted = 0
        """Frames of 20 ms played twice, in silence, because the sender's clock is slow."""
        self.late = 0
        """Packets that came after their time."""
        self.concealed = 0
        """Samples made up for lost packets."""
        self.underruns = 0
        """Times that nothing was there although some was due."""
        self.dropped = 0
        """Frames of 20 ms dropped to shorten the delay."""

    @property
    def delay_ms(self) -> float:
        """What waits now."""
        return ((self._end - self._play) & _WRAP) * 1000 / RATE

    def restart(self) -> None:
        """The next packet is the first of a new source or after a jump."""
        self._waiting.clear()
        self._started = False
        self._noise = None
        self._odd = True
        self._concealer.forget()

    def rest(self, noise: ComfortNoise | None = None) -> None:
        """The sender is silent by intention (comfort noise, telephone-events).

        Args:
            noise: to be heard when all that waits has been played, until voice comes again.
        """
        self._resting = True
        self._noise = noise

    def follow(self, timestamp: int, payload: bytes) -> None:
        """The packet after the newest has come; most of them begin where that one ended."""
        if timestamp == self._end and not self._odd:
            end = (timestamp + len(payload)) & _WRAP
            if (end - self._play) & _WRAP <= self._most:
                self._end = end
                self._waiting[timestamp] = payload
                return
        self.put(timestamp, payload)

    def put(
        self, timestamp: int, payload: bytes, *, newest: bool = True, marker: bool = False
    ) -> None:
        """A packet has come; `newest` as its sequence number says."""
        ahead = ((timestamp - self._play + _HALF) & _WRAP) - _HALF
        ordinary = newest and payload and 0 <= ahead <= self._most - len(payload)
        if self._odd or not ordinary:
            if not self._take_in(timestamp, ahead, payload, newest=newest, marker=marker):
                return
        else:
            end = (timestamp + len(payload)) & _WRAP
            if (end - self._end) & _WRAP < _HALF:
                if timestamp != self._end:
                    self._leapt(timestamp)
                self._end = end
        self._waiting[timestamp] = payload

    def _leapt(self, timestamp: int) -> None:
        """What lies between is lost or was overtaken: it might have waited as well."""
        between = (timestamp - self._end) & _WRAP
        if between < self._most and self._depth >= 0:
            self._depth = min(self._depth + between, self._most)

    def _take_in(
        self, timestamp: int, ahead: int, payload: bytes, *, newest: bool, marker: bool
    ) -> bool:
        """Everything that is not the ordinary packet; False if it is of no use."""
        if not payload:
            return False
        if not self._started:
            self._anchor(timestamp, len(payload))
            ahead = 0
        elif self._stalled and (newest or ahead >= 0):
            ahead = self._resume(timestamp, ahead, marker=marker)
        if ahead < 0:
            if not newest:
                self.late += 1
                return False
            # newer than all, yet before its time: timestamps were reset
            self._anchor(timestamp, len(payload))
            ahead = 0
        too_much = ahead + len(payload) - self._most
        if too_much > 0:
            if not newest:
                return False
            if too_much > self._most or not self._waiting:  # a jump of the timestamp
                self._anchor(timestamp, len(payload))
            else:
                self._skip(-(-too_much // PERIOD) * PERIOD)
        end = (timestamp + len(payload)) & _WRAP
        if (end - self._end) & _WRAP < _HALF:
            self._leapt(timestamp)
            self._end = end
        self._resting = False
        return True

    def _anchor(self, timestamp: int, size: int) -> None:
        """Begin to play at `timestamp`; odd sizes leave part of a period open at first."""
        self._waiting.clear()
        self._play = self._end = timestamp
        self._started = True
        self._prefill = (self._least - PERIOD) // PERIOD + (size % PERIOD > 0)
        self._stalled = self._spare = 0
        self._forget_depths()
        self._odd = True

    def _forget_depths(self) -> None:
        self._depth = _UNKNOWN
        self._depths = [0] * len(self._depths)

    def _resume(self, timestamp: int, ahead: int, *, marker: bool) -> int:
        """The first packet after an underrun: how far ahead it is now."""
        held, self._stalled = self._stalled, 0
        if not (marker or self._resting):
            self.underruns += 1
            if held >= _STANDSTILL:
                self._ticks = min(self._ticks, _AFTER_STANDSTILL)
                self._forget_depths()
            elif self._ticks_since_drop < self._window:  # what was dropped was not spare
                self._window = min(2 * self._window, _LONGEST_WINDOW)
            if held == PERIOD and not ahead:
                self._clock.slipped(self._now)
        self._play = timestamp if 0 <= ahead <= held else (self._play + held) & _WRAP
        self._end = self._play
        return ((timestamp - self._play + _HALF) & _WRAP) - _HALF

    @property
    def _now(self) -> int:
        return self._judged + self._window - self._ticks

    def _skip(self, samples: int, *, silent: bool = False) -> None:
        """Drop the oldest samples, waiting or not; around silent ones nothing need be joined."""
        self._play = (self._play + samples) & _WRAP
        self.dropped += samples // PERIOD
        for timestamp in list(self._waiting):
            behind = -self._ahead(timestamp)
            if behind > 0:
                payload = self._waiting.pop(timestamp)
                if behind < len(payload):
                    self._waiting[self._play] = payload[behind:]
        if not silent:
            self._concealer.skip()
        self._odd = True

    def _ahead(self, timestamp: int) -> int:
        return ((timestamp - self._play + _HALF) & _WRAP) - _HALF

    def pop(self) -> bytes:
        """The next period: 160 bytes, whatever came."""
        play = self._play
        frame = self._waiting.pop(play, None)
        if frame is None or self._odd or len(frame) != PERIOD:
            return self._pop_odd(frame)
        self._play = (play + PERIOD) & _WRAP
        self._depths[self._depth // PERIOD] += 1
        self._depth = (self._end - play) & _WRAP
        self._ticks -= 1
        if not self._ticks:
            self._judge()
        self._heard(frame)
        return frame

    def _pop_odd(self, frame: bytes | None) -> bytes:
        if frame is not None:
            self._waiting[self._play] = frame
        if not self._started:
            return self._noise.take(PERIOD) if self._noise else self._silence
        if self._prefill:
            self._prefill -= 1
            return self._silence
        self._depths[self._depth // PERIOD] += 1
        self._depth = (self._end - self._play) & _WRAP
        self._ticks -= 1
        if self._ticks <= 0:
            self._judge()
        if self._spare:
            self._drop_one()
        if self._owed and self._fills_silence():
            return self._waiting[self._play]
        given = self._gather()
        self._odd = bool(self._spare or self._owed or self._stalled or self._concealer.concealing)
        return given

    def _fills_silence(self) -> bool:
        """Whether the next frame may be played twice, and nobody hears it."""
        payload = self._waiting.get(self._play)
        if payload is None or len(payload) != PERIOD or self._concealer.concealing:
            return False
        if not quiet(self._law, payload):
            return False
        self.inserted += 1
        self._owed = False
        self._forget_depths()  # what was before says nothing of what is now
        return True

    def _gather(self) -> bytes:
        """A period out of packets of any size, with the gaps between them made up."""
        given, missing = bytearray(), PERIOD
        while missing:
            payload = self._waiting.pop(self._play, None)
            if payload is None:
                gap = self._gap()
                made_up = min(gap, missing)
                noise = self._noise if self._resting and not self._waiting else None
                conceal = self._concealer.conceal if noise is None else noise.take
                given += conceal(made_up)
                missing -= made_up
                if self._waiting:
                    self._play = (self._play + made_up) & _WRAP
                    self.concealed += made_up
                else:
                    self._stalled += made_up
                    self._end = self._play
                continue
            taken = payload[:missing]
            self._play = (self._play + len(taken)) & _WRAP
            if len(payload) > missing:
                self._waiting[self._play] = payload[missing:]
            missing -= len(taken)
            if self._concealer.concealing:
                taken = self._concealer.rejoin(taken)
            else:
                self._heard(taken)
            given += taken
        return bytes(given)

    def _gap(self) -> int:
        """Samples until the next waiting packet; without end if none waits."""
        while self._waiting:
            nearest = min(self._waiting, key=self._ahead)
            ahead = self._ahead(nearest)
            if ahead > 0:
                return ahead
            payload = self._waiting.pop(nearest)  # overlaps what was played: keep what is new
            if len(payload) > -ahead:
                self._waiting[self._play] = payload[-ahead:]
                return 0
        return _NEVER

    def _judge(self) -> None:
        """The window is over: was there more than needed all the time?"""
        self._ticks_since_drop = min(self._ticks_since_drop + self._window, _LONGEST_WINDOW)
        passed = self._window - self._ticks
        self._judged += passed
        self._ticks = 0
        shallow = self._usually_least(_ALLOWED * passed // WINDOW)
        wanted = -(-self._least // PERIOD)
        self._spare = max(0, shallow - wanted - self._clock.known)
        if self._spare:
            self._clock.forget()
        else:
            self._impatience = 0
        self._owed = self._clock.owes(self._judged, thin=shallow <= wanted)
        if not self._spare and self._window > WINDOW:
            self._window = max(WINDOW, self._window - WINDOW)
        self._ticks = self._window
        self._forget_depths()
        self._odd = self._odd or self._spare > 0 or self._owed

    def _usually_least(self, allowed: int) -> int:
        """What waited at the least, in frames, but for so many ticks of each smaller number."""
        known = enumerate(self._depths[:-1])
        return next((frames for frames, ticks in known if ticks > allowed), 0)

    def _drop_one(self) -> None:
        """Drop a spare frame: a lost one, or a silent one, or any if both are long in coming."""
        if (self._end - self._play) & _WRAP <= self._least:
            return
        payload = self._waiting.get(self._play)
        lost = payload is None
        if lost and self._gap() < PERIOD:
            return
        silent = payload is not None and quiet(self._law, payload)
        self._impatience += 1
        patience = _PATIENCE if self._spare > 1 else _LONG_PATIENCE
        if lost or silent or self._impatience > patience:
            self._skip(PERIOD, silent=silent)
            self._spare -= 1
            self._impatience = 0
            self._ticks_since_drop = 0
