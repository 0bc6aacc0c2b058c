"""Where machines meet the event loop: the only module that knows both."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from firmware.machine import Machine

InT = TypeVar("InT")
OutT = TypeVar("OutT")

log = logging.getLogger("tipring.pump")


class Pump(Generic[InT, OutT]):
    """Runs one machine: passes events in, carries outputs out, keeps its one timer armed.

    `perform` may call `feed` again, on this pump or another; what comes of it is carried
    out after the outputs already waiting, so a machine is never entered twice at once and
    outputs keep their order. An output that cannot be carried out is handed to `failed` and
    the others go on: one broken thing must not silence the machine.
    """

    def __init__(
        self,
        machine: Machine[InT, OutT],
        perform: Callable[[OutT], None],
        failed: Callable[[OutT, Exception], None] | None = None,
    ) -> None:
        self.machine = machine
        self._perform = perform
        self._failed = failed or _log_failure
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for: float | None = None
        self._waiting: deque[OutT] = deque()
        self._carrying = False
        self._closed = False

    def feed(self, event: InT) -> None:
        """Tell the machine that something happened, and carry out what it wants."""
        self.carry_out(self.machine.feed(event, self._loop.time()))

    def carry_out(self, outputs: Iterable[OutT]) -> None:
        """Carry these out after those already waiting (also what `start` returned)."""
        self._waiting.extend(outputs)
        if self._carrying:
            return
        self._carrying = True
        try:
            while self._waiting:
                output = self._waiting.popleft()
                try:
                    self._perform(output)
                except Exception as error:  # noqa: BLE001 - the edge: a failed output is reported
                    self._failed(output, error)
        finally:
            self._carrying = False
            self._rearm()

    def close(self) -> None:
        """Never call the machine again."""
        self._closed = True
        if self._timer:
            self._timer.cancel()

    def _tick(self) -> None:
        self._armed_for = None
        due = self.machine.deadline or 0.0  # the loop may wake us a clock tick early
        self.carry_out(self.machine.tick(max(due, self._loop.time())))

    def _rearm(self) -> None:
        deadline = None if self._closed else self.machine.deadline
        if deadline == self._armed_for:
            return
        if self._timer:
            self._timer.cancel()
        self._armed_for = deadline
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._tick)


def _log_failure(output: object, error: Exception) -> None:
    log.error("output-failed", exc_info=error, extra={"output": type(output).__name__})
