"""A process of `benchmarks.lines`: lines without chips, and what they are told and tell."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Self

from benchmarks.stand import free_port
from benchmarks.told import Told

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
        self._process = Told("benchmarks.lines", "benchmarks.lines", *words)
        self._process.hear("ready")
        if self._registers:
            bound = self._process.hear("registered")
            self.registered_s, self.registered_cpu_s = map(float, bound[2:])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, count: int, rate: float) -> int:
        """Place so many calls; how many were answered."""
        return self._process.call(count, rate)
