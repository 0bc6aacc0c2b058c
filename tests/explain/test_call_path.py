"""`test call-path P`: which step of a call would fail, one failure a step (Q1-3)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.explain.live import Live
from firmware.explain.path import path_test
from firmware.gateway import Gateway
from firmware.sip.events import RegisterStatus
from firmware.sip.message import Request, Response
from firmware.status import PortStatus, RegistrationStatus, ServerStatus
from tests.explain.lab import reads, told
from tests.sbc import SBC
from tests.world import World

STEPS = ["line", "network", "server", "options", "registration", "dial tone"]


def outcome(world: World) -> Any:
    """What the command answers as data; its exit status agrees with it."""
    answer = told(world, "test call-path 1")
    assert answer.status == (1 if answer.data["failed"] else 0)
    assert [step["step"] for step in answer.data["steps"]] == STEPS
    return answer.data


def fails_at(data: Any, step: str) -> str:
    """Everything before it is well, nothing behind it was looked at; the reason."""
    states = [one["state"] for one in data["steps"]]
    at = STEPS.index(step)
    assert data["failed"] == step
    assert states == ["ok"] * at + ["failed"] + ["-"] * (len(STEPS) - at - 1)
    return str(data["steps"][at]["what"])


def test_all_is_well_and_the_server_was_asked_for_it() -> None:
    """Q1-3: an OPTIONS of its own, and nobody is called."""
    with World(ports=1).registers() as world:
        asked: set[str] = set()

        def silent(request: Request) -> list[Response]:
            asked.add(request.call_id)
            return []

        world.sbc.on("OPTIONS", silent)
        assert fails_at(outcome(world), "options")
        assert len(asked) == 1
    with World(ports=1).registers() as world:
        text = reads(world, "test call-path 1", "call-path-well")
        assert "A call would get through." in text
        assert world.wire() == [], "no INVITE, no REGISTER"
        assert world.records(1) == []


def test_a_port_that_is_out_of_service() -> None:
    with World(ports=1).registers() as world:
        world.asks("disable", port=1)
        world.waits(0.2)
        assert "line 1 enable brings it back" in fails_at(outcome(world), "line")


class Stranded(World):
    """There is no way to any server."""

    async def _start(self, text: str) -> Gateway:
        self.network.down.add(self.network.own_host)
        return await super()._start(text.replace('"10.0.0.1:5060"', '"0.0.0.0:5060"'))


def test_a_box_without_a_network() -> None:
    with Stranded(ports=1) as world:
        world.waits(0.5)
        assert "unreachable" in fails_at(outcome(world), "network")


def test_a_server_that_is_silent_now_although_it_lived_a_moment_ago() -> None:
    """What the heartbeat still believes proves nothing."""
    with World(ports=1).registers() as world:
        world.waits(1.0)
        world.network.down.add(SBC.host)
        began = world.now
        text = reads(world, "test call-path 1", "call-path-silent")
        assert "It fails at: options." in text
        assert 4.9 <= world.now - began <= 6.0, "as long as an OPTIONS is waited for"


def test_a_line_that_is_refused() -> None:
    with World(ports=1, password="wrong") as world:
        world.waits(0.5)
        assert "credentials refused" in fails_at(outcome(world), "registration")


WELL = Live(
    port=PortStatus(card=1, port=1, number="101", registrar="sbc1"),
    registration=RegistrationStatus(
        card=1, port=1, number="101", register_status=RegisterStatus.REGISTERED
    ),
    servers=(ServerStatus(index=1, server="sbc1:5060", address="192.0.2.9:5060", in_use=True,
                          state="alive", sent=6, rtt_ms=2.0),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("servers", "step"),
    [((), "server"), ((ServerStatus(index=1, server="sbc1", in_use=True),), "server")],
)
def test_a_server_whose_address_nobody_knows(servers: tuple[ServerStatus, ...], step: str) -> None:
    live = Live(port=WELL.port, registration=WELL.registration, servers=servers)
    assert path_test(live, None, 0).failed == step


def test_a_policy_that_forbids_the_call() -> None:
    live = Live(
        port=WELL.port, registration=WELL.registration, servers=WELL.servers,
        barrier="No server can be reached: none answers the heartbeat.",
    )  # fmt: skip
    assert path_test(live, 5, 0).failed == "dial tone"


def test_it_is_not_done_before_the_server_has_answered() -> None:
    begun = path_test(WELL, None, 0)
    assert (begun.done, begun.sent, begun.lost) == (False, 6, 0)
    assert path_test(WELL, 5, 0).done
