"""The time machine: rows as they were, change by change, bounded in octets (U16).

Kept is each change of a row, packed; what is forgotten first leaves the row as it stood then, so
that all that is younger can still be told. Durations in a row count from the instant that is
asked for, as if it had been asked then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple, TypeVar

import msgspec

from firmware.status import PortStatus, RegistrationStatus, ServerStatus, Snapshot

OCTETS = 256 << 10
"""Most octets that are kept."""
APIECE = 120
"""Octets that the interpreter needs for a change, besides its own."""

Past = PortStatus | RegistrationStatus | ServerStatus
PastT = TypeVar("PastT", PortStatus, RegistrationStatus, ServerStatus)

LEFT = ("expires_in_s", "next_attempt_in_s")
"""Fields with a duration that becomes shorter."""
PASSED = ("answered_ago_s", "since_s")
"""Fields with a duration that becomes longer."""
SAME = 1.0
"""An instant that moves by fewer seconds is the same, told at another moment."""


def _named(kind: type[Past]) -> tuple[Callable[[Past], tuple[object, ...]], _Names, _Names]:
    """What reads the facts of a row at once, and which of its fields are instants."""
    names = kind.__struct_fields__
    left = tuple(name for name in names if name in LEFT)
    passed = tuple(name for name in names if name in PASSED)
    facts = (name for name in names if name not in LEFT + PASSED)
    return attrgetter(*facts), left, passed


_Names = tuple[str, ...]
_NAMES = {kind: _named(kind) for kind in (PortStatus, RegistrationStatus, ServerStatus)}


class _Change(NamedTuple):
    at: float
    kind: type[Snapshot]
    number: int
    row: bytes


class TimeMachine:
    """Rows of ports, bindings and servers, each as it was at any instant since `reach`.

    Args:
        now: seconds since 1970; it knows nothing of what was before.
        most: octets.
    """

    def __init__(self, now: float, most: int = OCTETS) -> None:
        self.reach = now
        """Seconds since 1970; earlier instants are forgotten, or were never seen."""
        self._most = most
        self._octets = 0
        self._changes: deque[_Change] = deque()
        self._before: dict[tuple[type[Snapshot], int], _Change] = {}
        """The newest change of each row that is not kept any more."""
        self._known: dict[tuple[type[Snapshot], int], _News] = {}

    def keep(self, row: Past, at: float) -> None:
        """A row stands like this, at `at` seconds since 1970; nothing is kept if it did before."""
        if isinstance(row, ServerStatus):
            row = _judgement(row)
        number = row.index if isinstance(row, ServerStatus) else row.port
        key, news = (type(row), number), _News.of(row, at)
        if news.is_like(self._known.get(key)):
            return
        self._known[key] = news
        change = _Change(at, type(row), number, msgspec.msgpack.encode(row))
        self._changes.append(change)
        self._octets += len(change.row) + APIECE
        while self._octets > self._most:
            old = self._changes.popleft()
            self._octets -= len(old.row) + APIECE
            self._before[old.kind, old.number] = old
            self.reach = max(self.reach, old.at)

    def rows(self, kind: type[PastT], at: float) -> list[PastT]:
        """The rows of a kind as they were, in order; none before the first was kept."""
        found = {n: change for (k, n), change in self._before.items() if k is kind}
        for change in self._changes:
            if change.at > at:
                break
            if change.kind is kind:
                found[change.number] = change
        return [_aged(found[n], kind, at) for n in sorted(found)]


class _News(NamedTuple):
    """What tells one row from another, whenever it is looked at: instants instead of durations."""

    facts: tuple[object, ...]
    instants: tuple[float | None, ...]

    @classmethod
    def of(cls, row: Past, at: float) -> _News:
        names, left, passed = _NAMES[type(row)]
        instants = [None if (span := getattr(row, name)) is None else at + span for name in left]
        instants += [
            None if (span := getattr(row, name)) is None else at - span for name in passed
        ]
        return cls(names(row), tuple(instants))

    def is_like(self, other: _News | None) -> bool:
        return (
            other is not None
            and self.facts == other.facts
            and all(map(_same_instant, self.instants, other.instants))
        )


def _same_instant(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) < SAME


def _judgement(row: ServerStatus) -> ServerStatus:
    """A judgement without its figures, which change with every heartbeat."""
    return ServerStatus(
        index=row.index,
        server=row.server,
        address=row.address,
        state=row.state,
        in_use=row.in_use,
        since_s=row.since_s,
        last_error=row.last_error,
    )


def _aged(change: _Change, kind: type[PastT], at: float) -> PastT:
    """The row as it would have been told at `at`."""
    row = msgspec.msgpack.decode(change.row, type=kind)
    passed = at - change.at
    spans: dict[str, float] = {}
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if value is not None and name in LEFT:
            spans[name] = round(max(0.0, value - passed), 1)
        elif value is not None and name in PASSED:
            spans[name] = round(value + passed, 1)
    return msgspec.structs.replace(row, **spans)
