"""What a period costs the media engine, hot, against the same packets sent and received in C.

Each port is in a call with the same port of a second engine, whose ticks are not counted: a packet
sent is received there, through the whole of the kernel's loopback, and one of that end here. The
floor does the same send and receive of 172 octets and nothing else, by a socket connected to
itself: in C (`floor.c`, if there is a compiler) and in Python. They all take turns; a round is the
median of its ticks.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.figures import Sample, median, short, table
from benchmarks.rtp import voiced
from benchmarks.targets import Target
from drivers.highway import SIMULATED, HighwaySettings, Layout
from firmware.media.engine import Engine
from firmware.media.messages import Listen, Open, Start

TICKS = 200
PACKET = bytes(172)
TAPE = 1 << 20
"""Octets, as `[rtp] tape_kib` has it."""


@dataclass
class Cost:
    """Microseconds of CPU per port and tick at one number of ports."""

    ports: int
    c: Sample = field(default_factory=lambda: Sample("C", "us"))
    floor: Sample = field(default_factory=lambda: Sample("floor", "us"))
    plain: Sample = field(default_factory=lambda: Sample("plain", "us"))
    dtmf: Sample = field(default_factory=lambda: Sample("dtmf", "us"))
    echo: Sample = field(default_factory=lambda: Sample("echo", "us"))
    """DTMF and the echo canceller."""
    idle: Sample = field(default_factory=lambda: Sample("idle", "us"))

    @property
    def ratio(self) -> float:
        """Of the engine to the floor beside it: what load does to both, it does not show."""
        under = self.c if self.c.values else self.floor
        pairs = zip(self.plain.values, under.values, strict=True)
        return median([engine / floor for engine, floor in pairs])


def measure(ports: list[int], rounds: int) -> list[Cost]:
    with tempfile.TemporaryDirectory(prefix="tipring-bench-") as folder:
        return _measured(ports, rounds, _compiled(Path(folder)))


def _compiled(folder: Path) -> Path | None:
    """The floor in C, if there is a compiler."""
    program = folder / "floor"
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    source = Path(__file__).with_name("floor.c")
    made = subprocess.run([compiler, "-O2", "-o", program, source], check=False)
    return program if made.returncode == 0 else None


def _measured(ports: list[int], rounds: int, floor: Path | None) -> list[Cost]:
    costs = []
    for count in ports:
        cost = Cost(count)
        engines = [
            _engine(count, calls=True),
            _engine(count, calls=True, dtmf=True),
            _engine(count, calls=True, dtmf=True, echo=True),
        ]
        idle = _engine(count, calls=False)
        bare = [_own_socket() for _ in range(count)]
        gc.collect()
        gc.disable()
        ticks = max(20, TICKS // count)
        for _ in range(rounds):
            if floor:
                told = subprocess.run(
                    [floor, str(count), str(ticks)], capture_output=True, check=True
                )
                cost.c.add(float(told.stdout))
            cost.floor.add(_floor(bare, ticks))
            cost.plain.add(_engine_ticks(engines[0], count, ticks))
            cost.dtmf.add(_engine_ticks(engines[1], count, ticks))
            cost.echo.add(_engine_ticks(engines[2], count, ticks))
            cost.idle.add(_engine_ticks(idle, count, ticks))
        gc.enable()
        for sock in bare:
            sock.close()
        costs.append(cost)
    return costs


def as_table(costs: list[Cost]) -> str:
    head = (
        "ports", "send + recv in C, us/port", "in Python", "engine, us/port (least)", "ratio to C",
        "with DTMF", "and echo canceller", "on hook, us/tick", "rounds",
    )  # fmt: skip
    rows = [
        [
            str(cost.ports),
            short(cost.c.middle) if cost.c.values else "-",
            short(cost.floor.middle),
            f"{short(cost.plain.middle)} ({short(min(cost.plain.values))})",
            short(cost.ratio),
            short(cost.dtmf.middle),
            short(cost.echo.middle),
            short(cost.idle.middle * cost.ports),
            str(len(cost.plain.values)),
        ]
        for cost in costs
    ]
    return table(head, rows)


Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Calls:
    """System calls of a port in a call, for each period; and looks that found nothing."""

    sends: float
    receives: float
    futile: float


class Counting:
    """A socket that counts."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self.sends = self.receives = self.futile = 0

    def send(self, data: bytes, /) -> int:
        self.sends += 1
        return self._real.send(data)

    def sendto(self, data: bytes, address: Any, /) -> int:
        self.sends += 1
        return self._real.sendto(data, address)

    def recv_into(self, buffer: bytearray, /) -> int:
        return self._receiving(lambda: self._real.recv_into(buffer))

    def recvfrom_into(self, buffer: bytearray, /) -> tuple[int, Any]:
        return self._receiving(lambda: self._real.recvfrom_into(buffer))

    def recvmsg(self, size: int, ancillary: int, /) -> Any:
        return self._real.recvmsg(size, ancillary)

    def _receiving(self, take: Callable[[], Given]) -> Given:
        self.receives += 1
        try:
            return take()
        except BlockingIOError:
            self.futile += 1
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def counted(ticks: int = 1000) -> Calls:
    """What one port in a call asks of the kernel, hot; no load can blur it."""
    sockets: list[Counting] = []
    bench = _engine(1, calls=True, through=sockets)
    (one,) = sockets
    before = one.sends, one.receives, one.futile
    for _ in range(ticks):
        bench.tick()
    after = one.sends, one.receives, one.futile
    return Calls(*((b - a) / ticks for a, b in zip(before, after, strict=True)))


