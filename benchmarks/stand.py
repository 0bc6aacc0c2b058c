"""The gateway on the test stand: board, gateway and far end, each a process or thread."""

from __future__ import annotations

import compileall
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

from benchmarks import machine
from benchmarks.far_end import FarEnd
from drivers.sim.client import PhoneClient
from firmware.control.client import ControlClient
from firmware.errors import ControlError

CONFIG = """\
[gateway]
country = "cn"

[[card]]
number = 1
driver = "si3210"
bus = "simulated"
ports = {ports}
pcm = "simulated"

[sip]
domain = "127.0.0.1"
listen = "127.0.0.1:{sip}"

[[sip.server]]
host = "127.0.0.1"
port = {server}

[rtp]
ports = "{rtp}-{rtp_last}"

[dialling]
digit_map = "10x"

[control]
socket = "{folder}/control.sock"
"""
LINE = """
[[line]]
port = {port}
number = "{number}"
password = "secret"
"""
PATIENCE = 30.0
ROOT = Path(__file__).parents[1]


class StandError(Exception):
    """Something did not happen in time."""


class Stand:
    """A simulated board that runs already, as hardware does, and a far end.

    The gateway is started and stopped by `start` and `stop`, as often as one likes.
    """

    def __init__(self, ports: int, *, far_end: FarEnd | None = None) -> None:
        self.ports = ports
        self.folder = Path(tempfile.mkdtemp(prefix="tipring-bench-"))
        self.far_end = far_end or FarEnd()
        self._own_far_end = far_end is None
        self.board_path = self.folder / "board.sock"
        self.started = self.ready = self.answers = 0.0
        """When the gateway was started, said READY=1, and answered at its control socket."""
        self.listening = 0
        """The port that the gateway listens at."""
        self._gateway: subprocess.Popen[bytes] | None = None
        for package in ("drivers", "firmware"):  # as where it is installed
            compileall.compile_dir(ROOT / package, quiet=2)
        self._board = self._start_board()
        self._nap = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._board.send_signal(signal.SIGTERM)
        self._board.wait(5)
        if self._own_far_end:
            self.far_end.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # who is who

    @property
    def signalling(self) -> int:
        assert self._gateway is not None
        return self._gateway.pid

    @property
    def media(self) -> int:
        for pid in machine.children(self.signalling):
            if "firmware.media" in machine.command(pid):
                return pid
        raise StandError("there is no media process")

    @property
    def board(self) -> int:
        return self._board.pid

    def number(self, port: int) -> str:
        return str(100 + port)

    def phones(self) -> PhoneClient:
        return PhoneClient(self.board_path)

    def control(self) -> ControlClient:
        return ControlClient(self.folder / "control.sock")

    def nap(self, seconds: float) -> None:
        self._nap.wait(seconds)

    def now_on(self, began: float) -> float:
        """The time of a clock that was 0 at `began`."""
        return time.monotonic() - began

    # life

    def _start_board(self) -> subprocess.Popen[bytes]:
        words = ["-m", "drivers.sim", "--socket", str(self.board_path), "--card"]
        board = subprocess.Popen(
            [sys.executable, "-W", "ignore", *words, f"1:{self.ports}:si3210"],
            stdout=subprocess.PIPE,
        )
        assert board.stdout is not None
        if not board.stdout.readline():
            raise StandError("the board did not start")
        return board

    def start(self, *, listen: int | None = None) -> None:
        """Start the gateway, and wait until all ports are registered and it is ready."""
        sip, rtp = listen or free_port(), free_port(20000) & ~1
        self.listening = sip
        config = self.folder / "tipring.toml"
        config.write_text(
            CONFIG.format(
                ports=self.ports, sip=sip, server=self.far_end.port, rtp=rtp,
                rtp_last=rtp + 4 * self.ports + 20, folder=self.folder,
            )
            + "".join(
                LINE.format(port=port, number=self.number(port))
                for port in range(1, self.ports + 1)
            )
        )  # fmt: skip
        self.far_end.forget()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(str(self.folder / "notify.sock"))
            notices.settimeout(PATIENCE)
            environment = {**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify.sock")}
            environment.pop("TIPRING_SOCKET", None)
            poller = threading.Thread(target=self._until_answers, daemon=True)
            with (self.folder / "gateway.log").open("wb") as log:
                self.started = time.monotonic()
                self._gateway = subprocess.Popen(
                    [sys.executable, "-m", "firmware", "run", "--config", str(config)],
                    stdin=subprocess.DEVNULL, stderr=log, env=environment,
                )  # fmt: skip
            poller.start()
            try:
                while not notices.recv(4096).startswith(b"READY=1"):
                    pass
            except TimeoutError:
                raise StandError(f"the gateway is not ready\n{self.log()}") from None
            self.ready = time.monotonic()
            poller.join()
        (self.folder / "notify.sock").unlink()
        end = time.monotonic() + PATIENCE
        while len(self.far_end.contacts) < self.ports:
            if time.monotonic() > end:
                raise StandError(f"not registered\n{self.log()}")
            self.nap(0.01)

    def _until_answers(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with self.control() as control:
                    control.call("version")
            except ControlError:
                self.nap(0.002)
            else:
                self.answers = time.monotonic()
                return

    def stop(self) -> None:
        """Stop the gateway in good order; the board and the far end stay."""
        if self._gateway is None:
            return
        self._gateway.send_signal(signal.SIGTERM)
        try:
            self._gateway.wait(10)
        except subprocess.TimeoutExpired:
            self._gateway.kill()
            self._gateway.wait()
        self._gateway = None
        self.far_end.contacts.clear()

    def kill(self) -> None:
        """End the gateway as a fault would; its voice process sees that and goes."""
        assert self._gateway is not None
        self._gateway.kill()
        self._gateway.wait()
        self._gateway = None
        self.far_end.contacts.clear()

    def log(self) -> str:
        lines = (self.folder / "gateway.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-12:])


def free_port(lowest: int = 0) -> int:
    """A UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port if port >= lowest else port + lowest
