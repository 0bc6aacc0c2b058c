"""The loop of the process, with a highway in memory; and the process itself."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import HighwayError
from drivers.highway import Highway, HighwaySettings, Layout
from firmware.media.g711 import level_of
from firmware.media.messages import (
    Close,
    Command,
    Failed,
    Heartbeat,
    Play,
    Ready,
    Report,
    Statistics,
    Stop,
    decode_report,
    encode,
)
from firmware.media.process import run
from firmware.media.rtcp import Goodbye, Reception, ReportPacket, compound, middle, parse
from firmware.tone import Segment, ToneSpec
from tests.media.fakes import opened, start

DIAL = ToneSpec((Segment((450,), 0),))
LAYOUT = Layout(width=8, offsets=tuple(range(8)))
ROOT = Path(__file__).parents[2]


class MemoryHighway:
    """A highway whose every period runs a step of the test's script."""

    def __init__(self, steps: list[Callable[[], None]], *, periods: int = 500) -> None:
        self.layout = LAYOUT
        self.xruns = 3
        self.played: list[bytes] = []
        self.closed = False
        self._steps = steps
        self._left = periods

    def read(self) -> bytes:
        if self._left == 0:
            raise HighwayError("the sound card was unplugged")
        self._left -= 1
        if self._steps:
            self._steps.pop(0)()
        return b"\xd5" * (160 * 8)

    def write(self, frames: bytes) -> None:
        self.played.append(frames)

    def close(self) -> None:
        self.closed = True


