"""The values of single headers: name-addr, Via, CSeq, RAck, Reason (RFC 3261 section 20).

Each is a frozen dataclass with `parse` and `str`. Lists come through `addresses` and
`vias`, which read element after element and so never split inside quotes or brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, TypeVar

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.grammar import (
    HOST,
    QUOTED,
    TOKEN,
    WS,
    Params,
    clamped,
    lower,
    malformed,
    number,
    param,
    params_text,
    quoted,
    read_params,
    remembered,
    split_list,
    unquoted,
    with_param,
)
from firmware.sip.uri import is_uri

METHODS: Final = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH"}
    | {"REFER", "REGISTER", "SUBSCRIBE", "UPDATE"}
)
"""The methods that there are, known without reading; others are tokens too."""

T = TypeVar("T")
_Hop = tuple[str, str, int | None]
"""Transport, host and port of a Via."""

MAX_REASONS: Final = 16
MOST: Final = 128
"""Elements of one line; no header is allowed more."""
_ADDRESS = re.compile(
    rf'[ \t]*(?:(?:({QUOTED})[ \t]*|([^"<,;]*))<([^<>]*)>|([^\x00-\x20\x7f"<>,;?]+))', re.DOTALL
)
_VIA = re.compile(
    rf"[ \t]*[Ss][Ii][Pp][ \t]*/[ \t]*2\.0[ \t]*/[ \t]*({TOKEN})[ \t]+"
    rf"({HOST})(?:[ \t]*:[ \t]*([0-9]{{1,5}}))?",
    re.ASCII,
)
_CSEQ = re.compile(rf"([0-9]+)[ \t]+({TOKEN})")
_RACK = re.compile(rf"([0-9]+)[ \t]+([0-9]+)[ \t]+({TOKEN})")


@word
class NameAddr:
    """``"display" <uri>;params``: From, To, Contact, Route and their kin (section 20.10).

    Attributes:
        display: what a person reads, without quotes and escapes; may hold any character.
        uri: exactly as written; read it with `firmware.sip.uri.parse_uri`.
    """

    display: str
    uri: str
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        return _address(text)

    def param(self, name: str) -> str | None:
        """The value of a header parameter, "" if it has none, None if it is not there."""
        return param(self.params, name)

    @property
    def tag(self) -> str:
        """The tag, or "" if there is none; compared as it stands (section 19.3)."""
        return param(self.params, "tag") or ""

    def with_param(self, name: str, value: str | None) -> NameAddr:
        return replace(self, params=with_param(self.params, name, value))

    def __str__(self) -> str:
        if self.uri == "*":
            return "*"
        display = quoted(self.display) + " " if self.display else ""
        return f"{display}<{self.uri}>{params_text(self.params)}"


STAR: Final = NameAddr("", "*")
"""The Contact that means every binding (section 10.2.2)."""


@word
class Via:
    """One hop (section 20.42); `port` is None when not written."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> Via:
        value, end = _read_via(text, 0)
        if end != len(text):
            raise malformed("text after a Via", text)
        return value

    def param(self, name: str) -> str | None:
        return param(self.params, name)

    @property
    def branch(self) -> str:
        return param(self.params, "branch") or ""

    @property
    def rport(self) -> int | None:
        """The port filled in by the server (RFC 3581); None: absent or still empty."""
        port = clamped(param(self.params, "rport") or "")
        return port if port and port <= 65535 else None

    @property
    def wants_rport(self) -> bool:
        return param(self.params, "rport") is not None

    @property
    def received(self) -> str:
        """The address filled in by the server, without brackets; "" if there is none."""
        return (param(self.params, "received") or "").strip("[]")

    @property
    def sent_by(self) -> str:
        """Host and port for matching: the host compares without case (section 17.2.3)."""
        return f"{self.host.lower()}:{self.port or 5060}"

    @property
    def reply_to(self) -> tuple[str, int]:
        """Where the response goes over UDP (section 18.2.2, RFC 3581 section 4).

        `maddr` is not obeyed: a request that came by unicast reflects nothing.
        """
        host = self.received or self.host.strip("[]")
        return host, self.rport or self.port or 5060

    def carried_by(self, transport: str) -> Via:
        """This Via on another transport, whose name is given in capitals."""
        if transport in {self.transport, self.transport.upper()}:
            return self
        return replace(self, transport=transport)

    def stamped(self, host: str, port: int) -> Via:
        """This Via as a server completes it on receipt (RFC 3581 section 4, section 18.2.1).

        A ``received`` that it brings along is not believed: the answer would go astray.
        """
        if self.wants_rport:
            seen = {"received": host, "rport": str(port)}
            here = [(name, seen.pop(lower(name), value)) for name, value in self.params]
            return Via(self.transport, self.host, self.port, (*here, *seen.items()))
        if host.lower() != self.host.strip("[]").lower() or param(self.params, "received"):
            params = with_param(self.params, "received", host)
            return Via(self.transport, self.host, self.port, params)
        return self

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{params_text(self.params)}"


