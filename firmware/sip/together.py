"""Lines that are registered together: what one is told the box does, and all stand as the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.sip.events import Deregister, Output, Register
from firmware.sip.group import Implied

if TYPE_CHECKING:
    from firmware.sip.switchboard import Switchboard


def told(board: Switchboard, event: Register | Deregister, now: float) -> list[Output]:
    """A line is to be registered, or not to be any more."""
    lines = board.lines
    wanted = lines.wants(event)
    outputs: list[Output] = []
    if wanted is not None and lines.group is not None:
        outputs += board.bound(lines.group, lines.group.feed(wanted, now), now)
    return [*outputs, *followed(board, now)]


def followed(board: Switchboard, now: float) -> list[Output]:
    """The registration of the box has changed, or who is part of it."""
    outputs: list[Output] = []
    for line in board.lines.values():
        if isinstance(line, Implied):
            outputs += board.bound(line, line.follow(), now)
    return outputs
