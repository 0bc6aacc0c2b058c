"""The operator gets in when no file is left to let anybody in by; the log stays short (D13)."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware.control.entrance import RETRY_S, Entrance
from firmware.log import LOGGER
from tests.control.lab import request, serving, until


@contextmanager
def full() -> Iterator[None]:
    """No file can be opened meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    gaps = [os.open(os.devnull, os.O_RDONLY)]
    while gaps[-1] <= most:
        gaps.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (gaps[-1] + 1, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            os.open(os.devnull, os.O_RDONLY)
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for gap in gaps:
            os.close(gap)


async def asks(client: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, request("port", port=1) + b"\n")
    return await asyncio.wait_for(loop.sock_recv(client, 4096), 5)


def told(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.message == "control-client-waits"]


def test_the_operator_is_let_in_when_no_file_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """D13: EMFILE; one line is logged, and none of asyncio's hundred."""
    caplog.set_level(logging.DEBUG)

    async def scenario() -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.setblocking(False)
            async with serving(tmp_path / "s"):
                with full():
                    await asyncio.get_running_loop().sock_connect(visitor, str(tmp_path / "s"))
                    return await asks(visitor)

    assert b'"result":{"port":1}' in asyncio.run(scenario())
    assert len(told(caplog)) == 1
    assert not [record for record in caplog.records if record.exc_info]


def test_who_comes_when_even_the_reserve_is_gone_waits_and_is_let_in_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """D13."""
    caplog.set_level(logging.WARNING, LOGGER.name)

    async def scenario() -> tuple[int, bytes]:
        first, second = (socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(2))
        with first, second:
            async with serving(tmp_path / "s") as server:
                with full():
                    for visitor in (first, second):
                        visitor.setblocking(False)
                        loop = asyncio.get_running_loop()
                        await loop.sock_connect(visitor, str(tmp_path / "s"))
                    await asks(first)
                    inside = len(server.clients)
                return inside, await asks(second)

    inside, answer = asyncio.run(scenario())
    assert inside == 1
    assert b'"result":{"port":1}' in answer
    assert len(told(caplog)) == 1


def test_a_listener_that_is_broken_is_no_lack_of_files(tmp_path: Path) -> None:
    async def scenario() -> list[object]:
        raised: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(tmp_path / "s"))  # it does not listen
            entrance = Entrance(listener, asyncio.Protocol)
            loop.call_soon(entrance._admit)
            await until(lambda: bool(raised))
            entrance.close()
        return raised

    assert isinstance(asyncio.run(scenario())[0], OSError)


def test_it_is_looked_again_soon() -> None:
    assert 0 < RETRY_S <= 2
