"""A gateway and the program that it is tried against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tests.interop.box import Box
from tests.interop.person import FarPhone, Person
from tests.interop.programs import Witness
from tests.interop.settings import Line
from tests.interop.sipp import Sipp

S = TypeVar("S", bound=Witness)


@dataclass(frozen=True, slots=True)
class Lab(Generic[S]):
    """What a test gets."""

    box: Box
    peer: S

    @property
    def people(self) -> tuple[Person, Person]:
        """Those at the first two telephones."""
        return self.box.person(1), self.box.person(2)

    def begins_anew(self) -> None:
        """Everybody is on-hook, and of the tests before nothing is left to see."""
        self.box.quiet()
        if isinstance(self.peer, FarPhone):
            self.peer.forgets()

    def connects(self) -> None:
        """Port 1 calls port 2, who answers."""
        anna, ben = self.people
        anna.calls(self.box.lines[1].number)
        ben.is_called()
        ben.lifts()
        anna.is_("Talking")
        ben.is_("Talking")

    def evidence(self) -> dict[str, str]:
        return {**self.box.evidence(), **self.peer.evidence()}


@contextmanager
def beside_sipp(**box: Any) -> Iterator[Lab[Sipp]]:
    """SIPp, and a line that is registered with it for as long as the tests may take.

    Args:
        box: what `Box` takes beside server and lines.
    """
    with Sipp() as sipp:
        sipp.plays("register", lifetime="3600")
        with Box(sipp.at, [Line("8001")], **{"t1": 0.2, **box}) as started:
            sipp.finished()
            started.registered(1)
            yield Lab(started, sipp)
            sipp.plays("register", lifetime="0")  # the line takes its leave
        sipp.finished()
