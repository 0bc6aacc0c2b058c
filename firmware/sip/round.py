"""One attempt at a binding: where it may still go, and where it has been."""

from __future__ import annotations

from collections.abc import Iterable

from firmware.sip.redirect import Place
from firmware.sip.targets import Way


class Round:
    """What a line tries, server after server, until one registers it.

    Attributes:
        been: where this attempt has asked already.
    """

    def __init__(self, ways: Iterable[Way] = ()) -> None:
        self.been: set[Place] = set()
        self._left = list(ways)

    @property
    def over(self) -> bool:
        """There is no server left to try."""
        return not self._left

    def next(self) -> Way:
        """The next server to try; there is one left."""
        return self._left.pop(0)
