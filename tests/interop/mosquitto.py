"""Mosquitto as the broker, and an automation at it."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.interop.programs import (
    Folder,
    Place,
    Program,
    installed,
    listens,
    note,
    somewhere,
)
from tests.interop.waiting import until

CONFIG = """\
listener {at.port} {at.host}
allow_anonymous false
password_file {folder}/passwords
persistence false
log_type all
connection_messages true
{more}
"""
PASSWORD = "broker-secret"


class Mosquitto:
    """A running broker that takes the users ``tipring`` and ``home``.

    Args:
        at: where it listens.
        more: lines of its configuration.
    """

    def __init__(self, at: Place | None = None, more: str = "") -> None:
        binary = installed("mosquitto", "mosquitto")
        self.at = at or somewhere()
        self._ends = ExitStack()
        folder = self._ends.enter_context(Folder())
        users = folder / "passwords"
        users.write_text(f"tipring:{PASSWORD}\nhome:{PASSWORD}\n")
        users.chmod(0o600)
        subprocess.run(
            [installed("mosquitto_passwd", "mosquitto"), "-U", str(users)],
            check=True, capture_output=True, timeout=20,
        )  # fmt: skip
        root = "user root\n" if os.getuid() == 0 else ""  # else it could not read its files
        config = folder / "mosquitto.conf"
        config.write_text(CONFIG.format(at=self.at, folder=folder, more=root + more))
        words = [binary, "-c", str(config)]
        self.program = self._ends.enter_context(Program("mosquitto", words, folder))
        try:
            until("mosquitto listens", lambda: self.program.runs() and listens(self.at, "tcp"))
        except AssertionError as error:
            note(error, self.program)
            self._ends.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._ends.__exit__(kind, error, where)


class Automation:
    """Somebody else at the broker: what is retained, what comes, and commands."""

    def __init__(self, at: Place) -> None:
        self.kept: dict[str, list[str]] = {}
        """All texts by topic, oldest first."""
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set("home", PASSWORD)
        client.on_message = self._message
        client.connect(at.host, at.port)
        client.subscribe("#", qos=1)
        client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.kept.setdefault(message.topic, []).append(bytes(message.payload).decode())

    def last(self, topic: str) -> str:
        return self.kept.get(topic, [""])[-1]

    def entity(self, component: str, name: str) -> dict[str, Any]:
        """What Home Assistant would make an entity of, once it has come."""
        topic = f"homeassistant/{component}/tipring/{name}/config"
        until(f"{topic} is told", lambda: self.last(topic))
        told: dict[str, Any] = json.loads(self.last(topic))
        return told

    def says(self, topic: str, text: str, *, retain: bool = False) -> None:
        self._client.publish(topic, text, qos=1, retain=retain).wait_for_publish(10)


def keep(path: Path, text: str) -> Path:
    """A file that only its owner reads."""
    path.write_text(text)
    path.chmod(0o600)
    return path
