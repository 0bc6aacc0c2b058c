"""What the tables of the configuration are made of: their base, and kinds of values."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1)]
Whole = Annotated[int, msgspec.Meta(ge=1)]
NetPort = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Timer = Annotated[float, msgspec.Meta(ge=0.1, le=3600)]
Wait = Annotated[float, msgspec.Meta(ge=0, le=86400)]
CodecName = Literal["PCMA", "PCMU", "G722", "opus", "G726-32", "AAL2-G726-32", "G729"]
"""Those of `firmware.codecs`."""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables."""


class Secret:
    """A text that shows itself only when asked by name: logs and dumps print ``******``."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "******" if self._text else ""

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def split_address(text: str) -> tuple[str, int]:
    """Take ``host:port`` or ``[v6]:port`` apart; the port may be left out (5060).

    Raises:
        ValueError: it is neither.
    """
    host, port = text, "5060"
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is not [address]:port")
        port = rest[1:] or port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ValueError(f"{text!r} is not address:port")
    return host, int(port)


def split_range(text: str) -> tuple[int, int]:
    """Take ``first-last`` apart.

    Raises:
        ValueError: it is not a range of UDP ports that holds an even and an odd one.
    """
    first, _, last = (part.strip() for part in text.partition("-"))
    if not (first.isdecimal() and last.isdecimal()):
        raise ValueError(f"{text!r} is not first-last")
    low, high = int(first), int(last)
    if low < 1024 or high > 65535:
        raise ValueError(f"{text!r} is outside 1024-65535")
    if high < low + (low % 2) + 1:
        raise ValueError(f"{text!r} holds no even port with the odd one above it")
    return low, high
