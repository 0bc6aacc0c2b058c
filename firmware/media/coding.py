"""What is said becomes payloads of a codec, payloads become samples of the highway.

At once where a library works in this process; a period later where a helper does
(`workshop`). G.711 needs none of this: its payloads are what the highway has.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from firmware.codecs import CODECS, Home
from firmware.errors import MediaError
from firmware.media.library_codecs import G726, G729


class Arrived(NamedTuple):
    """A payload's place among the packets of the peer."""

    timestamp: int
    """In samples of the highway."""
    sequence: int
    newest: bool
    marker: bool


class Coding(Protocol):
    """Two directions of one call."""

    def encode(self, timestamp: int, said: bytes) -> None:
        """Take a period, whose first sample has this RTP timestamp."""

    def encoded(self) -> list[tuple[int, bytes]]:
        """Timestamps and payloads that are ready, of 20 ms each."""

    def decode(self, arrived: Arrived, payload: bytes) -> None:
        """Take a payload."""

    def decoded(self) -> list[tuple[Arrived, bytes]]:
        """Samples that are ready."""

    def close(self) -> None:
        """The call has ended, or has another codec."""


class Library(Protocol):
    """A codec in this process."""

    def encode(self, said: bytes, /) -> bytes: ...
    def decode(self, payload: bytes, /) -> bytes: ...


class AtOnce:
    """`Coding` by a library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._encoded: list[tuple[int, bytes]] = []
        self._decoded: list[tuple[Arrived, bytes]] = []

    def encode(self, timestamp: int, said: bytes) -> None:
        self._encoded.append((timestamp, self._library.encode(said)))

    def encoded(self) -> list[tuple[int, bytes]]:
        taken, self._encoded = self._encoded, []
        return taken

    def decode(self, arrived: Arrived, payload: bytes) -> None:
        self._decoded.append((arrived, self._library.decode(payload)))

    def decoded(self) -> list[tuple[Arrived, bytes]]:
        taken, self._decoded = self._decoded, []
        return taken

    def close(self) -> None:
        pass  # the library's memory goes with it


class Helper(Protocol):
    """Whoever works the codecs that have no place in this process."""

    def coding(self, codec: str) -> Coding:
        """Of one call."""


def coding(law: str, codec: str, helper: Helper) -> Coding | None:
    """The coding of a call; None: a table does it.

    Raises:
        MediaError: there is no such codec, or its library is not installed.
    """
    facts = CODECS.get(codec)
    if facts is None:
        raise MediaError(f"codec {codec}: only {', '.join(CODECS)}")
    if facts.home is Home.TABLE:
        return None
    if facts.home is Home.HELPER:
        return helper.coding(codec)
    return AtOnce(G729(law) if codec == "G729" else G726(law, codec))
