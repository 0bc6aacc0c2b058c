"""The neighbours as callers: each places calls one after the other and hangs up when answered.

They know the password and register nowhere, as `benchmarks.lines` without registration. PJSUA2 is
told by its standard input, baresip by its control socket (netstrings of JSON, its `ctrl_tcp`).
"""

from __future__ import annotations

import json
import select
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol, Self

from benchmarks.neighbours import BARESIP, MODULES, Baresip, Pjsua2, installed
from benchmarks.stand import StandError, free_port
from benchmarks.told import Told

WAIT = 30.0
BARESIP_CALLER = """\
ctrl_tcp_listen 127.0.0.1:{control}
module ctrl_tcp.so
"""
ACCOUNT = (
    "<sip:u0@127.0.0.1:{server}>;auth_user=u0;auth_pass=p;regint=0;audio_codecs=PCMA/8000/1;"
    "ptime=20;mediaenc=;medianat=\n"
)


class Caller(Protocol):
    """A process that calls 8001 at a server; a context that ends it."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    @property
    def pid(self) -> int: ...
    def call(self, count: int, rate: float) -> int:
        """Place so many calls, so many a second; how many were answered."""


class Pjsua2Caller:
    """`benchmarks.calling_pjsua2`."""

    name = Pjsua2.name

    def __init__(self, server: int) -> None:
        self._server = server

    def __enter__(self) -> Self:
        words = "benchmarks.calling_pjsua2", str(free_port()), str(self._server)
        self._process = Told(f"{self.name} as a caller", *words, quiet=True)
        self._process.hear("ready")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end()

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, count: int, rate: float) -> int:
        return self._process.call(count, rate)


class BaresipCaller:
    """baresip with its control socket."""

    name = Baresip.name

    def __init__(self, server: int) -> None:
        self._server = server
        self._folder = Path(tempfile.mkdtemp(prefix="tipring-bench-"))
        self._heard = b""

    def __enter__(self) -> Self:
        control, (audio, packets) = free_port(), Baresip.buffers
        (self._folder / "config").write_text(
            BARESIP.format(port=free_port(), modules=MODULES, audio=audio, packets=packets)
            + BARESIP_CALLER.format(control=control)
        )
        (self._folder / "accounts").write_text(ACCOUNT.format(server=self._server))
        (self._folder / "contacts").write_text("")
        self._process = subprocess.Popen(
            ["env", f"HOME={self._folder}", "baresip", "-4", "-f", self._folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + WAIT
        while True:
            try:
                self._control = socket.create_connection(("127.0.0.1", control), 1.0)
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    self._ended()
                    raise StandError(f"{self.name} opens no control socket") from None
                select.select([], [], [], 0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._ended()

    def _ended(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, count: int, rate: float) -> int:
        answered, next_at = 0, time.monotonic()
        for _ in range(count):
            self._tell("dial", f"sip:8001@127.0.0.1:{self._server}")
            if self._until({"CALL_ESTABLISHED", "CALL_CLOSED"}) == "CALL_ESTABLISHED":
                answered += 1
                self._tell("hangup")
                self._until({"CALL_CLOSED"})
            next_at += 1 / rate
            select.select([], [], [], max(0.0, next_at - time.monotonic()))
        return answered

    def _tell(self, command: str, params: str = "") -> None:
        text = json.dumps({"command": command, "params": params})
        self._control.sendall(f"{len(text)}:{text},".encode())

    def _until(self, kinds: set[str]) -> str:
        """The next event of these kinds; what is said besides is passed over."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            said = self._next()
            if said is None:
                self._control.settimeout(max(0.01, end - time.monotonic()))
                more = self._control.recv(65536)
                if not more:
                    break
                self._heard += more
            elif said.get("event") and said.get("type") in kinds:
                return str(said["type"])
        raise StandError(f"{self.name} does not say {' or '.join(sorted(kinds))}")

    def _next(self) -> dict[str, Any] | None:
        """One netstring of what was heard; None: it is not whole yet."""
        size, colon, rest = self._heard.partition(b":")
        if not colon or len(rest) <= int(size):
            return None
        self._heard = rest[int(size) + 1 :]
        found = json.loads(rest[: int(size)])
        return found if isinstance(found, dict) else {}


def callers() -> list[type[Pjsua2Caller | BaresipCaller]]:
    """Those that are on this machine."""
    by_name: dict[str, type[Pjsua2Caller | BaresipCaller]] = {
        each.name: each for each in (Pjsua2Caller, BaresipCaller)
    }
    return [by_name[kind.name] for kind in installed()]
