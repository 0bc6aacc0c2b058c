"""An RTP socket in memory, and a peer behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from socket import SOL_SOCKET
from struct import Struct
from typing import Any

from drivers.highway import IDLE, HighwaySettings, Layout
from firmware.media.engine import Engine
from firmware.media.messages import Open, Report, Start
from firmware.media.reports import STAMPS

PEER = ("192.0.2.7", 20000)


class FakeRtpSocket:
    """What the kernel does for a datagram socket, without waiting."""

    def __init__(self) -> None:
        self.inbox: deque[tuple[bytes, tuple[str, int]]] = deque()
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.connected: tuple[str, int] | None = None
        self.closed = False
        self.broken: OSError | None = None

    def arrive(self, data: bytes, source: tuple[str, int] = PEER) -> None:
        if self.connected is None or source == self.connected:
            self.inbox.append((data, source))

    def connect(self, address: tuple[str, int]) -> None:
        self.connected = address

    def send(self, data: bytes) -> int:
        assert self.connected is not None
        return self.sendto(data, self.connected)

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:
        if self.broken is not None:
            raise self.broken
        self.sent.append((data, address))
        return len(data)

    def recv_into(self, buffer: bytearray) -> int:
        return self.recvfrom_into(buffer)[0]

    def recvfrom_into(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
        if not self.inbox:
            raise BlockingIOError
        data, source = self.inbox.popleft()
        size = min(len(data), len(buffer))
        buffer[:size] = data[:size]
        return size, source

    def recvmsg(
        self, size: int, _ancillary: int
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, tuple[str, int]]:
        if not self.inbox:
            raise BlockingIOError
        data, source = self.inbox.popleft()
        return data[:size], [], 0, source

    def close(self) -> None:
        self.closed = True


class FakeRtcpSocket(FakeRtpSocket):
    """The same with the kernel's note of when each datagram came."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._came: deque[float] = deque()

    def arrive(self, data: bytes, source: tuple[str, int] = (PEER[0], PEER[1] + 1)) -> None:
        super().arrive(data, source)
        self._came.append(self._clock())

    def recvmsg(
        self, size: int, _ancillary: int
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, tuple[str, int]]:
        data, _, flags, source = super().recvmsg(size, _ancillary)
        seconds, fraction = divmod(self._came.popleft(), 1)
        stamp = Struct("@ll").pack(int(seconds), int(fraction * 1e9))
        return data, [(SOL_SOCKET, STAMPS, stamp)], flags, source


def start(*, ports: int = 1, width: int = 8, law: str = "PCMA") -> Start:
    layout = Layout(width=width, offsets=tuple(range(width)))
    return Start(
        highway=HighwaySettings(device="simulated", layout=layout, law=law),
        timeslots={port: port - 1 for port in range(1, ports + 1)},
        realtime=False,
    )


def opened(**changes: Any) -> Open:
    fields: dict[str, Any] = {
        "port": 1,
        "host": PEER[0],
        "rtp_port": PEER[1],
        "payload_type": 8,
        "event_tx": 101,
        "event_rx": 101,
    }
    return Open(**(fields | changes))


class Bench:
    """An engine, and what its telephones say and hear, period by period."""

    def __init__(
        self,
        *,
        ports: int = 1,
        width: int = 8,
        law: str = "PCMA",
        wall_clock: Callable[[], float] | None = None,
        steady: Callable[[], float] | None = None,
        seed: int = 1,
        entropy: Callable[[int], bytes] | None = None,
    ) -> None:
        message = start(ports=ports, width=width, law=law)
        entropy = entropy or (lambda size: bytes(range(seed, seed + size)))
        self.engine = Engine(message, entropy, wall_clock, steady)
        self.width = width
        self.idle = bytes((IDLE[law],)) * 160
        self.told: list[Report] = []

    def tick(self, said: bytes | None = None, *, port: int = 1) -> bytes:
        """One period; what the telephone of `port` hears."""
        frames = bytearray(self.idle * self.width)
        if said is not None:
            frames[port - 1 :: self.width] = said
        played = self.engine.tick(bytes(frames))
        self.told += self.engine.reports()
        return played[port - 1 :: self.width]

    def say(self, payload: bytes, *, port: int = 1) -> bytes:
        """Say all of it (whole periods); what was heard meanwhile."""
        periods = range(0, len(payload), 160)
        return b"".join(self.tick(payload[n : n + 160], port=port) for n in periods)

    def ticks(self, count: int, *, port: int = 1) -> bytes:
        return b"".join(self.tick(port=port) for _ in range(count))

    def reports(self) -> list[Report]:
        """What was told since the last time."""
        self.told += self.engine.reports()
        told, self.told = self.told, []
        return told
