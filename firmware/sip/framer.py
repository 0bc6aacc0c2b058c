"""Where one message ends and the next begins on a connection (RFC 3261 section 18.3).

However the bytes come, in whatever pieces, the same messages come out. Content-Length says
how long a body is and must be there, once; if there is any doubt about it the connection
is of no more use, because nobody knows where the next message begins. Between messages
there may be CRLFs: one is the answer to a ping, two are a ping (RFC 5626 section 4.4.1).
"""

from __future__ import annotations

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.grammar import number
from firmware.sip.headerlist import key_of
from firmware.sip.message import MAX_HEAD, MAX_MESSAGE, read_head

BLANK = b"\r\n\r\n"


@word
class Framed:
    """One message."""

    data: bytes


class Crlf:
    """A CRLF between messages."""


@word
class Broken:
    """This cannot be the beginning of a message, or not of one that we take."""

    data: bytes
    why: str
    status: int
    """What a request like this is refused with."""


Piece = Framed | Crlf | Broken


class Framer:
    """Cuts what comes on one connection into messages; each byte is looked at once."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen = 0
        """So many bytes of the buffer hold no end of the header lines."""
        self._size = 0
        """Of the whole message that has begun; 0: not known yet."""
        self._broken = False

    @property
    def unfinished(self) -> bool:
        """A message has begun and is not complete."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Piece]:
        """Take what came; after `Broken` nothing more comes out."""
        pieces: list[Piece] = []
        if self._broken:
            return pieces
        self._buffer += data
        while (piece := self._next()) is not None:
            pieces.append(piece)
            if isinstance(piece, Broken):
                self._broken = True
                self._buffer.clear()
                break
        return pieces

    def _next(self) -> Piece | None:
        buffer = self._buffer
        if not self._size:
            if buffer[:2] == b"\r\n":
                del buffer[:2]
                return Crlf()
            if not self._measure():
                return self._too_long()
            if isinstance(size := self._sized(), Broken):
                return size
            self._size = size
        if len(buffer) < self._size:
            return None
        message = bytes(buffer[: self._size])
        del buffer[: self._size]
        self._seen = self._size = 0
        return Framed(message)

    def _measure(self) -> bool:
        """Whether the end of the header lines is there; `_seen` is where it begins then."""
        end = self._buffer.find(BLANK, max(0, self._seen - 3))
        self._seen = len(self._buffer) if end < 0 else end
        return end >= 0

    def _too_long(self) -> Broken | None:
        if len(self._buffer) <= MAX_HEAD + len(BLANK):
            return None
        return Broken(bytes(self._buffer), f"no end of the header lines in {MAX_HEAD} bytes", 513)

    def _sized(self) -> int | Broken:
        """The length of the message whose header lines are there."""
        end = self._seen
        if end > MAX_HEAD:
            return Broken(bytes(self._buffer), f"header lines of {end} bytes", 513)
        head = bytes(self._buffer[:end])
        try:
            size = end + len(BLANK) + _body_length(head)
        except SipError as error:
            return Broken(head + BLANK, str(error), error.status)
        if size > MAX_MESSAGE:
            return Broken(head + BLANK, f"message of {size} bytes", 513)
        return size


def _body_length(head: bytes) -> int:
    """What Content-Length says.

    Raises:
        SipError: it is not there, not once, or no number; or the lines are none.
    """
    _, items = read_head(head)
    lengths = [value for name, value in items if key_of(name) == "content-length"]
    if len(lengths) != 1:
        raise SipError("Content-Length more than once" if lengths else "no Content-Length")
    return number(lengths[0], "Content-Length")
