"""Decide when all chips of a chain are taken through reset, as the last way back into step.

A chip that was led back into step is started alone (`drivers.bus.ChainedRegisters.rejoin`). This
is for a chip that does not answer any more, which may spoil what its neighbours say. If it does
not, the neighbours finish their calls first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.port.port import Port
from firmware.seams import Later

REST = (60.0, 3600.0)
"""Most seconds from one start of a chain to the next; they double while a chip stays away."""
LOOK = 1.0
"""Seconds between two looks at whether the neighbours are idle."""


class ChainKeeper:
    """Decides when to reset one chain.

    Args:
        ports: all of the card.
        later: timers.
        clock: monotonic seconds.
        restart: takes all chips through reset and brings the ports up.
    """

    def __init__(
        self,
        ports: Callable[[], Iterable[Port]],
        later: Later,
        clock: Callable[[], float],
        restart: Callable[[], None],
    ) -> None:
        self._ports = ports
        self._later = later
        self._clock = clock
        self._restart = restart
        self._rest = REST[0]
        self._not_before = 0.0
        self._urgent = False

    def lost(self, *, urgent: bool) -> None:
        """A chip does not answer; `urgent`: it has surely lost step."""
        self._urgent |= urgent
        self._later.start("chain", max(0.0, self._not_before - self._clock()), self._turn)

    def started(self) -> None:
        """All ports have been started, or have failed to start."""
        away = not all(port.in_service for port in self._ports())
        self._rest = min(2 * self._rest, REST[1]) if away else REST[0]

    def _turn(self) -> None:
        ports = tuple(self._ports())
        down = sum(not port.in_service for port in ports)
        talking = any(port.leg for port in ports)
        if talking and down == 1 and not self._urgent:
            self._later.start("chain", LOOK, self._turn)
            return
        self._urgent = False
        self._not_before = self._clock() + self._rest
        self._restart()
