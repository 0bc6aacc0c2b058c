"""How a line is learnt within a second: what was heard and said is gone over again and again.

A filter that hears everything once has cancelled some 20 dB of a read-out sentence's echo after a
second. There is more to be learnt from that second, but it makes one step a block. So another one
goes over the record of the first seconds faster than they pass (what the literature of adaptive
filters calls data reuse). Each time that it has come to the present it is compared with the one
that serves, and takes its place if it leaves less; then the first one studies. One of them works
in short blocks and learns sooner. The one that serves in the end works in long ones: these bear
double talk.
"""

from __future__ import annotations

import audioop
from collections.abc import Callable

from firmware.media.echo_filter import CALM, QUICK, Filter

LOUD_PERIODS = 150
"""Of the far end that are studied, 3 s: some more than an echo takes, since both may speak."""
_AT_LAST = LOUD_PERIODS * 3 // 2
"""The calm filter serves from now on, whatever the comparison says."""
_NEARLY = 2.0
"""Times the energy, 3 dB, that the calm one may leave more, once all has been studied."""
PACE = 20
"""Periods that are gone over in each period: 0.4 ms of a fast core, for some seconds of a port's
life."""
AT_ONCE = 2
"""Ports that study in the same period, so that no tick is late because of it."""
_RECORD = 50
"""Periods that are kept: one second."""
_ENOUGH = 5
"""Periods to begin with."""
_LESS = 1.2
"""Times the energy, 0.8 dB, that the one which studies has to leave less."""
_COMPARED = 3
"""Periods that are compared, at the least, with what was new to the one that studies."""


class Turns:
    """Who may study in this period: one of these for all ports."""

    def __init__(self) -> None:
        self._left = AT_ONCE

    def begin_period(self) -> None:
        self._left = AT_ONCE

    def take(self) -> bool:
        """Whether this port may; ask once a period."""
        self._left -= 1
        return self._left >= 0


class Study:
    """Cancels the echo of a port until its line is known.

    Args:
        tail: samples after which nothing comes back.
        silence: a period of samples in which nothing is heard.
        may_study: asked at most once a period.

    Raises:
        MediaError: libspeexdsp is not there.
    """

    def __init__(self, tail: int, silence: bytes, may_study: Callable[[], bool]) -> None:
        self.serving, self._student = Filter(CALM, tail), Filter(QUICK, tail)
        self._silence = silence
        self._may_study = may_study
        self._record: list[tuple[bytes, bytes]] = []
        """Said and heard."""
        self._left: list[int] = []
        """Energy that the serving one left of each period of the record."""
        self._place: int | None = None
        """In the record, of the one that studies; None: it begins anew."""
        self._leaves: list[int] = []
        """Energy that it left of the periods up to there."""
        self._new = 0
        """Periods since it was at the present."""
        self._loud = 0
        self.over = False
        """The line is known: `serving` does it alone from now on."""

    def interrupted(self) -> None:
        """Something was heard that is not in the record: it begins anew."""
        self._record.clear()
        self._left.clear()
        self._place, self._new = None, 0

    def run(self, said: bytes, heard: bytes, *, loud: bool) -> bytes:
        """As `Filter.run`; `loud`: the far end can be heard well."""
        clean = self.serving.run(said, heard)
        self._loud += loud
        if not (loud or self._record):
            return clean
        self._keep((said, heard), _energy(clean))
        if len(self._record) < _ENOUGH or not self._may_study():
            return clean
        return self._studied() or clean

    def _keep(self, pair: tuple[bytes, bytes], left: int) -> None:
        self._record.append(pair)
        self._left.append(left)
        self._new += 1
        if len(self._record) > _RECORD:
            del self._record[0], self._left[0]
            if self._place:
                self._place -= 1
                del self._leaves[0]

    def _studied(self) -> bytes | None:
        """Go over the record; what is left of the present, if the other one serves from now on."""
        for _ in range(PACE):
            if self._place is None:
                self._student.hear_nothing(self._silence)
                self._place = 0
                self._leaves.clear()
            clean = self._student.run(*self._record[self._place])
            self._leaves.append(_energy(clean))
            self._place += 1
            if self._place == len(self._record):
                self._place = None
                return clean if self._examined() else None
        return None

    def _examined(self) -> bool:
        """Compare the two; whether they change places."""
        compared = max(self._new, _COMPARED)
        leaves, left = sum(self._leaves[-compared:]), sum(self._left[-compared:])
        self._new = 0
        calm_waits = self._loud >= LOUD_PERIODS and self.serving.block == QUICK
        better = leaves * _LESS < left or (
            calm_waits and (leaves < _NEARLY * left or self._loud >= _AT_LAST)
        )
        if better:
            self.serving, self._student = self._student, self.serving
            self._left[:] = self._leaves
        self.over = self._loud >= LOUD_PERIODS and self.serving.block == CALM
        return better


def _energy(samples: bytes) -> int:
    return audioop.rms(samples, 2) ** 2
