"""Lines that are registered together: the box registers, and all lines stand as the box does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.sip.events import Deregister, Output, Register
from firmware.sip.group import Implied

if TYPE_CHECKING:
    from firmware.sip.switchboard import Switchboard


def told(board: Switchboard, event: Register | Deregister, now: float) -> list[Output]:
    """Register the box, or remove its binding, because a line is told to."""
    lines = board.lines
    wanted = lines.wants(event)
    outputs: list[Output] = []
    if wanted is not None and lines.group is not None:
        outputs += board.bound(lines.group, lines.group.feed(wanted, now), now)
    return [*outputs, *followed(board, now)]


def followed(board: Switchboard, now: float) -> list[Output]:
    """Report all lines: the registration of the box, or who belongs to it, has changed."""
    outputs: list[Output] = []
    for line in board.lines.values():
        if isinstance(line, Implied):
            outputs += board.bound(line, line.follow(), now)
    return outputs
