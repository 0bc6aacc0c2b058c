"""The parts that are not resistors and capacitors, pin by pin, and how to get them.

Pins of the Si321x: data sheet of the Si3215, TSSOP-38 (the Si3210's is the same). Ag1171: its
data sheet. Where a part is still to be chosen, the pins are functions without numbers.
"""

from __future__ import annotations

from hardware.design.circuit import Kind, Life, Part, Pin, Supply
from hardware.design.values import TWO

LOGIC = (-0.3, 3.6)
"""What a logic pin bears when its part runs on 3.3 V."""


def _pins(*words: tuple[str, str, Kind]) -> tuple[Pin, ...]:
    limits = {Kind.SUPPLY: (-0.3, 6.0), Kind.GROUND: (-0.3, 0.3)}
    return tuple(Pin(number, name, kind, *limits.get(kind, LOGIC)) for number, name, kind in words)


SI321X = Part(
    "Si3210",
    _pins(
        ("1", "CS", Kind.INPUT),
        ("2", "INT", Kind.OPEN_DRAIN),
        ("3", "PCLK", Kind.INPUT),
        ("4", "DRX", Kind.INPUT),
        ("5", "DTX", Kind.THREE_STATE),
        ("6", "FSYNC", Kind.INPUT),
        ("7", "RESET", Kind.INPUT),
        ("8", "SDCH", Kind.ANALOG),
        ("9", "SDCL", Kind.ANALOG),
        ("10", "VDDA1", Kind.SUPPLY),
        ("11", "IREF", Kind.ANALOG),
        ("12", "CAPP", Kind.ANALOG),
        ("13", "QGND", Kind.ANALOG),
        ("14", "CAPM", Kind.ANALOG),
        ("15", "STIPDC", Kind.ANALOG),
        ("16", "SRINGDC", Kind.ANALOG),
        ("17", "STIPE", Kind.ANALOG),
        ("18", "SVBAT", Kind.ANALOG),
        ("19", "SRINGE", Kind.ANALOG),
        ("20", "STIPAC", Kind.ANALOG),
        ("21", "SRINGAC", Kind.ANALOG),
        ("22", "IGMN", Kind.ANALOG),
        ("23", "GNDA", Kind.GROUND),
        ("24", "IGMP", Kind.ANALOG),
        ("25", "IRINGN", Kind.ANALOG),
        ("26", "IRINGP", Kind.ANALOG),
        ("27", "VDDA2", Kind.SUPPLY),
        ("28", "ITIPP", Kind.ANALOG),
        ("29", "ITIPN", Kind.ANALOG),
        ("30", "VDDD", Kind.SUPPLY),
        ("31", "GNDD", Kind.GROUND),
        ("32", "TEST", Kind.INPUT),
        ("33", "DCFF", Kind.OUTPUT),
        ("34", "DCDRV", Kind.OUTPUT),
        ("35", "SDITHRU", Kind.OUTPUT),
        ("36", "SDO", Kind.THREE_STATE),
        ("37", "SDI", Kind.INPUT),
        ("38", "SCLK", Kind.INPUT),
    ),
    package="TSSOP-38",
    supply=Supply(
        "Si3210 (BJT converter, no M)",
        ("Si3215-C-FT: see the column for the Si3215",),
        Life.ENDED,
        "brokers or recycled boards; not recommended for new designs since 2012",
    ),
)


def _transistor(name: str, package: str, volts: float, supply: Supply) -> Part:
    pins = (Pin("1", "B"), Pin("2", "E"), Pin("3", "C"))
    return Part(name, pins, package, volts, margin=1.05, supply=supply)


PNP_LINE = _transistor(
    "5401",
    "SOT-23",
    120.0,
    Supply("MMBT5401", ("CMPT5401", "FMMT5401"), Life.UNKNOWN, "PNP, 120 V"),
)
NPN_LINE = _transistor(
    "5551",
    "SOT-223",
    120.0,
    Supply("CZT5551", ("2N5551",), Life.UNKNOWN, "NPN, 120 V; the package sets the power alarm"),
)
PNP_SWITCH = _transistor(
    "FZT953",
    "SOT-223",
    120.0,
    Supply("FZT953", ("FZT955", "ZTX953", "2SA1552"), Life.UNKNOWN, "PNP switch, 120 V, 3 A"),
)
PNP_SWITCH_12V = _transistor(
    "FZT955",
    "SOT-223",
    140.0,
    Supply(
        "FZT955",
        ("ZTX955",),
        Life.UNKNOWN,
        "PNP switch, 140 V: 12 V and the battery; check its sheet",
    ),
)
NPN_SMALL = _transistor(
    "2222",
    "SOT-23",
    40.0,
    Supply("MMBT2222A", ("2N2222",), Life.UNKNOWN, "NPN, 40 V"),
)


