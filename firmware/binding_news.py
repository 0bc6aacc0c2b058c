"""Tell of the bindings of lines: on the ladder when they change, and as alarms."""

from __future__ import annotations

from typing import Protocol

from firmware.sip import events as sip
from firmware.trace.marks import Lane
from firmware.trace.records import Alarms


class House(Protocol):
    """The gateway, which has the ladder."""

    def mark(
        self, port: int, lane: Lane, what: str, *, outward: bool, call: int = 0, detail: str = ""
    ) -> None: ...


class BindingNews:
    """Follows the bindings of all lines.

    Args:
        house: has the ladder.
        alarms: where faults are shown.
    """

    def __init__(self, house: House, alarms: Alarms) -> None:
        self._house = house
        self._alarms = alarms
        self._told: dict[int, tuple[str, str]] = {}
        """What the ladder last said of each line: status and problem."""

    def changed(self, line: int, where: str, state: sip.RegistrationState) -> None:
        """Take the binding of a line, whose port is called `where`."""
        news = state.status.value, state.last_error
        if news != self._told.get(line):  # a refresh is none
            self._told[line] = news
            self._house.mark(line, Lane.HOUSE, news[0], outward=False, detail=news[1])
        if state.status is sip.RegisterStatus.FAILED:
            self._alarms.set(f"{where} sip", "major", f"not registered: {state.last_error}")
        elif state.status is sip.RegisterStatus.REGISTERED:
            self._alarms.clear(f"{where} sip")
