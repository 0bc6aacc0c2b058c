"""The connection to a broker: paho-mqtt in a thread of its own, so that nobody waits for it.

The only importer of paho, and imported only where a broker is configured.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from firmware.mqtt.telephone import OFFLINE
from firmware.mqtt.words import Came, Connected, Input, Lost

KEEPALIVE = 30
"""Seconds: a broker, or a way to it, that is dead is noticed within one and a half of these."""
QUEUE = 1000
"""Messages that a broker may leave unread before it is let go."""
PARTING = 2.0
"""Seconds at the end of the service for the last words."""


class Broker:
    """One attempt to reach a broker, and the connection if it comes about.

    Args:
        host: name or address.
        port: of it.
        credentials: user and password; the user empty: none.
        security: TLS, or None.
        will: the topic that others are told at that we are gone.
        heard: gets what happens, in the thread of `loop`.
        loop: the event loop.
    """

    def __init__(
        self,
        host: str,
        port: int,
        credentials: tuple[str, str],
        security: ssl.SSLContext | None,
        will: str,
        heard: Callable[[Broker, Input], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._address = host, port
        self._will = will
        self._heard = heard
        self._loop = loop
        self._refusal = ""
        self._dropped = False
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=will.rpartition("/")[0],
            reconnect_on_failure=False,
        )
        client.max_queued_messages_set(QUEUE)
        if credentials[0]:
            client.username_pw_set(*credentials)
        if security:
            client.tls_set_context(security)
        client.will_set(will, OFFLINE, qos=1, retain=True)
        client.on_connect = self._connected
        client.on_message = self._message
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def listen(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)

    def say(self, topic: str, text: str, *, retain: bool) -> None:
        """Publish; a broker that no longer reads is let go."""
        told = self._client.publish(topic, text, qos=1, retain=retain)
        if told.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            self._refusal = "it does not read what it is sent"
            self._client.disconnect()

    def drop(self) -> None:
        """Say no more; what still comes is nobody's."""
        self._dropped = True
        self._client.disconnect()

    async def close(self) -> None:
        """Say that we go, and go."""

        def part() -> None:
            if self._client.is_connected():
                last = self._client.publish(self._will, OFFLINE, qos=1, retain=True)
                with suppress(RuntimeError, ValueError):  # it has gone at this very moment
                    last.wait_for_publish(PARTING)
            self.drop()
            self._thread.join(PARTING)

        await asyncio.to_thread(part)

    # in the thread

    def _run(self) -> None:
        try:
            self._client.connect(*self._address, keepalive=KEEPALIVE)
            if self._dropped:  # meanwhile
                self._client.disconnect()
            code = self._client.loop_forever()
            why = self._refusal or paho.error_string(code).rstrip(".").lower()
        except (OSError, ValueError) as error:  # ValueError: a name that is none
            why = str(getattr(error, "strerror", "") or error)
        self._tell(Lost(why))

    def _connected(
        self, _client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        if code.is_failure:
            self._refusal = f"it refuses us: {str(code).lower()}"
        else:
            self._tell(Connected())

    def _message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._tell(Came(message.topic, bytes(message.payload), message.retain))

    def _tell(self, what: Input) -> None:
        if self._dropped:
            return
        with suppress(RuntimeError):  # the loop is closed: the service has ended
            self._loop.call_soon_threadsafe(self._heard, self, what)


def security(ca_file: str) -> ssl.SSLContext:
    """TLS towards a broker, which must show a certificate for its name.

    Args:
        ca_file: the authorities; empty: those of the system.

    Raises:
        OSError: the file cannot be used.
    """
    return ssl.create_default_context(cafile=ca_file or None)
