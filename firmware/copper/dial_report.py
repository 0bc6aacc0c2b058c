"""How a dial test stands, as the control socket tells it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.line.dial_meter import DialledDigit


@dataclass(frozen=True, slots=True, kw_only=True)
class DialReport:
    """A test of the dial of one telephone."""

    card: int
    port: int
    test: int
    """Number of the test."""
    off_hook: bool
    digits: tuple[DialledDigit, ...]
    """All so far."""
    verdict: tuple[str, ...]
    """What they say, in words."""
    faulty: bool
    """A digit was not read as it was dialled."""
    ended: str = ""
    """Why it is over; empty: it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptReport:
    """What became of the windows of a port."""

    card: int
    port: int
    changes: tuple[str, ...]
    refused: tuple[str, ...]
    """What would not be safe."""
    setting: str
    """The key of ``[[line]]`` that keeps the windows over a restart; empty: none is needed."""
