"""What every law has: it is told everything, and says when it is broken."""

from __future__ import annotations

from dataclasses import dataclass
from traceback import extract_tb
from typing import TYPE_CHECKING

from firmware.gateway import Gateway
from firmware.media import messages as media
from firmware.sip.events import Address
from firmware.sip.message import Message, Request
from firmware.trace.marks import Mark

if TYPE_CHECKING:
    from tests.simulation.world import SimWorld

A_HAIR = 0.010
"""Seconds by which anything may be off that is due at an instant."""


class Broken(AssertionError):  # noqa: N818 - it is what a law is
    """A law is broken.

    Attributes:
        law: its name in the specification of faults, or what else was seen.
        why: in words, with figures.
        at: seconds since the world began.
        picture: the end of the ladder.
    """

    def __init__(self, law: str, why: str, at: float) -> None:
        super().__init__(f"{law} at {at:.3f} s: {why}")
        self.law = law
        self.why = why
        self.at = at
        self.picture = ""


def fallen_at(error: BaseException) -> str:
    """What was raised, and where."""
    frames = extract_tb(error.__traceback__)
    return f"{error!r}{f' in {frames[-1].filename}:{frames[-1].lineno}' if frames else ''}"


@dataclass(frozen=True, slots=True)
class Passing:
    """A datagram that passes between the gateway and somebody."""

    at: float
    message: Message | None
    """None: it is no SIP."""
    peer: Address


def begins_a_call(message: Message | None) -> bool:
    """It is an INVITE outside any dialog."""
    invite = isinstance(message, Request) and message.method == "INVITE"
    return invite and message is not None and not message.to.tag


class Law:
    """Something that must hold; the hooks do nothing unless a law wants to know.

    Args:
        world: that it holds in.
    """

    def __init__(self, world: SimWorld) -> None:
        self.world = world

    @property
    def now(self) -> float:
        return self.world.loop.time()

    def breaks(self, law: str, why: str) -> None:
        self.world.court.breaks(law, why)

    def begins(self, gateway: Gateway) -> None:
        """A gateway is about to start; the one before has stopped."""

    def sent(self, passing: Passing) -> None:
        """The gateway has sent a message."""

    def refused(self, passing: Passing) -> None:
        """The gateway could not send a message: there is no network."""

    def lost(self, peer: Address) -> None:
        """The gateway's connection to somebody is lost, or cannot be had: all that was asked
        there has failed."""

    def coming(self, passing: Passing) -> None:
        """A datagram is about to reach the gateway."""

    def came(self, passing: Passing) -> None:
        """It has reached the gateway, and what it causes has happened."""

    def told_media(self, command: media.Command) -> None:
        """The media process got a command."""

    def carried(self, source: tuple[str, int], target: tuple[str, int]) -> None:
        """A packet of voice was sent; in worlds with audio."""

    def marked(self, mark: Mark) -> None:
        """A mark was made for the ladder."""

    def acted(self, port: int, what: str) -> None:
        """Somebody did something with a telephone."""

    def happened(self) -> None:
        """Everything that happens at this instant has happened."""

    def healed(self) -> None:
        """All faults are over."""

    def ends(self) -> None:
        """The world has come to rest, its gateway has stopped."""
