"""Whether a Si321x is still the chip that was set up: its registers are looked at again."""

from __future__ import annotations

from drivers.errors import ChipError, ChipResetError
from drivers.si321x_chip import Chip
from drivers.si321x_registers import GOLDEN
from drivers.si321x_step import out_of_step


class Proof:
    """What the chip must read if nothing has happened to it.

    Attributes:
        slot_start: of registers 2 to 5.
        hybrid: register 11, as the port was set.
    """

    def __init__(self, chip: Chip) -> None:
        self.slot_start = 0
        self.hybrid = GOLDEN
        self._chip = chip

    def check(self) -> None:
        """Look, and mend a bus that has lost step.

        Raises:
            ChipResetError: its registers are lost, or in doubt.
            ChipError: it does not answer sensibly.
        """
        direct = self._chip.direct
        if self._chip.bus.chained:
            self.keep_step()
        elif (hybrid := direct.hybrid) != self.hybrid and not self._fresh(hybrid):
            self._mend(hybrid)
        if (loop_back := direct.loop_back) != 0:  # whatever the line does: it may be open
            raise self._lost(f"register 8 reads {loop_back:#04x}: the chip has been reset")

    def answers(self) -> bool:
        """Whether this is the chip, and the bus carries bytes at all: one look, no chain."""
        return self._chip.direct.hybrid == self.hybrid

    def keep_step(self) -> None:
        """On a chain: see that this is the chip that is spoken to.

        Raises:
            ChipResetError: it is not.
        """
        if wrong := out_of_step(self._chip.bus, self.slot_start, self.hybrid):
            raise self._lost(wrong)

    def strange(self) -> ChipError:
        """What there is to say when `answers` says no."""
        return self._strange(self._chip.direct.hybrid)

    def _fresh(self, hybrid: int) -> bool:
        """What differs is the value after a reset: register 8 tells then."""
        return hybrid == GOLDEN and self._chip.direct.loop_back != 0

    def _mend(self, hybrid: int) -> None:
        self._chip.bus.slip()
        if self._chip.direct.hybrid == self.hybrid:
            raise self._lost("the chip had lost step on the bus; its registers are in doubt")
        raise self._strange(hybrid)

    def _strange(self, hybrid: int) -> ChipError:
        return ChipError(
            f"register 11 reads {hybrid:#04x}, wants {self.hybrid:#04x}", port=self._chip.port
        )

    def _lost(self, why: str) -> ChipResetError:
        return ChipResetError(why, port=self._chip.port)
