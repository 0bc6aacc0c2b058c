"""What makes voice punctual: priority, locked memory, no collector, and nothing that grows."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.log import LOGGER
from firmware.media.messages import Listen, Ready, Stop
from firmware.media.process import PRIORITY, call_socket
from tests.gateway.faulty import FaultyWorld
from tests.media.fakes import Bench, FakeRtpSocket, opened
from tests.media.test_engine import peer, voice
from tests.media.test_process import MemoryHighway, Parent, looped, parent

ROOT = Path(__file__).parents[2]
__all__ = ["parent"]  # the fixture


class Deaf(FakeRtpSocket):
    """A socket that keeps nothing of what it is told."""

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:  # noqa: ARG002 - nobody hears it
        return len(data)


def lived(bench: Bench, sockets: list[FakeRtpSocket], periods: int) -> None:
    """Both speak, and listen for keys."""
    far = peer()
    far.sequence = int(bench.engine.ticks) & 0x7FFF
    far.timestamp = bench.engine.ticks * 160
    for n in range(periods):
        for sock in sockets:
            sock.arrive(far.packet(8, voice(n)))
        far.advance(160)
        bench.tick(voice(n))
        bench.told.clear()


def test_a_period_leaves_nothing_behind() -> None:
    """Memory after a thousand periods of a call with a key receiver is what it was before."""
    bench, sock = Bench(), Deaf()
    bench.engine.command(Listen(port=1, on=True))
    bench.engine.command(opened(), [sock, Deaf()])
    lived(bench, [sock], 600)
    gc.collect()
    tracemalloc.start()
    try:
        lived(bench, [sock], 50)
        before, _ = tracemalloc.get_traced_memory()
        lived(bench, [sock], 1000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 4096


def test_a_period_makes_no_circles() -> None:
    """The collector is off in the process: what refers to itself would stay for ever."""
    bench, sock = Bench(), Deaf()
    bench.engine.command(Listen(port=1, on=True))
    bench.engine.command(opened(), [sock, Deaf()])
    lived(bench, [sock], 100)
    gc.collect()
    gc.disable()
    try:
        lived(bench, [sock], 300)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_while_it_runs_the_collector_is_off_and_what_is_there_is_frozen(parent: Parent) -> None:
    seen: list[tuple[bool, bool]] = []
    steps = [
        lambda: None,
        lambda: seen.append((gc.isenabled(), gc.get_freeze_count() > 1000)),
        lambda: parent.tell(Stop()),
    ]
    assert looped(parent, MemoryHighway(steps)) == 0
    assert seen == [(False, True)]
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


class Noted(FakeRtpSocket):
    """Writes down what it is asked for, in common with others."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        self._notes = notes

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:
        self._notes.append("send")
        return super().sendto(data, address)

    def recvfrom_into(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
        self._notes.append("receive")
        return super().recvfrom_into(buffer)


def test_all_ports_send_before_any_receives() -> None:
    """So a packet does not leave the later, the more has come for the ports before."""
    bench, notes = Bench(ports=3), list[str]()
    for port in (1, 2, 3):
        bench.engine.command(opened(port=port), [Noted(notes)])
    bench.tick()
    assert notes == ["send"] * 3 + ["receive"] * 3


@pytest.mark.parametrize(
    ("family", "host", "level", "option"),
    [
        (socket.AF_INET, "127.0.0.1", socket.IPPROTO_IP, socket.IP_TOS),
        (socket.AF_INET6, "::1", socket.IPPROTO_IPV6, socket.IPV6_TCLASS),
    ],
)
def test_packets_of_voice_leave_with_expedited_forwarding(
    family: socket.AddressFamily, host: str, level: int, option: int
) -> None:
    """DSCP 46 (RFC 3246) in both families, and the socket never waits."""
    with socket.socket(family, socket.SOCK_DGRAM) as given:
        try:
            given.bind((host, 0))
        except OSError:
            pytest.skip(f"no {host} here")
        with call_socket(os.dup(given.fileno())) as taken:
            assert taken.getsockopt(level, option) >> 2 == 46
            assert not taken.getblocking()


ASKED = """
import json, os, resource, sys
from pathlib import Path
from firmware.media.process import become_realtime
def told(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
before = told("VmRSS")
if "refused" in sys.argv:
    for limit in (resource.RLIMIT_RTPRIO, resource.RLIMIT_MEMLOCK):
        resource.setrlimit(limit, (0, 0))
granted = become_realtime()
print(json.dumps({
    "granted": granted, "policy": os.sched_getscheduler(0) == os.SCHED_FIFO,
    "priority": os.sched_getparam(0).sched_priority,
    "locked_kb": told("VmLck"), "grown_kb": told("VmRSS") - before,
}))
"""


def asked(*words: str) -> dict[str, object]:
    """A process that asks for what a punctual one needs."""
    without = ("setpriv", "--bounding-set=-sys_nice,-ipc_lock") if "refused" in words else ()
    done = subprocess.run(
        [*without, sys.executable, "-W", "ignore", "-c", ASKED, *words],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, object] = json.loads(done.stdout)
    return told


def allowed() -> bool:
    """Whether this machine lets us have what is asked for."""
    policy = os.sched_getscheduler(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, policy, os.sched_param(0))
    return True


@pytest.mark.skipif(not allowed(), reason="SCHED_FIFO is not for us here")
def test_priority_and_locked_memory_are_asked_for_and_reserves_are_not_locked() -> None:
    """MCL_ONFAULT: what is touched is locked, and not all that libraries reserve."""
    told = asked()
    assert told["granted"] == [True, True]
    assert (told["policy"], told["priority"]) == (True, PRIORITY)
    assert int(str(told["locked_kb"])) > 4000
    assert int(str(told["grown_kb"])) < 4000


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody can be refused what nobody is given")
def test_where_they_are_refused_it_goes_on_without() -> None:
    told = asked("refused")
    assert (told["granted"], told["policy"]) == ([False, False], False)


def test_what_the_system_refuses_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with FaultyWorld() as world:
        world.registers()
        link = world.gateway.voice
        link._seams = replace(link._seams, realtime=True)
        caplog.set_level("WARNING", logger=LOGGER.name)
        for _ in range(3):
            link._report(Ready(pid=1, realtime=False))
            link._report(Ready(pid=1, realtime=True, locked=False))
        warned = [r for r in caplog.records if r.message == "media-not-realtime"]
        assert [vars(r)["facts"]["lacks"] for r in warned] == [
            "SCHED_FIFO (LimitRTPRIO=) and locked memory (LimitMEMLOCK=)"
        ]


def test_what_is_granted_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    with FaultyWorld() as world:
        world.registers()
        link = world.gateway.voice
        link._seams = replace(link._seams, realtime=True)
        caplog.set_level("WARNING", logger=LOGGER.name)
        link._report(Ready(pid=1, realtime=True, locked=True))
        assert "media-not-realtime" not in caplog.text
