"""Whether a Si321x is still the chip that was set up: its registers are looked at again."""

from __future__ import annotations

from drivers.errors import ChipError, ChipResetError
from drivers.si321x_chip import Chip
from drivers.si321x_registers import GOLDEN
from drivers.si321x_step import in_chain, out_of_step
from drivers.slic import Linefeed


class Proof:
    """What the chip must read if nothing has happened to it.

    Attributes:
        slot_start: of registers 2 to 5.
        hybrid: register 11, as the port was set.
        reachable: it can be spoken to, though its registers may be lost.
    """

    def __init__(self, chip: Chip) -> None:
        self.slot_start = 0
        self.hybrid = GOLDEN
        self.reachable = True
        self._chip = chip
        self._rejoins = 0

    def check(self, linefeed: Linefeed) -> None:
        """Look, and mend a bus that has lost step.

        Args:
            linefeed: what it was told last.

        Raises:
            ChipResetError: its registers are lost, or in doubt.
            ChipError: it does not answer sensibly.
        """
        direct = self._chip.direct
        if self._chip.bus.chained:
            self.keep_step(linefeed)
        elif (hybrid := direct.hybrid) != self.hybrid and not self._fresh(hybrid):
            self._mend(hybrid)
        if (loop_back := direct.loop_back) != 0:  # whatever the line does: it may be open
            raise self._lost(f"register 8 reads {loop_back:#04x}: the chip has been reset")

    def answers(self) -> bool:
        """Whether this is the chip, and the bus carries bytes at all: one look, no chain."""
        return self._chip.direct.hybrid == self.hybrid

    def keep_step(self, linefeed: Linefeed) -> None:
        """On a chain: see that this is the chip that is spoken to.

        If not, the chain is led back into step, at once: its neighbours are not to suffer. What
        was meant for a neighbour may have come here until then.

        Raises:
            ChipResetError: it is not, or its registers are lost, or in doubt.
        """
        bus = self._chip.bus
        wrong = out_of_step(bus, self.slot_start, self.hybrid)
        if wrong:
            bus.rejoin()
            if out_of_step(bus, self.slot_start, self.hybrid):
                self.reachable = in_chain(bus)
                raise self._lost(wrong)
        self.reachable = True
        if bus.rejoins != self._rejoins:
            self._rejoins = bus.rejoins
            if (found := self._chip.direct.linefeed) is not linefeed:
                raise self._lost(
                    f"register 64: wants {linefeed.name}, is {found.name}: "
                    "a command of a neighbour, while the chain was out of step"
                )

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