def _diode(
    name: str, volts: float | None, supply: Supply, package: str = "", margin: float = 1.05
) -> Part:
    return Part(name, (Pin("1", "K"), Pin("2", "A")), package, volts, margin, supply=supply)


FAST_DIODE = _diode(
    "ES1D", 200.0, Supply("ES1D", (), Life.UNKNOWN, "200 V, 1 A, ultra-fast"), "SMA"
)
SIGNAL_DIODE = _diode("BAS16", 75.0, Supply("BAS16", ("1N4148",), Life.UNKNOWN), "SOT-23")
CLAMP_82V = _diode(
    "82 V clamp",
    None,  # it sets the voltage across itself
    Supply("BZT03C82", ("P6KE82",), Life.UNKNOWN, "82 V, pulse rated"),
)
BRIDGE = Part(
    "MB4S",
    (Pin("~1", "AC1"), Pin("~2", "AC2"), Pin("+", "P"), Pin("-", "N")),
    volts=400.0,
    supply=Supply("MB4S", ("4 x 1N4004",), Life.UNKNOWN, "400 V bridge"),
)
PTC = Part(
    "PTC",
    TWO,
    passes=True,
    package="SMD",
    volts=250.0,
    supply=Supply(
        "MF-SM013/250V",
        ("MF-R015/600 class",),
        Life.UNKNOWN,
        "hold 0.13 A at 23 °C, trip 0.26 A, 4-7 Ω, interrupts 250 V AC; 60 V DC continuous",
    ),
)
BEAD = Part(
    "ferrite bead",
    TWO,
    passes=True,
    package="0603",
    supply=Supply("BLM18AG601SN1", (), Life.UNKNOWN, "600 Ω at 100 MHz"),
)
THYRISTOR = Part(
    "Battrax B1161U",
    (
        Pin("TIP", "TIP"),
        Pin("RING", "RING"),
        Pin("REF", "VREF"),
        Pin("GND", "GND", Kind.GROUND, -0.3, 0.3),
    ),
    volts=200.0,
    supply=Supply(
        "B1161U",
        ("B1101U", "B1201U", "TISP61089 type"),
        Life.UNKNOWN,
        "negative tracking, gate at the battery, holding current above 100 mA; numbering from "
        "its data sheet",
    ),
)
JACK = Part(
    "RJ11, two contacts",
    (Pin("3", "RING"), Pin("4", "TIP")),
    volts=150.0,
    supply=Supply(
        "to be chosen", (), Life.OPEN, "6P2C or 6P4C, creepage to its neighbours above 2.5 mm"
    ),
)
FUSE = Part(
    "fuse",
    TWO,
    passes=True,
    volts=32.0,
    supply=Supply("to be chosen", (), Life.OPEN, "32 V DC, current as in the value, slow"),
)
FILTER_COIL = Part(
    "47 µH",
    TWO,
    passes=True,
    supply=Supply("to be chosen", (), Life.OPEN, "47 µH, 150 mA or more"),
)


def converter_coil(henries: str) -> Part:
    """L1 of a converter."""
    return Part(
        henries,
        TWO,
        volts=150.0,
        supply=Supply(
            "to be chosen in that value",
            ("API Delevan SPD127", "Sumida CDRH127", "Coilcraft DS5022", "TDK SLF12565"),
            Life.UNKNOWN,
            "1 A, shielded, low resistance; series named by the data sheet",
        ),
    )


def _chosen_later(name: str, needs: str, *words: tuple[str, Kind, float, float]) -> Part:
    pins = tuple(Pin(each, each, kind, low, high) for each, kind, low, high in words)
    return Part(name, pins, supply=Supply("to be chosen", (), Life.OPEN, needs))


def regulator(volts: str, amps: str) -> Part:
    """3.3 V from 5 V."""
    return _chosen_later(
        f"{volts} regulator",
        f"{volts} from 5 V, {amps}",
        ("IN", Kind.SUPPLY, -0.3, 6.0),
        ("OUT", Kind.SOURCE, -0.3, 6.0),
        ("GND", Kind.GROUND, -0.3, 0.3),
    )


