"""What an operator reads, compared with golden texts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.cli import call_path, explain  # noqa: F401 fill the table
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context, Options
from firmware.status import to_json
from tests.world import World

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 100


@dataclass
class DeskDaemon:
    """The desk of a world, as the daemon would answer over its socket."""

    world: World

    def call(self, method: str, **params: Any) -> Any:
        return to_json(self.world.asks(method, **params))

    def follow(self, method: str = "follow", **_params: Any) -> Any:
        raise AssertionError(f"{method}: nobody follows here")


def told(world: World, line: str) -> Answer:
    """What the command answers."""
    context = Context(Options(environment={}), wait=world.waits)
    context.__dict__["control"] = DeskDaemon(world)
    return TABLE.execute(line.split(), context)


def reads(world: World, line: str, name: str) -> str:
    """Compare what the command prints with golden/NAME.txt (UPDATE_GOLDEN=1 writes it).

    Instants of the wall clock, which depend on where the test runs, are made alike.
    """
    text = told(world, line).text
    assert all(len(row) <= WIDTH for row in text.splitlines()), text
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", text)
    text = re.sub(r"\((\d\d:\d\d:\d\d)\)", "(HH:MM:SS)", text) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()
    return text
