"""The operator's status row during every flow (behaviours 5: CLI-01 to CLI-10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from firmware.cli import show  # noqa: F401  its commands enter the table
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.errors import CommandError
from firmware.status import to_json
from tests.flows.scenes import calls_out, dials, rings, talk
from tests.packets import Packet
from tests.world import World

HEAD = "[card:port] register-status call-status physical-status peer-number call-direction"


@dataclass
class Daemon:
    """The gateway's desk as the command line reaches it, without the socket in between."""

    world: World

    def call(self, method: str, **params: Any) -> Any:
        return json.loads(json.dumps(to_json(self.world.asks(method, **params))))

    def follow(self, method: str = "follow", **params: Any) -> Any:
        raise CommandError(f"{method} {params}: nobody follows here")


def shows(world: World, command: str) -> Answer:
    """What a command answers."""
    context = Context()
    context.control = Daemon(world)
    return TABLE.execute(command.split(), context)


def folded(world: World, command: str) -> list[str]:
    """The same, with white space folded (CLI-03)."""
    return [" ".join(line.split()) for line in shows(world, command).text.splitlines()]


def test_the_row_of_a_port_is_shown_by_card_or_without() -> None:
    """CLI-01 to CLI-03."""
    with World(ports=3).registers() as world:
        row = "[1:2] reg-ok:Activ Idle ON-HOOK"
        for command in ("show card 1 port 2 status", "show port 2 status", "sh c 1 po 2 st"):
            assert folded(world, command) == [HEAD, row]
        assert folded(world, "show port status") == [
            HEAD, "[1:1] reg-ok:Activ Idle ON-HOOK", row, "[1:3] reg-ok:Activ Idle ON-HOOK",
        ]  # fmt: skip


def test_the_golden_rows_of_the_course_are_shown() -> None:
    """CLI-03, CLI-04: two lines that could not register, one that could."""
    with World(ports=3, silent=True) as world:
        world.sbc.on(
            "REGISTER",
            lambda request: (
                world.registrar(request)
                if "103" in request.to.uri
                else [world.registrar.challenge(request, 401)]
            ),
        )
        world.waits_until(lambda: "reg-ok" in world.row(3))
        world.waits(1.0)
        assert folded(world, "show card 1 port status")[1:] == [
            "[1:1] reg-fail:Activ Idle ON-HOOK",
            "[1:2] reg-fail:Activ Idle ON-HOOK",
            "[1:3] reg-ok:Activ Idle ON-HOOK",
        ]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("show card 9 port 1 status", "card 9 not present (cards: 1)"),
        ("show port 7 status", "port 7 not present (ports: 1 2)"),
        ("show card 1 port 7 status", "port 7 not present (ports: 1 2)"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(command: str, says: str) -> None:
    """CLI-08."""
    with World().registers() as world, pytest.raises(CommandError) as refused:
        shows(world, command)
    assert str(refused.value) == says


def test_a_call_in_progress_is_one_row_a_side() -> None:
    """CLI-05 to CLI-07, CLI-09: peer and direction on both sides, text and JSON alike."""
    with World(exchange=True).registers() as world:
        talk(world)
        assert folded(world, "show port status")[1:] == [
            "[1:1] reg-ok:Activ Talking OFF-HOOK 102 Outgoing",
            "[1:2] reg-ok:Activ Talking OFF-HOOK 101 Incoming",
        ]
        data = shows(world, "show port 2").data
        assert isinstance(data, list)
        (row,) = data
        assert row["register_status"] == "reg-ok"
        assert row["admin_status"] == "Activated"
        assert (row["call_status"], row["physical_status"]) == ("Talking", "OFF-HOOK")
        assert (row["peer_number"], row["call_direction"]) == ("101", "Incoming")
        calls = shows(world, "show call").data
        assert isinstance(calls, list)
        assert [call["codec"] for call in calls] == ["PCMA", "PCMA"]


def test_peer_and_direction_are_blank_until_the_invite_goes_out() -> None:
    """CLI-07: and they stay until the handset is down."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 404)
        world.sbc.gets("ACK")
        world.waits(101.0)
        a.hangs_up()
        world.waits(1.0)
        assert world.rows(1) == [
            "Idle ON-HOOK",
            "DialTone OFF-HOOK",
            "Dialing OFF-HOOK",
            "Calling OFF-HOOK 8001 Outgoing",
            "Busy OFF-HOOK 8001 Outgoing",
            "Howler OFF-HOOK 8001 Outgoing",
            "Lockout OFF-HOOK 8001 Outgoing",
            "Idle ON-HOOK",
        ]


def _caller_releases(world: World) -> None:
    a, b = talk(world)
    a.hangs_up()
    world.waits(1.0)
    b.hangs_up()


def _callee_releases(world: World) -> None:
    a, b = talk(world)
    b.hangs_up()
    world.waits(1.0)
    a.hangs_up()


def _busy(world: World) -> None:
    world.person(2).lifts()
    dials(world).hangs_up()


def _abandoned(world: World) -> None:
    rings(world)[0].hangs_up()


def _not_answered(world: World) -> None:
    a, _ = rings(world)
    world.waits(52.0)
    a.hangs_up()


FLOWS: list[Callable[[World], None]] = [
    _caller_releases,
    _callee_releases,
    _busy,
    _abandoned,
    _not_answered,
]


@pytest.mark.parametrize("flow", FLOWS)
def test_the_row_agrees_with_the_wire_at_every_instant(flow: Callable[[World], None]) -> None:
    """CLI-10: what each message means for its port is in the row when it has passed."""
    with World(exchange=True).registers() as world:
        flow(world)
        world.waits(2.0)
        told = 0
        for port in (1, 2):
            seen: list[str] = []
            packets = world.packets(port)
            for n, packet in enumerate(packets):
                seen.append(packet.name)
                if _more_at_once(packets, n):
                    continue
                due = _meaning(seen)
                if due:
                    told += 1
                    row = world.row_at(port, packet.at).split()[1]
                    assert row in due, f"port {port}, {seen}\n{world.picture}"
        assert told >= 4


def _more_at_once(packets: list[Packet], n: int) -> bool:
    return n + 1 < len(packets) and packets[n + 1].at == packets[n].at


def _meaning(seen: list[str]) -> set[str]:
    """What call-status a port must have after these messages; empty: they do not tell.

    A handset that is down makes the end of a call Idle, one that is up Busy.
    """
    for name in reversed(seen):
        match name.split():
            case [">BYE" | ">CANCEL"] | [">480" | ">487", "INVITE"]:
                return {"Idle"}
            case ["<BYE"]:
                return {"Busy", "Idle"}
            case [">486", "INVITE"]:
                return {"DialTone"}
            case ["<200" | ">200", "INVITE"]:
                return {"Talking"}
            case [">180", "INVITE"]:
                return {"Ringing"}
            case ["<180", "INVITE"]:
                return {"RingBack"}
            case ["<480" | "<486", "INVITE"]:
                return {"Busy", "Idle"}
            case ["<407", "INVITE"] | [">INVITE"]:
                return {"Calling"}
    return set()
