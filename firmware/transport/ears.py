"""The functions that are called with what comes in at a signalling address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.sip.events import Address


def _nobody(*_: object) -> None: ...


def _never(_: Address) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Ears:
    """What to call; without connections only the first two are used."""

    received: Callable[[bytes, Address], None]
    """A message has come in."""
    failed: Callable[[Address, str], None]
    """Nothing that was sent to this address arrives, and why."""
    undelivered: Callable[[bytes, Address, str], None] = _nobody
    """This datagram, or one that begins so, does not arrive, and why."""
    garbled: Callable[[bytes, Address, str, int], None] = _nobody
    """What came in on a connection is no message: why, and the status to refuse it with."""
    reconnected: Callable[[Address], None] = _nobody
    """A lost connection stands again."""
    standing: Callable[[Address, str], None] = _nobody
    """The state of the connection to a server: its problem, or nothing."""
    refused: Callable[[Address, str], None] = _nobody
    """Somebody has connected to us, and was sent away."""
    admits: Callable[[Address], bool] = _never
    """Whether somebody may connect to us."""
    keeps: Callable[[Address], bool] = _never
    """Whether a connection there is to stand for as long as we do."""
