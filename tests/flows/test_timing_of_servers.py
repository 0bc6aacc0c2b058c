"""How long it takes until another server, or another address of our own, is in use.

The second table of docs/reference/timing.md is written by this test (UPDATE_GOLDEN=1), and
compared.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tests.flows.scenes import dials
from tests.flows.standby import TwoServers
from tests.flows.test_timing import SERVERS, TABLE
from tests.sbc import SBC
from tests.world import World

MOMENTS = (0.0, 7.0, 14.0, 21.0, 29.0)
"""s after an OPTIONS at which something happens: chance, for the gateway."""
HEAD = f"""{SERVERS}
Measured by `tests/flows/test_timing_of_servers.py`, with the defaults: an OPTIONS every 30 s,
given up after 5 s, three lost in a row are death, 60 s of hold time. Five runs each, at different
moments between two OPTIONS, with a network that takes 1 ms. Times in seconds.

| from | to | allowed | least | most |
|---|---|---|---|---|
"""


@dataclass
class Figure:
    """One row of the table; seconds."""

    begin: str
    end: str
    allowed: float
    seen: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        least, most = min(self.seen), max(self.seen)
        return f"| {self.begin} | {self.end} | {self.allowed:g} | {least:.1f} | {most:.1f} |"


def test_another_server_or_address_is_in_use_in_time() -> None:
    """HB-01, HB-04, HB-06, BW-03, REG-22; chapter 4: 65 to 95 s and nothing longer."""
    dead = Figure("server falls silent", "it is judged dead", 95.0)
    moved = Figure("it is judged dead", "both lines registered at the standby", 0.2)
    back = Figure("server answers again", "both lines registered there again", 155.0)
    rerouted = Figure("INVITE without any answer", "INVITE at the next server", 4.1)
    relocated = Figure("our own address is another", "registered from there", 5.1)
    figures = (dead, moved, back, rerouted, relocated)
    for moment in MOMENTS:
        with TwoServers().registers() as two:
            two.sleeps_until(lambda: [server.sent for server in two.servers] == [1, 1])
            two.world.sleeps(moment)
            _dies_and_comes_back(two, dead, moved, back)
        with TwoServers().registers() as two:
            dials(two.world, "8001")
            two.first.gets("INVITE")
            two.standby.gets("INVITE")
            sent = [p.at for p in two.world.packets(1) if p.name == ">INVITE"]
            rerouted.seen.append(sent[-1] - sent[0])
        relocated.seen.append(_relocates(moment))
    for figure in figures:
        assert len(figure.seen) == len(MOMENTS)
        assert max(figure.seen) <= figure.allowed, figure
    assert min(dead.seen) >= 64.9
    text = HEAD + "".join(f"{figure}\n" for figure in figures)
    page = TABLE.read_text()
    before, _, after = page.partition(SERVERS)
    if os.environ.get("UPDATE_GOLDEN"):
        TABLE.write_text(before + text)
        return
    assert SERVERS + after == text


def _dies_and_comes_back(two: TwoServers, dead: Figure, moved: Figure, back: Figure) -> None:
    world = two.world
    two.dies()
    dead.seen.append(world.sleeps_until(lambda: two.servers[0].state == "dead", most=100.0))
    moved.seen.append(world.waits_until(lambda: two.registered_at(2), most=5.0))
    two.lives(SBC)
    back.seen.append(world.sleeps_until(lambda: two.registered_at(1), most=200.0))


def _relocates(moment: float) -> float:
    with World(ports=1, listen="0.0.0.0:5060").registers() as world:
        world.sleeps(moment)
        changed, world.network.own_host = world.now, "10.0.0.77"
        world.waits_until(lambda: world.sbc.contacts["101"].partition("@")[2] == "10.0.0.77:5060")
        world.waits(0.01)
        return world.now - changed
