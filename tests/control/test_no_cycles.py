"""A client that has gone leaves nothing that only the collector of cycles could free (D17).

That one looks once a minute, and not even then while there is much to look through: a script that
asks two hundred times a second filled the memory of the gateway.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from pathlib import Path

from firmware.control.connection import Handler
from firmware.errors import GatewayError
from tests.control.lab import serving, talk, until
from tests.world import World

CLIENTS = 5


def transports() -> int:
    return sum(isinstance(thing, asyncio.Transport) for thing in gc.get_objects())


def test_connections_that_are_over_are_freed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    async def scenario() -> int:
        async with serving(path) as server:
            for _ in range(CLIENTS):
                await talk(path, b'{"method": "port", "id": 1, "params": {"port": 1}}\n')
            await until(lambda: not server.clients)
            await asyncio.sleep(0)
            return transports()

    gc.collect()
    before = transports()
    gc.disable()
    try:
        assert asyncio.run(scenario()) == before
    finally:
        gc.enable()


def test_no_answer_leaves_a_cycle_behind() -> None:
    with World().registers() as world:
        gc.collect()
        gc.freeze()  # only what comes is looked through
        try:
            leaving = [name for name, one in world.desk.handlers.items() if _leaves(one)]
        finally:
            gc.unfreeze()
    assert leaving == []


def _leaves(handler: Handler) -> bool:
    """Whether an answer leaves something; the first may read what is kept from then on."""
    left = 0
    for _ in range(2):
        gc.collect()
        for params in ({}, {"port": 1}):
            with suppress(GatewayError):
                handler(params)
        left = gc.collect()
    return left > 0
