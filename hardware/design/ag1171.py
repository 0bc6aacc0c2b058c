"""The board with SLIC modules: four wires a port, a stereo codec, no converter of our own.

Source: data sheets of the Ag1171 and of the KS0835F. PD must never be driven high: a diode
lets the Raspberry Pi pull it low and nothing else.
"""

from __future__ import annotations

from hardware.design import parts
from hardware.design.circuit import Kind, Net, Origin
from hardware.design.shared import BOARD, SUPPLY, Board
from hardware.design.values import capacitor, fit, resistor

LINE_LOW = -80.0
"""75 V while it rings, and some."""
HOOK, RING, REVERSE, POWER = (5, 6), (16, 26), (12, 13), (23, 27)
"""BCM numbers for port 1 and port 2."""
SHEET = Origin.SHEET


def draw(board: Board) -> None:
    modules = board.circuit.net("+3V3_SLIC", 3.2, 3.47)
    wires = {"IN": board.five, "OUT": modules, "GND": board.ground}
    role = "the modules: 3.3 V keeps SHK within what the Raspberry Pi bears"
    board.put(fit("U91", parts.regulator("3.3 V", "1.5 A"), wires), SUPPLY, role)
    board.decouple("C92", ("U91", "IN"), board.five)
    board.logic_supply("200 mA")
    board.reservoir("C96", board.three, SUPPLY, "codec")
    for number, (heard, said) in enumerate(_codec(board), start=1):
        _port(board, number, modules, heard, said)
    board.identity()
    board.lamp(1, gpio=17)
    board.button()


def _codec(board: Board) -> list[tuple[Net, Net]]:
    """Left is port 1, right is port 2; returns (from the line, to the line) of each."""
    ground, three = board.ground, board.three
    clock, sync, play, read = board.highway()
    data = board.gpio(2, "I2C_SDA", Kind.OPEN_DRAIN, remark="codec")
    bit = board.gpio(3, "I2C_SCL", Kind.OUTPUT, remark="codec")
    reset = board.gpio(24, "CODEC_RESET", Kind.OUTPUT, remark="pulled down")
    board.pull("R32", 4.7e3, data, board.pi_three, "I2C; the Raspberry Pi has 1.8 kΩ of its own")
    board.pull("R26", 10e3, reset, ground, "codec silent until the gateway runs")
    names = ("LIN", "RIN", "LOUT", "ROUT", "VREF")
    nets = {name: board.circuit.net(name, 0, 3.3) for name in names}
    wires: dict[str, Net | None] = {**nets, "DVDD": three, "AVDD": three, "GND": ground}
    wires |= {"BCLK": clock, "LRCLK": sync, "DIN": play, "DOUT": read}
    wires |= {"SDA": data, "SCL": bit, "RESET": reset}
    board.put(fit("U93", parts.CODEC, wires), BOARD, "voice of both ports")
    board.decouple("C97", ("U93", "DVDD"), three, BOARD)
    board.decouple("C98", ("U93", "AVDD"), three, BOARD)
    board.reservoir("C99", nets["VREF"], BOARD, "reference of the codec")
    return [(nets["LIN"], nets["LOUT"]), (nets["RIN"], nets["ROUT"])]


def _port(board: Board, number: int, supply: Net, heard: Net, said: Net) -> None:
    circuit, ground, block = board.circuit, board.ground, f"port {number}"
    at, drive = number - 1, Kind.OUTPUT
    hook = board.gpio(HOOK[at], f"SHK_{number}", Kind.INPUT, remark="high: off-hook")
    ring = board.gpio(RING[at], f"RM_{number}", drive, remark="high while it rings; pulled down")
    reverse = board.gpio(REVERSE[at], f"FR_{number}", drive, remark=f"PWM{at}: toggled to ring")
    power = board.gpio(POWER[at], f"PD_{number}", drive, remark="low: down; through a diode")
    down = circuit.net(f"PD_PIN_{number}", 0, 3.47)
    tip = circuit.net(f"TIP_{number}", LINE_LOW, 3.3)
    wire = circuit.net(f"RING_{number}", LINE_LOW, 3.3)
    into = circuit.net(f"VIN_{number}", 0, 3.3)
    out = circuit.net(f"VOUT_{number}", 0, 3.3)
    module = f"U{number}01"
    wires = {"RING": wire, "TIP": tip, "F/R": reverse, "RM": ring, "SHK": hook, "VIN": into}
    wires |= {"VOUT": out, "GND": ground, "+V": supply, "PD": down}
    board.put(fit(module, parts.AG1171, wires), block, "line circuit", SHEET)
    diode = fit(f"D{number}01", parts.SIGNAL_DIODE, {"A": down, "K": power})
    board.put(diode, block, "PD can be pulled low and never driven high", SHEET)
    board.put(
        resistor(f"R{number}01", 10e3, (ring, ground)), block, "no ringing without a gateway"
    )
    near = capacitor(f"C{number}01", 100e-9, 25, (supply, ground), guards=(module, "+V"))
    board.put(near, block, "at the module's pins", SHEET)
    big = capacitor(f"C{number}02", 470e-6, 16, (supply, ground), kind="electrolytic")
    board.put(big, block, "at the module's pins", SHEET)
    board.put(capacitor(f"C{number}03", 220e-9, 25, (said, into)), block, "voice to the line")
    role = "voice from the line; VOUT has an offset"
    board.put(capacitor(f"C{number}04", 220e-9, 25, (out, heard)), block, role)
    _protection(board, number, tip, wire)


def _protection(board: Board, number: int, tip: Net, wire: Net) -> None:
    """PTC in each leg, then a bridge with a clamp: the circuit of the data sheet."""
    circuit, block = board.circuit, f"port {number}"
    oht = circuit.net(f"OHT_{number}", LINE_LOW, 3.3)
    plus = circuit.net(f"CLAMP_P_{number}", LINE_LOW, 3.3)
    minus = circuit.net(f"CLAMP_N_{number}", LINE_LOW, 3.3)
    outer = [circuit.net(f"{name}_JACK_{number}", LINE_LOW, 3.3) for name in ("TIP", "RING")]
    for side, inner in enumerate((tip, wire)):
        fuse = fit(f"RT{number}{60 + side}", parts.PTC, {"1": outer[side], "2": inner})
        board.put(fuse, block, "fault current")
    ends = {"AC1": tip, "AC2": wire, "P": plus, "N": minus}
    board.put(fit(f"D{number}60", parts.BRIDGE, ends), block, "either polarity", SHEET)
    clamp = fit(f"D{number}61", parts.CLAMP_82V, {"K": plus, "A": minus})
    board.put(clamp, block, "overvoltage", SHEET)
    idle = resistor(f"R{number}02", 20e3, (tip, oht), size="1206", amps=0.003)
    board.put(idle, block, "with the jumper: voice while on-hook, for caller ID", SHEET)
    jumper = fit(f"JP{number}01", parts.JUMPER, {"1": oht, "2": wire})
    board.put(jumper, block, "set for caller ID; 35 mA more while idle")
    jack = fit(f"J{number}60", parts.JACK, {"TIP": outer[0], "RING": outer[1]})
    board.put(jack, block, "the telephone")
