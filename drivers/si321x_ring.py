"""The ring generator of a Si321x: a cadence becomes words, which are loaded if they are new."""

from __future__ import annotations

from drivers.errors import ChipError
from drivers.line_test import RingSource
from drivers.si321x_chip import Chip
from drivers.si321x_plan import RingPlan, ring_source
from drivers.slic import RingSpec


class RingGenerator:
    """What one chip rings with.

    Args:
        chip: with the generator.
        ren: the load that the board is made for, in ringer equivalents.
    """

    def __init__(self, chip: Chip, ren: float) -> None:
        self._chip = chip
        self._ren = ren
        self._loaded: RingPlan | None = None

    def plan(self, ring: RingSpec) -> RingPlan:
        """What the registers have to hold for this ringing.

        Raises:
            ChipError: the chip cannot ring like this.
        """
        try:
            return RingPlan.of(ring, self._ren)
        except ValueError as error:
            raise ChipError(f"ringing: {error}", port=self._chip.bus.port) from error

    def source(self, ring: RingSpec) -> RingSource:
        """What this ringing is in volts at the line circuit; see `Slic.ring_source`."""
        return ring_source(ring, self.plan(ring), self._ren)

    def holds(self, plan: RingPlan | None) -> None:
        """Note what the start-up has loaded; None: it is not known what the chip holds."""
        self._loaded = plan

    def load(self, wanted: RingPlan) -> None:
        """Make the chip ready to ring so; the line has to be in FORWARD_ACTIVE."""
        if wanted != self._loaded:
            self._load_words(wanted)
        direct = self._chip.direct
        direct.ring_active = wanted.on
        direct.ring_inactive = wanted.off
        direct.ring_control = wanted.control

    def _load_words(self, wanted: RingPlan) -> None:
        words, direct = self._chip.words, self._chip.direct
        words.ring = wanted.words.coefficient
        words.ring_amplitude = wanted.words.amplitude
        words.ring_phase = wanted.words.phase
        if self._loaded is None or wanted.offset != self._loaded.offset:
            words.ring_offset = wanted.offset
        words.trip_filter = wanted.trip_filter
        direct.trip_debounce = wanted.trip_debounce
        direct.battery_high = wanted.battery
        self._loaded = wanted
