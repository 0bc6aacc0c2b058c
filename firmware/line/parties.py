"""The parties of a line: the call in hand, and the call that is put aside.

Each keeps its data when the two change places. Only the call in hand is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.line.events import IncomingCall


@dataclass(frozen=True, slots=True)
class Party:
    """The other side of one call."""

    number: str = ""
    """Number for the status row; empty: there is no call yet."""
    direction: str = ""
    """``Outgoing``, ``Incoming`` or empty, for the status row."""
    name: str = ""
    """Name that came with the call."""

    @classmethod
    def calling(cls, call: IncomingCall) -> Party:
        return cls(call.number, "Incoming", call.name)


NOBODY = Party()


@dataclass(frozen=True, slots=True)
class Aside:
    """A call that is put aside."""

    party: Party
    held: bool
    """It was answered before, and is held; False: it waits for an answer."""
    consults: bool = False
    """It was held to call somebody else, whom a flash may join with it."""
