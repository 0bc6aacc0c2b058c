"""What a telephone's display is sent: the octets of a message, or the keys of DTMF.

FSK messages are type, length, content (GR-30, ETSI EN 300 659-3), without what the modem adds
to them: checksum, or header, parity and CRC in Japan. No I/O, no modem.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

WITHHELD = "anonymous"
"""Number of a caller who does not want to be known (CLI-07)."""
UNKNOWN = "unknown"
"""Number of a caller whom nobody has named."""

LONGEST = 255
"""Octets of content: the length is one octet."""
LONGEST_NTT = 117
"""Octets of message that fit into a Japanese frame of 128."""

_SINGLE_CALL, _SINGLE_LAMP = 0x04, 0x06
_CALL, _LAMP, _NTT_CALL = 0x80, 0x82, 0x40
_DATE, _NUMBER, _NO_NUMBER, _NAME, _NO_NAME = 0x01, 0x02, 0x04, 0x07, 0x08
_INDICATOR, _MESSAGES = 0x0B, 0x13
_DLE = 0x10
_LIT, _DARK = b"\x42\x42\x42", b"\x6f\x6f\x6f"


class Form(Enum):
    """How the content of an FSK message is arranged."""

    MULTIPLE = "mdmf"
    """Parameters, each with type and length: date, number, name."""
    SINGLE = "sdmf"
    """Date and number in fixed places, no name: for old displays."""
    NTT = "ntt"
    """Parameters, number only; a DLE in it is doubled (NTT's interface of telephone service)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, fitted to what telephones can show."""

    when: str = ""
    """Local time, MMDDhhmm; empty: not sent, where that is possible."""
    number: str = ""
    """Digits; empty: there is none."""
    name: bytes = b""
    """In the character set of the country's telephones."""
    absence: Literal["P", "O"] = "P"
    """Why there is no number: the caller is private (withheld), or unknown (out of area)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What is said by DTMF keys: the signs before and after a number, and in place of one."""

    start: str = "A"
    stop: str = "C"
    private: str = "B10C"
    unknown: str = "B00C"


def caller(
    number: str, name: str, when: str, *, charset: str, name_bytes: int, number_digits: int
) -> Caller:
    """Fit a caller to what telephones can show: digits, and a short name in their charset.

    A caller without digits (a SIP user like ``reception``) is shown by name. Control
    characters never reach a display: they are left out (row A08).
    """
    digits = "".join(c for c in number if c.isascii() and (c.isdigit() or c in "*#"))
    name = name or ("" if digits or number in {WITHHELD, UNKNOWN} else number)
    shown = b""
    for character in name:
        encoded = character.encode(charset, "replace") if character.isprintable() else b""
        if len(shown) + len(encoded) > name_bytes:
            break
        shown += encoded
    absence: Literal["P", "O"] = "P" if digits or number == WITHHELD else "O"
    return Caller(when, digits[:number_digits], shown, absence)


def call_setup(form: Form, who: Caller) -> bytes:
    """Make the message that shows a caller.

    Raises:
        ValueError: it does not fit into one message.
    """
    number = who.number.encode("ascii")
    absence = who.absence.encode("ascii")
    match form:
        case Form.SINGLE:
            return _message(_SINGLE_CALL, who.when.encode("ascii") + (number or absence))
        case Form.NTT:
            kind, body = (_NUMBER, number) if number else (_NO_NUMBER, absence)
            made = bytes((kind, *_doubled(bytes((len(body),)) + body)))
            if len(made) > LONGEST_NTT:
                raise ValueError(f"{len(made)} octets do not fit into a frame of NTT's")
            return _message(_NTT_CALL, made)
    parameters = [(_DATE, who.when.encode("ascii"))]
    parameters.append((_NUMBER, number) if number else (_NO_NUMBER, absence))
    if who.name or not number:
        parameters.append((_NAME, who.name) if who.name else (_NO_NAME, absence))
    return _message(_CALL, _parameters(parameters))


def messages_waiting(form: Form, count: int, *, counted: bool = False) -> bytes:
    """Make the message that lights the lamp for waiting messages, or puts it out.

    Args:
        form: of the country; there is none for `Form.NTT`.
        count: messages; 0: none.
        counted: tell the number as well (ETSI).

    Raises:
        ValueError: this form knows no lamp.
    """
    match form:
        case Form.NTT:
            raise ValueError("no lamp is known to telephones of NTT's kind")
        case Form.SINGLE:
            return _message(_SINGLE_LAMP, _LIT if count else _DARK)
    parameters = [(_INDICATOR, b"\xff" if count else b"\x00")]
    if counted:
        parameters.append((_MESSAGES, bytes((min(count, 255),))))
    return _message(_LAMP, _parameters(parameters))


def keys(codes: Keys, who: Caller) -> str:
    """The keys that show a caller: digits only, no name and no time."""
    digits = "".join(c for c in who.number if c.isdigit())
    if digits:
        return codes.start + digits + codes.stop
    return codes.private if who.absence == "P" else codes.unknown


def _parameters(parameters: list[tuple[int, bytes]]) -> bytes:
    return b"".join(bytes((kind, len(body))) + body for kind, body in parameters if body)


def _doubled(octets: bytes) -> bytes:
    return octets.replace(bytes((_DLE,)), bytes((_DLE, _DLE)))


def _message(kind: int, content: bytes) -> bytes:
    if len(content) > LONGEST:
        raise ValueError(f"{len(content)} octets are too long for a message: {LONGEST}")
    return bytes((kind, len(content))) + content
