"""The three boards, drawn from their blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.design import parts, si321x
from hardware.design.ag1171 import draw as draw_ag1171
from hardware.design.circuit import Circuit, Kind, Net
from hardware.design.header import Use, header
from hardware.design.shared import SUPPLY, Board
from hardware.design.si321x import Bus, Port, Rails
from hardware.design.values import capacitor, fit


@dataclass(frozen=True, slots=True)
class Design:
    """A board and what a page says of it."""

    circuit: Circuit
    uses: dict[int, Use]
    ports: int
    overlay: str
    supply: str


def fxs2() -> Design:
    """Two ports on the Raspberry Pi's 5 V, a chip select each."""
    board = Board("fxs2", "2-port HAT with Si3210 or Si3215")
    feed = board.circuit.net("VDC", 4.6, 5.25)
    board.logic_supply("300 mA")
    board.line_supply(board.five, feed, "2 A", parts.load_switch("5 V, 2 A", 6.0))
    interrupt, reset = board.control(2)
    clock, sync, play, read = board.highway()
    sclk, mosi, miso = _spi(board)
    selects = [board.gpio(8, "SPI_CE0", Kind.OUTPUT), board.gpio(7, "SPI_CE1", Kind.OUTPUT)]
    board.pull("R98", 100e3, read, board.ground, "no chip drives its timeslot")
    rails = Rails(board.ground, board.three, feed)
    for number, select in enumerate(selects, start=1):
        bus = Bus(select, sclk, mosi, miso, None, clock, sync, play, read, interrupt, reset)
        Port(board.circuit, number, rails, bus).draw(si321x.FROM_5V)
    board.identity()
    board.lamp(1, gpio=17)
    board.lamp(2, gpio=27)
    board.button()
    return _finished(board, 2, "fxs2", "5 V of the Raspberry Pi; 1 A more than it needs itself")


def fxs8() -> Design:
    """Eight ports in a daisy chain on one chip select, fed with 12 V."""
    board = Board("fxs8", "8-port board with Si3210 or Si3215")
    circuit = board.circuit
    twelve = circuit.net("+12V", 11.4, 12.6)
    feed = circuit.net("VDC", 11.2, 12.6)
    inlet = fit("J2", parts.SUPPLY_12V, {"P": twelve, "N": board.ground})
    board.put(inlet, SUPPLY, "12 V / 3 A")
    wires = {"IN": twelve, "OUT": board.five, "GND": board.ground}
    board.put(fit("U93", parts.BUCK_5V, wires), SUPPLY, "5 V, for the Raspberry Pi too")
    board.decouple("C94", ("U93", "IN"), twelve)
    ends = (board.five, board.ground)
    board.put(capacitor("C95", 47e-6, 10, ends, kind="electrolytic"), SUPPLY, "output of U93")
    board.logic_supply("1 A")
    board.line_supply(twelve, feed, "3 A", parts.load_switch("12 V, 3 A", 18.0))
    interrupt, reset = board.control(8)
    clock, sync, play, read = board.highway()
    sclk, mosi, miso = _spi(board)
    select = board.gpio(8, "SPI_CE0", Kind.OUTPUT, remark="all chips; daisy chain")
    board.pull("R98", 100e3, read, board.ground, "no chip drives its timeslot")
    rails = Rails(board.ground, board.three, feed)
    arriving = mosi
    for number in range(1, 9):
        leaving: Net | None = board.logic(f"CHAIN_{number}") if number < 8 else None
        bus = Bus(select, sclk, arriving, miso, leaving, clock, sync, play, read, interrupt, reset)
        Port(circuit, number, rails, bus).draw(si321x.FROM_12V)
        if leaving is not None:
            arriving = leaving
    board.identity()
    board.lamp(1, gpio=17)
    board.button()
    return _finished(board, 8, "fxs8", "12 V / 3 A at J2", feeds_pi=True)


def ag1171() -> Design:
    """Two ports with SLIC modules and a codec."""
    board = Board("ag1171", "2-port board with Ag1171 or KS0835F modules")
    draw_ag1171(board)
    supply = "5 V of the Raspberry Pi; 1.5 A more than it needs itself"
    return _finished(board, 2, "ag1171", supply)


def _spi(board: Board) -> tuple[Net, Net, Net]:
    sclk = board.gpio(11, "SPI_SCLK", Kind.OUTPUT, remark="mode 3, 1 to 2 MHz")
    mosi = board.gpio(10, "SPI_MOSI", Kind.OUTPUT)
    miso = board.gpio(9, "SPI_MISO", Kind.INPUT)
    return sclk, mosi, miso


def _finished(
    board: Board, ports: int, overlay: str, supply: str, *, feeds_pi: bool = False
) -> Design:
    header(
        board.circuit, board.uses, ground=board.ground, five=board.five, three=board.pi_three,
        feeds_pi=feeds_pi,
    )  # fmt: skip
    return Design(board.circuit, dict(sorted(board.uses.items())), ports, overlay, supply)


BOARDS: dict[str, Callable[[], Design]] = {"fxs2": fxs2, "fxs8": fxs8, "ag1171": ag1171}
