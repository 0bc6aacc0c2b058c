"""The codec helper of a gateway in virtual time: the same work, in the same process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from firmware.errors import MediaError
from firmware.media.transcoder import Transcoder

LOADS = 0.5
"""Seconds that its libraries take to load."""


class BenchBeside:
    """Both ends of the way to a helper; results are there at once."""

    def __init__(self, law: str) -> None:
        from firmware.media.aiortc_codecs import ERRORS, MAKERS

        self._transcoder = Transcoder(law, MAKERS, ERRORS)
        self._results: deque[bytes] = deque()
        self.dead = False
        self.periods = 0
        """That brought jobs."""

    def send(self, data: bytes) -> int:
        if self.dead:
            raise BrokenPipeError
        self.periods += 1
        self._results.append(self._transcoder.work(data))
        return len(data)

    def recv_into(self, buffer: bytearray) -> int:
        if self.dead:
            return 0
        if not self._results:
            raise BlockingIOError
        result = self._results.popleft()
        buffer[: len(result)] = result
        return len(result)

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class HelperBeside:
    """Stands in for `HelperLink`."""

    def __init__(
        self,
        helpers: Helpers,
        law: str,
        on_ready: Callable[[Any], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self._helpers = helpers
        self._law = law
        self._on_ready, self._on_exit = on_ready, on_exit
        self.bench: BenchBeside | None = None
        self.closed = False

    def start(self) -> None:
        if self._helpers.refuse:
            raise MediaError(f"the codec helper cannot be started: {self._helpers.refuse}")
        asyncio.get_running_loop().call_later(LOADS, self._loaded)

    def _loaded(self) -> None:
        if self.closed:
            return
        if self._helpers.frail:
            self.dies(1)
            return
        self.bench = BenchBeside(self._law)
        self._on_ready(self.bench)

    def dies(self, status: int = -9) -> None:
        self.closed = True
        if self.bench is not None:
            self.bench.dead = True
        self._on_exit(status)

    def close(self) -> None:
        self.closed = True


class Helpers:
    """All that were started in a world."""

    def __init__(self) -> None:
        self.started: list[HelperBeside] = []
        self.refuse = ""
        """Why none can be started."""
        self.frail = False
        """Each dies before it can work."""

    @property
    def running(self) -> HelperBeside | None:
        return next((one for one in self.started if not one.closed), None)

    def open(
        self,
        law: str,
        _realtime: bool,
        on_ready: Callable[[Any], None],
        on_exit: Callable[[int], None],
    ) -> HelperBeside:
        self.started.append(HelperBeside(self, law, on_ready, on_exit))
        return self.started[-1]