class Parent:
    """The other end of the socket pair."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.settimeout(5)

    def tell(self, command: Command, *sockets: socket.socket) -> None:
        if sockets:
            socket.send_fds(self.ours, [encode(command)], [s.fileno() for s in sockets])
        else:
            self.ours.send(encode(command))

    def heard(self) -> list[Report]:
        self.theirs.close()
        reports = []
        while data := self.ours.recv(65536):
            reports.append(decode_report(data))
        return reports

    def say(self, command: Command, *, after: int = 0) -> list[Callable[[], None]]:
        """Steps of a script that tell it, so many periods on."""
        return later(lambda: self.tell(command), after=after)


@pytest.fixture
def parent() -> Iterator[Parent]:
    pair = Parent()
    yield pair
    pair.ours.close()
    pair.theirs.close()


def later(*things: Callable[[], None], after: int = 0) -> list[Callable[[], None]]:
    return [lambda: None] * after + list(things)


def looped(
    parent: Parent, highway: Highway, *, wall_clock: Callable[[], float] = time.time
) -> int:
    """Run the loop to its end; its clock turns 20 ms a look."""
    parent.tell(start())
    times = iter(range(100_000))

    def open_highway(_: HighwaySettings) -> Highway:
        return highway

    return run(
        parent.theirs, open_highway, clock=lambda: next(times) * 0.02, wall_clock=wall_clock
    )


def test_it_is_ready_when_the_clock_runs_and_beats_each_second(parent: Parent) -> None:
    highway = MemoryHighway(parent.say(Stop(), after=120))
    assert looped(parent, highway) == 0
    assert highway.closed
    assert parent.heard() == [
        Ready(pid=os.getpid(), realtime=False, machines=True),
        Heartbeat(ticks=50, xruns=3, late_ticks=0),
        Heartbeat(ticks=100, xruns=3, late_ticks=0),
    ]


def test_commands_are_obeyed_within_a_period(parent: Parent) -> None:
    steps = parent.say(Play(port=1, tone=DIAL), after=2) + parent.say(Stop(), after=5)
    highway = MemoryHighway(steps)
    assert looped(parent, highway) == 0
    assert highway.played[2][::8] == b"\xd5" * 160
    assert level_of("PCMA", highway.played[3][::8]) == pytest.approx(-10, abs=0.5)


def test_a_call_uses_the_socket_that_came_beside_its_message(parent: Parent) -> None:
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with peer, rtp:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        rtp.bind(("127.0.0.1", 0))
        message = opened(host="127.0.0.1", rtp_port=peer.getsockname()[1])
        steps = later(lambda: parent.tell(message, rtp), rtp.close, after=1)
        steps += parent.say(Close(port=1), after=4) + parent.say(Stop())
        assert looped(parent, MemoryHighway(steps)) == 0
        packets = [peer.recv(2048) for _ in range(5)]
    assert {len(p) for p in packets} == {172}
    figures = [r for r in parent.heard() if isinstance(r, Statistics)]
    assert [(f.sent, f.final) for f in figures] == [(6, True)]


def test_reports_travel_through_real_sockets_and_are_stamped_by_the_kernel(
    parent: Parent,
) -> None:
    """Our clock is a second fast, which shows in the round trip by whom the arrival was noted.

    The peer says that ours left two seconds earlier than it did, and was kept for a quarter.
    """
    with contextlib.ExitStack() as stack:
        rtp, rtcp, far_rtp, far_rtcp = (
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(4)
        )
        for sock in (rtp, rtcp, far_rtp, far_rtcp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(5)
        message = opened(
            host="127.0.0.1",
            rtp_port=far_rtp.getsockname()[1],
            rtcp_port=far_rtcp.getsockname()[1],
        )

        def report_of_it() -> None:
            first = parse(far_rtcp.recv(2048))[0]
            assert isinstance(first, ReportPacket)
            assert first.sending
            asked = middle(first.sending.ntp) - 2 * 65536 & 0xFFFFFFFF
            block = Reception(first.ssrc, 0, 3, 100, 16, asked, 65536 // 4)
            far_rtcp.sendto(compound(ReportPacket(1, None, (block,))), rtcp.getsockname())

        steps = later(lambda: parent.tell(message, rtp, rtcp))
        steps += later(report_of_it, after=210) + parent.say(Close(port=1), after=60)
        steps += parent.say(Stop())
        began = time.time()
        assert looped(parent, MemoryHighway(steps), wall_clock=lambda: time.time() + 1.0) == 0
        took_ms = (time.time() - began) * 1000
        while not isinstance(parse(far_rtcp.recv(2048))[-1], Goodbye):
            pass  # a report more: when one is due is drawn (RFC 3550 section 6.2)
    figures = [r for r in parent.heard() if isinstance(r, Statistics)][-1]
    assert (figures.far_lost, figures.far_jitter_ms) == (3, 2.0)
    assert figures.rtt_ms is not None
    assert 750 <= figures.rtt_ms + 1 <= 751 + took_ms, "since the kernel got it"


def test_a_dead_highway_is_fatal_and_told(parent: Parent) -> None:
    assert looped(parent, MemoryHighway([], periods=10)) == 1
    last = parent.heard()[-1]
    assert last == Failed(reason="the sound card was unplugged", fatal=True)


def test_a_highway_that_cannot_be_opened_is_fatal_and_told(parent: Parent) -> None:
    parent.tell(start())

    def absent(settings: HighwaySettings) -> Highway:
        raise HighwayError(f"{settings.device}: no such device")

    assert run(parent.theirs, absent) == 1
    assert parent.heard() == [Failed(reason="simulated: no such device", fatal=True)]


def test_it_ends_with_its_parent(parent: Parent) -> None:
    highway = MemoryHighway(later(parent.ours.close, after=10))
    assert looped(parent, highway) == 0
    assert len(highway.played) == 11
    assert highway.closed


def test_a_message_that_is_none_is_told_and_survived(parent: Parent) -> None:
    steps = later(lambda: parent.ours.sendall(b"\xc1"), after=6) + parent.say(Stop())
    assert looped(parent, MemoryHighway(steps)) == 0
    failed = parent.heard()[-1]
    assert isinstance(failed, Failed)
    assert "a command that is none" in failed.reason
    assert not failed.fatal


def test_the_first_message_must_be_start(parent: Parent) -> None:
    parent.tell(Stop())
    assert run(parent.theirs, lambda _: MemoryHighway([])) == 1
    assert parent.heard() == [Failed(reason="the first message is Stop, not Start", fatal=True)]


def test_a_parent_that_does_not_listen_does_not_stop_voice(parent: Parent) -> None:
    parent.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    highway = MemoryHighway(parent.say(Stop(), after=4000), periods=5000)
    assert looped(parent, highway) == 0
    assert len(highway.played) == 4001


CENSUS = """
import sys
import drivers.board
import firmware.media.process
from firmware.media import engine, messages
from tests.media.fakes import Bench, FakeRtpSocket, opened
bench = Bench()
bench.engine.command(messages.Listen(port=1, on=True))
bench.engine.command(opened(), [FakeRtpSocket(), FakeRtpSocket()])
bench.ticks(200)
print(*sorted(set(sys.modules) & {"asyncio", "numpy", "av", "aiortc", "logging", "ssl"}))
"""


def test_the_process_loads_no_loop_no_arrays_and_no_webrtc() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CENSUS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_it_says_how_it_is_started() -> None:
    command = [sys.executable, "-m", "firmware.media"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage" in done.stderr
