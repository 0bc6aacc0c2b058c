"""Bring a running gateway to another configuration, part by part.

Only what has changed starts anew, and not while somebody uses it: a person who talks goes on with
the old settings until the handset is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from firmware.config.diff import Part, Step, steps
from firmware.config.schema import Config
from firmware.log import event as log_event
from firmware.seams import Later
from firmware.trace.records import Alarms

LOOK = 0.5
"""Seconds between two looks at telephones in use, while something waits for them."""
WHERE = "config"
"""Place of the alarm that not everything is in force yet."""


class House(Protocol):
    """The gateway that is renewed."""

    config: Config
    alarms: Alarms

    def in_use(self, port: int) -> bool:
        """Whether the port has a call, or its handset is lifted."""

    def adopt(self, config: Config) -> None:
        """Take this configuration; nothing starts anew by that."""

    def release(self, port: int, why: str) -> None:
        """End the call at a port."""

    async def renew_port(self, port: int) -> None: ...
    async def renew_signalling(self) -> None: ...
    async def renew_voice(self) -> None: ...


class Renewal:
    """Applies configurations to one gateway.

    Args:
        house: the gateway.
        restart: starts a whole gateway anew with a configuration; the last resort.
        retell: lets home automation know of a configuration.
    """

    def __init__(
        self,
        house: House,
        restart: Callable[[Config], object],
        retell: Callable[[Config], Coroutine[Any, Any, None]],
    ) -> None:
        self._house = house
        self._restart = restart
        self._retell = retell
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._later = Later(loop.call_later)
        self._waiting: list[Step] = []
        self._at_work: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> tuple[Step, ...]:
        """Parts that have to start anew, and could not yet."""
        return tuple(self._waiting)

    def apply(self, config: Config, *, at_once: bool = False) -> tuple[Step, ...]:
        """Bring the gateway to `config`.

        Args:
            config: checked.
            at_once: calls that are in the way are ended; else they are waited for.

        Returns:
            All that has to start anew; what of it still waits, `waiting` tells.
        """
        self._waiting = _together([*self._waiting, *steps(self._house.config, config)])
        wanted = self.waiting
        self._house.adopt(config)
        if at_once:
            for port in self._ports(*wanted):
                if self._house.in_use(port):
                    self._house.release(port, "a new configuration")
        self._look()
        return wanted

    def close(self) -> None:
        """Stop waiting: the gateway ends, and its next start does the rest."""
        self._later.stop_all()
        if self._at_work:
            self._at_work.cancel()

    def _look(self) -> None:
        """Start anew what can be by now."""
        if self._at_work is None:
            for step in self.waiting:
                if not any(self._house.in_use(port) for port in self._ports(step)):
                    self._waiting.remove(step)
                    self._do(step)
                    break  # one at a time: the next look is when it is done
        self._tell()
        if self._waiting and self._at_work is None:
            self._later.start("look", LOOK, self._look)

    def _ports(self, *of: Step) -> list[int]:
        """The ports whose telephones would notice."""
        everybody = range(1, self._house.config.card[0].ports + 1)
        some = {step.port for step in of if step.part is not Part.TOLD}
        return list(everybody) if 0 in some else sorted(some)

    def _do(self, step: Step) -> None:
        log_event("config", renewed=str(step))
        match step.part:
            case Part.PORT:
                self._work(self._house.renew_port(step.port))
            case Part.SIGNALLING:
                self._work(self._house.renew_signalling())
            case Part.VOICE:
                self._work(self._house.renew_voice())
            case Part.TOLD:
                self._work(self._retell(self._house.config))
            case Part.BOX:
                self._restart(self._house.config)

    def _work(self, what: Coroutine[Any, Any, None]) -> None:
        self._at_work = self._loop.create_task(what)
        self._at_work.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._at_work = None
        if task.cancelled():
            return
        if error := task.exception():
            log_event("config", level=logging.ERROR, why=repr(error))
        self._look()

    def _tell(self) -> None:
        if self._waiting:
            what = ", ".join(map(str, self._waiting))
            words = f"applied, and not in force until its telephones are at rest: {what}"
            self._house.alarms.set(WHERE, "warning", words)
        else:
            self._house.alarms.clear(WHERE)


def _together(found: list[Step]) -> list[Step]:
    """Each once; a whole gateway has all parts."""
    box = Step(Part.BOX)
    return [box] if box in found else [*dict.fromkeys(found)]
