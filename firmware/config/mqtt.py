"""The broker that automations are built around, and what can be wrong with its settings."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import msgspec

from firmware.config.lines import KeyPath
from firmware.config.secret import first_line
from firmware.config.values import Secret

Report = Callable[[KeyPath, str], None]
BrokerPort = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Topic = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
NoTopic = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?$")]
MISSING = "MQTT needs the extra of that name: pip install 'tipring[mqtt]'"


class Mqtt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Telephones in home automation, by an MQTT broker."""

    host: str = ""
    """Name or address of the broker; empty: there is none."""
    port: BrokerPort | None = None
    """Left out: 1883, with TLS 8883."""
    username: str = ""
    """Empty: the broker takes everybody."""
    password: Secret = Secret()
    """In the file itself; `password_file` is the better place."""
    password_file: str = ""
    """Holds the password in its first line."""
    tls: bool = False
    """The connection is encrypted, and the broker shows a certificate for its name."""
    ca_file: str = ""
    """The authorities that may certify it; empty: those of the system."""
    prefix: Topic = "tipring"
    """Begins all topics; two gateways at one broker need two."""
    discovery_prefix: NoTopic = "homeassistant"
    """Where Home Assistant looks for new devices; empty: it is told of none."""
    callers: bool = True
    """Numbers and names of those who call and are called are told too."""

    @property
    def known_port(self) -> int:
        """The port, or the usual one."""
        return self.port or (8883 if self.tls else 1883)


def check_mqtt(mqtt: Mqtt, folder: Path, wrong: Report) -> Mqtt:
    """Report what is wrong, if there is a broker at all.

    Args:
        mqtt: as read.
        folder: where relative names of files begin.
        wrong: is told of each mistake.

    Returns:
        The same with its password read, and the name of `ca_file` in full.
    """
    if not mqtt.host:
        return mqtt
    if find_spec("paho") is None:
        wrong(("mqtt", "host"), MISSING)
    if re.search(r"[\s/@]", mqtt.host):
        wrong(("mqtt", "host"), f"{mqtt.host!r} is not a host name")
    if mqtt.password_file and mqtt.password:
        wrong(("mqtt", "password_file"), "password stands here too: one of the two")
    elif mqtt.password_file:
        told = first_line(
            folder / mqtt.password_file, lambda why: wrong(("mqtt", "password_file"), why)
        )
        mqtt = msgspec.structs.replace(mqtt, password=Secret(told))
    if mqtt.password and not mqtt.username:
        wrong(("mqtt", "username"), "there is a password, and nobody whose it is")
    if not mqtt.ca_file:
        return mqtt
    import ssl  # brings OpenSSL along

    path = folder / mqtt.ca_file
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:  # an SSLError is one
        wrong(("mqtt", "ca_file"), f"{path}: {error.strerror or error}")
    return msgspec.structs.replace(mqtt, ca_file=str(path))


def lint_mqtt(mqtt: Mqtt, odd: Report) -> None:
    """Report what works and is hardly meant."""
    if not mqtt.host:
        if mqtt != Mqtt():
            odd(("mqtt",), "no host: nothing is told to anybody")
        return
    if mqtt.password and not mqtt.tls and not _own(mqtt.host):
        odd(("mqtt", "tls"), "without TLS the password of the broker can be read on the way")
    if mqtt.ca_file and not mqtt.tls:
        odd(("mqtt", "ca_file"), "used with tls = true only")


def _own(host: str) -> bool:
    """Whether it is this box."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
