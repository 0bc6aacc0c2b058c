"""Session descriptions (RFC 4566, RFC 8866): tolerant reading, strict writing.

Only what offer and answer need is kept; every other line may stand there and is ignored.
"""

from __future__ import annotations

import re
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
_RTPMAP = re.compile(r"([0-9]{1,3})[ \t]+([!-.0-~]+/[0-9]{1,6})(?:/1)?[ \t]*")


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
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    direction: str = "sendrecv"
    attributes: tuple[tuple[str, str], ...] = ()

    def encodings(self) -> dict[str, str]:
        """Format to ``NAME/rate`` in upper case; formats that nothing explains are left out."""
        mapped: dict[str, str] = {}
        for name, value in self.attributes:
            match = _RTPMAP.fullmatch(value) if name == "rtpmap" else None
            if match is not None:
                mapped.setdefault(str(int(match[1])), match[2].upper())
        known = {f: STATIC.get(f) or mapped.get(f) for f in self.formats}
        return {f: encoding for f, encoding in known.items() if encoding}

    def number(self, name: str) -> int | None:
        """The value of an attribute that is a small number, such as ``ptime``."""
        for key, value in self.attributes:
            if key == name and re.fullmatch(r"[0-9]{1,4}", value):
                return int(value)
        return None

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
    text = body.decode("utf-8", "surrogateescape")
    lines = [line.removesuffix("\r").partition("=") for line in text.split("\n")]
    if lines[0] != ("v", "=", "0"):
        raise NotAcceptableError("body is not a session description")
    sections: list[list[tuple[str, str]]] = [[]]
    for kind, equals, value in lines:
        if kind == "m" and equals:
            if len(sections) > MAX_MEDIA:
                raise NotAcceptableError(f"more than {MAX_MEDIA} m-lines")
            sections.append([])
        sections[-1].append((kind, value))
    general = sections[0]
    timing = next((value for kind, value in general if kind == "t"), "0 0")
    return Description(
        tuple([_media_line(section, general) for section in sections[1:]]),
        timing if re.fullmatch(r"[0-9]{1,20} [0-9]{1,20}", timing) else "0 0",
    )


def _media_line(section: list[tuple[str, str]], general: list[tuple[str, str]]) -> MediaLine:
    match = _MEDIA.fullmatch(section[0][1])
    if match is None or int(match[2]) > 65535:
        raise NotAcceptableError(f"not an m-line: {section[0][1][:60]!a}")
    attributes = _attributes(section)
    return MediaLine(
        lower(match[1]),
        int(match[2]),
        match[3],
        tuple(match[4].split()[:MAX_FORMATS]),
        _host(section) or _host(general),
        _direction(attributes) or _direction(_attributes(general)) or "sendrecv",
        attributes,
    )


def _attributes(section: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    split = [value.partition(":") for kind, value in section if kind == "a"]
    return tuple([(lower(name.strip(" \t")), value.strip(" \t")) for name, _, value in split])


def _direction(attributes: tuple[tuple[str, str], ...]) -> str:
    return next((name for name, _ in attributes if name in DIRECTIONS), "")


def _host(section: list[tuple[str, str]]) -> str:
    for kind, value in section:
        match = _CONNECTION.fullmatch(value) if kind == "c" else None
        if match is not None:
            return match[1]
    return ""
