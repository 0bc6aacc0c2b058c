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
