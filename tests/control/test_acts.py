"""The log says which user has done what by the control socket, and nothing of who only looked."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from firmware.config.schema import Config
from firmware.config.store import Store
from firmware.control.connection import ACTS
from firmware.control.server import ControlServer
from firmware.desk.config import ConfigDesk
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.log import LOGGER, Formatter
from tests.control.lab import request, talk
from tests.world import World

READS = {
    "alarms", "alarms-over", "calls", "calls-at", "config", "config-diff", "config-file",
    "dial-test", "drill-report", "explain-call", "explain-port", "explain-registration",
    "history", "history-at", "ladder", "line", "ports", "ports-at", "profile", "registrations",
    "registrations-at", "servers", "state-at", "test-call-path", "trace-marks", "version",
    "voice-part",
}  # fmt: skip
"""Methods that change nothing."""


def asked(path: Path, *lines: bytes) -> None:
    def disable(params: dict[str, Any]) -> object:
        if params.get("port") != 1:
            raise CommandError("port 9 not present (ports: 1 2)")
        return {}

    async def scenario() -> None:
        server = ControlServer(path, {"disable": disable, "ports": lambda _: []})
        await server.start()
        await talk(path, *lines)
        await server.stop()

    asyncio.run(scenario())


def test_an_act_is_logged_with_the_user_who_has_asked_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER.name)
    asked(
        tmp_path / "s",
        request("ports") + b"\n",
        request("disable", port=1) + b"\n",
        request("disable", port=9, more="x\x1b" * 500) + b"\n",
    )
    form = Formatter(journal=False)
    done, refused = (form.format(r) for r in caplog.records if r.message == "control")
    assert done == f'control uid={os.geteuid()} did=disable params="port=1"'
    assert refused.startswith(f'control uid={os.geteuid()} did=disable params="port=9 more=x')
    assert refused.endswith('refused="port 9 not present (ports: 1 2)"')
    assert "\x1b" not in refused
    assert len(refused) < 500


def test_of_every_method_it_is_known_whether_it_changes_anything() -> None:
    """Whoever adds one decides."""

    async def retell(_: Config) -> None: ...

    async def of_files(gateway: Gateway) -> set[str]:
        store = Store(Path("t.toml"))
        return {
            *ConfigDesk(gateway, store, lambda _: None, lambda config: config, retell).handlers
        }

    with World() as world:
        methods = {*world.desk.handlers, *world.loop.run_until_complete(of_files(world.gateway))}
    assert methods <= ACTS | READS
    assert methods >= ACTS
    assert not ACTS & READS
