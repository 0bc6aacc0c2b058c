"""The session with a broker: when it is tried again, what is told, what commands mean.

A machine (firmware/machine.py). While the broker is away nothing is kept for it but the last
state of each telephone: it is told that when it comes, and not what it has missed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Protocol

from firmware.mqtt.telephone import ONLINE, Topics, discovery, state
from firmware.mqtt.words import (
    Came,
    Connect,
    Connected,
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
from firmware.status import PortStatus

FIRST, MOST = 2.0, 300.0
"""Seconds of the first wait and of the longest; each is twice the one before, less by chance."""
STEADY = 30.0
"""A session that was shorter than this was none: the waits go on growing."""
ENOUGH = 1024
"""No command is longer, in bytes."""
PRESS = "PRESS"
"""What a button of Home Assistant says."""


class Dice(Protocol):
    def random(self) -> float: ...


class Session:
    """One broker; a `Machine[Input, Output]`.

    Args:
        topics: where things are said.
        dice: so that not all gateways come back at once.
    """

    def __init__(self, topics: Topics, dice: Dice) -> None:
        self._topics = topics
        self._dice = dice
        self._rows: dict[int, PortStatus] = {}
        self._told: dict[str, str] = {}
        """What the broker keeps, by topic; empty while it is away."""
        self._since: float | None = None
        """When it took us; None: it has not."""
        self._failures = 0
        self.deadline: float | None = None

    def start(self, _now: float) -> list[Output]:
        return [Connect()]

    def tick(self, now: float) -> list[Output]:
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        return [Connect()]

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case Connected():
                return self._begins(now)
            case Lost(why):
                return self._ends(why, now)
            case Row(row):
                self._rows[row.port] = row
                return [*self._news(row)] if self._since is not None else []
            case Came():
                return self._command(event)
            case Done(port, what):
                return [self._answer(port, what)] if self._since is not None else []

    def _begins(self, now: float) -> list[Output]:
        self._since, self._told, self.deadline = now, {}, None
        topics = self._topics
        outputs: list[Output] = [Trouble(""), Listen(topics.ring("+")), Listen(topics.stop("+"))]
        for row in self._rows.values():
            outputs += self._news(row)
        return [*outputs, Say(topics.availability, ONLINE)]

    def _ends(self, why: str, now: float) -> list[Output]:
        lasted = self._since is not None and now - self._since >= STEADY
        self._failures = 1 if lasted else self._failures + 1
        self._since, self._told = None, {}
        most = min(MOST, FIRST * 2.0 ** min(self._failures - 1, 16))
        self.deadline = now + most * (0.5 + self._dice.random() / 2)
        return [Trouble(why)]

    def _news(self, row: PortStatus) -> Iterator[Say]:
        """What the broker does not know yet of a telephone; how it is found comes first."""
        topics = self._topics
        said = [*discovery(topics, row)] if topics.discovery else []
        for topic, text in [*said, (topics.state(row.port), state(row, callers=topics.callers))]:
            if self._told.get(topic) != text:
                self._told[topic] = text
                yield Say(topic, text)

    # commands

    def _command(self, came: Came) -> list[Output]:
        found = re.fullmatch(r"port/(\d{1,4})/(ring|stop)", self._below(came.topic), re.ASCII)
        if found is None:
            return []
        port = int(found[1])
        if came.retained:  # or it would ring again at each connection
            return [self._answer(port, "refused: a command that the broker retains")]
        if found[2] == "stop":
            return [Hush(port)]
        try:
            return [_wish(port, came.payload)]
        except ValueError as error:
            return [self._answer(port, f"refused: {error}")]

    def _below(self, topic: str) -> str:
        return topic.removeprefix(f"{self._topics.prefix}/")

    def _answer(self, port: int, what: str) -> Say:
        return Say(self._topics.answer(port), what, retain=False)


def _wish(port: int, payload: bytes) -> Ring:
    """Nothing, what a button of Home Assistant says, or ``{"seconds": 20, "name": "Dinner"}``.

    Raises:
        ValueError: it is neither.
    """
    if len(payload) > ENOUGH:
        raise ValueError(f"more than {ENOUGH} bytes")
    try:
        text = payload.decode().strip()
        told = json.loads(text) if text not in {"", PRESS} else {}
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        told = None
    if not isinstance(told, dict) or not told.keys() <= {"seconds", "name"}:
        raise ValueError('nothing, or a JSON object with "seconds" and "name" is expected')
    match told.get("seconds"), told.get("name", ""):
        case bool(), _:
            raise ValueError("seconds is not a number")
        case (int() | float() | None) as seconds, str(name):
            return Ring(port, seconds, name)
    raise ValueError("seconds is not a number, or name is not text")
