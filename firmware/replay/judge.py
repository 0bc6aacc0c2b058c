"""What was expected, and what came instead: the first difference of a replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from firmware.explain.marks import method
from firmware.replay.likeness import Likeness
from firmware.replay.plan import WIRE
from firmware.trace.marks import Lane, Mark

CUT = 0.001
"""s: what the last of a record brought about may be cut off."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the replay left the record."""

    at: float
    how: str
    """In words."""
    expected: Mark | None = None
    """None: nothing was."""
    came: Mark | None = None
    """None: nothing did."""

    @property
    def port(self) -> int:
        mark = self.expected or self.came
        return mark.port if mark else 0


class Judge:
    """Compares what comes with what is expected, one mark at a time.

    Args:
        expected: in order.
        likeness: of messages.
        tolerance: seconds that something may come too early or too late.
        learned: called when a message was recognised: its tokens are known now.
    """

    def __init__(
        self,
        expected: list[Mark],
        likeness: Likeness,
        tolerance: float,
        learned: Callable[[], object],
    ) -> None:
        self._open: defaultdict[tuple[object, ...], list[Mark]] = defaultdict(list)
        for mark in expected:
            self._open[_kind(mark)].append(mark)
        self._likeness = likeness
        self._tolerance = tolerance
        self._learned = learned
        self._differ: list[Difference] = []
        self._surplus: list[Mark] = []
        self.as_recorded = 0
        """Marks that came as they were expected."""

    def came(self, mark: Mark) -> None:
        """Something has happened this time."""
        chosen, how = self._counterpart(mark)
        if chosen is None:
            self._surplus.append(mark)
            return
        self._open[_kind(mark)].remove(chosen)
        if mark.lane in WIRE:
            self._likeness.learn(chosen.detail, mark.detail)
            self._learned()
        if how:
            self._differ.append(Difference(chosen.at, how, chosen, mark))
        else:
            self.as_recorded += 1

    def _counterpart(self, mark: Mark) -> tuple[Mark | None, str]:
        """What was expected like this about now, and how it differs; none: nothing was."""
        near = [
            (one, self._how(one, mark))
            for one in self._open[_kind(mark)]
            if abs(one.at - mark.at) <= self._tolerance
        ]
        like = [one for one, how in near if not how]
        if like:
            return like[0], ""
        return near[0] if near else (None, "")

    def _how(self, expected: Mark, came: Mark) -> str:
        if expected.lane is Lane.VOICE:
            there, now = (mark.detail.partition(" - ")[2] for mark in (expected, came))
            return f"recorded towards {there}, now towards {now}" if there != now else ""
        if expected.lane not in WIRE:
            return ""
        if expected.peer != came.peer:
            return f"recorded to {expected.peer}, now to {came.peer}"
        return self._likeness.differs(expected.detail, came.detail)

    def first(self, until: float) -> Difference | None:
        """The first difference up to an instant; None: there is none."""
        missing = [one for some in self._open.values() for one in some if one.at <= until]
        surplus = [one for one in self._surplus if one.at < until - CUT]
        found = [
            *self._differ,
            *(self._missing(one, surplus) for one in missing),
            *(self._unexpected(one, missing) for one in surplus),
        ]
        return min(found, key=lambda difference: difference.at, default=None)

    def _missing(self, expected: Mark, surplus: list[Mark]) -> Difference:
        same = [one for one in surplus if _kind(one) == _kind(expected)]
        if same:
            came = min(same, key=lambda one: abs(one.at - expected.at))
            late = came.at - expected.at
            how = f"it came {abs(late):.3f} s too {'late' if late > 0 else 'early'}"
            return Difference(min(expected.at, came.at), how, expected, came)
        instead = self._beside(expected, surplus)
        how = "something else came" if instead else "it did not come"
        return Difference(expected.at, how, expected, instead)

    def _unexpected(self, came: Mark, missing: list[Mark]) -> Difference:
        instead = self._beside(came, missing)
        how = "something else was expected" if instead else "nothing was expected"
        return Difference(came.at, how, instead, came)

    def _beside(self, mark: Mark, others: list[Mark]) -> Mark | None:
        """Of the same telephone and lane, at about the same instant."""
        near = [
            one
            for one in others
            if (one.port, one.lane) == (mark.port, mark.lane)
            and abs(one.at - mark.at) <= self._tolerance
        ]
        return min(near, key=lambda one: abs(one.at - mark.at), default=None)


def _kind(mark: Mark) -> tuple[object, ...]:
    """What two marks must have in common to be the same thing."""
    lane = Lane.SIP if mark.lane is Lane.HEARTBEAT else mark.lane
    return lane, mark.port, mark.outward, mark.what, method(mark)
