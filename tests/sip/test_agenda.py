"""The agenda agrees with looking through all machines."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.agenda import Agenda


@dataclass(eq=False)
class Sleeper:
    deadline: float | None = None


changes = st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.floats(0, 100))))


@given(changes, st.floats(0, 100))
def test_it_knows_the_earliest_and_gives_up_all_that_are_due(
    changed: list[tuple[int, float | None]], now: float
) -> None:
    sleepers = [Sleeper() for _ in range(6)]
    agenda: Agenda[Sleeper] = Agenda()
    for which, deadline in changed:
        sleepers[which].deadline = deadline
        agenda.note(sleepers[which])
        waiting = [s.deadline for s in sleepers if s.deadline is not None]
        assert agenda.next == min(waiting, default=None)
    due = []
    while (sleeper := agenda.pop_due(now)) is not None:
        due.append(sleeper.deadline)
        sleeper.deadline = None
        agenda.note(sleeper)
    assert due == sorted(d for d in due if d is not None and d <= now)
    assert all(s.deadline is None or s.deadline > now for s in sleepers)