BUCK_5V = _chosen_later(
    "5 V step-down converter",
    "11 to 13 V in, 5.1 V / 3 A out, for the Raspberry Pi as well",
    ("IN", Kind.SUPPLY, -0.3, 18.0),
    ("OUT", Kind.SOURCE, -0.3, 6.0),
    ("GND", Kind.GROUND, -0.3, 0.3),
)


def load_switch(needs: str, high: float) -> Part:
    """The switch in the feed of the line supplies: fails off, says when it has tripped."""
    return _chosen_later(
        "load switch",
        f"{needs}; enable active high at 3.3 V, fault output open drain",
        ("IN", Kind.SUPPLY, -0.3, high),
        ("OUT", Kind.SOURCE, -0.3, high),
        ("EN", Kind.INPUT, *LOGIC),
        ("FAULT", Kind.OPEN_DRAIN, *LOGIC),
        ("GND", Kind.GROUND, -0.3, 0.3),
    )


EEPROM = Part(
    "24C32",
    _pins(
        ("1", "A0", Kind.INPUT),
        ("2", "A1", Kind.INPUT),
        ("3", "A2", Kind.INPUT),
        ("4", "VSS", Kind.GROUND),
        ("5", "SDA", Kind.OPEN_DRAIN),
        ("6", "SCL", Kind.INPUT),
        ("7", "WP", Kind.INPUT),
        ("8", "VCC", Kind.SUPPLY),
    ),
    package="SOIC-8",
    supply=Supply("24C32 class", (), Life.GENERIC, "32 kbit, 16-bit addressing, 3.3 V, 0x50"),
)
LED = _diode("LED", 5.0, Supply(needs="2 mA type"), margin=1.0)
BUTTON = Part("push button", TWO, volts=12.0, supply=Supply(needs="normally open"))
JUMPER = Part("jumper", TWO, volts=100.0, supply=Supply(needs="2.54 mm"))
SUPPLY_12V = Part(
    "12 V input",
    (Pin("+", "P", Kind.SOURCE, -0.3, 18.0), Pin("-", "N", Kind.GROUND, -0.3, 0.3)),
    supply=Supply("to be chosen", (), Life.OPEN, "5 A contact"),
)

AG1171 = Part(
    "Ag1171",
    (
        Pin("1", "RING", Kind.ANALOG, -90, 10),
        Pin("2", "TIP", Kind.ANALOG, -90, 10),
        Pin("3", "F/R", Kind.INPUT, -0.3, 5.5),
        Pin("4", "RM", Kind.INPUT, -0.3, 5.5),
        Pin("5", "SHK", Kind.OUTPUT, -0.3, 5.5),
        Pin("6", "NC6", Kind.UNUSED),
        Pin("7", "NC7", Kind.UNUSED),
        Pin("8", "NC8", Kind.UNUSED),
        Pin("9", "VIN", Kind.ANALOG, -5.5, 5.5),
        Pin("10", "VOUT", Kind.ANALOG, -5.5, 5.5),
        Pin("11", "NC11", Kind.UNUSED),
        Pin("12", "GND", Kind.GROUND, -0.3, 0.3),
        Pin("13", "+V", Kind.SUPPLY, -0.3, 5.5),
        Pin("14", "PD", Kind.ANALOG, -0.3, 5.5),
    ),
    package="SIL-14, 43.18 mm",
    supply=Supply(
        "Ag1171",
        ("KS0835F: 11 pins at the same places, numbered otherwise",),
        Life.ACTIVE,
        "3.2 to 5.5 V; stock not checked",
    ),
)
CODEC = _chosen_later(
    "stereo codec",
    "8 kHz I2S slave, I2C control, 3.3 V, line level in and out (WM8731 and TLV320AIC23 class)",
    ("DVDD", Kind.SUPPLY, -0.3, 3.6),
    ("AVDD", Kind.SUPPLY, -0.3, 3.6),
    ("GND", Kind.GROUND, -0.3, 0.3),
    ("BCLK", Kind.INPUT, *LOGIC),
    ("LRCLK", Kind.INPUT, *LOGIC),
    ("DIN", Kind.INPUT, *LOGIC),
    ("DOUT", Kind.OUTPUT, *LOGIC),
    ("SDA", Kind.OPEN_DRAIN, *LOGIC),
    ("SCL", Kind.INPUT, *LOGIC),
    ("RESET", Kind.INPUT, *LOGIC),
    ("LIN", Kind.ANALOG, *LOGIC),
    ("RIN", Kind.ANALOG, *LOGIC),
    ("LOUT", Kind.ANALOG, *LOGIC),
    ("ROUT", Kind.ANALOG, *LOGIC),
    ("VREF", Kind.ANALOG, *LOGIC),
)
