"""SIP messages: bytes in, bytes out (RFC 3261 section 7).

Lenient in, strict out. `parse` takes one datagram; what it refuses it refuses with
`SipError`, whose status is what a request deserves as an answer (a response that fails is
dropped), and nothing else ever leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from firmware.errors import SipError
from firmware.sip.grammar import TOKEN, WS, is_token, malformed, number
from firmware.sip.headerlist import Headers, checked, key_of
from firmware.sip.headers import restamped
from firmware.sip.reasons import REASONS, phrase
from firmware.sip.uri import SipUri, Uri, parse_uri
from firmware.sip.views import Views

__all__ = [
    "REASONS",
    "Headers",
    "Message",
    "Request",
    "Response",
    "is_keepalive",
    "parse",
    "read_head",
    "refusal",
    "respond",
    "stamped",
]

MAX_MESSAGE: Final = 65536
MAX_HEAD: Final = 32768
MAX_LINES: Final = 128

_REQUEST_LINE = re.compile(
    rf"({TOKEN}) ([^\x00-\x20\x7f<>]+) ([Ss][Ii][Pp]/[0-9]+\.[0-9]+)", re.ASCII
)
_STATUS_LINE = re.compile(
    r"([Ss][Ii][Pp]/[0-9]+\.[0-9]+) ([1-6][0-9]{2})(?: ([^\r\n]*))?", re.ASCII
)
_STATUS = {str(status): status for status in range(100, 700)}
_LIKE_A_REQUEST = re.compile(rf"({TOKEN})[ \t]+[^ \t].*[ \t]SIP/[0-9]", re.IGNORECASE | re.ASCII)
_LEADING = re.compile(rb"(?:\r\n)+")
_FOLD = re.compile(r"\r\n[ \t]+")
_MANDATORY = ("via", "from", "to", "call-id", "cseq")
_SINGLE = ("from", "to", "call-id", "cseq", "max-forwards", "content-length")
_COPIED = frozenset({"via", "from", "to", "call-id", "cseq", "record-route", "timestamp"})
_REPEATED = frozenset({"via", "record-route"})
_FORMS_DIALOGS = frozenset({"INVITE", "SUBSCRIBE", "REFER"})


@dataclass(slots=True, unsafe_hash=True)
class Request(Views):
    """A request; `uri` is the Request-URI exactly as written. Nobody changes it."""

    method: str
    uri: str
    headers: Headers
    body: bytes = b""
    _encoded: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def target(self) -> Uri:
        """The Request-URI, read."""
        return parse_uri(self.uri)

    def encode(self) -> bytes:
        """The bytes for the wire; made once, however often it is sent.

        Raises:
            SipError: method or Request-URI would break the start line (500).
        """
        if not self._encoded:
            line = _request_line(self.method, self.uri)
            self._encoded = _encoded(line, self.headers, self.body)
        return self._encoded

    def __bytes__(self) -> bytes:
        return self.encode()


@dataclass(slots=True, unsafe_hash=True)
class Response(Views):
    """A response. Nobody changes it."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""
    _encoded: bytes = field(default=b"", init=False, repr=False, compare=False)

    def encode(self) -> bytes:
        """The bytes for the wire; made once, however often it is sent.

        Raises:
            SipError: status or reason would break the start line (500).
        """
        if not self._encoded:
            line = _status_line(self.status, self.reason)
            self._encoded = _encoded(line, self.headers, self.body)
        return self._encoded

    def __bytes__(self) -> bytes:
        return self.encode()


Message = Request | Response


def is_keepalive(data: bytes) -> bool:
    """Whether a datagram only keeps a path open: up to four bytes, or nothing but CRLF and NUL."""
    return len(data) <= 4 or not data.strip(b"\r\n\x00")


