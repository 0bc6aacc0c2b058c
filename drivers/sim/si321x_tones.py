"""Tone oscillators and metering pulses of the simulated Si321x, decoded and not computed."""

from __future__ import annotations

import math

from drivers.sim.si321x_audio import Tone
from drivers.sim.si321x_cadence import Cadence
from drivers.sim.si321x_core import Core, angle_hz
from drivers.sim.si321x_linefeed import RINGING

FULL_SCALE_VRMS = 1.11
FSK_HZ = 24000.0
METERING_HZ, METERING_VRMS = 64000.0, 0.85
ENABLE = 2
METERING = 3


class Oscillator:
    """One of the two tone oscillators (DR32, DR33); `number` is 0 or 1."""

    def __init__(self, core: Core, number: int) -> None:
        self._core = core
        self._number = number
        self.control = 32 + number
        self.cadence = Cadence(core, number, 36 + 4 * number)

    def control_written(self, before: int) -> None:
        """The host wrote the control register, which held `before`."""
        core, after = self._core, self._core.registers[self.control]
        if self._number == 1 and after & 4 and core.wanted_linefeed == RINGING:
            core.undefined["oscillator 2 while ringing"] += 1
        if not after & 4:
            self.cadence.stop()
        elif not before & 4:
            self.cadence.start()
        elif (before ^ after) & 0x58:
            self.cadence.reconsider()

    def tone(self) -> Tone | None:
        """What it sounds like now."""
        if not self.cadence.on:
            return None
        core = self._core
        if self._number == 0 and core.bit(32, 6) and core.bit(108, 6):
            mark = core.bit(52, 0)
            hz = angle_hz(core.signed("FSK1" if mark else "FSK0"), FSK_HZ)
            return self._tone(hz, core.signed("FSK1X" if mark else "FSK0X"), FSK_HZ)
        name = f"OSC{self._number + 1}"
        rate = 16000.0 if core.variant.wide else 8000.0
        return self._tone(angle_hz(core.signed(name), rate), core.signed(name + "X"), rate)

    def _tone(self, hz: float, amplitude: int, rate: float) -> Tone | None:
        slope = math.tan(math.pi * hz / rate)
        if slope <= 0 or not amplitude:
            return None
        return Tone(hz, abs(amplitude) * 4 * FULL_SCALE_VRMS / (32767 * slope))

    @property
    def to_pcm(self) -> bool:
        return self._core.bit(self.control, 0)

    @property
    def to_line(self) -> bool:
        return self._core.bit(self.control, 1)


class Metering:
    """Metering pulses (DR35, Si3210 only)."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.cadence = Cadence(core, METERING, 44)

    def control_written(self, before: int) -> None:
        after = self._core.registers[35]
        if not after & 4:
            self.cadence.stop()
        elif not before & 4:
            self.cadence.start()
        elif before != after:
            self.cadence.reconsider()

    def tone(self) -> Tone | None:
        """What is being sent now; the ramp of its edges is left out."""
        core = self._core
        if not self.cadence.on or not core.word("PLSD"):
            return None
        hz = angle_hz(core.signed("PLSCO"), METERING_HZ)
        slope = math.tan(math.pi * hz / METERING_HZ)
        return Tone(hz, core.signed("PLSX") * 4 * METERING_VRMS / (32767 * slope))
