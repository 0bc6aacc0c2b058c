"""The broker that a gateway tells, if it has one; a new configuration may name another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from firmware.config.schema import Config
from firmware.control.connection import Handler
from firmware.gateway import Gateway

if TYPE_CHECKING:
    from firmware.mqtt.watch import OpenLink, Watch


class Telling:
    """What home automation hears of one gateway.

    Args:
        gateway: whose telephones.
        handlers: of the desk.
        open_link: reaches a broker; None: the real one.
    """

    def __init__(
        self,
        gateway: Gateway,
        handlers: Mapping[str, Handler],
        open_link: OpenLink | None = None,
    ) -> None:
        self._gateway = gateway
        self._handlers = handlers
        self._open_link = open_link
        self._watch: Watch | None = None

    async def renew(self, config: Config) -> None:
        """Tell the broker of that configuration, and no other."""
        await self.stop()
        if not config.mqtt.host:
            return
        from firmware.mqtt.watch import Watch, real_link  # JSON and threads that few need

        link = self._open_link or real_link
        self._watch = Watch(config.mqtt, self._gateway, self._handlers, link)

    async def stop(self) -> None:
        if self._watch is not None:
            watch, self._watch = self._watch, None
            await watch.stop()
