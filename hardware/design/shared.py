"""What the boards have in common: supply, identity EEPROM, lamp and button, header wires."""

from __future__ import annotations

from hardware.design import parts
from hardware.design.circuit import Circuit, Component, Kind, Net, Origin, Part
from hardware.design.header import Use
from hardware.design.values import capacitor, fit, resistor

SUPPLY = "supply"
BOARD = "board"
LOGIC_V = (0.0, 3.47)
NOT_YET = "not yet used by the gateway"


class Board:
    """A drawing begun: ground, rails, and the header's wires as they come."""

    def __init__(self, name: str, title: str) -> None:
        self.circuit = Circuit(name, title)
        self.ground = self.circuit.net("GND")
        self.five = self.circuit.net("+5V", 4.75, 5.25)
        self.pi_three = self.circuit.net("+3V3_PI", 3.13, 3.47)
        self.three = self.circuit.net("+3V3", 3.13, 3.47)
        self.uses: dict[int, Use] = {}

    def logic(self, name: str) -> Net:
        return self.circuit.net(name, *LOGIC_V)

    def gpio(
        self, number: int, signal: str, kind: Kind, *, net: Net | None = None, remark: str = ""
    ) -> Net:
        """Take a GPIO; its net is named after the signal unless it is given.

        Raises:
            ValueError: it is taken already.
        """
        if number in self.uses:
            raise ValueError(f"GPIO {number} is {self.uses[number].signal} and {signal}")
        wire = net or self.logic(signal)
        self.uses[number] = Use(signal, kind, wire, remark)
        return wire

    def put(
        self, component: Component, block: str, role: str, origin: Origin = Origin.OURS
    ) -> None:
        """Put a component on the drawing; its value and its wires are from one source."""
        self.circuit.put(component, block, role, origin, origin)

    def pull(self, ref: str, value: float, wire: Net, to: Net, role: str) -> None:
        self.put(resistor(ref, value, (wire, to)), BOARD, role)

    def decouple(self, ref: str, pin: tuple[str, str], net: Net, block: str = SUPPLY) -> None:
        own = capacitor(ref, 100e-9, 25, (net, self.ground), guards=pin)
        self.put(own, block, f"decoupling of {pin[0]}")

    def reservoir(self, ref: str, net: Net, block: str, role: str) -> None:
        self.put(capacitor(ref, 10e-6, 10, (net, self.ground)), block, role)

    def logic_supply(self, amps: str) -> None:
        """3.3 V of our own: the Raspberry Pi's is for the EEPROM and pull-ups only."""
        wires = {"IN": self.five, "OUT": self.three, "GND": self.ground}
        own = fit("U90", parts.regulator("3.3 V", amps), wires)
        self.put(own, SUPPLY, "logic and analog supply of the chips")
        self.decouple("C90", ("U90", "IN"), self.five)
        self.reservoir("C91", self.three, SUPPLY, "output of the regulator")

    def line_supply(self, source: Net, feed: Net, fuse: str, switch: Part) -> None:
        """Fuse and switch in the feed of the converters: off unless somebody switches it on."""
        fused = self.circuit.net("FUSED", source.low, source.high)
        on = "line supply on; not yet driven by the gateway: `gpio=23=op,dh` in config.txt"
        enable = self.gpio(23, "VDC_ENABLE", Kind.OUTPUT, remark=on)
        tripped = f"line supply has tripped; {NOT_YET}"
        fault = self.gpio(22, "VDC_FAULT", Kind.INPUT, remark=tripped)
        blown = fit("F1", parts.FUSE, {"1": source, "2": fused}, fuse)
        self.put(blown, SUPPLY, "feed of the line supplies")
        wires = {"IN": fused, "OUT": feed, "EN": enable, "FAULT": fault, "GND": self.ground}
        self.put(fit("U91", switch, wires), SUPPLY, "takes the lines off")
        self.decouple("C92", ("U91", "IN"), fused)
        self.pull("R90", 10e3, enable, self.ground, "off until it is switched on")
        self.pull("R91", 10e3, fault, self.pi_three, "open drain")

    def control(self, chips: int) -> tuple[Net, Net]:
        """INT and RESET of Si321x chips; returns both."""
        interrupt = self.gpio(25, "INT", Kind.INPUT, remark="active low, open drain, all chips")
        dead = "active low; pulled down: a dead gateway means dead lines"
        reset = self.gpio(24, "RESET", Kind.OUTPUT, remark=dead)
        self.pull("R32", 10e3, interrupt, self.three, f"INT of {chips} chips, once per board")
        self.pull("R26", 10e3, reset, self.ground, "once per board; holds the chips in reset")
        return interrupt, reset

    def highway(self) -> tuple[Net, Net, Net, Net]:
        """PCM of the header: clock, frame sync, to the chips, from the chips."""
        clock = self.gpio(18, "PCM_CLK", Kind.OUTPUT)
        sync = self.gpio(19, "PCM_FS", Kind.OUTPUT, remark="8 kHz")
        read = self.gpio(20, "PCM_DIN", Kind.INPUT, remark="from the chips")
        play = self.gpio(21, "PCM_DOUT", Kind.OUTPUT, remark="to the chips")
        return clock, sync, play, read

    def identity(self) -> None:
        """The EEPROM of a HAT, write-protected unless the jumper is set."""
        data = self.gpio(0, "ID_SD", Kind.OPEN_DRAIN, remark="HAT EEPROM only")
        clock = self.gpio(1, "ID_SC", Kind.OUTPUT, remark="HAT EEPROM only")
        protect = self.logic("EEPROM_WP")
        wires = {"A0": self.ground, "A1": self.ground, "A2": self.ground, "VSS": self.ground}
        wires |= {"SDA": data, "SCL": clock, "WP": protect, "VCC": self.pi_three}
        self.put(fit("U92", parts.EEPROM, wires), BOARD, "says what board this is", Origin.SHEET)
        self.decouple("C93", ("U92", "VCC"), self.pi_three, BOARD)
        self.pull("R92", 3.9e3, data, self.pi_three, "ID_SD; value of the HAT guide")
        self.pull("R93", 3.9e3, clock, self.pi_three, "ID_SC; value of the HAT guide")
        self.pull("R99", 10e3, protect, self.pi_three, "write-protected")
        jumper = fit("JP1", parts.JUMPER, {"1": protect, "2": self.ground})
        self.put(jumper, BOARD, "set to write the EEPROM")

    def lamp(self, number: int, gpio: int) -> None:
        wire = self.gpio(gpio, f"LAMP_{number}", Kind.OUTPUT, remark=NOT_YET)
        anode = self.circuit.net(f"LAMP_{number}_A", 0, 2.2)
        self.pull(f"R{94 + number}", 1e3, wire, anode, "current of the lamp")
        led = fit(f"D{90 + number}", parts.LED, {"A": anode, "K": self.ground})
        self.put(led, BOARD, f"lamp {number}")

    def button(self) -> None:
        wire = self.gpio(4, "BUTTON", Kind.INPUT, remark=NOT_YET)
        self.pull("R97", 10e3, wire, self.pi_three, "button open")
        self.put(fit("S1", parts.BUTTON, {"1": wire, "2": self.ground}), BOARD, "button")
