"""What has to be unguessable or unique in SIP, drawn from a source of chance that is given.

Tags carry 64 bits (RFC 3261 section 19.3 asks for at least 32), branches and Call-IDs
96 and more, so that none is ever drawn twice and nobody off the path can guess one.
"""

from __future__ import annotations

from typing import Protocol

MAGIC = "z9hG4bK"
"""What every branch begins with (RFC 3261 section 8.1.1.7)."""


class Dice(Protocol):
    """A source of chance; `random.Random` and `random.SystemRandom` are two."""

    def random(self) -> float: ...
    def randrange(self, start: int, stop: int, /) -> int: ...
    def getrandbits(self, k: int, /) -> int: ...


def _drawn(dice: Dice, octets: int) -> str:
    """Draw so many octets and write them in hex: faster than formatting a number."""
    return dice.getrandbits(8 * octets).to_bytes(octets, "big").hex()


def branch(dice: Dice) -> str:
    return MAGIC + _drawn(dice, 12)


def tag(dice: Dice) -> str:
    return _drawn(dice, 8)


def call_id(dice: Dice) -> str:
    return _drawn(dice, 16)


def contact_token(dice: Dice) -> str:
    """The user part of a line's Contact: whoever knows it came through the registrar."""
    return _drawn(dice, 10)


def first_cseq(dice: Dice) -> int:
    """Where a CSeq counter starts: far below 2**31 (RFC 3261 section 8.1.1.5)."""
    return dice.randrange(1, 2**16)
