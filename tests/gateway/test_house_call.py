"""A house call: the telephone rings, and nobody calls (U17)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.errors import CommandError
from firmware.explain.verdict import PortExplanation
from tests.world import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(exchange=True, country="us", digit_map="10x|11x").registers() as world:
        yield world


def house_marks(world: World, port: int = 1) -> list[tuple[str, str]]:
    marks = world.gateway.trace.since()
    return [(m.what, m.detail) for m in marks if m.port == port and m.what.startswith("house")]


def test_the_bell_rings_in_the_cadence_and_the_display_shows_the_name(world: World) -> None:
    world.asks("ring", port=1, seconds=20, name="Dinner")
    assert world.row(1) == "reg-ok:Activ Ringing RINGING"
    assert world.status(1).house_call == "ringing"
    world.waits(9.0)
    first, second, *_ = world.person(1).bursts
    assert second.start - first.start == pytest.approx(6.0, abs=0.05)
    assert world.person(1).sees.caller_name == "Dinner"
    assert world.wire() == []


def test_who_lifts_hears_the_special_dial_tone_and_may_dial(world: World) -> None:
    person = world.person(1)
    world.asks("ring", port=1, name="Dinner")
    world.waits(1.0)
    person.lifts()
    world.waits(0.3)
    assert not person.bell_rings
    assert world.status(1).house_call == "answered"
    assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
    assert "stutter-dial-tone" in [m.what for m in world.gateway.trace.since() if m.port == 1]
    assert person.hears(0.5).heard != "silence"
    person.dials("102")
    world.waits_until(lambda: world.person(2).bell_rings)
    person.hangs_up()
    world.waits_until(lambda: world.row(1).endswith("Idle ON-HOOK"))
    assert house_marks(world) == [("house call", "Dinner"), ("house call ends", "answered")]
    assert [record.peer_number for record in world.records(1)] == ["102"]


def test_the_bell_stops_by_itself_when_nobody_comes_and_no_call_is_recorded(world: World) -> None:
    world.asks("ring", port=1, seconds=5)
    world.waits(4.9)
    assert world.status(1).house_call == "ringing"
    world.waits(0.2)
    assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
    assert world.status(1).house_call == "not answered"
    assert world.records(1) == []
    strokes = len(world.person(1).bursts)
    world.waits(8.0)
    assert len(world.person(1).bursts) == strokes
    assert not world.person(1).bell_rings


def test_the_house_can_change_its_mind(world: World) -> None:
    with pytest.raises(CommandError, match="no house call rings"):
        world.asks("ring-stop", port=1)
    world.asks("ring", port=1)
    world.waits(1.0)
    world.asks("ring-stop", port=1)
    assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
    assert world.status(1).house_call == "stopped"


def test_a_real_caller_takes_its_place(world: World) -> None:
    world.asks("ring", port=1, name="Dinner")
    told = world.asks("explain-port", port=1)
    assert isinstance(told, PortExplanation)
    assert told.can_be_called
    assert told.can_be_called_why.startswith("a caller takes the place of the house call")
    world.person(2).lifts()
    world.waits(0.3)
    world.person(2).dials("101")
    world.waits_until(lambda: world.row(1) == "reg-ok:Activ Ringing RINGING 102 Incoming")
    assert world.status(1).house_call == "gave way to a caller"
    world.waits_until(lambda: world.person(1).bell_rings)
    world.person(1).lifts()
    world.waits_until(lambda: "Talking" in world.row(1))


def test_a_telephone_that_is_not_at_rest_is_not_rung(world: World) -> None:
    def refusal(**params: object) -> str:
        with pytest.raises(CommandError) as refused:
            world.asks("ring", **params)
        return str(refused.value)

    world.asks("ring", port=2)
    assert refusal(port=2) == "port 2 is not rung: a house call rings already"
    world.person(1).lifts()
    world.waits(0.3)
    assert refusal(port=1) == "port 1 is not rung: its telephone is in use (DialTone)"
    world.asks("disable", port=2)
    assert world.status(2).house_call == "stopped"
    assert refusal(port=2) == "port 2 is not rung: it is disabled"
    for seconds in (0, 181, "5", True):
        assert refusal(port=1, seconds=seconds) == "a telephone is rung for 1 to 180 seconds"
    for name in ("x" * 33, "bell\x07", 5):
        assert refusal(port=1, name=name) == "a name has up to 32 printable characters"


def test_a_line_that_may_not_call_gives_its_usual_tone_in_place_of_the_special_one() -> None:
    """Q1-1: an honest dial tone stays honest after a house call."""
    with World(sip='dial_tone = "registered"', silent=True) as world:
        world.asks("ring", port=1)
        world.person(1).lifts()
        world.waits(0.5)
        assert world.person(1).hears(1.6).heard == "congestion"
        assert world.status(1).house_call == "answered"
