"""What must be true of every machine that is made of two tables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

Transitions = Mapping[tuple[Any, Any], tuple[Any, tuple[Any, ...]]]
Running = Mapping[Any, tuple[Any, ...]]


def unreachable_states(transitions: Transitions, first: Enum) -> set[Enum]:
    reached = {first} | {after for after, _ in transitions.values()}
    return set(type(first)) - reached


def dead_ends(transitions: Transitions, last: Enum) -> set[Enum]:
    left = {before for (before, _), (after, _) in transitions.items() if after is not before}
    return set(type(last)) - left - {last}


def unhandled_timers(transitions: Transitions, running: Running) -> set[tuple[Enum, Enum]]:
    wanted = {(state, timer) for state, timers in running.items() for timer in timers}
    return wanted - set(transitions)


def idle_timers(transitions: Transitions, running: Running) -> set[tuple[Enum, Enum]]:
    """Rows of timers that can never fire, because the state does not run them."""
    timers = {timer for timers in running.values() for timer in timers}
    rows = {(state, what) for state, what in transitions if what in timers}
    return {(state, what) for state, what in rows if what not in running[state]}
