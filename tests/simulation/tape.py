"""The tape of a run: everything that happened, in order, as one hash.

Two runs with the same seed have the same tape, bit for bit; whoever doubts a failure runs
it again and compares.
"""

from __future__ import annotations

import hashlib


class Tape:
    """A rolling BLAKE2b of all that is noted."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=8)
        self.notes = 0

    def note(self, at: float, *what: object) -> None:
        """Something happened at `at`; `what` must print the same in every run."""
        self._hash.update(f"{at:.6f} {what!r}\n".encode())
        self.notes += 1

    @property
    def digest(self) -> str:
        """Of all notes so far."""
        return self._hash.hexdigest()
