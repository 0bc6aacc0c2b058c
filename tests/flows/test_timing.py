"""How long everything takes, in virtual time: the gateway's own share, machine speed left out.

The first table of docs/reference/timing.md is written by this test (UPDATE_GOLDEN=1), and
compared.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from tests.far_end import FarEnd
from tests.sbc import SBC, description
from tests.world import World

SERVERS = "\n## Servers, and our own address\n"
"""Where the second table begins: tests/flows/test_timing_of_servers.py."""
TABLE = Path(__file__).parents[2] / "docs" / "reference" / "timing.md"
PHASES = (0.0, 0.004, 0.008, 0.012, 0.016)
"""Where in a period of 20 ms a person acts, in seconds: chance, for the gateway."""
OURS = ("10.0.0.1", 10000)

HEAD = """# Timing

Measured by `tests/flows/test_timing.py` on the simulated card, in virtual time: what passes
between two events on copper and wire because of periods, filters and windows, with a computer
that needs no time. Five runs each, at different places in the 20 ms period of the highway.
Times in milliseconds.

| from | to | allowed | least | most |
|---|---|---|---|---|
"""


@dataclass
class Figure:
    """One row of the table."""

    begin: str
    end: str
    allowed_ms: int
    seen_ms: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.seen_ms.append(seconds * 1000)

    def __str__(self) -> str:
        least, most = min(self.seen_ms), max(self.seen_ms)
        return f"| {self.begin} | {self.end} | {self.allowed_ms} | {least:.0f} | {most:.0f} |"


@dataclass
class Figures:
    """What is measured; the limits are those of the specification (LINE-02 to LINE-10)."""

    dial_tone: Figure = field(
        default_factory=lambda: Figure("handset lifted", "dial tone in the ear", 200)
    )
    tone_off: Figure = field(
        default_factory=lambda: Figure("first key pressed", "dial tone gone", 150)
    )
    invite: Figure = field(
        default_factory=lambda: Figure("last key pressed", "INVITE on the wire", 150)
    )
    pulse_invite: Figure = field(
        default_factory=lambda: Figure("rotary dial at rest", "INVITE on the wire", 250)
    )
    ringback: Figure = field(default_factory=lambda: Figure("180 in", "ringback in the ear", 100))
    caller_voice: Figure = field(
        default_factory=lambda: Figure("200 in", "far end in the caller's ear", 200)
    )
    busy: Figure = field(default_factory=lambda: Figure("BYE in", "busy tone in the ear", 100))
    bye: Figure = field(default_factory=lambda: Figure("handset put down", "BYE on the wire", 800))
    bell: Figure = field(default_factory=lambda: Figure("INVITE in", "ring voltage", 300))
    ok: Figure = field(
        default_factory=lambda: Figure("handset lifted while it rings", "200 on the wire", 250)
    )
    callee_voice: Figure = field(
        default_factory=lambda: Figure("ACK in", "far end in the called ear", 200)
    )
    bell_off: Figure = field(default_factory=lambda: Figure("CANCEL in", "ring voltage gone", 100))

    @property
    def all(self) -> list[Figure]:
        return [figure for figure in vars(self).values() if isinstance(figure, Figure)]


def test_everything_happens_in_time() -> None:
    figures = Figures()
    for phase in PHASES:
        with World(ports=1).registers() as world:
            _settle(world, phase)
            _calls(world, figures)
            _settle(world, phase)
            _is_called(world, figures)
            _settle(world, phase)
            _dials_by_pulses(world, figures)
            _settle(world, phase)
            _is_given_up(world, figures)
    for figure in figures.all:
        assert len(figure.seen_ms) == len(PHASES)
        assert min(figure.seen_ms) >= 0, figure
        assert max(figure.seen_ms) <= figure.allowed_ms, figure
    text = HEAD + "".join(f"{figure}\n" for figure in figures.all)
    before, heading, after = TABLE.read_text().partition(SERVERS)
    if os.environ.get("UPDATE_GOLDEN"):
        TABLE.write_text(text + heading + after)
        return
    assert before == text


def _settle(world: World, phase: float) -> None:
    """Nobody does anything until that place in the next but tenth period."""
    world.waits(0.2 - (world.now % 0.020) + phase)
    world.looks()


def _calls(world: World, figures: Figures) -> None:
    (a,) = world.people
    far = FarEnd(world.network, (SBC.host, 20000), world.waits)
    lifted = a.lifts()
    world.waits(0.5)
    figures.dial_tone.add(a.heard_first(lifted))
    first = world.now
    a.phone.dial("8001")
    world.waits(0.2)
    figures.tone_off.add(a.heard_last(first))
    invite = world.sbc.gets("INVITE")
    world.waits(0.2)
    sent = world.find_packet(">INVITE").at
    figures.invite.add(sent - (first + 3 * 0.140))
    world.sbc.says(invite, 180)
    world.waits(0.5)
    figures.ringback.add(a.heard_first(world.find_packet("<180 INVITE").at))
    world.waits(1.5)  # the ringback pauses now
    far.sings(700, OURS)
    world.sbc.says(invite, 200, body=description())
    world.sbc.gets("ACK")
    world.waits(0.5)
    figures.caller_voice.add(a.heard_first(world.find_packet("<200 INVITE").at))
    far.hushes()
    world.waits(0.5)
    world.sbc.asks_as_callee("BYE", invite, 1)
    world.sbc.gets_answer(200, "BYE")
    world.waits(0.5)
    figures.busy.add(a.heard_first(world.find_packet("<BYE").at))
    a.hangs_up()
    world.waits(1.0)


def _is_called(world: World, figures: Figures) -> None:
    (b,) = world.people
    far = FarEnd(world.network, (SBC.host, 20000), world.waits)
    invite = world.sbc.calls("101")
    world.sbc.gets_answer(180, "INVITE")
    world.waits_until(lambda: b.sees.sounding)
    figures.bell.add(b.bursts[-1].start - world.find_packet("<INVITE").at)
    world.waits(1.7)
    far.sings(700, OURS)
    lifted = b.lifts()
    ok = world.sbc.gets_answer(200, "INVITE")
    figures.ok.add(world.find_packet(">200 INVITE").at - lifted)
    world.sbc.acks(invite, ok)
    world.waits(0.5)
    figures.callee_voice.add(b.heard_first(world.find_packet("<ACK").at))
    far.hushes()
    down = b.hangs_up()
    world.sbc.says(world.sbc.gets("BYE"), 200)
    figures.bye.add(world.find_packet(">BYE").at - down)
    world.waits(1.0)


def _dials_by_pulses(world: World, figures: Figures) -> None:
    (a,) = world.people
    a.lifts()
    world.waits(0.5)
    rest = a.turns("8001")
    world.sbc.says(world.sbc.gets("INVITE"), 486)
    figures.pulse_invite.add(world.find_packet(">INVITE").at - rest)
    a.hangs_up()
    world.waits(1.0)


def _is_given_up(world: World, figures: Figures) -> None:
    (b,) = world.people
    invite = world.sbc.calls("101")
    world.sbc.gets_answer(180, "INVITE")
    world.waits_until(lambda: b.sees.sounding)
    world.waits(0.3)
    world.sbc.cancels(invite)
    world.sbc.gets_answer(200, "CANCEL")
    world.waits_until(lambda: not b.sees.sounding)
    figures.bell_off.add(world.now - world.find_packet("<CANCEL").at)
    world.sbc.acks(invite, world.sbc.gets_answer(487, "INVITE"))
    world.waits(0.1)
