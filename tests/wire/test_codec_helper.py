"""The codec helper as a process of its own (row C13: nothing heavy where voice is)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import suppress

import pytest

from firmware.helper_link import HelperLink
from firmware.media.jobs import LARGEST, Job, Verb, pack, unpack

pytestmark = pytest.mark.wire

PATIENCE = 60.0


async def life(kill: bool) -> tuple[list[int], int]:
    """Start it, let it work a period of each codec, end it: sizes of payloads, exit status."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[socket.socket] = loop.create_future()
    over: asyncio.Future[int] = loop.create_future()
    link = HelperLink("PCMA", False, ready.set_result, over.set_result)
    link.start()
    async with asyncio.timeout(PATIENCE):
        with await ready as bench:
            bench.setblocking(False)
            jobs = [Job(Verb.ENCODE, codec, 1, 1, b"\xd5" * 160) for codec in ("G722", "opus")]
            await loop.sock_sendall(bench, pack(1, jobs))
            _, results = unpack(await loop.sock_recv(bench, LARGEST))
            if kill:
                assert link.pid is not None
                os.kill(link.pid, signal.SIGKILL)
                status = await over
        if not kill:
            status = await over
    return [len(result.data) for result in results], status


async def dismissed() -> bool:
    """It is let go before it could work: whether it has ended, and nobody was told."""
    told = list[object]()
    link = HelperLink("PCMA", False, told.append, told.append)
    link.start()
    link.close()
    assert link.pid is not None
    async with asyncio.timeout(PATIENCE):
        with suppress(ChildProcessError):  # the loop was sooner
            await asyncio.to_thread(os.waitid, os.P_PID, link.pid, os.WEXITED | os.WNOWAIT)
        for _ in range(10):  # the loop has seen it too
            await asyncio.sleep(0)
    return not told and link.pid is None


def test_one_that_is_not_wanted_any_more_ends_and_leaves_nothing() -> None:
    assert asyncio.run(dismissed())


@pytest.mark.parametrize(("kill", "status"), [(False, 0), (True, -9)])
def test_it_works_and_ends_with_the_media_process_or_is_noticed(kill: bool, status: int) -> None:
    sizes, ended = asyncio.run(life(kill))
    assert sizes[0] == 160
    assert 0 < sizes[1] <= 160
    assert ended == status
