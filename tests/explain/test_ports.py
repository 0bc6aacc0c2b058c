"""`explain port` and `explain registration` (Q1-2, Q1-4): verdicts, and what they rest on."""

from __future__ import annotations

import pytest

from drivers.sim.si321x_faults import Faults
from firmware.errors import CommandError
from firmware.explain.port import LOCAL_TONE
from firmware.gateway import Gateway
from tests.explain.lab import reads, told
from tests.flows.scenes import answers, calls_out, talks_out
from tests.flows.test_two_calls import is_called_meanwhile
from tests.gateway.faulty import FaultyWorld
from tests.sbc import SBC
from tests.world import World


class Nameless(World):
    """The server's name is not known to the name service."""

    async def _start(self, text: str) -> Gateway:
        named = text.replace('"10.0.0.9"', '"sbc.example.net"')
        return await super()._start(named)


def verdict(world: World) -> tuple[bool, bool]:
    data = told(world, "explain port 1").data
    assert data["facts"][0] == LOCAL_TONE
    return data["can_call"], data["can_be_called"]


def test_a_port_at_rest_can_do_both() -> None:
    with World(ports=1).registers() as world:
        world.waits(40.0)
        assert verdict(world) == (True, True)
        text = reads(world, "explain port 1", "port-well")
        assert "A call now would: use 10.0.0.9:5060." in text


def test_dial_tone_with_a_dead_server_proves_nothing() -> None:
    """Q1-4, policy `always`: dial tone is heard, and the verdict is no all the same."""
    with World(ports=1).registers() as world:
        world.network.down.add(SBC.host)
        world.sleeps(130)
        a = world.person(1)
        a.lifts()
        assert a.hears(1.5).heard == "dial-tone"
        assert verdict(world) == (False, False)
        reads(world, "explain port 1", "port-dead-server")


def test_a_server_that_has_begun_to_be_silent_is_not_said_to_answer() -> None:
    """It counts as alive until it has been missed three times, and whoever asks is told."""
    with World(ports=1).registers() as world:
        world.waits(40.0)
        world.network.down.add(SBC.host)
        world.waits(40.0)
        said = " ".join(told(world, "explain port 1").text.split())
        assert "CAN CALL yes: registered at 10.0.0.9:5060, but no answer to the last" in said
        assert "in use, no answer to the last OPTIONS." in said
        assert "answers OPTIONS" not in said


def test_a_port_whose_password_is_wrong() -> None:
    with World(ports=1, password="wrong") as world:
        world.waits(0.1)
        assert verdict(world) == (False, False)
        reads(world, "explain port 1", "port-not-registered")
        text = reads(world, "explain registration 1", "registration-401")
        assert "user and password" in text


def test_a_port_that_may_not_call_hears_congestion() -> None:
    with World(ports=1, password="wrong", sip='dial_tone = "registered"') as world:
        world.waits(0.1)
        assert verdict(world) == (False, False)
        text = reads(world, "explain port 1", "port-barred")
        assert "A call now would: hear congestion and send nothing" in text


def test_a_telephone_in_use_cannot_be_called() -> None:
    with World(ports=1, more="[services]\ncall_waiting = false").registers() as world:
        talks_out(world)
        world.waits(1.0)
        data = told(world, "explain port 1").data
        assert data["can_be_called_why"] == (
            "the telephone is in use (Talking); a caller is told 486"
        )
        assert data["can_call_why"] == "it talks to 8001"


def test_one_caller_may_wait_and_is_named() -> None:
    """CO-14: who may still call, who waits, and that nobody else can."""
    with World(ports=1).registers() as world:
        answers(world)
        data = told(world, "explain port 1").data
        assert data["can_be_called"]
        assert data["can_be_called_why"].startswith("a second caller waits, and is heard of")
        is_called_meanwhile(world)
        world.waits(0.5)
        data = told(world, "explain port 1").data
        assert "Another call: 1003 is waiting." in data["facts"]
        assert not data["can_be_called"]
        assert data["can_call_why"] == "it talks to 1001"


def test_a_port_that_is_disabled() -> None:
    with World(ports=1).registers() as world:
        world.asks("disable", port=1)
        world.waits(0.2)
        data = told(world, "explain port 1").data
        assert data["can_call_why"] == "the port is disabled; line 1 enable brings it back"
        assert data["server"] == ""


def test_a_port_whose_chip_is_missing() -> None:
    with FaultyWorld({1: Faults(missing=True)}) as world:
        world.waits(2.0)
        assert verdict(world) == (False, False)
        text = told(world, "explain port 1").text
        assert "no SLIC answers" in text
        assert "Alarm: [1:1]" in text


