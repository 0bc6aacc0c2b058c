"""SHK of an Ag1171 becomes a hook level: edges with their instants in, changes out.

Pure: time is an argument. A change is believed when the new level has stood for the
debounce; it then counts from the first edge of the bounce before it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """The debounced level has changed."""

    off_hook: bool
    at: float
    """Instant of the first edge."""


class HookFilter:
    """The switch hook of one line.

    Attributes:
        off_hook: the level last told.
    """

    def __init__(self) -> None:
        self.off_hook = False
        self._level = False
        self._since = 0.0
        self._first: float | None = None
        """When the level left `off_hook`, bounce included; None: it has not."""

    def restart(self, now: float, *, off_hook: bool = False) -> None:
        """Begin again: `off_hook` is what has been told, and everything seen is forgotten."""
        self.off_hook = self._level = off_hook
        self._since, self._first = now, None

    def feed(self, level: bool, at: float) -> None:
        """SHK has this level since `at`; the one it has already is no edge."""
        if level is self._level:
            return
        if self._first is None and level is not self.off_hook:
            self._first = at
        self._level, self._since = level, max(at, self._since)

    def tick(self, now: float, debounce: float) -> Change | None:
        """Say whether the level has stood for `debounce` seconds, and is another."""
        if now + 1e-6 < self._since + debounce:
            return None
        first, self._first = self._first, None
        if self._level is self.off_hook or first is None:
            return None
        self.off_hook = self._level
        return Change(self.off_hook, first)

    def high_since(self) -> float | None:
        """Since when SHK is high without a break; None: it is low."""
        return self._since if self._level else None

    def due(self, debounce: float) -> float | None:
        """When `tick` will have something to say, or to forget; None: nothing is on the move."""
        return None if self._first is None else self._since + debounce
