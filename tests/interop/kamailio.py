"""Kamailio as registrar and proxy, asked over its own RPC what it knows."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.certificates import Certificate
from tests.interop.programs import Folder, Program, installed, somewhere
from tests.interop.settings import DOMAIN
from tests.interop.waiting import until

CONFIG = Path(__file__).with_name("kamailio.cfg")
MODULES = ("lib/*/kamailio/modules", "lib/kamailio/modules", "lib64/kamailio/modules")
"""Where the modules may be, below /usr."""


class Kamailio:
    """A running Kamailio.

    Args:
        defines: more of what kamailio.cfg may be given, as ``NAME=VALUE``.
        host: its address; empty: one of its own.
        speaks: udp, tcp or tls; or udp+tcp, at the same port.
        shows: for tls, its certificate.
    """

    def __init__(
        self,
        *defines: str,
        host: str = "",
        speaks: str = "udp",
        shows: Certificate | None = None,
    ) -> None:
        self._speaks = speaks
        self.shows = shows
        self._binary = installed("kamailio", "kamailio")
        self._modules = _modules()
        self.at = somewhere(host)
        self._ends = ExitStack()
        self._folder = self._ends.enter_context(Folder())
        self._start(defines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._ends.close()

    def dies(self) -> None:
        """Without a word: all its processes at once, by their group, which is its own."""
        os.killpg(self.program.process.pid, signal.SIGKILL)
        self.program.process.wait()

    def freezes(self) -> None:
        """Its ports stay open, and nobody reads them: packets to it get no answer of any kind."""
        os.killpg(self.program.process.pid, signal.SIGSTOP)

    def starts_again(self, *defines: str) -> None:
        """End it and start it with other settings; it has forgotten everything."""
        self.program.end()
        self._start(defines)

    def _start(self, defines: Sequence[str]) -> None:
        given = (
            f"LISTEN={self._speaks.partition('+')[0]}:{self.at.host}:{self.at.port}",
            f'DOMAIN="{DOMAIN}"',
            f'MODULES="{self._modules}/"',
            *self._stream(),
            *defines,
        )
        run = str(self._folder)
        words = [self._binary, "-f", str(CONFIG), "-DD", "-E", "-m", "32", "-M", "4", "-Y", run,
                 "-w", run, "-P", f"{run}/pid"]  # fmt: skip
        for one in given:
            words += ["-A", one]
        try:
            self.program = self._ends.enter_context(Program("kamailio", words, self._folder))
            until("kamailio answers", lambda: self.program.runs() and self._answers())
        except BaseException:
            self._ends.close()
            raise

    def _stream(self) -> tuple[str, ...]:
        if self._speaks == "udp":
            return ()
        if self._speaks == "udp+tcp":
            return "STREAM=yes", "LONELY=yes", f"ALSO=tcp:{self.at.host}:{self.at.port}"
        if self.shows is None:
            return ("STREAM=yes",)
        return "STREAM=yes", f'CERTIFICATE="{self.shows.cert}"', f'KEY="{self.shows.key}"'

    def contacts(self, number: str) -> list[str]:
        """The addresses bound to a number at this moment."""
        answer = self._rpc("ul.lookup", "location", number)
        if "error" in answer:
            return []
        return [entry["Contact"]["Address"] for entry in answer["result"]["Contacts"]]

    def expires(self, number: str) -> int:
        """Seconds that the first binding of a number has left."""
        (first, *_) = self._rpc("ul.lookup", "location", number)["result"]["Contacts"]
        return int(first["Contact"]["Expires"])

    def evidence(self) -> dict[str, str]:
        return self.program.evidence()

    def _answers(self) -> bool:
        try:
            return "result" in self._rpc("core.version")
        except OSError:
            return False

    def _rpc(self, method: str, *params: str) -> dict[str, Any]:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        own = self._folder / "asks.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.bind(str(own))
            try:
                sock.sendto(json.dumps(request).encode(), str(self._folder / "rpc.sock"))
                answer: dict[str, Any] = json.loads(sock.recv(65536))
            finally:
                own.unlink()
        return answer


def _modules() -> Path:
    for pattern in MODULES:
        for path in Path("/usr").glob(f"{pattern}/registrar.so"):
            return path.parent
    pytest.skip("kamailio has no modules here (Debian package kamailio)")
