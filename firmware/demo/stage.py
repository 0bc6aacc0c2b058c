"""What the demo plays on: a board, an exchange and a gateway, each a process of its own."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from drivers.errors import DriverError
from drivers.sim.client import PhoneClient
from firmware.control.client import ControlClient
from firmware.errors import ControlError, GatewayError

CONFIG = """\
# Two telephones on the simulated board, and the exchange that `tipring demo` runs beside it.
[gateway]
country = "cn"

[[card]]
number = 1
driver = "si3210"
bus = "simulated"
ports = 2
pcm = "simulated"

[sip]
domain = "demo.tipring.example"
listen = "127.0.0.1:{sip}"

[[sip.server]]
host = "127.0.0.1"
port = {exchange}

[rtp]
ports = "{rtp}-{rtp_last}"

[dialling]
digit_map = "10x"

[control]
socket = "{folder}/control.sock"

[[line]]
port = 1
number = "101"
password = "{secret}"

[[line]]
port = 2
number = "102"
password = "{secret}"
"""
DRIVERS = ("si3210", "si3215", "ag1171")
"""What the card of the demo may carry; the first is that of `CONFIG`."""
SECRET = "demo-secret"  # noqa: S105 - of an exchange that lives for half a minute on loopback
PATIENCE = 15.0
"""Seconds that a process may take to answer."""


def config_for(driver: str) -> str:
    """`CONFIG` for a card with that driver."""
    card = f'driver = "{driver}"'
    if driver == "ag1171":
        card += "\noht_resistor = true"
    return CONFIG.replace(f'driver = "{DRIVERS[0]}"', card)


class StageError(GatewayError):
    """Something did not start, or did not happen in time."""


class Stage:
    """The processes, in a folder of their own that goes away with them.

    Args:
        text: of the configuration, with the names of `CONFIG` in braces.

    Attributes:
        program: the words before those of a ``tipring`` command.
    """

    program: Sequence[str] = (sys.executable, "-m", "firmware")

    def __init__(self, text: str = CONFIG) -> None:
        self.sip, self.exchange, rtp = _free_port(), _free_port(), _free_port() & ~1
        self.folder = Path(tempfile.mkdtemp(prefix="tipring-"))
        self.config = self.folder / "tipring.toml"
        self.control_path = self.folder / "control.sock"
        self.log = self.folder / "gateway.log"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._nap = threading.Event()
        self.config.touch(0o600)  # as a file with passwords is
        self.config.write_text(
            text.format(
                sip=self.sip, exchange=self.exchange, rtp=rtp, rtp_last=rtp + 19,
                folder=self.folder, secret=SECRET,
            )
        )  # fmt: skip

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._end()

    def control(self) -> ControlClient:
        """A new connection to the gateway."""
        return ControlClient(self.control_path)

    def telephones(self) -> PhoneClient:
        """A new connection to the people at the telephones."""
        return PhoneClient(self.folder / "board.sock")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._nap.wait(seconds)

    def excuse(self) -> str:
        """The last words of the gateway, for when something went wrong."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"  gateway: {line}" for line in lines[-12:])

    def start(self) -> None:
        """Start what the story needs."""
        self.start_exchange()
        self.start_gateway()
        self.until_answers()

    def start_exchange(self, *more: str) -> subprocess.Popen[bytes]:
        """Start the exchange, with `more` on its command line; returns when it listens."""
        users = [f"--user={number}:{SECRET}" for number in ("101", "102")]
        process = self.spawn(
            "exchange", "--listen", f"127.0.0.1:{self.exchange}",
            "--domain", "demo.tipring.example", *users, *more, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not (selector.select(PATIENCE) and process.stdout.readline()):
                raise StageError("the exchange did not start")
        return process

    def start_gateway(
        self, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start the gateway, or start it again; it may not answer yet."""
        with self.log.open("ab") as log:
            return self.spawn(
                "run", "--config", str(self.config), stderr=log, environment=environment
            )

    def spawn(
        self,
        *words: str,
        stdout: int | None = None,
        stderr: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start ``tipring WORDS``, to be ended with the stage."""
        other = {"TIPRING_SOCKET", "TIPRING_BOARD"}  # of a gateway that runs here already
        ours = {name: value for name, value in os.environ.items() if name not in other}
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [*self.program, *words],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**ours, **(environment or {})},
            start_new_session=True,  # the interrupt key is ours, not theirs
        )
        self._processes.append(process)
        return process

    def until_answers(self) -> None:
        """Wait until the gateway that was started last answers at its socket."""
        for _ in range(int(PATIENCE / 0.05)):
            try:
                with self.control() as control:
                    control.call("version")
                    return
            except ControlError:
                if self._processes[-1].poll() is not None:
                    raise StageError(f"the gateway did not start\n{self.excuse()}") from None
                self.wait(0.05)
        raise StageError(f"the gateway does not answer\n{self.excuse()}")

    def _end(self) -> None:
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        try:
            board = self.telephones()
        except DriverError:
            pass  # it never came to that
        else:
            board.call("quit")
            board.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
