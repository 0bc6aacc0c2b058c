"""One daemon a socket, and only for those who may."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from firmware.control.peer import Peer, may_enter
from firmware.control.server import ControlServer
from firmware.errors import ControlError
from tests.control.lab import HANDLERS, request, serving, talk


def test_the_socket_belongs_to_owner_and_group_and_goes_with_the_daemon(tmp_path: Path) -> None:
    async def scenario() -> int:
        path = tmp_path / "run" / "s"
        async with serving(path):
            return stat.S_IMODE(path.stat().st_mode)

    assert asyncio.run(scenario()) == 0o660
    assert not (tmp_path / "run" / "s").exists()


def test_a_second_daemon_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        path = tmp_path / "s"
        async with serving(path):
            with pytest.raises(ControlError, match="another tipring runs already"):
                await ControlServer(path, {}).start()
            return await talk(path, request("port", port=1) + b"\n")

    assert asyncio.run(scenario())[0]["result"] == {"port": 1}


def test_a_daemon_without_lock_is_respected_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "s"
        async with serving(path):
            (tmp_path / "s.lock").unlink()
            with pytest.raises(ControlError, match="it answers at"):
                await ControlServer(path, {}).start()

    asyncio.run(scenario())


def test_a_stale_socket_is_taken_over_and_a_file_is_not(tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        path = tmp_path / "s"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
            dead.bind(str(path))
        async with serving(path):
            return await talk(path, request("port", port=1) + b"\n")

    assert asyncio.run(scenario())[0]["result"] == {"port": 1}
    precious = tmp_path / "file"
    precious.write_text("precious")
    with pytest.raises(ControlError, match="is not a socket"):
        asyncio.run(ControlServer(precious, {}).start())
    assert precious.read_text() == "precious"


def test_a_path_that_is_too_long_or_forbidden_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="too long"):
        asyncio.run(ControlServer(tmp_path / ("s" * 120), {}).start())
    (tmp_path / "plain").write_text("")
    with pytest.raises(ControlError, match=r"File exists|Not a directory"):
        asyncio.run(ControlServer(tmp_path / "plain" / "s", {}).start())


def test_root_and_our_own_user_and_the_group_may_enter() -> None:
    me, group = os.geteuid(), 54321
    assert may_enter(Peer(1, me, 99999), group)
    assert may_enter(Peer(1, 0, 99999), group)
    assert may_enter(Peer(1, 43210, group), group)
    assert not may_enter(Peer(1, 43210, 99999), group)
    assert not may_enter(Peer(1, 65534, 65534), group)


def test_a_stranger_is_turned_away_before_he_is_heard(tmp_path: Path) -> None:
    seen: list[Peer] = []

    def door(peer: Peer, gid: int) -> bool:
        seen.append(peer)
        return gid != (tmp_path / "s").stat().st_gid

    async def scenario() -> list[Any]:
        server = ControlServer(tmp_path / "s", HANDLERS, door=door)
        await server.start()
        told = await talk(tmp_path / "s", request("port", port=1) + b"\n")
        await server.stop()
        return told

    told = asyncio.run(scenario())
    assert [message["error"]["message"] for message in told] == ["you may not use this socket"]
    assert [(peer.pid, peer.uid) for peer in seen] == [(os.getpid(), os.geteuid())]
