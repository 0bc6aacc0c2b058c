"""The gateway as a service of systemd: how it starts, ends, and is confined."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.sip.message import Request, respond
from tests.sbc import description
from tests.wire.server import Server
from tests.wire.stage import IDLE, House, children, until

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = {
    "etc/systemd/system/tipring.service",
    "etc/tipring/tipring.toml",
    "usr/lib/modules-load.d/tipring.conf",
    "usr/lib/sysusers.d/tipring.conf",
    "usr/lib/udev/rules.d/60-tipring.rules",
    "usr/local/share/man/man1/tipring.1",
}
UNITS = Path("/usr/lib/systemd/system")
ANALYZE = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not (UNITS / "sysinit.target").exists(),
    reason="systemd-analyze, or systemd's own units, are not installed",
)


class Manager:
    """What systemd hears at its notification socket."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        self._said: list[str] = []
        self._last = time.monotonic()

    @property
    def said(self) -> list[str]:
        """What it has been told, line by line."""
        while True:
            try:
                self._said += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self._said
            self._last = time.monotonic()

    @property
    def silent_s(self) -> float:
        """How long it has been told nothing."""
        assert self.said
        return time.monotonic() - self._last

    def close(self) -> None:
        self._socket.close()


@dataclass
class Scene:
    """A gateway as a service, between systemd and a scripted server."""

    house: House
    server: Server
    manager: Manager

    def up(self) -> House:
        """Start the gateway unless it runs, and wait until both lines are registered."""
        if not hasattr(self.house, "gateway") or self.house.gateway.poll() is not None:
            environment = {"NOTIFY_SOCKET": str(self.manager.path), "WATCHDOG_USEC": "1000000"}
            self.house.gateway = self.house.start_gateway(environment)
        idle = [IDLE, IDLE]
        self.server.waits("idle", lambda: [self.house.row(port) for port in (1, 2)] == idle)
        return self.house

    def calls(self) -> Request:
        """Telephone 1 talks to somebody behind the server; returns the INVITE."""
        self.house.calls(1, "103")
        self.server.forgets()
        invite = self.server.gets("INVITE")
        on_the_way = self.server.stays_on_the_way
        self.server.says(invite, 200, body=description(), more=on_the_way)
        self.server.gets("ACK")
        until("port 1 talks", lambda: "Talking" in self.house.row(1))
        return invite


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with House() as house, Server(house) as server, closing(Manager(house.folder)) as manager:
        yield Scene(house, server, manager)


def test_after_a_restart_the_far_end_of_an_old_call_is_told_that_there_is_none(
    scene: Scene,
) -> None:
    scene.up()
    invite = scene.calls()
    scene.house.killed()
    scene.house.phone(1, "hang-up")
    scene.up()
    scene.server.forgets()
    scene.server.asks_as_callee("BYE", invite, 2)
    scene.server.gets_answer(481, "BYE")


def test_systemd_is_told_of_start_and_life(scene: Scene) -> None:
    house, manager = scene.up(), scene.manager
    until("READY=1", lambda: "READY=1" in manager.said)
    assert "STATUS=2 of 2 ports in service" in manager.said
    until("three signs of life", lambda: manager.said.count("WATCHDOG=1") >= 3)
    # a voice process that hangs: only systemd can help, by starting everything again
    (voice,) = children(house.gateway.pid, "firmware.media")
    os.kill(voice, signal.SIGSTOP)
    until("no sign of life for long", lambda: manager.silent_s > 2)
    os.kill(voice, signal.SIGCONT)
    until("a sign of life", lambda: manager.silent_s < 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stop_releases_calls_removes_bindings_and_opens_the_lines(
    scene: Scene, number: signal.Signals
) -> None:
    """By systemd, or because the terminal hangs up: all processes of its group hear of that."""
    house, server = scene.up(), scene.server
    scene.calls()
    server.on("BYE", lambda request: [respond(request, 200, to_tag="b")])
    began = time.monotonic()
    os.killpg(house.gateway.pid, number)
    server.waits("the end", lambda: house.gateway.poll() is not None)
    assert time.monotonic() - began < 5
    assert house.gateway.returncode == 0
    asked = [m for m in server.unread if isinstance(m, Request)]
    assert sorted(m.method for m in asked) == ["BYE", "REGISTER", "REGISTER"]
    assert {m.expires for m in asked if m.method == "REGISTER"} == {0}
    assert [house.phone(port, "state")["line_v"] for port in (1, 2)] == [0, 0]
    assert not house.control_path.exists()
    assert scene.manager.said[-1] == "STOPPING=1"
    house.phone(1, "hang-up")


@ANALYZE
def test_the_unit_is_understood_and_confined(tmp_path: Path) -> None:
    _installs(tmp_path)
    program = tmp_path / "opt/tipring/.venv/bin/tipring"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    shutil.copytree(UNITS, tmp_path / UNITS.relative_to("/"), symlinks=True)
    seen = _run("systemd-analyze", "verify", "--man=no", f"--root={tmp_path}", "tipring.service")
    complaints = [line for line in seen.stderr.splitlines() if "tipring" in line]
    assert (seen.returncode, complaints) == (0, [])
    unit = str(tmp_path / "etc/systemd/system/tipring.service")
    judged = _run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert judged.returncode == 0, judged.stdout


def test_the_unit_never_gives_up_and_is_bounded() -> None:
    """D15: it is started again after a second, whatever it died of and however often."""
    lines = (ROOT / "systemd/tipring.service").read_text().splitlines()
    said = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    assert (said["Restart"], said["RestartSec"], said["StartLimitIntervalSec"]) == (
        "always", "1", "0",
    )  # fmt: skip
    assert {"MemoryMax", "TasksMax", "LimitNOFILE", "WatchdogSec"} <= said.keys()
    assert said["LimitCORE"] == "0"


def test_install_lays_down_its_files_and_keeps_the_operators(tmp_path: Path) -> None:
    _installs(tmp_path)
    laid = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert laid == INSTALLED
    own = tmp_path / "etc/tipring/tipring.toml"
    own.write_text("# mine\n")
    _installs(tmp_path)
    assert own.read_text() == "# mine\n"
    done = _run(str(ROOT / "systemd/uninstall.sh"), DESTDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == {
        "etc/tipring/tipring.toml"
    }


def _installs(root: Path) -> None:
    done = _run(str(ROOT / "systemd/install.sh"), DESTDIR=str(root))
    assert done.returncode == 0, done.stderr


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
