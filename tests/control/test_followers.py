"""Who follows gets all of it, or is dropped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from firmware.control.connection import Limits
from firmware.control.server import trace_stream
from firmware.trace.marks import Trace
from tests.control.lab import mark, request, serving, talk, until


def test_a_follower_gets_each_mark_until_he_leaves(tmp_path: Path) -> None:
    trace = Trace(10)

    async def scenario() -> list[Any]:
        path = tmp_path / "s"
        async with serving(path, {"follow": trace_stream(trace)}) as server:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(request("follow", port=1) + b"\n")
            first = json.loads(await reader.readline())
            for number, port in enumerate((1, 2, 0, 1)):
                trace.record(mark(number, port))
            got = [json.loads(await reader.readline()) for _ in range(3)]
            writer.close()
            await until(lambda: not server.clients)
            trace.record(mark(9, 1))
            return [first, *((m["method"], m["params"]["at"]) for m in got)]

    first, *rest = asyncio.run(scenario())
    assert first == {"jsonrpc": "2.0", "id": 1, "result": None}
    assert rest == [("follow", 0.0), ("follow", 2.0), ("follow", 3.0)]


def test_a_follower_who_does_not_read_is_dropped_and_the_trace_goes_on(tmp_path: Path) -> None:
    trace = Trace(10)

    async def scenario() -> None:
        path = tmp_path / "s"
        limits = Limits(patience=60, backlog=1000)
        async with serving(path, {"follow": trace_stream(trace)}, limits) as server:
            _, writer = await asyncio.open_unix_connection(path)
            writer.write(request("follow") + b"\n")
            await until(lambda: len(server.clients) == 1)
            for number in range(100_000):
                trace.record(mark(number, 1))
                if not number % 100:
                    await asyncio.sleep(0)
                if not server.clients:
                    break
            assert not server.clients
            writer.close()

    asyncio.run(scenario())


def test_a_wrong_subscription_is_refused(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        async with serving(tmp_path / "s", {"follow": trace_stream(Trace(1))}):
            return await talk(tmp_path / "s", request("follow", port="x") + b"\n")

    assert (
        asyncio.run(scenario())[1]["error"]["message"] == "port is missing or not a whole number"
    )
