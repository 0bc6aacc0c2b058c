"""Changes to messages that leave them messages, most of the time; decided by two numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.hostile.anomalies import TEXTS

SHORT = [value for value in TEXTS.values() if len(value) <= 300]


def mutated(data: bytes, a: int, b: int, others: Sequence[bytes]) -> bytes:
    """`data` with one thing changed.

    Args:
        data: a message.
        a: says what is done.
        b: says where, and with what.
        others: messages to take parts from.
    """
    head, blank, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = 1 + b % max(1, len(lines) - 1)
    other = others[b % len(others)] if others else data
    change = CHANGES[a % len(CHANGES)]
    lines, body = change(lines, body, min(at, len(lines) - 1), b, other)
    return b"\r\n".join(lines) + blank + body


Lines = list[bytes]


def _without(lines: Lines, body: bytes, at: int, _b: int, _o: bytes) -> tuple[Lines, bytes]:
    return [*lines[:at], *lines[at + 1 :]], body


def _doubled(lines: Lines, body: bytes, at: int, _b: int, _o: bytes) -> tuple[Lines, bytes]:
    return [*lines[:at], lines[at], *lines[at:]], body


def _foreign(lines: Lines, body: bytes, _at: int, b: int, other: bytes) -> tuple[Lines, bytes]:
    """A line of another message, in place of the one with the same name or besides."""
    theirs = other.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:] or [b"X: y"]
    line = theirs[b % len(theirs)]
    name = line.partition(b":")[0].lower()
    kept = [old for old in lines[1:] if old.partition(b":")[0].lower() != name]
    return [lines[0], *kept, line], body


def _spoilt(lines: Lines, body: bytes, at: int, b: int, _o: bytes) -> tuple[Lines, bytes]:
    name, colon, _ = lines[at].partition(b":")
    return [*lines[:at], name + colon + b" " + SHORT[b % len(SHORT)], *lines[at + 1 :]], body


def _inserted(lines: Lines, body: bytes, at: int, b: int, _o: bytes) -> tuple[Lines, bytes]:
    line = lines[at]
    cut = b % (len(line) + 1)
    line = line[:cut] + SHORT[(b // 7) % len(SHORT)] + line[cut:]
    return [*lines[:at], line, *lines[at + 1 :]], body


def _swapped(lines: Lines, body: bytes, at: int, b: int, _o: bytes) -> tuple[Lines, bytes]:
    to = 1 + (b // 3) % max(1, len(lines) - 1)
    lines = list(lines)
    lines[at], lines[min(to, len(lines) - 1)] = lines[min(to, len(lines) - 1)], lines[at]
    return lines, body


def _start(lines: Lines, body: bytes, _at: int, _b: int, other: bytes) -> tuple[Lines, bytes]:
    return [other.partition(b"\r\n")[0], *lines[1:]], body


def _described(lines: Lines, _body: bytes, _at: int, b: int, other: bytes) -> tuple[Lines, bytes]:
    """The body of another message, with the length of either."""
    body = other.partition(b"\r\n\r\n")[2]
    if b % 2:
        lines = [line for line in lines if not line.lower().startswith(b"content-length")]
    return lines, body


def _cut(lines: Lines, body: bytes, _at: int, b: int, _o: bytes) -> tuple[Lines, bytes]:
    return lines, body[: b % (len(body) + 1)]


def _body_spoilt(lines: Lines, body: bytes, _at: int, b: int, _o: bytes) -> tuple[Lines, bytes]:
    cut = b % (len(body) + 1)
    lines = [line for line in lines if not line.lower().startswith(b"content-length")]
    return lines, body[:cut] + SHORT[(b // 5) % len(SHORT)] + body[cut:]


def _as_it_is(lines: Lines, body: bytes, _at: int, _b: int, _o: bytes) -> tuple[Lines, bytes]:
    return lines, body


CHANGES: list[Callable[[Lines, bytes, int, int, bytes], tuple[Lines, bytes]]] = [
    _as_it_is,
    _without,
    _doubled,
    _foreign,
    _spoilt,
    _inserted,
    _swapped,
    _start,
    _described,
    _cut,
    _body_spoilt,
]
