"""What the control socket answers about the configuration file: what it changes, and do it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from firmware.card.words import card_settings
from firmware.config.diff import Part, Step, changes, steps
from firmware.config.load import Loaded, read
from firmware.config.schema import Config
from firmware.config.store import Store
from firmware.control.connection import Handler
from firmware.errors import CommandError, ConfigError
from firmware.gateway import Gateway
from firmware.log import event as log_event
from firmware.renewal import Renewal
from firmware.trace.records import Alarms

COPY = "config copy"
"""Where the alarm stands of a copy that could not be made."""


class ConfigDesk:
    """Answers about the file that one gateway was started with.

    Args:
        gateway: that runs.
        store: its file, and what is kept beside it.
        restart: starts a gateway anew with a configuration.
        placed: what the command line says otherwise than the file.
        retell: lets home automation know of a configuration.
    """

    def __init__(
        self,
        gateway: Gateway,
        store: Store,
        restart: Callable[[Config], object],
        placed: Callable[[Config], Config],
        retell: Callable[[Config], Coroutine[Any, Any, None]],
    ) -> None:
        self._gateway = gateway
        self._store = store
        self._placed = placed
        self.renewal = Renewal(gateway, restart, retell)
        self._keeping: asyncio.Task[None] | None = None

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "config-file": lambda _: {
                "file": str(self._store.path),
                "before": str(self._store.before),
            },
            "config-diff": self._diff,
            "config-apply": self._apply,
        }

    def keep(self, text: str) -> None:
        """Remember beside the file, without haste, what the gateway runs with."""
        loop = asyncio.get_running_loop()
        last = self._keeping
        self._keeping = loop.create_task(self._kept(text, last))

    async def _kept(self, text: str, last: asyncio.Task[None] | None) -> None:
        if last is not None:
            await asyncio.wait([last])
        await remember(self._store, text, self._gateway.alarms)

    def _diff(self, _params: dict[str, Any]) -> object:
        try:
            old, new, loaded = self._both()
        except ConfigError as error:
            return self._refused(error)
        return self._told(old, new, loaded)

    def _apply(self, params: dict[str, Any]) -> object:
        try:
            old, new, loaded = self._both()
        except ConfigError as error:
            return self._refused(error)
        _same_hardware(old, new)
        _same_socket(old, new)
        answer = self._told(old, new, loaded)
        wanted = self.renewal.apply(new, at_once=params.get("now") is True)
        log_event("config", applied=str(self._store.path), renews=", ".join(map(str, wanted)))
        self._gateway.alarms.clear("config file")
        self.keep(loaded.text)
        waiting = [str(step) for step in self.renewal.waiting]
        return {**answer, "renews": [str(step) for step in wanted], "waiting": waiting}

    def _both(self) -> tuple[Config, Config, Loaded]:
        """The configuration in force, and that of the file.

        Raises:
            ConfigError: the file is refused.
        """
        loaded = read(self._store.path)
        return self._gateway.config, self._placed(loaded.config), loaded

    def _refused(self, error: ConfigError) -> dict[str, Any]:
        return {"file": str(self._store.path), "problems": error.problems}

    def _told(self, old: Config, new: Config, loaded: Loaded) -> dict[str, Any]:
        wanted = list(dict.fromkeys([*self.renewal.waiting, *steps(old, new)]))
        return {
            "file": str(self._store.path),
            "problems": [],
            "warnings": list(loaded.warnings),
            "changes": [str(change) for change in changes(old, new)],
            "renews": [str(step) for step in wanted],
            "in_use": sorted({port for step in wanted for port in self._users(step)}),
            "waiting": [str(step) for step in self.renewal.waiting],
        }

    def _users(self, step: Step) -> list[int]:
        """The ports in use that a step has to wait for."""
        ports = [step.port] if step.part is Part.PORT else list(self._gateway.ports)
        return [port for port in ports if self._gateway.in_use(port)]


async def remember(store: Store, text: str, alarms: Alarms) -> None:
    """Keep what runs beside the file; a disk that takes nothing is an alarm until one does."""
    try:
        await asyncio.to_thread(store.in_force, text)  # a card may take its time
    except OSError as error:
        reason = f"{store.good} cannot be written: {error.strerror or error}"
        log_event("config", level=logging.WARNING, why=reason)
        more = "if the file is lost an older one will run; make room, then config apply"
        alarms.set(COPY, "warning", f"{reason}; {more}")
    else:
        alarms.clear(COPY)


def _same_hardware(old: Config, new: Config) -> None:
    """A simulated board is what it was built as, like any other.

    Raises:
        CommandError: the file wants another.
    """
    before, after = card_settings(old), card_settings(new)
    if "simulated" not in {after.bus, after.pcm} or before.socket != after.socket:
        return
    is_there, wanted = (
        f"card {card.number}, {card.variant}, {card.ports} ports" for card in (before, after)
    )
    if wanted != is_there:
        raise CommandError(
            f"the simulated board is {is_there}, and the file wants {wanted}: stop the service, "
            "end the board, and start the service again"
        )


def _same_socket(old: Config, new: Config) -> None:
    if old.control != new.control:
        raise CommandError(
            "control.socket changes: everybody would lose his connection; restart the service"
        )
