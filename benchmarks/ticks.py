"""What a period costs the media engine, hot, against the bare sockets of the same run.

Each port is in a call with itself: its socket is connected to itself, so a packet sent is
the next packet received, through the whole of the kernel's loopback. The floor does the
same send and receive of 172 octets and nothing else. Floor and engine take turns; a round
is the median of its ticks.
"""

from __future__ import annotations

import audioop
import gc
import os
import socket
import time
from dataclasses import dataclass, field

from benchmarks.figures import Sample, median, short, table
from drivers.highway import HighwaySettings, Layout
from drivers.sim.sounds import sine
from firmware.media.engine import Engine
from firmware.media.messages import Listen, Open, Start

TICKS = 200
PACKET = bytes(172)


@dataclass
class Cost:
    """Microseconds of CPU per port and tick at one number of ports."""

    ports: int
    floor: Sample = field(default_factory=lambda: Sample("floor", "us"))
    plain: Sample = field(default_factory=lambda: Sample("plain", "us"))
    dtmf: Sample = field(default_factory=lambda: Sample("dtmf", "us"))
    idle: Sample = field(default_factory=lambda: Sample("idle", "us"))

    @property
    def ratio(self) -> float:
        """Of the engine to the floor beside it: what load does to both, it does not show."""
        pairs = zip(self.plain.values, self.floor.values, strict=True)
        return median([engine / floor for engine, floor in pairs])


def measure(ports: list[int], rounds: int) -> list[Cost]:
    costs = []
    for count in ports:
        cost = Cost(count)
        engines = [_engine(count, calls=True), _engine(count, calls=True, dtmf=True)]
        idle = _engine(count, calls=False)
        bare = [_own_socket() for _ in range(count)]
        gc.collect()
        gc.disable()
        ticks = max(20, TICKS // count)
        for _ in range(rounds):
            cost.floor.add(_floor(bare, ticks))
            cost.plain.add(_engine_ticks(*engines[0], count, ticks))
            cost.dtmf.add(_engine_ticks(*engines[1], count, ticks))
            cost.idle.add(_engine_ticks(*idle, count, ticks))
        gc.enable()
        for sock in bare:
            sock.close()
        costs.append(cost)
    return costs


def as_table(costs: list[Cost]) -> str:
    head = (
        "ports", "bare send + recv, us/port", "engine, us/port (least)", "ratio to bare",
        "with DTMF, us/port", "on hook, us/tick", "rounds", "% of a core at 50 ticks/s",
    )  # fmt: skip
    rows = [
        [
            str(cost.ports),
            short(cost.floor.middle),
            f"{short(cost.plain.middle)} ({short(min(cost.plain.values))})",
            short(cost.ratio),
            short(cost.dtmf.middle),
            short(cost.idle.middle * cost.ports),
            str(len(cost.plain.values)),
            short(cost.plain.middle * cost.ports * 50 / 10_000),
        ]
        for cost in costs
    ]
    return table(head, rows)


def _own_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
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


def _engine(ports: int, *, calls: bool, dtmf: bool = False) -> tuple[Engine, bytes]:
    """An engine whose ports all talk, and a period of speech for all of them."""
    width = -(-ports // 8) * 8
    engine = Engine(
        Start(
            highway=HighwaySettings("bench", Layout(width, tuple(range(width)))),
            timeslots={port: port - 1 for port in range(1, ports + 1)},
        ),
        os.urandom,
    )
    voice = audioop.lin2alaw(sine(400, -10.0, 160), 2) * 160
    captured = bytearray(b"\xd5" * (160 * width))
    for port in range(1, ports + 1):
        captured[port - 1 :: width] = voice[:160]
        if dtmf:
            engine.command(Listen(port=port, on=True))
        if calls:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
            where = sock.getsockname()
            engine.command(
                Open(port=port, host=where[0], rtp_port=where[1], payload_type=8), [sock]
            )
    speech = bytes(captured)
    for _ in range(300):
        engine.tick(speech)
        engine.reports()
    return engine, speech


def _engine_ticks(engine: Engine, speech: bytes, ports: int, ticks: int) -> float:
    costs = []
    for _ in range(ticks):
        began = time.thread_time_ns()
        engine.tick(speech)
        engine.reports()
        costs.append(time.thread_time_ns() - began)
    return median(costs) / 1000 / ports
