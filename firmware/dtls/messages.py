"""What signalling and the process that shakes hands say to each other.

They travel as those of media do (see `firmware.media.messages`); `Agree` has the RTP socket of
its call beside it. Fingerprints are written as in descriptions: ``sha-256 AB:CD:...``.
"""

from __future__ import annotations

import msgspec

PATIENCE = 10.0
"""Seconds that a handshake may take: the library repeats after 1, 2 and 4."""


class _Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """Base of all messages."""


class Agree(_Message, frozen=True, kw_only=True):
    """Agree on keys with the far end of a call, by its socket, which nobody else reads yet."""

    number: int
    """Comes back with what is told of it; each handshake has one of its own."""
    host: str
    port: int
    active: bool
    """We begin (``a=setup:active``)."""
    ours: str
    """Fingerprint of the certificate that we show, as `Ready` told it."""
    theirs: tuple[str, ...]
    """Fingerprints of the one that the far end has to show."""
    patience: float = PATIENCE


class Record(_Message, frozen=True, kw_only=True):
    """A datagram of DTLS that came where voice comes, after the keys were agreed on."""

    number: int
    data: bytes


class Leave(_Message, frozen=True, kw_only=True):
    """The call is over, or agrees on other keys: say goodbye to the far end."""

    number: int


class Stop(_Message, frozen=True, kw_only=True):
    """End the process in good order."""


Command = Agree | Record | Leave | Stop


class Ready(_Message, frozen=True, kw_only=True):
    """Told at first, and again with each new certificate; those before stay good for a while."""

    fingerprint: str


class Agreed(_Message, frozen=True, kw_only=True):
    """There are keys, and the far end has proved who it is. The socket is not read any more."""

    number: int
    suite: str
    sends: bytes
    """Master key and salt of what we send."""
    receives: bytes

    def __repr__(self) -> str:
        return f"Agreed(number={self.number}, suite={self.suite!r})"


class Refused(_Message, frozen=True, kw_only=True):
    """There are none, in words."""

    number: int
    why: str


class Left(_Message, frozen=True, kw_only=True):
    """The far end has said goodbye; its keys are as good as before."""

    number: int


class Failed(_Message, frozen=True, kw_only=True):
    """The process ends after this."""

    reason: str


Report = Ready | Agreed | Refused | Left | Failed

encode = msgspec.msgpack.Encoder().encode
decode_command = msgspec.msgpack.Decoder(Command).decode
decode_report = msgspec.msgpack.Decoder(Report).decode
