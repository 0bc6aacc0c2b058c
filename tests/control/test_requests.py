"""The control socket serves who asks properly, and survives everybody else."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.control.connection import Limits
from tests.control.lab import SHORT, open_files, request, serving, talk, until


def test_requests_are_answered_in_order_also_several_at_once_and_in_pieces(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        path = tmp_path / "s"
        both = request("port", 1, port=1) + b"\n\n" + request("mark", 2) + b"\n"
        async with serving(path):
            return await talk(path, *(both[i : i + 1] for i in range(len(both))))

    assert asyncio.run(scenario()) == [
        {"jsonrpc": "2.0", "id": 1, "result": {"port": 1}},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "result": {
                "at": 1.5,
                "port": 1,
                "lane": "sip",
                "outward": True,
                "what": "INVITE",
                "peer": "",
                "call": 7,
                "detail": "",
            },
        },
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"\x00\xff\xfe", -32700),
        (b"{", -32700),
        (b'{"a": ' * 30, -32700),
        (b"[]", -32600),
        (b"{}", -32600),
        (b'{"method": 5}', -32600),
        (b'{"method": "port", "params": [1], "id": 1}', -32600),
        (b'{"method": "no\\u001bsuch", "id": 1}', -32601),
        (request("port", port=9), -32000),
        (request("port"), -32000),
        (request("port", port=True), -32000),
    ],
)
def test_what_is_wrong_is_answered_with_an_error_and_the_next_request_works(
    tmp_path: Path, line: bytes, code: int
) -> None:
    async def scenario() -> list[Any]:
        async with serving(tmp_path / "s"):
            return await talk(tmp_path / "s", line + b"\n", request("port", 2, port=1) + b"\n")

    wrong, right = asyncio.run(scenario())
    assert wrong["error"]["code"] == code
    assert "\x1b" not in wrong["error"]["message"]
    assert right["result"] == {"port": 1}


def test_a_notification_is_obeyed_and_not_answered(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        async with serving(tmp_path / "s"):
            return await talk(tmp_path / "s", b'{"method": "mark"}\n')

    assert asyncio.run(scenario()) == []


@pytest.mark.parametrize("junk", [b"x" * 300 + b"\n", b"\xff" * 100_000])
def test_an_endless_line_ends_the_connection(tmp_path: Path, junk: bytes) -> None:
    async def scenario() -> tuple[list[Any], list[Any]]:
        async with serving(tmp_path / "s"):
            told = await talk(tmp_path / "s", junk)
            return told, await talk(tmp_path / "s", request("port", port=1) + b"\n")

    told, after = asyncio.run(scenario())
    assert [m["error"]["message"] for m in told] == ["a line of more than 200 bytes"]
    assert after[0]["result"] == {"port": 1}


def test_half_a_line_is_waited_for_only_so_long(tmp_path: Path) -> None:
    async def scenario() -> tuple[bytes, int]:
        async with serving(tmp_path / "s"):
            reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
            writer.write(b'{"method"')
            data = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            idle, keep = await asyncio.open_unix_connection(tmp_path / "s")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(idle.read(), 4 * SHORT.patience)
            keep.write(request("port", port=2) + b"\n")
            line = await asyncio.wait_for(idle.readline(), 5)
            keep.close()
            return data, json.loads(line)["result"]["port"]

    assert asyncio.run(scenario()) == (b"", 2)


def test_who_does_not_read_his_answers_is_cut_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path / "s") as server:
            slow = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            slow.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(slow, str(tmp_path / "s"))
            await loop.sock_sendall(slow, (request("big") + b"\n") * 50)
            await until(lambda: len(server.clients) == 1)
            await until(lambda: not server.clients)
            slow.close()

    asyncio.run(scenario())


def test_big_answers_reach_who_reads_them(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        async with serving(tmp_path / "s", limits=Limits()):
            return await talk(tmp_path / "s", (request("big") + b"\n") * 20)

    assert [len(message["result"]) for message in asyncio.run(scenario())] == [1_000_000] * 20


def test_one_client_too_many_is_told_so_and_the_others_stay(tmp_path: Path) -> None:
    async def scenario() -> tuple[list[Any], list[Any]]:
        path = tmp_path / "s"
        async with serving(path) as server:
            held = [await asyncio.open_unix_connection(path) for _ in range(3)]
            await until(lambda: len(server.clients) == 3)
            refused = await talk(path, request("port", port=1) + b"\n")
            held.pop()[1].close()
            await until(lambda: len(server.clients) == 2)
            served = await talk(path, request("port", port=1) + b"\n")
            for _, writer in held:
                writer.close()
            return refused, served

    refused, served = asyncio.run(scenario())
    assert [m["error"]["message"] for m in refused] == ["too many clients (3)"]
    assert served[0]["result"] == {"port": 1}


def test_who_says_nothing_gives_way_where_all_places_are_taken(tmp_path: Path) -> None:
    """D17: clients that stay for nothing do not keep the operator out; who follows stays."""
    limits = Limits(clients=3, idle=0.0)

    async def scenario() -> tuple[list[Any], bytes, bytes, int]:
        path = tmp_path / "s"

        def follow(_params: dict[str, Any], send: Callable[[object], None]) -> Callable[[], None]:
            send("begun")
            return lambda: None

        async with serving(path, {"follow": follow}, limits) as server:
            follower, told = await asyncio.open_unix_connection(path)
            told.write(request("follow") + b"\n")
            await follower.readline()
            await follower.readline()
            first, one = await asyncio.open_unix_connection(path)
            await until(lambda: len(server.clients) == 2)
            second, two = await asyncio.open_unix_connection(path)
            await until(lambda: len(server.clients) == 3)
            served = await talk(path, request("port", port=1) + b"\n")
            gone = await asyncio.wait_for(first.read(), 5)
            two.write(request("port", port=2) + b"\n")
            kept = await asyncio.wait_for(second.readline(), 5)
            told.write(request("port", port=1) + b"\n")
            follows = len(await asyncio.wait_for(follower.readline(), 5))
            for writer in (told, one, two):
                writer.close()
            return served, gone, kept, follows

    served, gone, kept, follows = asyncio.run(scenario())
    assert served[0]["result"] == {"port": 1}
    assert gone == b"", "the one that had been silent the longest"
    assert json.loads(kept)["result"] == {"port": 2}
    assert follows


def test_ten_thousand_visits_leave_nothing_behind(tmp_path: Path) -> None:
    """D17, D16."""

    async def scenario() -> tuple[int, int]:
        path = tmp_path / "s"
        async with serving(path) as server:
            before = open_files()
            for _ in range(10_000):
                visitor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                visitor.connect(str(path))
                visitor.close()
                await asyncio.sleep(0)
            await until(lambda: not server.clients)
            return before, open_files()

    before, after = asyncio.run(scenario())
    assert after <= before
