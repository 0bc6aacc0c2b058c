"""The words SIP headers are made of: tokens, quoted strings, numbers, parameters, lists.

Values are `str` decoded from UTF-8 with ``surrogateescape``, so every byte survives a round
trip. What Python's own string methods take for white space, digits or lower case is wider
than what RFC 3261 section 25 allows; so nothing here calls them without naming the
characters, and every pattern names its character classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeVar

from firmware.errors import SipError

WS: Final = " \t"
"""Linear white space once folds are gone (RFC 3261 section 25.1)."""

TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105  the ABNF's word, not a secret
QUOTED: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
HOST: Final = r"(?:\[[0-9A-Fa-f:.]{2,64}\]|[A-Za-z0-9_][A-Za-z0-9._\-]{0,254})"
"""Host names, IPv4 addresses, IPv6 references; underscores because private domains have them."""

Params = tuple[tuple[str, str | None], ...]
"""``;name=value`` pairs in order, as written: a quoted value keeps its quotes."""

MAX_PARAMS: Final = 128
"""Parameters of one header element or URI; more is an attack."""
MAX_COMMAS: Final = 1024
"""Commas in one list."""

REMEMBERED: Final = 512
"""Texts of each kind whose reading is remembered at a time."""
SHORT: Final = 512
"""Longer ones are not: nobody fills the memory with them."""

_Text = TypeVar("_Text", str, bytes)
_Read = TypeVar("_Read")

_TOKEN = re.compile(TOKEN)
_MANY_DIGITS = re.compile(r"[0-9]+")
_PARAM = re.compile(rf'[ \t]*;[ \t]*({TOKEN})(?:[ \t]*=[ \t]*({QUOTED}|[^",; \t<>]*))?', re.DOTALL)
_PLAIN = re.compile(rf'(?:;{TOKEN}(?:=[^",; \t<>]*+)?+)++')
"""Parameters as nearly all are, and nothing after them: no quotes, no white space."""
_ELEMENT = re.compile(rf'(?:[^",<(]+|{QUOTED}|<[^<>]*>|\([^()]*\)|[<(])*+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'["\\\x00]')
_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def remembered(read: Callable[[_Text], _Read]) -> Callable[[_Text], _Read]:
    """Remember what texts were read as: those of a dialog come again and again.

    Only for what is read into something immutable. A text that cannot be read is not remembered.
    When there are too many all are forgotten: to know which came last costs every time, and what
    comes again and again is soon known again.
    """
    known: dict[_Text, _Read] = {}

    def recall(text: _Text) -> _Read:
        found = known.get(text)
        if found is None:
            found = read(text)
            if len(text) <= SHORT:
                if len(known) >= REMEMBERED:
                    known.clear()
                known[text] = found
        return found

    return recall


@remembered
def numeric_address(text: str) -> IPv4Address | IPv6Address:
    """The IP address that a host is written as.

    Raises:
        ValueError: it is a name, or nothing.
    """
    return ip_address(text)


def is_group(host: str) -> bool:
    """Whether a host is a multicast address."""
    try:
        return numeric_address(host).is_multicast
    except ValueError:
        return False


def malformed(what: str, text: str, *, status: int = 400) -> SipError:
    """The error for text that is not what it should be; what is shown of it is plain ASCII."""
    shown = ascii(text if len(text) <= 60 else text[:60] + "...")
    return SipError(f"{what}: {shown}", status=status)


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def lower(text: str) -> str:
    """Lower case of ASCII letters only: the Kelvin sign is no ``k``."""
    return text.lower() if text.isascii() else text.translate(_UPPER_TO_LOWER)


def number(text: str, what: str, *, limit: int = 2**32 - 1) -> int:
    """Read ``1*DIGIT`` of at most ten digits and at most `limit`.

    Raises:
        SipError: anything else, such as a sign, an underscore or a digit of another script.
    """
    if 0 < len(text) <= 10 and text.isascii() and text.isdigit():
        value = int(text)
        if value <= limit:
            return value
    raise malformed(f"{what} is not a number up to {limit}", text)


def clamped(text: str, *, limit: int = 2**32 - 1) -> int | None:
    """Read ``1*DIGIT`` of any length; too large means `limit`, anything else None."""
    if not text or _MANY_DIGITS.fullmatch(text) is None:
        return None
    digits = text.lstrip("0")
    return limit if len(digits) > 10 else min(int(digits or "0"), limit)


def unquoted(text: str) -> str:
    """The meaning of a value: without its quotes and escapes, if it has them."""
    if len(text) < 2 or text[0] != '"':
        return text
    inner = text[1:-1]
    return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner


def quoted(text: str) -> str:
    """A quoted-string that means `text` (RFC 3261 section 25.1)."""
    if '"' in text or "\\" in text or "\0" in text:
        text = _TO_ESCAPE.sub(r"\\\g<0>", text)
    return f'"{text}"'


def read_params(text: str, at: int) -> tuple[Params, int]:
    """Read ``*( SEMI name [ EQUAL value ] )`` from `at`; return them and where they end.

    White space after the last one is skipped. Whether what follows is allowed there is
    the caller's business.

    Raises:
        SipError: there are more than `MAX_PARAMS`.
    """
    if at == len(text):
        return (), at
    found: list[tuple[str, str | None]] = []
    if _PLAIN.fullmatch(text, at) is not None:
        for piece in text[at + 1 :].split(";"):
            name, equals, value = piece.partition("=")
            found.append((name, value if equals else None))
        if len(found) > MAX_PARAMS:
            raise SipError(f"more than {MAX_PARAMS} parameters")
        return tuple(found), len(text)
    while (match := _PARAM.match(text, at)) is not None:
        found.append((match[1], match[2]))
        at = match.end()
        if len(found) > MAX_PARAMS:
            raise SipError(f"more than {MAX_PARAMS} parameters")
    return tuple(found), skip_ws(text, at)


def skip_ws(text: str, at: int) -> int:
    while at < len(text) and text[at] in WS:
        at += 1
    return at


def param(params: Params, name: str) -> str | None:
    """The meaning of the first parameter called `name` (lower case); "" if it has no value."""
    for key, value in params:
        if key == name or (len(key) == len(name) and lower(key) == name):
            return "" if value is None else unquoted(value)
    return None


def with_param(params: Params, name: str, value: str | None) -> Params:
    """`params` with `name` set to `value`, in its old place or at the end."""
    for key, _ in params:
        if key == name or (len(key) == len(name) and lower(key) == name):
            return tuple([(k, value) if lower(k) == name else (k, v) for k, v in params])
    return (*params, (name, value))


def params_text(params: Params) -> str:
    return "".join([f";{k}" if v is None else f";{k}={v}" for k, v in params])


def split_list(text: str) -> tuple[str, ...]:
    """Split at commas that are not in quotes, ``<...>`` or comments; empty elements vanish.

    Raises:
        SipError: a quote is never closed, or the list is too long.
    """
    if text.count(",") > MAX_COMMAS:
        raise SipError("list too long", status=513)
    if '"' not in text and "<" not in text and "(" not in text:
        return tuple([part for piece in text.split(",") if (part := piece.strip(WS))])
    parts: list[str] = []
    at = -1
    while at < len(text):
        match = _ELEMENT.match(text, at + 1)
        assert match is not None  # it may be empty
        parts.append(match[0])
        at = match.end()
        if at < len(text) and text[at] != ",":
            raise malformed("unbalanced quote", text)
    return tuple([part for piece in parts if (part := piece.strip(WS))])


@remembered
def words(text: str) -> tuple[str, ...]:
    """The elements of a list of tokens, in lower case; a peer says the same with every message.

    Raises:
        SipError: as of `split_list`.
    """
    return tuple([lower(element) for element in split_list(text)])