def parse(data: bytes) -> Request | Response:
    """Read one datagram: one message, cut at its Content-Length (section 18.3).

    Raises:
        SipError: it is not a SIP message, or breaks a rule or a limit.
    """
    start, items, body = _split(data)
    headers = Headers.verbatim(items)
    message = _started(start, headers)
    index = headers.index
    for name in _MANDATORY:
        if name not in index:
            raise SipError(f"no {name}")
    if len(index) < len(items):
        for name in _SINGLE:
            if len(index.get(name, ())) > 1:
                raise SipError(f"{name} more than once")
    if not index["call-id"][0]:
        raise SipError("empty call-id")
    _check_method(message)
    length = headers.get("content-length")
    if length is not None:
        size = number(length, "Content-Length")
        if size > len(body):
            raise SipError(f"Content-Length {size}, but {len(body)} bytes came")
        body = body[:size]
    message.body = body
    return message


def refusal(data: bytes, error: SipError) -> Response | None:
    """The answer to a request that `parse` or `Request.check` refused.

    It is made of what can be read of the request, however broken the rest. None: this is
    no request, or an ACK, or nothing in it says where an answer should go.
    """
    start, items = _salvaged(data)
    match = _LIKE_A_REQUEST.match(start)
    headers = Headers.verbatim(items)
    if match is None or match[1] == "ACK" or not headers.get("via") or "cseq" not in headers:
        return None
    return respond(Request(match[1], "", headers), error.status)


