"""A gateway and a broker joined: rows go out, commands come in, trouble is an alarm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Protocol

from firmware.config.mqtt import Mqtt
from firmware.control.connection import Handler
from firmware.desk.follow import rows_stream
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.log import event as log_event
from firmware.mqtt.session import Session
from firmware.mqtt.telephone import Topics
from firmware.mqtt.words import (
    Connect,
    Done,
    Hush,
    Input,
    Listen,
    Lost,
    Output,
    Ring,
    Row,
    Say,
    Trouble,
)
from firmware.pump import Pump
from firmware.seams import Later
from firmware.status import PortStatus

WHERE = "mqtt"
"""Where the alarm stands that the broker is away."""


class Link(Protocol):
    """As `firmware.mqtt.client.Broker`."""

    def listen(self, topic: str) -> None: ...
    def say(self, topic: str, text: str, *, retain: bool) -> None: ...
    def drop(self) -> None: ...
    async def close(self) -> None: ...


Heard = Callable[[Any, Input], None]
OpenLink = Callable[[Mqtt, Heard], Link]


class Watch:
    """Tells one broker of one gateway, from now on until `stop`.

    Args:
        mqtt: of the broker.
        gateway: whose telephones.
        handlers: of the desk.
        open_link: reaches the broker; raises OSError or RuntimeError.
    """

    def __init__(
        self,
        mqtt: Mqtt,
        gateway: Gateway,
        handlers: Mapping[str, Handler],
        open_link: OpenLink,
    ) -> None:
        self._mqtt = mqtt
        self._handlers = handlers
        self._alarms = gateway.alarms
        self._open_link = open_link
        self._link: Link | None = None
        topics = Topics(mqtt.prefix, mqtt.discovery_prefix, mqtt.callers, version("tipring"))
        session = Session(topics, gateway.seams.dice)
        self._pump: Pump[Input, Output] = Pump(session, self._perform)
        later = Later(gateway.loop.call_later)
        self._end = rows_stream(gateway.trace, self._rows, later)({}, self._news)
        self._pump.carry_out(session.start(gateway.loop.time()))

    async def stop(self) -> None:
        """Tell the others that we go."""
        self._end()
        self._pump.close()
        self._alarms.clear(WHERE)
        if self._link is not None:
            await self._link.close()

    def _rows(self, params: dict[str, Any]) -> list[PortStatus]:
        rows: Any = self._handlers["ports"](params)
        return list(rows)

    def _news(self, row: object) -> None:
        assert isinstance(row, PortStatus)
        self._pump.feed(Row(row))

    def _heard(self, link: Link, what: Input) -> None:
        if link is self._link:  # the words of an earlier attempt count no more
            self._pump.feed(what)

    def _perform(self, output: Output) -> None:
        match output:
            case Connect():
                self._connect()
            case Say(topic, text, retain) if self._link is not None:
                self._link.say(topic, text, retain=retain)
            case Listen(topic) if self._link is not None:
                self._link.listen(topic)
            case Ring(port, seconds, name):
                given = {"port": port, "name": name}
                self._command("ring", given if seconds is None else {**given, "seconds": seconds})
            case Hush(port):
                self._command("ring-stop", {"port": port})
            case Trouble(why):
                self._tell(why)

    def _connect(self) -> None:
        if self._link is not None:
            self._link.drop()
        try:
            self._link = self._open_link(self._mqtt, self._heard)
        except (OSError, RuntimeError) as error:  # no file, or no thread, is left
            self._link = None
            self._pump.feed(Lost(getattr(error, "strerror", "") or str(error)))

    def _command(self, method: str, params: dict[str, Any]) -> None:
        try:
            self._handlers[method](params)
        except CommandError as error:
            self._pump.feed(Done(params["port"], f"refused: {error}"))
            return
        self._pump.feed(Done(params["port"], "ringing" if method == "ring" else "silent"))

    def _tell(self, why: str) -> None:
        if not why:
            self._alarms.clear(WHERE)
            log_event("mqtt", broker=self._mqtt.host, state="connected")
            return
        log_event("mqtt", broker=self._mqtt.host, state="away", why=why)
        broker = f"{self._mqtt.host}:{self._mqtt.known_port}"
        self._alarms.set(WHERE, "minor", f"the broker {broker} is away: {why}")


def real_link(mqtt: Mqtt, heard: Heard) -> Link:
    """The broker itself.

    Raises:
        OSError: no connection can even be tried; says why.
        RuntimeError: no thread can be started for it.
    """
    from firmware.mqtt import client  # brings paho along

    return client.Broker(
        mqtt.host,
        mqtt.known_port,
        (mqtt.username, mqtt.password.reveal()),
        client.security(mqtt.ca_file) if mqtt.tls else None,
        f"{mqtt.prefix}/availability",
        heard,
        asyncio.get_running_loop(),
    )
