"""Six faults, and what somebody types who has read the README and nothing else.

Each scene is a living gateway with one thing wrong. `COMMANDS` is all that the stranger knows;
what the console prints has to name the cause, and what to do about it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.cli.context import Options
from firmware.cli.main import write
from firmware.sip.message import Request, Response, respond
from tests.explain.lab import told
from tests.sbc import SDP, description
from tests.world import World

COMMANDS = (
    "show port status", "explain port 1", "explain registration 1", "explain last-call 1",
    "show call",
)  # fmt: skip
"""What the README names for the moment when something does not work."""
SECONDS_TO_READ = 20.0
"""A person reads one answer in so many, types the next command, and has two minutes in all."""


@dataclass(frozen=True)
class Scene:
    """One fault."""

    title: str
    noticed: str
    """What the person at the telephone has noticed."""
    plays: Callable[[World], None]
    types: tuple[str, ...]
    """The commands, in the order in which one leads to the next."""
    cause: tuple[str, ...]
    """Words of the answers that name it."""
    do: tuple[str, ...]
    """Words that say what to do, or that there is nothing to do."""
    house: Mapping[str, Any] = field(default_factory=dict)
    """How the world is made."""


def _calls(world: World, number: str) -> None:
    person = world.person(1)
    person.lifts()
    world.waits(0.5)
    person.dials(number)
    world.waits(2.0)


def _hears_and_hangs_up(world: World) -> None:
    world.waits(2.0)
    world.person(1).hangs_up()
    world.waits(1.0)


def _wrong_password(world: World) -> None:
    world.waits_until(lambda: "reg-fail" in world.row(1), most=60.0)


def _server_down(world: World) -> None:
    world.registers()
    world.network.down.add("10.0.0.9")
    world.sleeps(120.0)  # three heartbeats
    _calls(world, "8001")
    _hears_and_hangs_up(world)


def _digit_map(world: World) -> None:
    world.registers()
    _calls(world, "7")
    _hears_and_hangs_up(world)


def _answered_by(world: World, status: int, *more: tuple[str, str]) -> None:
    def answers(request: Request) -> list[Response]:
        return [respond(request, 100), respond(request, status, to_tag="b", headers=list(more))]

    world.registers()
    world.sbc.on("INVITE", answers)
    _calls(world, "8001")
    _hears_and_hangs_up(world)


def _no_codec(world: World) -> None:
    warning = ("Warning", '304 sbc.example "Media type not available: only G729"')
    _answered_by(world, 488, warning)


def _busy(world: World) -> None:
    _answered_by(world, 486)


def _one_way(world: World) -> None:
    def answers(request: Request) -> list[Response]:
        if request.method == "BYE":
            return [respond(request, 200)]
        headers = [("Contact", world.sbc.contact), SDP]
        return [
            respond(request, 100),
            respond(request, 200, to_tag="b", headers=headers, body=description()),
        ]

    world.registers()
    world.sbc.on("INVITE", answers)
    world.sbc.on("BYE", answers)
    _calls(world, "8001")
    world.waits(12.0)


SCENES = {
    "wrong password": Scene(
        "A wrong password",
        "Nobody can call the telephone.",
        _wrong_password,
        ("show port status", "explain registration 1"),
        ("reg-fail", "The server asked for credentials and did not take ours."),
        ("user and password of the [[line]]",),
        {"password": "wrong"},
    ),
    "server down": Scene(
        "The server is down",
        "Congestion tone after the last digit.",
        _server_down,
        ("explain last-call 1", "explain port 1"),
        ("No server can be reached", "10.0.0.9:5060 is dead"),
        ("Network cable, address of the server, firewall, DNS.",),
    ),
    "digit map": Scene(
        "The digit map has no such number",
        "The tone for unobtainable numbers after the first digit.",
        _digit_map,
        ("explain last-call 1",),
        ("The number 7 fits no pattern of the digit map.", "No pattern begins with 7"),
        ("compare it with [dialling] digit_map",),
    ),
    "codec": Scene(
        "No codec in common",
        "Congestion tone after the last digit.",
        _no_codec,
        ("explain last-call 1",),
        ("No voice codec in common with the far end.", "only G729"),
        ("Compare codecs in [rtp] with what the far end offers.",),
    ),
    "busy": Scene(
        "The far end is busy",
        "Busy tone after the last digit.",
        _busy,
        ("explain last-call 1",),
        ("8001 is busy.",),
        ("Normal, nothing is wrong.",),
    ),
    "one-way": Scene(
        "Voice in one direction only",
        "The other side answers, and nothing is heard of it.",
        _one_way,
        ("show call",),
        ("No voice packet of the far end came, ours were sent: one-way voice.",),
        ("Suspect: NAT or firewall on the way to us",),
    ),
}


def transcript(scene: Scene) -> str:
    """The commands and what they print, on a gateway with that fault."""
    with World(**scene.house) as world:
        scene.plays(world)
        lines = []
        for command in scene.types:
            printed = io.StringIO()
            write(told(world, command), Options(environment={}), printed, printed)
            lines += [f"tipring> {command}", printed.getvalue().rstrip("\n"), ""]
    text = "\n".join(lines).rstrip("\n")
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-22 12:04:10", text)
    return re.sub(r"\(\d\d:\d\d:\d\d\)", "(12:04:10)", text)