def respond(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """Make the response to `request` (section 8.2.6): what must be copied is the same bytes.

    Args:
        request: what is answered.
        status: its class decides whether Record-Route is copied (section 12.1.1).
        reason: the phrase, if not the usual one.
        to_tag: added to To unless To has a tag.
        headers: more header lines, ours.
        body: with its Content-Type among `headers`.
    """
    copied = list(request.headers.view("copied", _copied))
    if to_tag is not None and not _has_to_tag(request):
        at = next(i for i, (key, _, _) in enumerate(copied) if key == "to")
        _, name, value = copied[at]
        copied[at] = "to", name, f"{value};tag={to_tag}"
    routed = 100 < status < 300 and request.method in _FORMS_DIALOGS
    lines = [
        (name, value)
        for key, name, value in copied
        if (key != "record-route" or routed) and (key != "timestamp" or status == 100)
    ]
    lines += checked(headers)
    phrased = phrase(status) if reason is None else reason
    return Response(status, phrased, Headers.composed(lines), body)


def _copied(headers: Headers) -> list[tuple[str, str, str]]:
    """The lines that some response copies: key, name as written, value."""
    copied: list[tuple[str, str, str]] = []
    once: set[str] = set()
    for name, value in headers.items():
        key = key_of(name)
        if key in _COPIED and key not in once:
            copied.append((key, name, value))
            if key not in _REPEATED:
                once.add(key)
    return copied


def stamped(request: Request, host: str, port: int) -> Request:
    """`request` as received from `host`:`port`: its top Via completed (RFC 3581 section 4)."""
    vias = request.vias
    via = vias[0].stamped(host, port)
    if via == vias[0]:
        return request
    first = request.headers.all("via")[0]
    line = restamped(first, host, port) if "," in first else str(via)
    headers = request.headers.topped("via", line, vias=(via, *vias[1:]))
    return Request(request.method, request.uri, headers, request.body)


def _has_to_tag(request: Request) -> bool:
    try:
        return bool(request.to.tag)
    except SipError:
        return True  # we could not tell where to put ours


def _salvaged(data: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Start line and those header lines that can be read, whatever else is wrong."""
    head = data[:MAX_HEAD].lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    text = _FOLD.sub(" ", head.decode("utf-8", "surrogateescape"))
    start, *lines = text.split("\r\n")
    items = []
    for line in lines[:MAX_LINES]:
        name, _, value = line.partition(":")
        if is_token(name.rstrip(WS)) and "\r" not in value and "\n" not in value:
            items.append((name.rstrip(WS), value.strip(WS)))
    return start, items


def _split(data: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    """Start line, header lines with folds undone, and all that follows the blank line."""
    if len(data) > MAX_MESSAGE:
        raise SipError(f"message of {len(data)} bytes", status=513)
    if data[:2] == b"\r\n":
        data = _LEADING.sub(b"", data, count=1)
    end = data.find(b"\r\n\r\n")
    if end < 0 or end > MAX_HEAD:
        too_long = len(data) > MAX_HEAD
        raise SipError("no end of the header lines", status=513 if too_long else 400)
    return *read_head(data[:end]), data[end + 4 :]


def read_head(data: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Start line and header lines, folds undone; `data` ends before the blank line.

    The framer of a connection reads by this too: both must agree on where a message ends.

    Raises:
        SipError: some line is none, or there are too many.
    """
    head = data.decode("utf-8", "surrogateescape")
    lines = head.split("\r\n")
    ends = len(lines) - 1
    if head.count("\r") != ends or head.count("\n") != ends:
        raise SipError("bare CR or LF in the header lines")
    if ends > MAX_LINES and ends - len(_FOLD.findall(head)) > MAX_LINES:
        raise SipError(f"more than {MAX_LINES} header lines", status=513)
    start = lines.pop(0)
    if "\n " in head or "\n\t" in head:
        if lines[0][:1] in {" ", "\t"}:
            raise SipError("folded start line")
        lines = _FOLD.sub(" ", head).split("\r\n")[1:]
    items = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise malformed("not a header line", line)
        items.append((name.rstrip(WS), value.strip(WS)))
    return start, items


def _started(line: str, headers: Headers) -> Request | Response:
    """The message that begins with `line`, still without a body."""
    if line[:8] == "SIP/2.0 " and line[11:12] == " " and (status := _STATUS.get(line[8:11])):
        return Response(status, line[12:], headers)
    match = _REQUEST_LINE.fullmatch(line)
    if match is not None:
        method, uri, version = match.groups()
        _check_version(version)
        target = parse_uri(uri)
        if isinstance(target, SipUri) and target.headers:
            raise malformed("headers in the Request-URI", uri)
        return Request(method, uri, headers)
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise malformed("not a start line", line)
    version, digits, reason = match.groups()
    _check_version(version)
    return Response(int(digits), reason or "", headers)


def _check_version(version: str) -> None:
    if version[4:] != "2.0":
        raise malformed("not our version of SIP", version, status=505)


def _check_method(message: Request | Response) -> None:
    method = message.cseq.method
    if isinstance(message, Request) and method != message.method:
        raise malformed(f"CSeq of a {message.method} names another method", method)


@lru_cache(maxsize=64)
def _request_line(method: str, uri: str) -> str:
    line = f"{method} {uri} SIP/2.0"
    if _REQUEST_LINE.fullmatch(line) is None:
        raise SipError(f"not a request line: {line[:80]!a}", status=500)
    return line


@lru_cache(maxsize=64)
def _status_line(status: int, reason: str) -> str:
    line = f"SIP/2.0 {status} {reason}"
    if _STATUS_LINE.fullmatch(line) is None or "\0" in line:
        raise SipError(f"not a status line: {line[:80]!a}", status=500)
    return line


def _encoded(line: str, headers: Headers, body: bytes) -> bytes:
    length = str(len(body))
    said = headers.lengths()
    if said and said != [length]:
        headers = headers.replaced("Content-Length", length)
    pieces = [line]
    for name, value in headers.items():
        pieces.append("\r\n")
        pieces.append(name)
        pieces.append(": ")
        pieces.append(value)
    pieces.append("\r\n\r\n" if said else f"\r\nContent-Length: {length}\r\n\r\n")
    head = "".join(pieces)
    try:
        return head.encode("utf-8", "surrogateescape") + body
    except UnicodeEncodeError as error:
        raise SipError(
            f"not text: {error.object[error.start : error.end]!a}", status=500
        ) from None
