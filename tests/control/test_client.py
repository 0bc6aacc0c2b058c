"""The client tells in words what is wrong, and finds the daemon again."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from firmware.control.client import ControlClient
from firmware.control.server import trace_stream
from firmware.errors import ControlError
from firmware.trace.marks import Trace
from tests.control.lab import mark, serving, until


def test_the_client_says_in_words_that_nobody_is_there(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with pytest.raises(ControlError, match=f"tipring is not running \\(no socket at {path}"):
        ControlClient(path).call("ports")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with pytest.raises(ControlError, match=r"tipring is not running \(nobody answers"):
        ControlClient(path).call("ports")


def test_the_client_asks_is_refused_follows_and_connects_again(tmp_path: Path) -> None:
    path, trace = tmp_path / "s", Trace(10)

    def ask(client: ControlClient) -> Any:
        with pytest.raises(ControlError, match=r"port 3 not present \(ports: 1 2\)"):
            client.call("port", port=3, card=None)
        return client.call("port", port=2)

    def follow(client: ControlClient) -> list[Any]:
        messages = client.follow("follow")
        first = [next(messages)["at"], next(messages)["at"]]
        messages.close()
        return [*first, client.call("port", port=1)]

    async def scenario() -> list[Any]:
        with ControlClient(path) as client:
            async with serving(path):
                one = await asyncio.to_thread(ask, client)
            async with serving(path, {"follow": trace_stream(trace)}) as server:
                two = await asyncio.to_thread(ask, client)
                following = asyncio.create_task(asyncio.to_thread(follow, client))
                number = 0
                while not following.done() and number < 5000:
                    trace.record(mark(number, 1))
                    number += 1
                    await asyncio.sleep(0.001)
                three = await following
            await until(lambda: not server.clients)
        return [one, two, three[1] - three[0], three[2]]

    assert asyncio.run(scenario()) == [{"port": 2}, {"port": 2}, 1.0, {"port": 1}]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"", "closed the connection"),
        (b"SSH-2.0\n", "not tipring's language"),
        (b"[]\n", "not tipring's language"),
        (b'{"id": null, "error": {"message": "too many clients (8)"}}\n', r"too many clients"),
    ],
)
def test_the_client_is_not_confused_by_a_strange_server(
    tmp_path: Path, said: bytes, expected: str
) -> None:
    def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        writer.write(said)
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_unix_server(visit, tmp_path / "s")
        client = ControlClient(tmp_path / "s")
        with pytest.raises(ControlError, match=expected):
            await asyncio.to_thread(client.call, "ports")
        client.close()
        server.close()

    asyncio.run(scenario())


def test_the_client_does_not_wait_for_ever(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.bind(str(tmp_path / "s"))
        mute.listen()
        with pytest.raises(ControlError, match=r"did not answer within 0\.05 s"):
            ControlClient(tmp_path / "s", patience=0.05).call("ports")
