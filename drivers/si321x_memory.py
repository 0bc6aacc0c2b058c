"""What is known of a chip from one start-up to the next, and which start-up it therefore needs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from drivers.errors import DriverError
from drivers.si321x_bringup import BringUp
from drivers.si321x_calibration import Flag
from drivers.si321x_registers import SAVED
from drivers.slic import Calibration, Steps


class Memory:
    """Of one chip.

    Attributes:
        lost: it has lost its registers, and can be given them again.
        calibration: what the last start-up measured; None: nothing yet.
        unbalanced: a telephone was off-hook then; the longitudinal balance is still to be done.
    """

    def __init__(self) -> None:
        self.lost = False
        self.unbalanced = False
        self.calibration: Calibration | None = None
        self._fresh = True
        self._before: Calibration | None = None

    def recall(self, calibration: Calibration) -> None:
        """Of another process that drove this chip; for the next start-up."""
        if set(calibration.registers) == set(SAVED):
            self._before = calibration

    def start(self, work: BringUp) -> Steps:
        """Start the chip in the shortest way.

        A chip that lost its registers is given them again, and needs no reset for that. One
        that a process before this drove gets that one's calibration, if it is still of that
        kind and the line then shows its voltage. Any other is measured.

        Raises:
            BringUpError: a check failed.
            BusError: nothing could be transferred.
        """
        again, self.lost = self.lost, False
        before, self._before = self._before, None
        fresh, self._fresh = self._fresh, False
        if again and self.calibration:
            yield from work.restore(self.calibration.registers)
        elif not (before and (yield from self._taken_over(work, before, fresh))):
            yield from work.run(fresh=fresh and not before)
            self.unbalanced = work.unbalanced
        self.keep(str(work.chip.known), work.saved)

    def keep(self, chip: str, registers: Mapping[int, int]) -> None:
        """Remember what was measured."""
        self.calibration = Calibration(chip, dict(registers), self.unbalanced)

    def _taken_over(self, work: BringUp, before: Calibration, fresh: bool) -> Flag:
        with suppress(DriverError):
            work.chip.identify(fresh=fresh)
            if str(work.chip.known) == before.chip:
                yield from work.restore(before.registers, look=True)
                self.unbalanced = before.unbalanced
                return True
        work.notes.clear()
        return False
