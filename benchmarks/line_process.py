"""A process of `benchmarks.lines`: lines without chips, and what they are told and tell."""

from __future__ import annotations

import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from benchmarks.stand import StandError, free_port

CONFIG = """\
[[card]]
ports = {ports}
bus = "simulated"
pcm = "simulated"

[sip]
domain = "127.0.0.1"
listen = "127.0.0.1:{sip}"
register_rate = 0

[[sip.server]]
host = "127.0.0.1"
port = {server}

[dialling]
digit_map = "10x|8xxx"
"""
LINE = '\n[[line]]\nport = {port}\nnumber = "{number}"\npassword = "secret"\n'
WAIT = 40.0
"""s; an INVITE that nobody answers has ended by then (64 T1), and its call is counted as lost."""


class Lines:
    """A process of `benchmarks.lines`, registered at a server."""

    def __init__(self, count: int, server: int, *, registers: bool = True) -> None:
        self.count = count
        self._server = server
        self._registers = registers
        self._folder = Path(tempfile.mkdtemp(prefix="tipring-bench-"))
        self.registered_s = 0.0
        """From the first REGISTER sent to the last line bound."""
        self.registered_cpu_s = 0.0
        """Of the process meanwhile."""

    def __enter__(self) -> Self:
        config = self._folder / "lines.toml"
        lines = (LINE.format(port=p, number=100 + p) for p in range(1, self.count + 1))
        head = CONFIG.format(ports=self.count, sip=free_port(), server=self._server)
        config.write_text(head + "".join(lines))
        words = [str(config)] if self._registers else [str(config), "unregistered"]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.lines", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        self._hear("ready")
        if self._registers:
            self.registered_s, self.registered_cpu_s = map(float, self._hear("registered")[2:])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # nobody waits for what it would say to its server
        self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, count: int, rate: float) -> int:
        """Place so many calls; how many were answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"call {count} {rate}\n".encode())
        self._process.stdin.flush()
        return int(self._hear("called", WAIT + count / rate)[2])

    def _hear(self, word: str, within: float = WAIT) -> list[str]:
        out = self._process.stdout
        assert out is not None
        if not select.select([out], [], [], within)[0]:
            raise StandError(f"the lines do not say {word!r}")
        said = out.readline().decode().split()
        if not said or said[0] != word:
            raise StandError(f"the lines said {said!r}, not {word!r}")
        return said
