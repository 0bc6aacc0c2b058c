"""A SIP message as a ladder sees it: what it is, whose it is, its text without secrets.

Every message passes here, and few are ever looked at: what need not be known at once is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from firmware.text import mask

_REQUEST = re.compile(rb"([A-Za-z0-9.!%*_+`'~-]{1,20}) \S+ SIP/2\.0\r?\n")
_RESPONSE = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})")
OF_CALLS = frozenset({"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO"})
"""Requests by which nobody asks whether anybody is there."""
KEPT = 8192
"""Octets of a message that are kept; none of ours is half as long."""
REMEMBERED = 512
"""Calls whose line is known by their dialog alone."""
_LINE = rb"\n(?:%b)[ \t]*:"
"""How a header line begins, by its names; there is always one before it, the start line."""


def _of(names: bytes, rest: bytes) -> re.Pattern[bytes]:
    return re.compile(_LINE % names + rest, re.IGNORECASE)


_USER = rb"[^\r\n]*?sips?:([^@>;\r\n]*)@"
_TAG = rb"[^\r\n]*;[ \t]*tag=([^;\s]+)"
_FROM, _TO, _CONTACT = _of(b"From|f", _USER), _of(b"To|t", _USER), _of(b"Contact|m", _USER)
_FROM_TAG, _TO_TAG = _of(b"From|f", _TAG), _of(b"To|t", _TAG)
_CALL_ID = _of(b"Call-ID|i", rb"[ \t]*([^\r\n]+)")
_FETCH = _of(b"Call-ID|i", rb"[ \t]*heartbeat-")
_OPTIONS = _of(b"CSeq", rb"[ \t]*[0-9]+[ \t]+OPTIONS[ \t]*\r?\n")
_ASKED = re.compile(rb"\A[A-Z]+ sips?:([^@>;\s]*)@")


@dataclass(slots=True)
class Seen:
    """One message on the wire, as far as it has to be read at once."""

    what: str
    """Method, or status code."""
    own_user: str
    """User part of our own end: the From of what we ask, the To of what we are asked."""
    heartbeat: bool
    """One end asks whether the other is there, by OPTIONS or what is meant like it, or answers."""


class Whose:
    """Which line a message belongs to, also where its own end does not say its number.

    A caller who withholds it, or writes it as a tel URI, is known by the Contact of its INVITE, a
    called line by the Request-URI; what follows is known by Call-ID and our own tag. Two
    lines may share a Call-ID (one calls the other), but never a tag.

    Args:
        line_of: the line that a user part means, a number or a Contact's token; 0: none.
    """

    def __init__(self, line_of: Callable[[str], int]) -> None:
        self._line_of = line_of
        self._known: dict[tuple[bytes, bytes], int] = {}

    def line(self, seen: Seen, data: bytes, *, outward: bool) -> int:
        """The line; 0: none of ours, or nobody can tell."""
        if line := self._line_of(seen.own_user):
            return line
        call_id, tag = _first(_CALL_ID, data), _own_tag(data, outward=outward)
        told = _first(_CONTACT if outward else _ASKED, data)
        line = self._line_of(told.decode("latin-1")) if told else 0
        if line:
            self._known.pop((call_id, tag), None)
            self._known[call_id, tag] = line
            if len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]
            return line
        return self._known.get((call_id, tag)) or self._known.get((call_id, b""), 0)


def call_id_of(data: bytes) -> str:
    """The Call-ID of a message; empty: it has none."""
    return _first(_CALL_ID, data).decode("latin-1").strip()


def _own_tag(data: bytes, *, outward: bool) -> bytes:
    """The tag of our end: of From in what we ask and are answered, else of To."""
    asked = (_REQUEST.match(data) is not None) == outward
    return _first(_FROM_TAG if asked else _TO_TAG, data)


def _first(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    found = pattern.search(data)
    return found[1] if found else b""


class Sparingly:
    """Lets so many things a second pass: what strangers send must not push out the rest.

    Args:
        most: in a second.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._second = 0.0
        self._passed = 0

    def passes(self, now: float) -> bool:
        """Whether one more may pass at `now`, in seconds."""
        if now - self._second >= 1.0:
            self._second, self._passed = now, 0
        self._passed += 1
        return self._passed <= self._most


def look(data: bytes, *, outward: bool) -> Seen | None:
    """Describe a datagram; None for what is no SIP message at all."""
    asks = data[:4] != b"SIP/"
    first = _REQUEST.match(data) if asks else _RESPONSE.match(data)
    if first is None:
        return None
    # a request's sender is its From; a response copies From and To of its request
    party = _FROM if outward == asks else _TO
    user, what = _first(party, data).decode("latin-1"), first[1].decode("ascii")
    return Seen(what, user, what not in OF_CALLS and _is_heartbeat(data))


def _is_heartbeat(data: bytes) -> bool:
    """One look for a word tells most messages apart."""
    if b"heartbeat-" in data and _FETCH.search(data) is not None:
        return True
    return b"OPTIONS" in data and _OPTIONS.search(data) is not None


def text_of(data: bytes) -> str:
    """The text of a message, or of what is kept of it, without secrets."""
    return mask(data.decode("utf-8", "replace"))
