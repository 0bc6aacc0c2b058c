"""`dial-test`: what dialling would do, without calling (U6)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.errors import CommandError
from tests.explain.lab import reads, told
from tests.flows.scenes import calls_out
from tests.world import World

HOTLINE = '\n[[line]]\nport = 2\nnumber = "102"\npassword = "x"\nhotline = "8000"\n'


def tries(world: World, digits: str) -> Any:
    return told(world, f"dial-test 1 {digits}").data


@pytest.mark.parametrize(
    ("digits", "name"),
    [
        ("8001", "dial-at-once"),
        ("0123", "dial-after-short"),
        ("01#", "dial-hash"),
        ("80", "dial-incomplete"),
        ("7", "dial-no-pattern"),
        ("1079", "dial-too-many"),
        ("110", "dial-emergency"),
    ],
)
def test_each_way_that_dialling_can_end(digits: str, name: str) -> None:
    with World(ports=1).registers() as world:
        world.looks()
        reads(world, f"dial-test 1 {digits}", name)
        world.waits(20.0)
        assert world.wire() == [], "nobody is called"
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert world.records(1) == []


def test_it_says_what_the_real_call_then_does() -> None:
    with World(ports=1).registers() as world:
        promised = tries(world, "8001")
        _, invite = calls_out(world)
        assert invite.uri == promised["request_uri"]
        assert invite.from_.uri == promised["from_uri"]
        assert promised["sent_after_s"] == 0.0


def test_a_line_that_may_not_call_is_told_so_but_may_call_for_help() -> None:
    with World(ports=1, password="wrong", sip='dial_tone = "registered"') as world:
        world.waits(0.1)
        told_no = tries(world, "8001")
        assert told_no["lifted"].startswith("congestion tone")
        assert {step["effect"] for step in told_no["steps"]} == {"ignored"}
        assert (told_no["cause"], told_no["number"]) == ("NOT_REGISTERED", "")
        assert tries(world, "110")["number"] == "110"


def test_pauses_are_no_digits() -> None:
    with World(ports=1) as world, pytest.raises(CommandError, match="0-9"):
        tries(world, "8,1")


def test_letters_are_digits_in_either_case() -> None:
    with World(ports=1, digit_map="Ax").registers() as world:
        assert tries(world, "a1")["number"] == "A1"
