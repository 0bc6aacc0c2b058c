"""What signalling and media say to each other of fax machines and modems."""

from __future__ import annotations

from firmware.media.message import Message

# a command


class Fax(Message, frozen=True, kw_only=True):
    """The call that is open goes on by T.38, over the same socket, until an `Open` ends that."""

    port: int
    call: int = 0
    host: str
    """Where to send."""
    udptl_port: int
    largest: int
    """Octets of a datagram that the peer takes."""
    repeats: bool = True
    """Packets are sent once more with those that follow."""
    bit_rate: int = 14400
    """The most that the peer takes, bit/s."""


# reports


class ToneHeard(Message, frozen=True, kw_only=True):
    """A machine was heard: told each time a tone begins, while `Open.hears_machines`."""

    port: int
    call: int = 0
    tone: str
    """One of `modem_tones.Tone`."""
    side: str
    """``line`` or ``rtp``."""


class FaxReport(Message, frozen=True, kw_only=True):
    """A fax by T.38 so far; every 5 s, and when it ends."""

    port: int
    call: int = 0
    pages: int
    bit_rate: int
    """Of pages, bit/s; 0: not settled yet."""
    corrects: bool
    """The machines repeat what was damaged (ECM)."""
    sent: int
    """Packets; what is sent again does not count."""
    received: int
    recovered: int
    """Packets of the peer that came only as a repetition."""
    lost: int
    """Packets of the peer that never came."""
    final: bool = False


class FaxOver(Message, frozen=True, kw_only=True):
    """Neither machine has said anything for long; told once."""

    port: int
    call: int = 0
    silent_s: float
