"""The voice of one port between telephone and PCM highway, a period at a time.

Everything that touches samples is `audioop`: C speed, no numpy. A port that is on-hook or
whose codec is off costs a few comparisons.
"""

from __future__ import annotations

import audioop
import math

from drivers.sim.levels import PERIOD, ratio
from drivers.sim.phone import Phone
from drivers.sim.si321x_audio import AudioPath, Tone
from drivers.sim.sounds import sine

ZERO_DBM_VRMS = math.sqrt(0.6)
"""1 mW in 600 ohms; with gains of 0 dB it is 0 dBm0."""

ECHO_DELAY = 8
"""Samples from highway to highway through the hybrid: 1 ms (the chip's group delay)."""

IDLE_CODE = {"PCMA": 0xD5, "PCMU": 0xFF}
IDLE_PERIOD = {law: bytes([code]) * PERIOD for law, code in IDLE_CODE.items()}
EXPAND = {"PCMA": audioop.alaw2lin, "PCMU": audioop.ulaw2lin}
COMPRESS = {"PCMA": audioop.lin2alaw, "PCMU": audioop.lin2ulaw}


class LineAudio:
    """Hybrid, codec gains and the chip's oscillators of one port.

    Attributes:
        trans_hybrid_loss_db: how much softer the network hears itself through a hybrid that
            suits the line.
        best_hybrid_db: the setting that does; of an impedance that fits, 0.
    """

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.trans_hybrid_loss_db = 20.0
        self.best_hybrid_db = 0.0
        self._samples = 0
        self._tail = bytes(2 * ECHO_DELAY)
        self._echoing = False

    def period(self, path: AudioPath, played: bytes, now: float) -> bytes | None:
        """Take the 160 codes of the chip's receive slot, give those of its transmit slot.

        The period ends at `now`. None stands for idle codes.
        """
        if path.loopback == "digital":
            return played
        law = path.law
        if law == "linear":  # 16 bits in two slots: not on this board
            return None
        line = None
        if path.receive_gain and played != IDLE_PERIOD[law]:
            line = scaled(EXPAND[law](played, 2), path.receive_gain)
        if path.tones_to_line:
            line = mixed(line, self._oscillators(path.tones_to_line))
        self._samples += PERIOD
        if not self.phone.off_hook:
            self.phone.display.hear_on_hook(line, now)
            return None
        voice = self.phone.speak(now)
        if path.loopback:
            line = mixed(line, voice)
        self.phone.hear(line, now)
        sent = mixed(voice, self._echo(line, path)) if path.transmit_gain else None
        if sent is not None:
            sent = scaled(sent, path.transmit_gain)
        if path.tones_to_pcm:
            sent = mixed(sent, self._oscillators(path.tones_to_pcm))
        return None if sent is None else COMPRESS[law](sent, 2)

    def _echo(self, line: bytes | None, path: AudioPath) -> bytes | None:
        """What the hybrid lets through of `line`, a little later."""
        if line is None and not self._echoing:
            return None
        self._echoing = line is not None
        late = self._tail + (line or bytes(2 * PERIOD))
        self._tail = late[2 * PERIOD :]
        return audioop.mul(late[: 2 * PERIOD], 2, self._left(path.hybrid_db))

    def _left(self, hybrid_db: float | None) -> float:
        """As a ratio: half of it comes back, of which the hybrid takes off more or less."""
        taken = 0.0 if hybrid_db is None else ratio(hybrid_db - self.best_hybrid_db)
        return math.hypot(ratio(-self.trans_hybrid_loss_db), (1 - taken) / 2)

    def _oscillators(self, tones: tuple[Tone, ...]) -> bytes:
        audio: bytes | None = None
        for tone in tones:
            level = round(20 * math.log10(max(tone.vrms, 1e-4) / ZERO_DBM_VRMS), 1)
            loop = sine(round(tone.hz), level, 8000)
            first = 2 * self._samples % len(loop)
            turns = -(-(first + 2 * PERIOD) // len(loop))
            audio = mixed(audio, (loop * turns)[first : first + 2 * PERIOD])
        return audio or bytes(2 * PERIOD)


def mixed(one: bytes | None, other: bytes | None) -> bytes | None:
    """The sum of two periods; None is silence."""
    if one is None:
        return other
    if other is None:
        return one
    return audioop.add(one, other, 2)


def scaled(samples: bytes, gain: float) -> bytes:
    return samples if gain == 1.0 else audioop.mul(samples, 2, gain)