def test_a_registration_that_holds() -> None:
    with World(ports=1).registers() as world:
        world.waits(10.0)
        reads(world, "explain registration 1", "registration-well")
        data = told(world, "explain registration 1").data
        assert [m["what"] for m in data["marks"]] == ["REGISTER", "401", "REGISTER", "200"]
        assert data["check"] == ""


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (403, "forbids"),
        (404, "does not know this number"),
        (405, "no registrar"),
        (503, "overloaded or out of service"),
        (499, "refuses this REGISTER"),
        (600, "everywhere"),
    ],
)
def test_a_registration_that_is_refused_names_code_text_time_and_next_attempt(
    status: int, means: str
) -> None:
    """A5: what came back, when, and when the next attempt is."""
    with World(ports=1, silent=True) as world:
        world.sbc.says(world.sbc.gets("REGISTER"), status)
        world.waits(3.0)
        data = told(world, "explain registration 1").data
        assert data["came_back"].startswith(f"{status} ")
        assert "3.0 s ago (" in data["came_back"]
        assert means in data["means"]
        assert data["next_attempt"].startswith("in ")
        assert data["check"]


def test_a_password_that_is_wrong_may_be_what_403_means() -> None:
    """Our own exchange, and many a registrar, answers so."""
    with World(ports=1, exchange=True, password="wrong") as world:
        world.waits(3.0)
        data = told(world, "explain registration 1").data
        assert data["came_back"].startswith("403 ")
        assert "password of the [[line]]" in data["check"]


def test_a_registration_that_nobody_answers() -> None:
    with World(ports=1, silent=True) as world:
        world.sleeps(40)
        text = reads(world, "explain registration 1", "registration-timeout")
        assert "nothing, given up" in text
        assert "firewall" in text


def test_a_registration_that_is_on_its_way() -> None:
    with World(ports=1, silent=True) as world:
        world.waits(1.0)
        data = told(world, "explain registration 1").data
        assert data["register_status"] == "reg-ing"
        assert data["came_back"] == "nothing yet"
        assert data["next_attempt"] == "now"


def test_a_server_whose_name_is_not_known() -> None:
    with Nameless(ports=1) as world:
        world.waits(1.0)
        data = told(world, "explain registration 1").data
        assert "sbc.example.net" in data["means"]
        assert "DNS" in data["check"]
        assert data["sent"] == "nothing so far"
        assert verdict(world) == (False, False)


def test_a_refresh_that_fails_leaves_the_binding() -> None:
    with World(ports=1, granted=120).registers() as world:
        world.sbc.on("REGISTER", lambda _: ())
        world.sleeps(100)
        data = told(world, "explain registration 1").data
        assert data["register_status"] == "reg-ok"
        assert data["means"].endswith("The binding of before still holds.")


def test_a_server_that_asks_to_be_left_alone_is_and_every_line_says_so() -> None:
    """C04, RFC 3261 section 21.5.4: a call was refused, and no line registers meanwhile."""
    with World(ports=2, granted=120).registers() as world:
        _, invite = calls_out(world)
        world.sbc.says(invite, 503, more=(("Retry-After", "90"),))
        world.sbc.gets("ACK")
        world.sleeps(75)
        data = told(world, "explain registration 2").data
        assert data["register_status"] == "reg-ok"
        assert data["means"].startswith("The server asks all lines to wait: 503 to INVITE, to be")
        assert data["means"].endswith("The binding of before still holds.")
        assert data["came_back"].startswith("200 OK, ")
        assert data["next_attempt"].startswith("in ")
        assert "503 to INVITE, to be left alone" in told(world, "explain port 2").text
        servers = world.asks("servers")
        assert isinstance(servers, list)
        assert servers[0].last_error.startswith("503 to INVITE, to be left alone")


def test_a_line_that_was_deregistered_tells_how_to_come_back() -> None:
    with World(ports=1).registers() as world:
        world.asks("deregister", port=1)
        world.waits(0.2)
        data = told(world, "explain registration 1").data
        assert data["check"] == "register 1 makes it try now"
        assert data["next_attempt"] == "at register 1"


@pytest.mark.parametrize("line", ["explain port 5", "explain registration 5", "dial-test 5 1"])
def test_a_port_that_is_not_there(line: str) -> None:
    with World(ports=1) as world, pytest.raises(CommandError, match="port 5 not present"):
        told(world, line)
