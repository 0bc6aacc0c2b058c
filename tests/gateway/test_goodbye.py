"""The service ends in good order: calls are released, lines de-registered, and heard of."""

from __future__ import annotations

from firmware.sip.message import Request
from tests.world import World


def talk(world: World) -> Request:
    """Somebody calls telephone 1, which is lifted; returns the INVITE."""
    invite = world.sbc.calls("101")
    world.waits_until(lambda: world.person(1).bell_rings)
    world.person(1).lifts()
    world.waits_until(lambda: ">200 INVITE" in world.wire())
    world.sbc.acks(invite, world.find(">200 INVITE"))
    world.waits(1.0)
    return invite


def test_the_end_of_the_service_waits_for_the_answer_to_bye() -> None:
    with World().registers() as world:
        talk(world)
        world.looks()
        world.loop.call_later(
            0.7, lambda: world.sbc.says(world.find(">BYE"), 200)
        )  # the first BYE was lost
        began = world.now
        world.stops()
        assert world.wire(1).count(">BYE") == 2
        assert 0.7 <= world.now - began < 0.8


def test_a_server_that_says_nothing_does_not_keep_the_service() -> None:
    with World().registers() as world:
        talk(world)
        world.looks()
        world.sbc.on("REGISTER", lambda _: ())
        began = world.now
        world.stops()
        assert world.now - began < 2.1
        assert ">BYE" in world.wire(1)


def test_an_interrupt_that_comes_last_wakes_nothing() -> None:
    """Else the next service would find the chips started by the one before."""
    with World().registers() as world:
        world.loop.call_soon_threadsafe(world.gateway.rack._edge)
        world.stops()
        world.gateway.rack._edge()
        world.waits(200.0)
        assert all(chip.peek(64) == 0 for chip in world.card.chips)
        assert all(world.person(port).sees.line_v == 0 for port in (1, 2))
        assert all(port.fault == "" for port in world.gateway.ports.values())
