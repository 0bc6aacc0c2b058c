"""One port with a Si321x: the chip, its supply converter, its line feed, its protection.

References: the last two digits are the number in the data sheet's drawing, before them the
port; from 60 on they are ours. Values: data sheets of the Si3215 (Rev 0.92) and the Si3230
(Rev 0.96). Connections: pin functions of the data sheet; the converter and the sensing after
public designs with the same chip. Q1 to Q6 are joined as the chip's current registers and pin
functions imply; R10 to R13, C7 and C8 are where this project thinks that they belong. All of
these must be compared with the data sheet's figure before a board is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.design import parts
from hardware.design.circuit import Circuit, Component, Net, Origin, Part
from hardware.design.values import capacitor, fit, ohms, resistor

SHEET, PUBLIC, OURS = Origin.SHEET, Origin.PUBLIC, Origin.OURS

CLAMP_A = 148e-6
"""Current in R28 and R29 at which Q9 stops the converter."""
CLAMP_OHMS = 665e3
"""R29, from the series E96: 98 V."""
BATTERY_LOW = -100.0
"""What the clamp lets the battery reach; the chip's own limit is 94.5 V."""
LOOP_A = 0.041
"""The highest loop current that can be set."""
BASE_A = 0.001
"""Through the resistors at the bases of the line transistors."""
ANALOG = (
    *("SDCH", "SDCL", "STIPDC", "SRINGDC", "STIPE", "SRINGE", "SVBAT", "STIPAC", "SRINGAC"),
    *("IREF", "CAPP", "CAPM", "QGND", "IGMP", "IGMN", "DCFF", "DCDRV"),
    *("ITIPP", "ITIPN", "IRINGP", "IRINGN"),
)
"""Pins of the chip that are joined to parts of this port alone."""


@dataclass(frozen=True, slots=True)
class Rails:
    """What all ports share."""

    ground: Net
    three: Net
    feed: Net
    """Into the converters."""


@dataclass(frozen=True, slots=True)
class Bus:
    """The chip's digital wires."""

    cs: Net
    sclk: Net
    sdi: Net
    sdo: Net
    sdithru: Net | None
    """None: the end of the chain, left open."""
    pclk: Net
    fsync: Net
    drx: Net
    dtx: Net
    interrupt: Net
    reset: Net


@dataclass(frozen=True, slots=True)
class Converter:
    """Values that belong to one supply voltage; the coil, R18 and registers 92, 93 together."""

    coil: str
    r17: float
    r18: float
    r19: float
    feed_v: float
    """Rating of C25."""
    amps: float
    """In R18, as it counts for heat."""
    switch: Part


FROM_5V = Converter("33 µH", 100.0, 0.12, 16.5e3, 25.0, 1.2, parts.PNP_SWITCH)
"""3 REN; Si3230 sheet."""
FROM_12V = Converter("150 µH", 162.0, 0.56, 56.2e3, 35.0, 0.6, parts.PNP_SWITCH_12V)
"""5 REN; both sheets."""


