"""What tests of encrypted voice have in common, however its keys are agreed on (row C22)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware.sip.events import Hold, Resume
from firmware.status import CallStatusRow
from tests.dissection import Place
from tests.flows.scenes import talk
from tests.people import Person
from tests.virtual import MemoryNetwork
from tests.world import World


@contextmanager
def wire() -> Iterator[list[bytes]]:
    """All datagrams that go by."""
    seen = list[bytes]()

    def witness(_at: float, data: bytes, _source: Place, _target: Place) -> None:
        seen.append(data)

    MemoryNetwork.witnesses.append(witness)
    try:
        yield seen
    finally:
        MemoryNetwork.witnesses.remove(witness)


def calls(world: World) -> list[CallStatusRow]:
    rows = world.asks("calls")
    assert isinstance(rows, list)
    return rows


def voice_passes_before_and_after_hold(world: World, suite: str) -> None:
    """Two telephones of one box hear each other, and the records say by which suite."""
    a, b = talk(world)
    a.says(1000, 1.0)
    assert b.hears(0.8).frequencies_hz == (1000,)
    b.says(660, 1.0)
    assert a.hears(0.8).frequencies_hz == (660,)
    leg = world.gateway.ports[1].leg
    assert leg is not None
    world.gateway.tell_agent(Hold(leg.call))
    world.waits(1.5)
    world.gateway.tell_agent(Resume(leg.call))
    world.waits(1.0)
    a.says(1000, 1.0)
    assert b.hears(0.8).frequencies_hz == (1000,)
    world.waits(5.0)
    assert [(row.srtp, row.forged, row.lost) for row in calls(world)] == [(suite, 0, 0)] * 2
    all_hang_up(a, b, world)
    assert [record.srtp for record in world.records(1)] == [suite]


def is_drawn(world: World, page: str) -> None:
    """A call from its beginning to its end, as the picture of that name."""
    all_hang_up(*talk(world), world)
    world.matches(page)


def all_hang_up(a: Person, b: Person, world: World) -> None:
    a.hangs_up()
    world.waits(0.5)
    b.hangs_up()
    world.waits(0.3)
