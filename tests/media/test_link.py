"""The signalling side: a real child process, its messages and its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from firmware.errors import MediaError
from firmware.media.link import MediaLink
from firmware.media.messages import (
    Failed,
    Heartbeat,
    Play,
    Ready,
    Report,
    Statistics,
    decode_report,
    encode,
)
from tests.media.fakes import opened, start

ROOT = Path(__file__).parents[2]
CHILD = (sys.executable, "-W", "ignore", str(Path(__file__).with_name("paced_media.py")))


class Heard:
    """What a link told."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.exits: asyncio.Queue[int] = asyncio.Queue()
        self._more = asyncio.Event()

    def report(self, report: Report) -> None:
        self.reports.append(report)
        self._more.set()

    async def first(self, kind: type[Report]) -> Report:
        while True:
            for report in self.reports:
                if isinstance(report, kind):
                    return report
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 10)

    def link(self, program: tuple[str, ...] = CHILD) -> MediaLink:
        return MediaLink(self.report, self.exits.put_nowait, program=program)


@pytest.mark.wire
def test_a_child_is_started_reports_and_stops() -> None:
    async def scenario() -> None:
        heard = Heard()
        link = heard.link()
        link.start(start())
        ready = await heard.first(Ready)
        assert isinstance(ready, Ready)
        assert ready.pid == link.pid
        assert await link.closed() == 0
        assert heard.exits.empty(), "an end that was asked for is no news"
        assert link.pid is None

    asyncio.run(scenario())


@pytest.mark.wire
def test_a_call_through_the_child_sends_paced_rtp() -> None:
    async def scenario() -> list[bytes]:
        heard = Heard()
        link = heard.link()
        link.start(start())
        await heard.first(Ready)
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with peer, rtp:
            peer.bind(("127.0.0.1", 0))
            peer.setblocking(False)
            rtp.bind(("127.0.0.1", 0))
            link.send(opened(host="127.0.0.1", rtp_port=peer.getsockname()[1]), rtp)
            rtp.close()
            loop = asyncio.get_running_loop()
            packets = [await asyncio.wait_for(loop.sock_recv(peer, 2048), 5) for _ in range(10)]
        await link.closed()
        return packets

    packets = asyncio.run(scenario())
    numbers = [int.from_bytes(p[2:4], "big") for p in packets]
    assert [(n - numbers[0]) & 0xFFFF for n in numbers] == list(range(10))


@pytest.mark.wire
def test_a_child_that_dies_is_told_once_with_its_signal() -> None:
    async def scenario() -> None:
        heard = Heard()
        link = heard.link()
        link.start(start())
        await heard.first(Ready)
        assert link.pid is not None
        os.kill(link.pid, signal.SIGKILL)
        assert await asyncio.wait_for(heard.exits.get(), 10) == -signal.SIGKILL
        with pytest.raises(MediaError, match="Play: the media process does not run"):
            link.send(Play(port=1))
        link.start(start())
        await heard.first(Ready)
        assert await link.closed() == 0

    asyncio.run(scenario())


@pytest.mark.wire
def test_what_a_child_says_last_is_heard_before_its_end() -> None:
    async def scenario() -> None:
        heard = Heard()
        link = heard.link((*CHILD, "--no-highway"))
        link.start(start())
        assert await asyncio.wait_for(heard.exits.get(), 10) == 1
        assert heard.reports == [Failed(reason="there is no highway", fatal=True)]

    asyncio.run(scenario())


@pytest.mark.wire
def test_the_child_ignores_what_is_meant_for_its_parent() -> None:
    async def scenario() -> None:
        heard = Heard()
        link = heard.link()
        link.start(start())
        await heard.first(Ready)
        assert link.pid is not None
        os.kill(link.pid, signal.SIGINT)
        os.kill(link.pid, signal.SIGTERM)
        await heard.first(Heartbeat)
        assert await link.closed() == 0

    asyncio.run(scenario())


def test_a_program_that_is_not_there_is_an_error() -> None:
    async def scenario() -> None:
        link = Heard().link(("/nonexistent",))
        with pytest.raises(MediaError, match="cannot be started"):
            link.start(start())

    asyncio.run(scenario())


def test_statistics_travel_whole() -> None:
    figures = Statistics(
        port=1, sent=1, received=2, lost=3, late=4, duplicate=5, reordered=6, jitter_ms=0.5,
        delay_ms=20.0, underruns=7, final=True,
    )  # fmt: skip
    assert decode_report(encode(figures)) == figures
