"""A card in one piece: buses, pins, ports, highway."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from drivers.board import Card, CardSettings, highway_settings, open_card
from drivers.errors import BusError, DriverError, HighwayError
from drivers.highway import IDLE, PERIOD, Highway, layout_for
from drivers.highway_open import open_highway
from drivers.sim.card import SimCard
from drivers.sim.client import PhoneClient, spawn_board
from drivers.sim.pins import SimPins
from drivers.slic import HookChanged, LineSettings, Steps


def in_process(ports: int = 2, variant: str = "si3215") -> tuple[SimCard, Card]:
    """A card and its simulation, clocked, on virtual time."""
    sim = SimCard(ports, variant=variant)
    sim.set_clock(True)
    card = open_card(
        CardSettings(ports=ports),
        spis=[sim.spi(chip) for chip in range(ports)],
        pins=SimPins(sim),
    )
    return sim, card


def side_by_side(sim: SimCard, works: list[Steps]) -> float:
    """Run several steps at a time in virtual time; returns how long all took."""
    began = sim.now
    due = dict.fromkeys(works, sim.now)
    while due:
        work = min(due, key=lambda one: due[one])
        sim.advance(max(sim.now, due[work]))
        try:
            due[work] += next(work)
        except StopIteration:
            del due[work]
    return sim.now - began


def test_ports_start_side_by_side() -> None:
    sim, card = in_process(8)
    side_by_side(sim, [card.reset()])
    alone = side_by_side(sim, [card.slics[0].bring_up(LineSettings(timeslot=0))])
    rest = [slic.bring_up(LineSettings(timeslot=slic.port - 1)) for slic in card.slics[1:]]
    together = side_by_side(sim, rest)
    assert together < 1.1 * alone
    assert [slic.chip for slic in card.slics] == ["Si3215 rev E"] * 8
    assert [chip.audio.tx_slot for chip in sim.chips] == list(range(8))


def test_without_the_reset_nothing_answers() -> None:
    sim, card = in_process()
    with pytest.raises(DriverError, match=r"port 2: identification: .*no SLIC answers"):
        side_by_side(sim, [card.slics[1].bring_up(LineSettings())])


def test_an_edge_says_look_and_the_poll_finds_what_it_was() -> None:
    sim, card = in_process()
    side_by_side(sim, [card.reset()])
    side_by_side(sim, [slic.bring_up(LineSettings()) for slic in card.slics])
    edges: list[int] = []
    card.watch(lambda: edges.append(1))
    sim.loops[1].set_hook(True)
    sim.advance(sim.now + 0.1)
    assert edges == [1]
    assert card.interrupt_asserted
    assert [slic.poll() for slic in card.slics] == [[], [HookChanged(off_hook=True)]]
    assert not card.interrupt_asserted


def test_holding_the_reset_kills_all_lines_at_once() -> None:
    sim, card = in_process()
    side_by_side(sim, [card.reset()])
    side_by_side(sim, [slic.bring_up(LineSettings()) for slic in card.slics])
    card.hold()
    assert [chip.peek(64) for chip in sim.chips] == [0, 0]
    side_by_side(sim, [card.reset()])
    side_by_side(sim, [slic.bring_up(LineSettings()) for slic in card.slics])
    assert [chip.peek(64) for chip in sim.chips] == [0x11, 0x11]


def test_closing_opens_the_lines_before_the_reset() -> None:
    sim, card = in_process()
    side_by_side(sim, [card.reset()])
    side_by_side(sim, [slic.bring_up(LineSettings()) for slic in card.slics])
    card.close()
    assert [(chip.peek(64), chip.peek(14)) for chip in sim.chips] == [(0, 0x10)] * 2


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (CardSettings(driver="abacus"), "there is no driver 'abacus'"),
        (CardSettings(bus="spi"), "'spi' is not an SPI device"),
        (CardSettings(bus="spi88.0"), r"/dev/spidev88\.0"),
        (CardSettings(socket="/nonexistent/board.sock"), "/nonexistent/board.sock"),
    ],
)
def test_a_card_that_cannot_be_opened_says_why(settings: CardSettings, says: str) -> None:
    with pytest.raises(DriverError, match=says):
        open_card(settings)


def test_every_port_needs_its_chip_select() -> None:
    sim = SimCard(2)
    with pytest.raises(DriverError, match="1 chip selects in place of 2"):
        open_card(CardSettings(ports=2), spis=[sim.spi(0)], pins=SimPins(sim))


def test_the_highway_is_described_by_the_card() -> None:
    settings = highway_settings(CardSettings(number=3, ports=2, pcm="fxs"), law="PCMU")
    assert (settings.device, settings.law, settings.card) == ("fxs", "PCMU", 3)
    assert settings.layout == layout_for(2, "fxs")


def test_a_highway_that_cannot_be_opened_says_why() -> None:
    settings = highway_settings(CardSettings(socket="/nonexistent/board.sock"))
    with pytest.raises(HighwayError, match="/nonexistent/board"):
        open_highway(settings)
    with pytest.raises(BusError, match="/nonexistent/board"):
        open_card(CardSettings(socket="/nonexistent/board.sock"))


def bytes_at(frame: bytes, ports: int, device: str) -> list[int]:
    layout = layout_for(ports, device)
    return [frame[layout.offset(slot)] for slot in range(min(ports, layout.width))]


def test_timeslots_lie_where_little_endian_samples_put_them() -> None:
    eight = bytes.fromhex("1312111017161514")
    assert bytes_at(eight, 8, "fxs") == list(range(0x10, 0x18))
    assert bytes_at(bytes.fromhex("11101312"), 4, "fxs") == [0x10, 0x11, 0x12, 0x13]
    assert bytes_at(bytes(range(8)), 2, "simulated") == [0, 1]


def test_a_highway_is_as_wide_as_it_has_to_be() -> None:
    widths = {ports: layout_for(ports, "simulated").width for ports in (1, 8, 9, 64)}
    assert widths == {1: 8, 8: 8, 9: 16, 64: 64}
    assert (layout_for(2, "fxs").width, layout_for(8, "fxs").width) == (4, 8)
    with pytest.raises(ValueError, match="carries 8 timeslots, not 9"):
        layout_for(9, "fxs")


@pytest.mark.wire
@pytest.mark.parametrize("daisy", [False, True])
def test_a_port_of_the_board_process_comes_up_over_its_sockets(
    tmp_path: Path, daisy: bool
) -> None:
    """The real seams: SPI and highway over sockets, pins through gpiozero's entry point."""
    path = tmp_path / "board.sock"
    board = spawn_board(path, [(1, 2, "si3215")])
    assert board is not None
    with ExitStack() as opened:
        opened.callback(board.wait, 10)
        opened.callback(board.terminate)
        settings = CardSettings(ports=2, socket=str(path), daisy=daisy)
        highway = open_highway(highway_settings(settings))
        opened.callback(highway.close)
        card = open_card(settings)
        opened.callback(card.close)
        person = PhoneClient(path)
        opened.callback(person.close)
        port = card.slics[1]
        for work in (card.reset(), port.bring_up(LineSettings(timeslot=1))):
            for wait in work:
                _carries_voice(highway, _has_passed(wait))
        assert port.poll() == []
        edges: list[int] = []
        card.watch(lambda: edges.append(1))
        person.call("lift", card=1, port=2)
        _carries_voice(highway, lambda: bool(edges))
        assert card.interrupt_asserted
        assert port.poll() == [HookChanged(off_hook=True)]
        # the pin has its own socket, and a thread that reads it
        _carries_voice(highway, lambda: not card.interrupt_asserted)


def _has_passed(seconds: float) -> Callable[[], bool]:
    """Whether so much time has passed from now on: the board's clock is that of the system.

    Counting periods would not do. When nobody read for a while, many are waiting, and no time
    passes while they are read.
    """
    until = monotonic() + seconds
    return lambda: monotonic() >= until


def _carries_voice(highway: Highway, until: Callable[[], bool], most: float = 20.0) -> None:
    """Keep the highway going; each read blocks until a period has been captured."""
    idle = bytes((IDLE["PCMA"],)) * (highway.layout.width * PERIOD)
    end = monotonic() + most
    while not until():
        assert monotonic() < end, f"not within {most:g} s"
        highway.read()
        highway.write(idle)
