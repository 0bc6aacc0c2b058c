"""Bodies in several parts (RFC 2046 section 5.1): finding the session description in one.

Trunks send the description together with location or ISUP parts; we read the one part that
we understand and leave the rest, unless the sender says that it must not be left.
"""

from __future__ import annotations

import re
from typing import Final

from firmware.errors import SipError
from firmware.sip.grammar import WS, lower
from firmware.sip.headerlist import Headers
from firmware.sip.message import Message
from firmware.sip.views import Views

MAX_PARTS: Final = 16
MAX_DEPTH: Final = 2

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_FOLD = re.compile(rb"\r\n[ \t]+")


class Part(Views):
    """One part of a body: its own headers and content."""

    __slots__ = ("body", "headers")

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers = headers
        self.body = body


def session_description(message: Message) -> bytes | None:
    """The description that a message carries, by itself or as a part; None if there is none.

    Raises:
        SipError: the body claims to have parts and breaks the rules or limits for them.
    """
    return _found(message, 0)


def unreadable(message: Message) -> bool:
    """Whether a request has to be refused for what its body holds (415, RFC 3261 section 8.2.3).

    What we do not understand may be left if it is marked so (``handling=optional``), or beside
    a description that we do understand, unless it is marked as required (RFC 5621 section 3.3).

    Raises:
        SipError: as of `session_description`.
    """
    if not message.body or _describes(message):  # nearly all there are
        return False
    described = session_description(message) is not None
    return any(
        handling == "required" or not (described or handling == "optional")
        for handling in _foreign(message, 0)
    )


def parts(whole: Message | Part) -> tuple[Part, ...]:
    """The parts of a ``multipart/*`` body.

    Raises:
        SipError: there is no boundary, no end, or more than 16 parts.
    """
    boundary = whole.parameter("content-type", "boundary") or ""
    if _BOUNDARY.fullmatch(boundary) is None:
        raise SipError("multipart body without a boundary")
    dashed = re.escape(b"\r\n--" + boundary.encode())
    pieces = re.split(
        dashed + rb"(--)?[ \t]*(?=\r\n|\Z)", b"\r\n" + whole.body, maxsplit=MAX_PARTS + 1
    )
    contents, ends = pieces[2::2], pieces[1::2]
    if b"--" not in ends:
        raise SipError(f"multipart body without an end, or with more than {MAX_PARTS} parts")
    return tuple([_part(content) for content in contents[: ends.index(b"--")]])


def _found(whole: Message | Part, depth: int) -> bytes | None:
    if not whole.body:
        return None
    if _describes(whole):
        return whole.body
    if not _divided(whole, depth):
        return None
    inner = (_found(part, depth + 1) for part in parts(whole))
    return next((body for body in inner if body is not None), None)


def _foreign(whole: Message | Part, depth: int) -> list[str]:
    """The ``handling`` of every part that we do not understand; empty where it has none."""
    if not whole.body or _describes(whole):
        return []
    if _divided(whole, depth):
        return [handling for part in parts(whole) for handling in _foreign(part, depth + 1)]
    return [lower(whole.parameter("content-disposition", "handling") or "")]


def _describes(whole: Message | Part) -> bool:
    """Whether it is the description of the session; one of early media alone (RFC 3959) is not."""
    if whole.content_type != "application/sdp":
        return False
    disposition = whole.headers.get("content-disposition")
    if disposition is None:
        return True
    return lower(disposition.partition(";")[0].strip(WS)) != "early-session"


def _divided(whole: Message | Part, depth: int) -> bool:
    return depth < MAX_DEPTH and whole.content_type.startswith("multipart/")


def _part(content: bytes) -> Part:
    """A part: ``CRLF header lines CRLF CRLF body``, or ``CRLF CRLF body``."""
    head, blank, body = content.partition(b"\r\n\r\n")
    if not blank:
        raise SipError("body part without an end of its header lines")
    lines = _FOLD.sub(b" ", head).decode("utf-8", "surrogateescape").split("\r\n")[1:]
    pairs = [line.partition(":") for line in lines]
    return Part(Headers.verbatim((n.rstrip(WS), v.strip(WS)) for n, _, v in pairs), body)
