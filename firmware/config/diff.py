"""What one configuration says otherwise than another, key by key; and what has to start anew.

What starts anew is not looked up in a table of keys: each part of the gateway is made of
settings that `firmware.settings` and `firmware.card.words` draw from the configuration, and a
part whose settings are the same before and after is left alone, whatever the file looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import msgspec

from firmware.card.words import card_settings, table_gains
from firmware.config.schema import Card, Config, Line
from firmware.config.sip import Server
from firmware.config.tls import files_of
from firmware.config.values import Secret
from firmware.profiles import load as load_profile
from firmware.settings import agent_settings, port_settings
from firmware.sip.events import Address, LineIdentity

_NOWHERE = Address("", 0)


@dataclass(frozen=True, slots=True)
class Change:
    """One key that says something else."""

    key: str
    """``sip.expires``, ``line of port 2: number``."""
    before: str
    """As in the file, secrets hidden; empty: it did not stand there."""
    after: str

    def __str__(self) -> str:
        if self.before == self.after:
            return f"{self.key}: another one"
        return f"{self.key}: {self.before or '(none)'} -> {self.after or '(none)'}"


class Part(Enum):
    """What starts anew by itself; each but the last leaves the others as they are."""

    PORT = "port"
    """What one telephone lives through (tones, timers, its line circuit), and its SIP line."""
    SIGNALLING = "signalling"
    """All lines leave, and register anew."""
    VOICE = "voice"
    """The media process."""
    TOLD = "mqtt"
    """What home automation is told; no telephone notices."""
    BOX = "gateway"
    """Everything."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that has to start anew before the configuration is in force."""

    part: Part
    port: int = 0
    """Of a PORT; else 0."""

    def __str__(self) -> str:
        return f"{self.part.value} {self.port}" if self.port else self.part.value


def changes(old: Config, new: Config) -> list[Change]:
    """Every key that differs, in the order of the file's tables."""
    return list(_tables(old, new, ""))


def _tables(old: msgspec.Struct, new: msgspec.Struct, where: str) -> Iterator[Change]:
    for field in msgspec.structs.fields(new):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        place = f"{where}{field.name}"
        if isinstance(after, msgspec.Struct):
            yield from _tables(before, after, f"{place}.")
        elif _named(before) is not None and _named(after) is not None:
            yield from _many(_named(before) or {}, _named(after) or {})
        else:
            yield Change(place, _shown(before), _shown(after))


def _many(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for name in {**old, **new}:
        if name not in new:
            yield Change(name, "there", "")
        elif name not in old:
            yield Change(name, "", "there")
        else:
            yield from _tables(old[name], new[name], f"{name}: ")


def _named(value: object) -> dict[str, Any] | None:
    """An array of tables by what tells its elements apart; None: it is no such array."""
    if not isinstance(value, tuple) or not all(isinstance(e, msgspec.Struct) for e in value):
        return None
    return {_name(element, index): element for index, element in enumerate(value)}


def _name(element: object, index: int) -> str:
    match element:
        case Line(card=None, port=port):
            return f"line of port {port}"
        case Line(card=card, port=port):
            return f"line of port {card}:{port}"
        case Card(number=number):
            return f"card {number}"
        case Server():
            return f"sip.server {index + 1}"
    return f"element {index + 1}"


def _shown(value: object) -> str:
    if isinstance(value, Secret):
        return repr(value) if value.reveal() else ""
    if value in {"", ()}:
        return ""
    return f"{value:g}" if isinstance(value, float) else msgspec.json.encode(value).decode()


def steps(old: Config, new: Config) -> list[Step]:
    """What has to start anew so that `new` is in force where `old` was; the least that will do."""
    if _box(old) != _box(new):
        return [Step(Part.BOX)]
    found = [] if old.mqtt == new.mqtt else [Step(Part.TOLD)]
    if _voice(old) != _voice(new):
        found.append(Step(Part.VOICE))
    if _signalling(old) != _signalling(new):
        found.append(Step(Part.SIGNALLING))
    ports = range(1, new.card[0].ports + 1)
    before, after = _ports(old), _ports(new)
    return [*found, *(Step(Part.PORT, port) for port in ports if before[port] != after[port])]


def _ports(config: Config) -> dict[int, object]:
    profile, lines = load_profile(config.gateway.country), identities(config)
    return {
        port: (port_settings(config, profile, port), lines.get(port))
        for port in range(1, config.card[0].ports + 1)
    }


def identities(config: Config) -> dict[int, LineIdentity]:
    """Who the lines are, by port."""
    return {identity.line: identity for identity in agent_settings(config, _NOWHERE).lines}


def _box(config: Config) -> object:
    law = load_profile(config.gateway.country).law
    return card_settings(config), config.gateway.card, law, config.control, config.metrics


def _voice(config: Config) -> object:
    rtp = config.rtp
    return rtp.jitter_ms, rtp.echo_canceller, rtp.tape_kib, table_gains(config)


def _signalling(config: Config) -> object:
    files = files_of(config) if config.sip.transport == "tls" else None
    agent = replace(agent_settings(config, _NOWHERE), lines=())
    return agent, files, config.sip.transport, config.sip.listen
