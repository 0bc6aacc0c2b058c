"""What the Si321x sends to the telephone by itself: tones, and metering pulses (Si3210)."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from drivers.errors import ChipError
from drivers.si321x_chip import Chip
from drivers.si321x_identity import TONE_CLOCK_HZ, Family
from drivers.si321x_registers import Metering, Oscillator
from drivers.si321x_tables import metering_words, timer_word, tone_words

METERING_HZ = {12_000, 16_000}
METERING_FULL_V = 0.85


class Signals:
    """The oscillators of one chip."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._sounding = False
        self._metering: tuple[int, int] | None = None

    def restart(self) -> None:
        """The chip has been loaded anew: it is silent."""
        self._sounding = False
        self._metering = None

    def play(self, frequencies: Sequence[float], level_dbm0: float) -> None:
        """Sound one or two frequencies; see `Slic.play_tone`.

        Raises:
            ChipError: the oscillators cannot make it.
        """
        if not 1 <= len(frequencies) <= 2:
            raise self._refuse(f"{len(frequencies)} frequencies at a time")
        clock = TONE_CLOCK_HZ[self._chip.known.family]
        each_dbm = level_dbm0 - 10 * log10(len(frequencies))
        try:
            tones = [tone_words(hz, each_dbm, clock) for hz in frequencies]
        except ValueError as error:
            raise self._refuse(f"tone: {error}") from error
        self.stop()
        self._sounding = True
        words, direct = self._chip.words, self._chip.direct
        words.tone_1, words.tone_1_amplitude = tones[0]
        if len(tones) == 2:
            words.tone_2, words.tone_2_amplitude = tones[1]
            direct.tone_2 = Oscillator.ENABLE | Oscillator.TO_LINE
        direct.tone_1 = Oscillator.ENABLE | Oscillator.TO_LINE

    def stop(self) -> None:
        """Silence both oscillators, if they sound."""
        if self._sounding:
            self._sounding = False
            self._chip.direct.tone_1 = Oscillator(0)
            self._chip.direct.tone_2 = Oscillator(0)

    def meter(self, hz: float, vrms: float, seconds: float) -> None:
        """Send one pulse, which ends by itself; see `Slic.meter`.

        Raises:
            ChipError: this chip sends none, or not such a one.
        """
        if self._chip.known.family is not Family.SI3210:
            raise self._refuse(f"{self._chip.known.part} sends no metering pulses")
        if hz not in METERING_HZ or not 0 < vrms <= METERING_FULL_V:
            raise self._refuse(
                f"metering: {hz:g} Hz with {vrms:g} V; 12 or 16 kHz with up to "
                f"{METERING_FULL_V} V may be"
            )
        try:
            active = timer_word(seconds * 1000)
        except ValueError as error:
            raise self._refuse(f"metering: {error}") from error
        direct, wanted = self._chip.direct, metering_words(hz, vrms)
        direct.metering = Metering(0)
        if wanted != self._metering:
            self._chip.words.metering, self._chip.words.metering_amplitude = wanted
            self._metering = wanted
        direct.metering_active = active
        direct.metering = Metering.ENABLE | Metering.ACTIVE_TIMER

    def _refuse(self, why: str) -> ChipError:
        return ChipError(why, port=self._chip.port)
