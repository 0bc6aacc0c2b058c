"""Linefeed states of the simulated Si321x: what the host asks for and what happens by itself."""

from __future__ import annotations

from drivers.sim.si321x_cadence import Cadence
from drivers.sim.si321x_core import Core

OPEN, FORWARD_ACTIVE, FORWARD_OHT = 0, 1, 2
RINGING, REVERSE_ACTIVE, REVERSE_OHT = 4, 5, 6
RING_CADENCE = 2


class LinefeedControl:
    """DR64: LF as written, LFS as the line really is, and the ring cadence between them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.cadence = Cadence(core, RING_CADENCE, 48, self._burst)

    def request(self, wanted: int) -> None:
        """The host wrote LF."""
        core = self._core
        if wanted == core.wanted_linefeed == RINGING or core.faults.linefeed_stuck:
            return
        if core.wanted_linefeed == RINGING and wanted in (REVERSE_ACTIVE, REVERSE_OHT):
            core.undefined["polarity change while ringing"] += 1
        self.cadence.stop()
        if wanted == RINGING:
            if core.bit(33, 2):
                core.undefined["oscillator 2 while ringing"] += 1
            self.cadence.start()
        core.set_linefeed(wanted, wanted)

    def control_written(self, before: int) -> None:
        """The host wrote DR34, which held `before`."""
        if self._core.wanted_linefeed == RINGING and (before ^ self._core.registers[34]) & 0x18:
            self.cadence.reconsider()

    def ring_tripped(self) -> None:
        """With AORD the line goes off-hook active by itself (DR67.2)."""
        if self._core.bit(67, 2):
            self._leave_ringing(FORWARD_ACTIVE)

    def loop_closed(self) -> None:
        """With AOLD on-hook transmission ends by itself (DR67.1)."""
        if self._core.bit(67, 1) and self._core.linefeed in (FORWARD_OHT, REVERSE_OHT):
            reverse = self._core.linefeed == REVERSE_OHT
            self._leave_ringing(REVERSE_ACTIVE if reverse else FORWARD_ACTIVE)

    def overheated(self) -> None:
        """With AOPN a power alarm opens the line (DR67.0)."""
        if self._core.bit(67, 0):
            self._leave_ringing(OPEN)

    def _leave_ringing(self, state: int) -> None:
        # What LF reads after a change of the chip's own is not documented but for OPEN;
        # here it follows LFS.
        self.cadence.stop()
        self._core.set_linefeed(state, state)

    def _burst(self, on: bool) -> None:
        self._core.set_linefeed(RINGING if on else FORWARD_OHT)
