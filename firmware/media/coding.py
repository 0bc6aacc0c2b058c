"""What is said becomes payloads of a codec, payloads become samples of the highway.

At once where a library works in this process; a period later where a helper does
(`workshop`). G.711 needs none of this: its payloads are what the highway has.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from drivers.highway import PERIOD, RATE
from firmware.codecs import CODECS, Home
from firmware.errors import MediaError
from firmware.media.library_codecs import G726, G729

PERIOD_MS = PERIOD * 1000 // RATE
_WRAP = 0xFFFFFFFF
_HALF = 1 << 31


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


class Timeline:
    """RTP timestamps of another clock as samples of the highway, wrapped as timestamps are.

    Args:
        clock: Hz.
    """

    def __init__(self, clock: int) -> None:
        self._ratio = clock // RATE
        self._last: int | None = None
        self._count = 0

    def samples(self, timestamp: int) -> int:
        """Where a packet of this timestamp lies."""
        if self._last is None:
            self._count = timestamp
        else:
            self._count += ((timestamp - self._last + _HALF) & _WRAP) - _HALF
        self._last = timestamp
        return self._count // self._ratio & _WRAP


class Cutter:
    """Payloads of 20 ms become packets of the length that the peer wishes.

    Args:
        codec: its name.
        ptime_ms: of a packet; Opus is sent as it is made, 20 ms each.
    """

    def __init__(self, codec: str, ptime_ms: int) -> None:
        facts = CODECS[codec]
        self._size = facts.octets * ptime_ms // 10
        self._whole = not facts.octets or ptime_ms == PERIOD_MS
        self._octets_a_sample = facts.octets * 100 / facts.clock
        self._waiting = bytearray()
        self._begin = 0

    def cut(self, timestamp: int, payload: bytes) -> list[tuple[int, bytes]]:
        """Timestamps and payloads that are full; after a pause what waited is left out."""
        if self._whole:
            return [(timestamp, payload)]
        if timestamp != self._begin + self._samples(len(self._waiting)) & _WRAP:
            self._waiting.clear()
            self._begin = timestamp
        self._waiting += payload
        full = []
        while len(self._waiting) >= self._size:
            full.append((self._begin, bytes(self._waiting[: self._size])))
            del self._waiting[: self._size]
            self._begin = self._begin + self._samples(self._size) & _WRAP
        return full

    def _samples(self, octets: int) -> int:
        return round(octets / self._octets_a_sample)
