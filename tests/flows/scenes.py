"""How far a call has come when a test begins."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.sip.message import Request, Response
from tests.people import Person
from tests.sbc import description
from tests.world import World


def dials(world: World, number: str = "102", *, port: int = 1) -> Person:
    """Somebody has lifted, heard dial tone and dialled; the INVITE is on its way."""
    a = world.person(port)
    a.lifts()
    world.waits(0.4)
    a.dials(number)
    return a


def rings(world: World) -> tuple[Person, Person]:
    """Telephone 1 has called telephone 2 through the exchange, and it rings."""
    a, b = dials(world), world.person(2)
    world.waits_until(lambda: b.bell_rings)
    world.waits(0.5)
    return a, b


def talk(world: World) -> tuple[Person, Person]:
    """Both have been talking for a second."""
    a, b = rings(world)
    world.waits(2.0)
    b.lifts()
    world.waits(1.2)
    return a, b


def calls_out(world: World, number: str = "8001") -> tuple[Person, Request]:
    """Telephone 1 has called somebody behind the scripted server; its accepted INVITE."""
    a = dials(world, number)
    return a, world.sbc.gets("INVITE")


def talks_out(world: World, *, more: Sequence[tuple[str, str]] = ()) -> tuple[Person, Request]:
    """The far end has answered, and the ACK has come."""
    a, invite = calls_out(world)
    world.sbc.says(invite, 180, more=more)
    world.waits(1.0)
    world.sbc.says(invite, 200, more=more, body=description())
    world.sbc.gets("ACK")
    return a, invite


def is_called(world: World, *, by: str = "1001") -> tuple[Person, Request]:
    """Telephone 1 rings, called from behind the scripted server; 180 has been said."""
    invite = world.sbc.calls("101", by=by)
    world.sbc.gets_answer(180, "INVITE")
    return world.person(1), invite


def answers(world: World, *, acked: bool = True) -> tuple[Person, Request, Response]:
    """Telephone 1 was called and has answered."""
    b, invite = is_called(world)
    world.waits(0.5)
    b.lifts()
    ok = world.sbc.gets_answer(200, "INVITE")
    if acked:
        world.sbc.acks(invite, ok)
        world.waits(0.3)
    return b, invite, ok