class Port:
    """Draws one port into a circuit."""

    def __init__(self, circuit: Circuit, number: int, rails: Rails, bus: Bus) -> None:
        self.circuit = circuit
        self.number = number
        self.rails = rails
        self.bus = bus
        self.pins = {name: self._net(name, 0, 3.3) for name in ANALOG}
        self.vddd = self._net("VDDD", 3.13, 3.47)
        self.vbat = self._net("VBAT", BATTERY_LOW, 0)
        self.vbat_line = self._net("VBAT_LINE", BATTERY_LOW, 0)
        self.tip = self._net("TIP", BATTERY_LOW, 3.3)
        self.ring = self._net("RING", BATTERY_LOW, 3.3)
        self.tip_emitter = self._net("Q6_E", BATTERY_LOW, 0)
        self.ring_emitter = self._net("Q5_E", BATTERY_LOW, 0)

    def draw(self, converter: Converter) -> None:
        self._chip()
        self._references()
        self._converter(converter)
        self._battery(converter)
        self._clamp()
        self._sensing()
        self._feed(self.tip, "TIP", (1, 4, 6), self.tip_emitter)
        self._feed(self.ring, "RING", (2, 3, 5), self.ring_emitter)
        self._protection()

    def _net(self, name: str, low: float, high: float) -> Net:
        return self.circuit.net(f"{name}_{self.number}", low, high)

    def _ref(self, letters: str, number: int) -> str:
        return f"{letters}{self.number}{number:02d}"

    def _put(self, component: Component, role: str, wired: Origin, value: Origin = SHEET) -> None:
        self.circuit.put(component, f"port {self.number}", role, value, wired)

    def _chip(self) -> None:
        bus, three, ground = self.bus, self.rails.three, self.rails.ground
        wires: dict[str, Net | None] = {name: self.pins[name] for name in ANALOG}
        wires |= {"CS": bus.cs, "SCLK": bus.sclk, "SDI": bus.sdi, "SDO": bus.sdo}
        wires |= {"SDITHRU": bus.sdithru, "INT": bus.interrupt, "RESET": bus.reset}
        wires |= {"PCLK": bus.pclk, "FSYNC": bus.fsync, "DRX": bus.drx, "DTX": bus.dtx}
        wires |= {"VDDD": self.vddd, "VDDA1": three, "VDDA2": three}
        wires |= {"GNDA": ground, "GNDD": ground, "TEST": ground}
        chip = self._ref("U", 1)
        self._put(fit(chip, parts.SI321X, wires), "codec, feed and ring generator", SHEET)
        choke = fit(self._ref("L", 2), parts.FILTER_COIL, {"1": three, "2": self.vddd})
        self._put(choke, "keeps the converter's noise off VDDD", PUBLIC)
        supplies = ((15, "VDDA1", three), (16, "VDDA2", three), (17, "VDDD", self.vddd))
        for number, pin, net in supplies:
            ends, ref = (net, ground), self._ref("C", number)
            own = capacitor(ref, 100e-9, 16, ends, guards=(chip, pin))
            self._put(own, "decoupling, at the pin", SHEET)
        for number, net in ((30, self.vddd), (31, three)):
            self._put(
                capacitor(self._ref("C", number), 10e-6, 10, (net, ground)), "reservoir", PUBLIC
            )

    def _references(self) -> None:
        pins = self.pins
        bias = resistor(self._ref("R", 14), 40.2e3, (pins["IREF"], pins["QGND"]))
        self._put(bias, "bias reference", PUBLIC)
        slope = resistor(self._ref("R", 15), 243.0, (pins["IGMP"], pins["IGMN"]))
        self._put(slope, "transconductance of the driver", PUBLIC)
        for number, pin in ((1, "CAPP"), (2, "CAPM")):
            held = capacitor(self._ref("C", number), 10e-6, 6.3, (pins[pin], pins["QGND"]))
            self._put(held, "stabilises the feed loop", PUBLIC)

    def _converter(self, values: Converter) -> None:
        """Inverting converter: Q7 switches the coil, D1 hands its current to the battery."""
        feed, ground, pins = self.rails.feed, self.rails.ground, self.pins
        emitter = self._net("Q7_E", 0, feed.high)
        base = self._net("Q7_B", 0, feed.high + 3.5)
        switch = self._net("SWITCH", BATTERY_LOW - 1, feed.high)
        small = self._net("Q8_E", 0, 3.3)
        q7 = {"B": base, "E": emitter, "C": switch}
        self._put(fit(self._ref("Q", 7), values.switch, q7), "the converter's switch", PUBLIC)
        q8 = {"B": pins["DCDRV"], "E": small, "C": base}
        self._put(fit(self._ref("Q", 8), parts.NPN_SMALL, q8), "drives Q7", PUBLIC)
        coil = parts.converter_coil(values.coil)
        one = fit(self._ref("L", 1), coil, {"1": switch, "2": ground})
        self._put(one, "stores the energy of a cycle", PUBLIC)
        diode = fit(self._ref("D", 1), parts.FAST_DIODE, {"K": switch, "A": self.vbat})
        self._put(diode, "to the battery", PUBLIC)
        r16 = resistor(self._ref("R", 16), 200, (base, feed), size="0805", amps=0.02)
        self._put(r16, "turns Q7 off", PUBLIC)
        r17 = resistor(self._ref("R", 17), values.r17, (small, ground), size="0805", amps=0.026)
        self._put(r17, "current of the drive", PUBLIC)
        ends = (feed, emitter)
        r18 = resistor(self._ref("R", 18), values.r18, ends, size="1206", amps=values.amps)
        self._put(r18, "current sense of the converter", PUBLIC)
        r19 = resistor(self._ref("R", 19), values.r19, (feed, pins["SDCH"]))
        self._put(r19, "sense, upper end of R18", PUBLIC)
        r20 = resistor(self._ref("R", 20), values.r19, (emitter, pins["SDCL"]))
        self._put(r20, "sense, lower end of R18", PUBLIC)
        c10 = capacitor(self._ref("C", 10), 100e-9, 50, (pins["DCFF"], base))
        self._put(c10, "turns Q7 off fast", PUBLIC)

    def _battery(self, values: Converter) -> None:
        feed, ground, vbat, line = self.rails.feed, self.rails.ground, self.vbat, self.vbat_line
        c14 = capacitor(self._ref("C", 14), 100e-9, 50, (feed, ground))
        self._put(c14, "input of the converter", PUBLIC)
        volts = values.feed_v
        c25 = capacitor(self._ref("C", 25), 10e-6, volts, (feed, ground), kind="electrolytic")
        self._put(c25, "input of the converter", PUBLIC)
        c9 = capacitor(self._ref("C", 9), 10e-6, 160, (ground, vbat), kind="electrolytic")
        self._put(c9, "battery; the sheet's 100 V has no margin at the clamp", PUBLIC)
        bleeder = resistor(self._ref("R", 60), 100e3, (vbat, ground), size="1206")
        self._put(bleeder, "discharges the battery in 5 s when power is off", OURS, OURS)
        r21 = resistor(self._ref("R", 21), 15, (vbat, line), size="1206", amps=LOOP_A)
        self._put(r21, "filter towards the line", PUBLIC)
        c26 = capacitor(self._ref("C", 26), 100e-9, 250, (line, ground))
        self._put(c26, "filter towards the line", PUBLIC)

    def _clamp(self) -> None:
        """Q9 pretends too high a converter current when the battery goes beyond its limit."""
        node = self._net("CLAMP", -1.0, 3.47)
        micro = f"{CLAMP_A * 1e6:.0f} µA"
        r28 = resistor(self._ref("R", 28), 26.1e3, (self.rails.three, node))
        self._put(r28, f"(3.3 V + V_BE) / {micro}", PUBLIC, Origin.FORMULA)
        r29 = resistor(self._ref("R", 29), CLAMP_OHMS, (self.vbat, node), size="0805")
        volts = CLAMP_OHMS * CLAMP_A
        role = f"{volts:.0f} V / {micro}: above the chip's highest battery, 94.5 V"
        self._put(r29, role, PUBLIC, Origin.FORMULA)
        q9 = {"B": self.rails.ground, "E": node, "C": self.pins["SDCL"]}
        self._put(fit(self._ref("Q", 9), parts.NPN_SMALL, q9), "limits the battery", PUBLIC)

    def _sensing(self) -> None:
        """DC through 200 kOhm, AC through C3 and C4; what the chip knows of the line."""
        rows = (
            (1, self.tip, "STIPDC", ""),
            (2, self.tip_emitter, "STIPE", ohms(100e3)),
            (3, self.ring, "SRINGDC", ""),
            (4, self.ring_emitter, "SRINGE", ohms(100e3)),
            (5, self.vbat_line, "SVBAT", ohms(100e3)),
        )
        for number, net, pin, si3215 in rows:
            ends, ref = (net, self.pins[pin]), self._ref("R", number)
            self._put(
                resistor(ref, 200e3, ends, size="0805", si3215=si3215), f"sense: {pin}", SHEET
            )
        for number, net, pin in ((8, self.tip, "STIPAC"), (9, self.ring, "SRINGAC")):
            node = self._net(f"{pin}_C", 0, 3.3)
            coupling = capacitor(self._ref("C", number - 5), 220e-9, 250, (node, net))
            self._put(coupling, f"sense: {pin}", PUBLIC)
            ends, ref = (node, self.pins[pin]), self._ref("R", number)
            self._put(resistor(ref, 470, ends, si3215=ohms(4.7e3)), f"sense: {pin}", PUBLIC)

    def _feed(self, wire: Net, name: str, numbers: tuple[int, int, int], emitter: Net) -> None:
        """Three of the six transistors that replace the discontinued line-feed chip.

        The first sources the wire, the last sinks it; the one between them carries the chip's
        current down to the base of the last.
        """
        source, down, sink = numbers
        side = source - 1
        ground, line = self.rails.ground, self.vbat_line
        plus, minus = self.pins[f"I{name}P"], self.pins[f"I{name}N"]
        top = self._net(f"Q{source}_B", -0.5, 0.5)
        bottom = self._net(f"Q{sink}_B", BATTERY_LOW, 0)
        rows = (
            (source, parts.PNP_LINE, (top, plus, wire), f"sources {name}"),
            (down, parts.PNP_LINE, (ground, minus, bottom), f"carries the drive down to Q{sink}"),
            (sink, parts.NPN_LINE, (bottom, emitter, wire), f"sinks {name}"),
        )
        for number, part, nets, role in rows:
            wires = dict(zip(("B", "E", "C"), nets, strict=True))
            self._put(fit(self._ref("Q", number), part, wires), role, OURS)
        sense = resistor(self._ref("R", 7 - side), 80.6, (emitter, line), size="1206", amps=LOOP_A)
        self._put(sense, f"measures the current of Q{sink}", SHEET)
        stopper = resistor(self._ref("R", 10 + side), 10, (top, ground), tolerance="5 %")
        self._put(stopper, f"base of Q{source}", OURS)
        off = resistor(
            self._ref("R", 13 - side),
            5.1e3,
            (bottom, line),
            size="1206",
            tolerance="5 %",
            amps=BASE_A,
        )
        self._put(off, f"turns Q{sink} off", OURS)
        calm = capacitor(self._ref("C", 7 + side), 220e-9, 50, (plus, ground))
        self._put(calm, f"stabilises Q{source}", OURS)

    def _protection(self) -> None:
        """Jack, resettable fuse, thyristor to ground that follows the battery, bead, chip."""
        ground = self.rails.ground
        guard: dict[str, Net | None] = {"GND": ground, "VREF": self.vbat}
        jack: dict[str, Net | None] = {}
        for side, (name, wire) in enumerate((("TIP", self.tip), ("RING", self.ring))):
            outer = self._net(f"{name}_JACK", BATTERY_LOW, 3.3)
            inner = self._net(f"{name}_GUARDED", BATTERY_LOW, 3.3)
            fuse = fit(self._ref("RT", 60 + side), parts.PTC, {"1": outer, "2": inner})
            self._put(fuse, f"power cross on {name}", OURS, OURS)
            shunt = capacitor(self._ref("C", 5 + side), 22e-9, 250, (ground, inner))
            self._put(shunt, "radio frequencies", PUBLIC)
            bead = fit(self._ref("FB", 60 + side), parts.BEAD, {"1": inner, "2": wire})
            self._put(bead, "radio frequencies", PUBLIC, PUBLIC)
            guard[name], jack[name] = inner, outer
        thyristor = fit(self._ref("D", 60), parts.THYRISTOR, guard)
        self._put(thyristor, "lightning and power cross", OURS, OURS)
        gate = capacitor(self._ref("C", 60), 100e-9, 250, (ground, self.vbat))
        self._put(gate, "gate of the thyristor, close to it", OURS, OURS)
        self._put(fit(self._ref("J", 60), parts.JACK, jack), "the telephone", OURS, OURS)
