"""Session descriptions (RFC 4566, RFC 8866): tolerant reading, strict writing.

Only what offer and answer need is kept; every other line may stand there and is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.grammar import lower, numeric_address, remembered

MAX_MEDIA: Final = 16
MAX_FORMATS: Final = 64
DIRECTIONS: Final = ("sendrecv", "sendonly", "recvonly", "inactive")

STATIC: Final = {
    "0": "PCMU/8000",
    "3": "GSM/8000",
    "4": "G723/8000",
    "8": "PCMA/8000",
    "9": "G722/8000",
    "13": "CN/8000",
    "15": "G728/8000",
    "18": "G729/8000",
}
"""Payload types that mean something without an rtpmap (RFC 3551 section 6)."""

_MEDIA = re.compile(
    r"([!-~]+)[ \t]+([0-9]{1,5})(?:/[0-9]{1,5})?[ \t]+([!-~]+)((?:[ \t]+[!-~]+)*)[ \t]*"
)
_CONNECTION = re.compile(
    r"IN[ \t]+IP[46][ \t]+([^\s/]+)(?:/[0-9/]+)?[ \t]*", re.ASCII | re.IGNORECASE
)
_TIMING = re.compile(r"[0-9]{1,20} [0-9]{1,20}")
_SMALL = re.compile(r"[0-9]{1,4}")
_RTPMAP = re.compile(r"([0-9]{1,3})[ \t]+([!-.0-~]+/[0-9]{1,6}(?:/[2-9])?)(?:/1)?[ \t]*")


Attributes = tuple[tuple[str, str], ...]
_SHARED: Final = {"fingerprint", "setup", "tls-id", "ptime", "maxptime"}
"""What the session may say for all its m-lines (RFC 8122 section 5, RFC 4145 section 4).

Packet times belong to an m-line, and some write them before the first all the same.
"""


class NotAcceptableError(SipError):
    """An offer or answer that we cannot use (488).

    Attributes:
        warning: the code for a Warning header (RFC 3261 section 20.43).
    """

    def __init__(self, message: str, *, warning: int = 399) -> None:
        super().__init__(message, status=488)
        self.warning = warning


@word
class MediaLine:
    """One m-line with the lines that belong to it.

    Attributes:
        kind: ``audio``, ``image`` ... in lower case.
        protocol: as written, such as ``RTP/AVP`` or ``udptl``.
        host: of its own c-line, or of the session's; "" if there is neither.
        direction: its own or the session's (RFC 4566 section 6).
        attributes: name in lower case and value, in order.
        encodings: format to ``NAME/rate`` in upper case, and ``/channels`` if there are several;
            formats that nothing explains are left out.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    direction: str = "sendrecv"
    attributes: Attributes = ()
    encodings: Mapping[str, str] = field(default_factory=dict, hash=False)

    def number(self, name: str) -> int | None:
        """The value of an attribute that is a small number, such as ``ptime``."""
        for key, value in self.attributes:
            if key == name and _SMALL.fullmatch(value):
                return int(value)
        return None

    def parameters(self, format_: str) -> str:
        """The fmtp of a format, in lower case and without blanks; empty: there is none."""
        for key, value in self.attributes:
            if key == "fmtp" and value.partition(" ")[0] == format_:
                return lower(value.partition(" ")[2]).replace(" ", "").replace("\t", "")
        return ""

    def text(self, name: str) -> str | None:
        """The value of an attribute, empty for a bare ``rtcp-mux``; None: it is not there."""
        return next((value for key, value in self.attributes if key == name), None)


@word
class Description:
    """A session description as far as it matters."""

    media: tuple[MediaLine, ...]
    timing: str = "0 0"

    @classmethod
    def parse(cls, body: bytes) -> Description:
        """Read a body; lines may end in CRLF or LF, the last one in nothing.

        Raises:
            NotAcceptableError: it is no description, or holds more than 16 m-lines.
        """
        return _description(body)


def origin_lines(host: str, session_id: int, version: int, timing: str = "0 0") -> list[str]:
    """The session level of a description of ours.

    Raises:
        ValueError: the host is no numeric address.
    """
    family = f"IN IP{numeric_address(host).version} {host}"
    return ["v=0", f"o=- {session_id} {version} {family}", "s=-", f"c={family}", f"t={timing}"]


def body_of(lines: list[str]) -> bytes:
    """Lines as bytes, each ended by CRLF."""
    return "".join([f"{line}\r\n" for line in lines]).encode("utf-8", "surrogateescape")


@remembered
def _description(body: bytes) -> Description:
    text = body.decode("utf-8", "surrogateescape").replace("\r\n", "\n").removesuffix("\r")
    general, *sections = text.split("\nm=", MAX_MEDIA + 1)
    lines = general.split("\n")
    if lines[0] != "v=0":
        raise NotAcceptableError("body is not a session description")
    if len(sections) > MAX_MEDIA:
        raise NotAcceptableError(f"more than {MAX_MEDIA} m-lines")
    timing = next((line[2:] for line in lines if line.startswith("t=")), "0 0")
    said = _attributes(lines)
    host, direction = _host(lines), _direction(said) or "sendrecv"
    shared = tuple([attribute for attribute in said if attribute[0] in _SHARED])
    return Description(
        tuple([_within(_section(section), host, direction, shared) for section in sections]),
        timing if _TIMING.fullmatch(timing) else "0 0",
    )


def _within(media: MediaLine, host: str, direction: str, shared: Attributes) -> MediaLine:
    """The m-line with what the session says for all of them."""
    if media.host and media.direction and not shared:
        return media
    own = {name for name, _ in media.attributes}
    more = tuple([attribute for attribute in shared if attribute[0] not in own])
    return MediaLine(
        media.kind,
        media.port,
        media.protocol,
        media.formats,
        media.host or host,
        media.direction or direction,
        media.attributes + more,
        media.encodings,
    )


@remembered
def _section(text: str) -> MediaLine:
    """An m-line and what follows; it comes again and again, where the o-line of a body never does.

    Host and direction are empty if the session's count.
    """
    first, *lines = text.split("\n")
    match = _MEDIA.fullmatch(first)
    if match is None or int(match[2]) > 65535:
        raise NotAcceptableError(f"not an m-line: {first[:60]!a}")
    attributes, formats = _attributes(lines), tuple(match[4].split()[:MAX_FORMATS])
    return MediaLine(
        lower(match[1]),
        int(match[2]),
        match[3],
        formats,
        _host(lines),
        _direction(attributes),
        attributes,
        _encodings(formats, attributes),
    )


def _attributes(lines: list[str]) -> Attributes:
    split = [line[2:].partition(":") for line in lines if line.startswith("a=")]
    return tuple([(lower(name.strip(" \t")), value.strip(" \t")) for name, _, value in split])


def _encodings(formats: tuple[str, ...], attributes: Attributes) -> dict[str, str]:
    mapped: dict[str, str] = {}
    for name, value in attributes:
        match = _RTPMAP.fullmatch(value) if name == "rtpmap" else None
        if match is not None:
            mapped.setdefault(str(int(match[1])), match[2].upper())
    known = {f: STATIC.get(f) or mapped.get(f) for f in formats}
    return {f: encoding for f, encoding in known.items() if encoding}


def _direction(attributes: Attributes) -> str:
    return next((name for name, _ in attributes if name in DIRECTIONS), "")


def _host(lines: list[str]) -> str:
    for line in lines:
        match = _CONNECTION.fullmatch(line[2:]) if line.startswith("c=") else None
        if match is not None:
            return match[1]
    return ""
