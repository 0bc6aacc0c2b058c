"""One attempt to register: which servers it has tried, and which are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firmware.sip.redirect import Place
from firmware.sip.targets import Way


class Round:
    """Tries one server after another, until one registers the line.

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

    def goes_on(self, way: Way | None, ways: Sequence[Way]) -> bool:
        """Whether to go on from `way` although the `ways` are others now.

        Not if it is none of them any more, or one comes first that was not tried yet.
        """
        self._left = [way for way in self._left if way in ways]
        return way in ways and any(been == ways[0] for been, _ in self.been)

    def misses(self, ways: Sequence[Way]) -> bool:
        """Whether the best of `ways` was not tried: it has become the best only since."""
        return all(been != ways[0] for been, _ in self.been)

    def next(self) -> Way:
        """The next server to try; there is one left."""
        return self._left.pop(0)


def owes_answer(way: Way | None, ways: Sequence[Way]) -> bool:
    """Whether a line that is to leave `way` has to wait until its REGISTER there is answered.

    Nothing else may be asked before, a removal neither (RFC 3261 section 10.2). Who leaves a
    dead server, or one address of a server for another, does not wait.
    """
    if way is None or not ways or way.server == ways[0].server:
        return False
    return any(known == way and known.living for known in ways)
