"""Power alarms of the Si321x: a line that was opened is fed again, but not for ever.

The chip opens the line when a transistor of the line feed gets too hot. It is fed again at the
next check. Each alarm counts, ten healthy checks make one forgotten, and at ten the line stays
open: then the port is out of service, and started anew after a while by those above.
"""

from __future__ import annotations

from drivers.errors import PowerAlarmError
from drivers.si321x_registers import Direct

MOST = 10
FORGIVEN_AFTER = 10
"""Healthy checks that make one alarm forgotten."""
OUTER_MW, INNER_MW = 30.4, 3.62
"""Steps of register 77 for Q1, Q2, Q5 and Q6, and for Q3 and Q4."""
STEPS_MW = (OUTER_MW, OUTER_MW, INNER_MW, INNER_MW, OUTER_MW, OUTER_MW)


class Alarms:
    """What is remembered of the alarms of one port.

    Attributes:
        total: since the driver was made.
    """

    def __init__(self, port: int) -> None:
        self.total = 0
        self._port = port
        self._level = 0
        self._healthy = 0

    def restart(self) -> None:
        self._level = 0

    @property
    def any(self) -> bool:
        """One has not been forgotten yet."""
        return self._level > 0

    def healthy(self) -> None:
        """A check found the line fed."""
        self._healthy += 1
        if self._healthy % FORGIVEN_AFTER == 0 and self._level:
            self._level -= 1

    def another(self) -> PowerAlarmError:
        """A check found the line open; the error says whether it may be fed again."""
        self.total += 1
        self._level += 1
        if self._level >= MOST:
            return PowerAlarmError(
                f"register 64 reads 0x00: {self._level} power alarms, the line stays open",
                port=self._port,
                gave_up=True,
            )
        return PowerAlarmError(
            f"register 64 read 0x00: power alarm {self._level}, line fed again", port=self._port
        )


def transistor_mw(direct: Direct) -> tuple[float, ...]:
    """Milliwatts in Q1 to Q6, within 25 %; twelve accesses."""
    powers = []
    for pointer, step in enumerate(STEPS_MW):
        direct.power_pointer = pointer
        powers.append(direct.power * step)
    return tuple(powers)
