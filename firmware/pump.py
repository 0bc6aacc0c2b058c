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
        now = max(self._loop.time(), self._armed_for or 0.0)  # we may be woken a clock tick early
        self._armed_for = self._timer = None
        due = self.machine.deadline
        if due is None or due > now:
            self._rearm()  # what we were to be woken for has come to pass otherwise
        else:
            self.carry_out(self.machine.tick(now))

    def _rearm(self) -> None:
        """Be woken no later than the deadline.

        A deadline that has moved away leaves the timer as it is: nearly every message moves one,
        to arm a timer costs as much as to read a header, and one that comes too early is rare.
        """
        deadline = None if self._closed else self.machine.deadline
        armed = self._armed_for
        if deadline is None or (armed is not None and armed <= deadline):
            return
        if self._timer:
            self._timer.cancel()
        self._armed_for, self._timer = deadline, self._loop.call_at(deadline, self._tick)


def _log_failure(output: object, error: Exception) -> None:
    log.error("output-failed", exc_info=error, extra={"output": type(output).__name__})
