"""What all ports of a highway share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.media.coding import Helper
from firmware.media.echo_study import Turns
from firmware.media.messages import Report
from firmware.media.tape import Tape


@dataclass(frozen=True, slots=True)
class Common:
    """Of one engine."""

    law: str
    """Of the highway."""
    jitter_ms: tuple[int, int]
    """Least and most of the jitter buffers."""
    report: Callable[[Report], None]
    """Where reports go."""
    entropy: Callable[[int], bytes]
    """Random octets."""
    tape: Tape
    """Where packets are kept; it knows what o'clock it is."""
    steady: Callable[[], float]
    """Seconds from some instant on, by a clock that nobody sets."""
    helper: Helper
    """Works the codecs that have no place in this process."""
    echo_turns: Turns
    """Which ports may take time to learn their lines."""
