"""The words between the session with a broker and what is around it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.status import PortStatus

# What happens


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker has taken us."""


@dataclass(frozen=True, slots=True)
class Lost:
    """It has not, or no longer."""

    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """The status row of a port, at first and after each change."""

    row: PortStatus


@dataclass(frozen=True, slots=True)
class Came:
    """A message on one of the topics that we listen to."""

    topic: str
    payload: bytes
    retained: bool = False
    """The broker had it from before we came."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command."""

    port: int
    what: str


Input = Connected | Lost | Row | Came | Done

# What the session wants


@dataclass(frozen=True, slots=True)
class Connect:
    """Try to reach the broker; `Connected` or `Lost` follows."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Subscribe."""

    topic: str


@dataclass(frozen=True, slots=True)
class Say:
    """Publish."""

    topic: str
    text: str
    retain: bool = True
    """The broker keeps it for those who come later."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A house call; `Done` follows."""

    port: int
    seconds: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hush:
    """Its end; `Done` follows."""

    port: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """The broker is not there; empty: it is."""

    why: str


Output = Connect | Listen | Say | Ring | Hush | Trouble
