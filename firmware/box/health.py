"""What the Raspberry Pi says of itself: too hot, or too little voltage (D19).

Read from the kernel's files, shown, and nothing more: whoever talks on a throttled box talks on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from firmware.log import event as log_event
from firmware.trace.records import Alarms

EVERY = 10.0
"""s from one look to the next."""
HOT = 80.0
"""Degrees Celsius: from here on the firmware of a Raspberry Pi slows the processor down."""
TEMPERATURE = "sys/class/thermal/thermal_zone0/temp"
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_UNDER_VOLTAGE, _CAPPED, _SLOWED, _SOFT_LIMIT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
WHERE = "box"
"""Where the alarm stands."""


@dataclass(frozen=True, slots=True)
class BoxHealth:
    """One look."""

    celsius: float | None = None
    """None: this machine does not say."""
    flags: int = 0
    """Of ``get_throttled``; the lower four say what is so at this moment."""

    @property
    def problem(self) -> str:
        """In words, with what to do; empty: nothing is wrong, or nothing is known."""
        found = []
        if self.flags & _UNDER_VOLTAGE:
            found.append("under-voltage: use a better power supply and a shorter cable")
        if self.flags & (_CAPPED | _SLOWED | _SOFT_LIMIT):
            found.append("the processor is slowed down" + self._at)
        elif self.celsius is not None and self.celsius >= HOT:
            found.append(f"the processor is hot{self._at}: more air")
        return "; ".join(found)

    @property
    def _at(self) -> str:
        return "" if self.celsius is None else f" at {self.celsius:.0f} degrees"

    def __str__(self) -> str:
        return "-" if self.celsius is None else f"{self.celsius:.0f} degrees Celsius"


def look(root: Path = Path("/")) -> BoxHealth:
    """Ask the kernel; what it does not know is left out."""
    return BoxHealth(
        _number(root / TEMPERATURE, 10, 1000), int(_number(root / THROTTLED, 16) or 0)
    )


def _number(path: Path, base: int, divisor: float = 1) -> float | None:
    try:
        return int(path.read_text(encoding="ascii").strip(), base) / divisor
    except (OSError, ValueError):
        return None


def tell(seen: BoxHealth, alarms: Alarms) -> None:
    """Set or clear the alarm; what is new goes to the log."""
    known = next((alarm.what for alarm in alarms.all() if alarm.where == WHERE), "")
    if not seen.problem:
        alarms.clear(WHERE)
    elif seen.problem != known:
        log_event("box", level=logging.WARNING, why=seen.problem)
        alarms.set(WHERE, "warning", seen.problem)
