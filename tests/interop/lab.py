"""A gateway and the program that it is tried against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.interop.box import Box
from tests.interop.person import Person
from tests.interop.programs import Witness

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

    def evidence(self) -> dict[str, str]:
        return {**self.box.evidence(), **self.peer.evidence()}
