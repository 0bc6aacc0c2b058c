"""Whoever follows the status table costs little: only rows that may have changed are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from firmware.desk.follow import ANYWAY, SETTLES, rows_stream
from firmware.seams import Later
from firmware.status import PortStatus
from firmware.trace.marks import Lane, Mark, Trace


@dataclass
class Timer:
    at: float
    what: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Desk:
    """Rows that are counted, and a clock that is turned by hand."""

    rows: dict[int, PortStatus] = field(
        default_factory=lambda: {port: PortStatus(card=1, port=port) for port in range(1, 25)}
    )
    now: float = 0.0
    made: int = 0
    sent: list[int] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)

    def begins(self, **params: Any) -> Callable[[], None]:
        stream = rows_stream(self.trace, self.asked, Later(self.later))
        return stream(params, lambda row: self.sent.append(row.port))  # type: ignore[attr-defined]

    def later(self, delay: float, what: Callable[[], object]) -> Timer:
        self.timers.append(Timer(self.now + delay, what))
        return self.timers[-1]

    def asked(self, params: dict[str, Any]) -> list[PortStatus]:
        ports = [params["port"]] if params.get("port") is not None else list(self.rows)
        self.made += len(ports)
        return [self.rows[port] for port in ports]

    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [t for t in self.timers if not t.cancelled and t.at <= until]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = first.at
            first.what()
        self.now = until

    def happens(self, port: int, peer: str = "") -> None:
        if port:
            self.rows[port] = replace(self.rows[port], peer_number=peer)
        self.trace.record(
            Mark(at=self.now, port=port, lane=Lane.HOUSE, outward=False, what="something")
        )

    def look(self) -> tuple[int, list[int]]:
        """Rows made and rows sent since the last look."""
        seen, self.made, self.sent = (self.made, self.sent), 0, []
        return seen


def test_at_first_all_rows_are_told_and_then_those_that_change() -> None:
    desk = Desk()
    desk.begins()
    desk.waits(0.0)
    assert desk.look()[1] == list(range(1, 25))
    for number in "80", "800", "8001":
        desk.happens(7, number)
    desk.waits(2 * SETTLES)
    assert desk.look() == (1, [7]), "one look, at one row"
    desk.happens(7, "8001")
    desk.waits(2 * SETTLES)
    assert desk.look() == (1, [])


def test_what_belongs_to_no_port_may_show_everywhere() -> None:
    desk = Desk()
    desk.begins()
    desk.waits(0.0)
    desk.look()
    desk.happens(3, "1")
    desk.happens(0)
    desk.waits(2 * SETTLES)
    assert desk.look() == (24, [3])


def test_events_without_end_do_not_put_a_look_off() -> None:
    desk = Desk()
    desk.begins()
    desk.waits(0.0)
    desk.look()
    for n in range(20):
        desk.happens(5, str(n))
        desk.waits(SETTLES / 4)
    assert len(desk.look()[1]) >= 4


def test_a_state_without_a_mark_is_noticed_within_a_second() -> None:
    desk = Desk()
    end = desk.begins()
    desk.waits(0.0)
    desk.look()
    desk.rows[9] = replace(desk.rows[9], last_error="x")
    desk.waits(ANYWAY)
    assert desk.look()[1] == [9]
    end()
    desk.happens(9, "2")
    desk.waits(10 * ANYWAY)
    assert desk.look() == (0, [])


def test_who_follows_one_port_is_not_woken_by_the_others() -> None:
    desk = Desk()
    desk.begins(port=2)
    desk.waits(0.0)
    desk.look()
    desk.happens(3, "8001")
    desk.waits(2 * SETTLES)
    assert desk.look() == (0, [])
    desk.happens(2, "8001")
    desk.waits(2 * SETTLES)
    assert desk.look() == (1, [2])
