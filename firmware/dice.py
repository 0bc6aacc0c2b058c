"""Chance that nobody can guess, fetched from the system in advance.

A call draws eleven times: tags, branches, Call-IDs, nonces of ours. `secrets.SystemRandom` makes a
system call for each, behind three calls in Python; here one system call is enough for four calls.
A reserve is as safe as chance fetched at the last moment: whoever can read the memory of this
process can read its passwords too. No process that has drawn is ever forked.
"""

from __future__ import annotations

import os
from collections.abc import Callable

RESERVE = 512
"""Octets to fetch at a time, enough for about four calls."""
_FRACTION = 53
"""Bits of a float below 1."""


class SystemDice:
    """Tags, branches and tokens are drawn from it (`firmware.sip.tokens.Dice`).

    Args:
        fetch: gives so many octets of chance; the system's, which no test needs.
    """

    def __init__(self, fetch: Callable[[int], bytes] = os.urandom) -> None:
        self._fetch = fetch
        self._reserve = b""
        self._at = 0

    def random(self) -> float:
        """A number from 0 up to, but not, 1."""
        return float(self.getrandbits(_FRACTION) / (1 << _FRACTION))

    def randrange(self, start: int, stop: int, /) -> int:
        """A whole number from `start` up to, but not, `stop`, all equally likely."""
        width = stop - start
        if width <= 0:
            raise ValueError(f"nothing lies from {start} up to {stop}")
        bits = width.bit_length()
        while (drawn := self.getrandbits(bits)) >= width:
            pass  # to take the remainder would make small numbers likelier
        return start + drawn

    def getrandbits(self, k: int, /) -> int:
        """A number of `k` bits."""
        octets = (k + 7) // 8
        at = self._at
        if at + octets > len(self._reserve):
            self._reserve, at = self._fetch(max(RESERVE, octets)), 0
        self._at = at + octets
        return int.from_bytes(self._reserve[at : self._at], "big") >> (8 * octets - k)
