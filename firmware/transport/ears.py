"""Who hears what a signalling address takes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.sip.events import Address


def _nobody(*_: object) -> None: ...


def _never(_: Address) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Ears:
    """What to call; only the first two matter where there are no connections."""

    received: Callable[[bytes, Address], None]
    """A message came in."""
    failed: Callable[[Address, str], None]
    """What was sent there does not arrive, and why."""
    undelivered: Callable[[bytes, Address, str], None] = _nobody
    """That datagram, or one that begins so, does not arrive there, and why."""
    garbled: Callable[[bytes, Address, str, int], None] = _nobody
    """What came in on a connection is no message: why, and what to refuse it with."""
    reconnected: Callable[[Address], None] = _nobody
    """A lost connection is there again."""
    standing: Callable[[Address, str], None] = _nobody
    """How the connection to a server stands: its problem, or nothing."""
    refused: Callable[[Address, str], None] = _nobody
    """Somebody has connected to us and was sent away."""
    admits: Callable[[Address], bool] = _never
    """Whether somebody may connect to us."""
    keeps: Callable[[Address], bool] = _never
    """Whether a connection there is to stand for as long as we do."""