@word
class CSeq:
    """Number and method (section 20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        return _cseq(text)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@word
class RAck:
    """What a PRACK acknowledges (RFC 3262 section 7.2)."""

    rseq: int
    cseq: int
    method: str

    @classmethod
    def parse(cls, text: str) -> RAck:
        match = _RACK.fullmatch(text)
        if match is None:
            raise malformed("not a RAck", text)
        rseq = number(match[1], "RAck")
        return cls(rseq, number(match[2], "RAck", limit=2**31 - 1), match[3])

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"


def addresses(values: Iterable[str], *, limit: int = 128) -> tuple[NameAddr, ...]:
    """All addresses of all header lines, in order.

    Raises:
        SipError: one is malformed (400), or there are more than `limit` (513).
    """
    return _elements(values, _addresses, limit, "addresses")


def vias(values: Iterable[str], *, limit: int = 64) -> tuple[Via, ...]:
    """All hops of all Via lines, topmost first.

    Raises:
        SipError: one is malformed (400), or there are more than `limit` (513).
    """
    return _elements(values, _vias, limit, "Via")


def _elements(
    values: Iterable[str], read: Callable[[str], tuple[T, ...]], limit: int, what: str
) -> tuple[T, ...]:
    found: tuple[T, ...] = ()
    for text in values:
        found = found + read(text) if found else read(text)
        if len(found) > limit:
            raise SipError(f"more than {limit} {what}", status=513)
    return found


@remembered
def _address(text: str) -> NameAddr:
    value, end = _read_address(text, 0)
    if end != len(text):
        raise malformed("text after an address", text)
    return value


@remembered
def _addresses(text: str) -> tuple[NameAddr, ...]:
    return _listed(text, _read_address)


def _vias(text: str) -> tuple[Via, ...]:
    return _listed(text, _read_via)


@remembered
def _cseq(text: str) -> CSeq:
    digits, _, method = text.partition(" ")
    if method not in METHODS:
        match = _CSEQ.fullmatch(text)
        if match is None:
            raise malformed("not a CSeq", text)
        digits, method = match[1], match[2]
    return CSeq(number(digits, "CSeq", limit=2**31 - 1), method)


def _listed(text: str, read: Callable[[str, int], tuple[T, int]]) -> tuple[T, ...]:
    """The elements of one line, read one after the other."""
    found: list[T] = []
    at = 0
    while at <= len(text):
        value, at = read(text, at)
        found.append(value)
        if len(found) > MOST:
            raise SipError(f"more than {MOST} elements in a line", status=513)
        at = _after_element(text, at)
    return tuple(found)


def restamped(line: str, host: str, port: int) -> str:
    """The topmost Via line with its first hop completed by the server, the rest as it was."""
    top, end = _read_via(line, 0)
    stamped = top.stamped(host, port)
    return line if stamped == top else f"{stamped}{line[end:]}"


def q850_cause(values: Iterable[str]) -> int | None:
    """The first usable Q.850 cause of the Reason lines (RFC 3326), 1 to 127, or None."""
    return _reason(values, "q.850", range(1, 128))


def sip_cause(values: Iterable[str]) -> int | None:
    """The first usable cause of the Reason lines that is a status code of SIP, or None."""
    return _reason(values, "sip", range(100, 700))


def _reason(values: Iterable[str], wanted: str, usable: range) -> int | None:
    """Unreadable ones are passed over: a Reason only explains."""
    for text in values:
        try:
            reasons = split_list(text)
        except SipError:
            continue
        for reason in reasons[:MAX_REASONS]:
            protocol = reason.partition(";")[0]
            if lower(protocol.strip(WS)) == wanted:
                cause = clamped(param(read_params(reason, len(protocol))[0], "cause") or "")
                if cause is not None and cause in usable:
                    return cause
    return None


def retry_after(text: str) -> int | None:
    """The seconds of a Retry-After; comment and parameters are ignored, garbage is None."""
    digits = re.match(r"[0-9]{1,10}(?=[ \t;(]|\Z)", text)
    return None if digits is None else int(digits[0])


def _after_element(text: str, at: int) -> int:
    """Where the next element begins; beyond the text if there is none."""
    if at == len(text):
        return at + 1
    if text[at] != ",":
        raise malformed("text after a list element", text[at:])
    return at + 1


def _read_address(text: str, at: int) -> tuple[NameAddr, int]:
    match = _ADDRESS.match(text, at)
    if match is None:
        raise malformed("not an address", text[at:])
    display, name, uri, bare = match.groups()
    if bare is not None:
        uri, name = bare, ""
    elif display is not None:
        name = unquoted(display)
    else:
        name = name.strip(WS)
    if not is_uri(uri):
        raise malformed("not a URI in an address", uri)
    params, end = read_params(text, match.end())
    return NameAddr(name, uri, params), end


def _read_via(text: str, at: int) -> tuple[Via, int]:
    end = text.find(";", at)
    hop = _hop(text[at:end]) if end > at else None
    if hop is None:
        match = _VIA.match(text, at)
        if match is None:
            raise malformed("not a Via", text[at:])
        hop, end = _hop_of(match), match.end()
    params, end = read_params(text, end)
    return Via(*hop, params), end


@remembered
def _hop(text: str) -> _Hop | None:
    """What stands before the parameters, the same with every message of a peer.

    None: it is no hop, or more than one.
    """
    match = _VIA.fullmatch(text)
    return None if match is None else _hop_of(match)


def _hop_of(match: re.Match[str]) -> _Hop:
    transport, host, port = match.groups()
    return transport, host, number(port, "Via port", limit=65535) if port else None
