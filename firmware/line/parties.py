"""With whom a person has to do: the call in hand, and the one that is put aside.

Both stay what they are when the two change places; only the one in hand is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.line.events import IncomingCall


@dataclass(frozen=True, slots=True)
class Party:
    """The other side of one call."""

    number: str = ""
    """As the status row shows it; empty: there is no call yet."""
    direction: str = ""
    """``Outgoing``, ``Incoming`` or empty, for the status row."""
    name: str = ""
    """As the caller gave it."""

    @classmethod
    def calling(cls, call: IncomingCall) -> Party:
        return cls(call.number, "Incoming", call.name)


NOBODY = Party()


@dataclass(frozen=True, slots=True)
class Aside:
    """A call that is not in hand."""

    party: Party
    held: bool
    """It was answered once, and is held; False: it waits to be answered."""
    consults: bool = False
    """It is held so that somebody else can be called, whom a flash may join with it."""