ASKED = "RTCP has a socket of its own, which is looked at in turn"
WOKEN = "an order of signalling, or a file to write, woke it between periods"


def targets(costs: list[Cost], calls: Calls, wake_ups: float | None) -> list[Target]:
    """`tick_cost`; `wake_ups`: of the voice process, a period."""
    name, told = "tick_cost", []
    for cost in costs:
        if cost.ports in {8, 24}:
            why = (
                "the interpreter: order, loss and jitter of the source, the playout buffer, the "
                "tape; compiled by mypyc it was 15 % less, which is not worth another library"
            )
            ratio = cost.ratio if cost.c.values else None
            told.append(
                Target(name, f"{cost.ports} ports, engine : C", 1.5, ratio, "",
                       why if ratio else "no C compiler")
            )  # fmt: skip
            added = cost.echo.middle - cost.plain.middle
            told.append(
                Target("media_cpu_dsp", f"added for each of {cost.ports} ports and a period, hot",
                       25, added, "us",
                       "libspeexdsp with its tail of 32 ms takes 24 us, to look for keys 7")
            )  # fmt: skip
    told += [
        Target(name, "sends of a call in a period", 1, calls.sends, "", ASKED),
        Target(name, "receives of a call in a period", 2, calls.receives, "", ASKED),
    ]
    if wake_ups is not None:
        told.append(Target(name, "wake-ups of the process in a period", 1.02, wake_ups, "", WOKEN))
    return told


def _own_socket() -> socket.socket:
    sock = _bound()
    sock.connect(sock.getsockname())
    return sock


def _floor(sockets: list[socket.socket], ticks: int) -> float:
    buffer, packet = bytearray(2048), PACKET
    costs = []
    for _ in range(ticks):
        began = time.thread_time_ns()
        for sock in sockets:
            sock.send(packet)
            sock.recv_into(buffer)
        costs.append(time.thread_time_ns() - began)
    return median(costs) / 1000 / len(sockets)


@dataclass(frozen=True, slots=True)
class Bench:
    """An engine, a period of speech for all its ports, and whom they talk to."""

    near: Engine
    speech: bytes
    far: Engine | None

    def tick(self) -> int:
        """A period at both ends; the nanoseconds of CPU that the near one took."""
        began = time.thread_time_ns()
        self.near.tick(self.speech)
        self.near.reports()
        took = time.thread_time_ns() - began
        if self.far is not None:
            self.far.tick(self.speech)
            self.far.reports()
        return took


def _engine(
    ports: int,
    *,
    calls: bool,
    dtmf: bool = False,
    echo: bool = False,
    through: list[Counting] | None = None,
) -> Bench:
    """An engine whose ports all talk, or all rest."""
    near, far = _made(ports, echo=echo), _made(ports, echo=False) if calls else None
    width = _width(ports)
    voice = voiced(-10.0)
    captured = bytearray(b"\xd5" * (160 * width))
    for port in range(1, ports + 1):
        captured[port - 1 :: width] = voice
        if dtmf:
            near.command(Listen(port=port, on=True))
        if far is None:
            continue
        ours, theirs = _bound(), _bound()
        far.command(_call(port, ours), [theirs])
        if through is None:
            near.command(_call(port, theirs), [ours])
        else:
            through.append(Counting(ours))
            near.command(_call(port, theirs), through[-1:])
    bench = Bench(near, bytes(captured), far)
    for _ in range(300):
        bench.tick()
    return bench


def _width(ports: int) -> int:
    return -(-ports // 8) * 8


def _made(ports: int, *, echo: bool) -> Engine:
    width = _width(ports)
    return Engine(
        Start(
            highway=HighwaySettings(SIMULATED, Layout(width, tuple(range(width)))),
            timeslots={port: port - 1 for port in range(1, ports + 1)},
            cancel_echo=echo,
            tape=TAPE,
        ),
        os.urandom,
    )


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def _call(port: int, far: socket.socket) -> Open:
    host, where = far.getsockname()
    return Open(port=port, host=host, rtp_port=where, payload_type=8)


def _engine_ticks(bench: Bench, ports: int, ticks: int) -> float:
    return median([bench.tick() for _ in range(ticks)]) / 1000 / ports
