"""The block diagram of a board as SVG: what is joined to what, with the pins of the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from hardware.design.boards import Design

WIDTH, HEIGHT = 900, 430
STYLE = (
    "text{font:14px sans-serif;fill:#222}.small{font-size:11px;fill:#555}"
    ".box{fill:#f4f6f8;stroke:#345;stroke-width:1.5}.line{fill:#fdecea;stroke:#a33}"
    ".wire{stroke:#345;stroke-width:1.5;fill:none;marker-end:url(#tip)}"
    ".both{marker-start:url(#tip)}.hot{stroke:#a33}"
)
TIP = (
    '<marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" '
    'orient="auto-start-reverse"><path d="M0,0 L8,4 L0,8 z" fill="context-stroke"/></marker>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """A block: place, size, and lines of text of which the first is its name."""

    x: int
    y: int
    width: int
    height: int
    words: tuple[str, ...]
    hot: bool = False

    def svg(self) -> str:
        kind = "box line" if self.hot else "box"
        out = [
            f'<rect class="{kind}" x="{self.x}" y="{self.y}" width="{self.width}" '
            f'height="{self.height}" rx="6"/>'
        ]
        for n, words in enumerate(self.words):
            small = ' class="small"' if n else ""
            at = f'x="{self.x + 12}" y="{self.y + 22 + 16 * n}"'
            out.append(f"<text{small} {at}>{escape(words)}</text>")
        return "".join(out)


@dataclass(frozen=True, slots=True)
class Wire:
    """An arrow through points, with words above its first stretch."""

    points: tuple[tuple[int, int], ...]
    words: str = ""
    both: bool = False
    hot: bool = False

    def svg(self) -> str:
        kind = "wire" + (" both" if self.both else "") + (" hot" if self.hot else "")
        path = " L".join(f"{x},{y}" for x, y in self.points)
        (x1, y1), (x2, y2) = self.points[:2]
        at = (x1 + 8, (y1 + y2) // 2 + 4) if x1 == x2 else (min(x1, x2) + 14, y1 - 7)
        text = f'<text class="small" x="{at[0]}" y="{at[1]}">{escape(self.words)}</text>'
        return f'<path class="{kind}" d="M{path}"/>' + (text if self.words else "")


def block_diagram(design: Design) -> str:
    """Draw the board."""
    modules = design.circuit.name == "ag1171"
    boxes, wires = _modules(design) if modules else _chips(design)
    title = f"{design.circuit.title} - designed, not yet built"
    body = [*(wire.svg() for wire in wires), *(box.svg() for box in boxes)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img" aria-label="{escape(title)}">',
            f"<defs><style>{STYLE}</style>{TIP}</defs>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="20" y="28">{escape(title)}</text>',
            *body,
            "</svg>",
            "",
        ]
    )


def _pins(design: Design, *signals: str) -> str:
    """Numbers of the GPIOs with these signals."""
    found = {use.signal: number for number, use in design.uses.items()}
    return ", ".join(str(found[signal]) for signal in signals if signal in found)


def _chips(design: Design) -> tuple[list[Box], list[Wire]]:
    ports = design.ports
    pi = Box(20, 50, 170, 250, ("Raspberry Pi", "40-pin header J1", "clock master of the PCM"))
    how = "one chip select each" if ports == 2 else "a daisy chain on one chip select"
    chip = Box(390, 50, 170, 250, (f"Si3210 or Si3215, x {ports}", how, "3.3 V logic"))
    feed = Box(640, 50, 150, 110, ("line feed", "6 transistors a port"), hot=True)
    power = Box(
        640, 190, 150, 110, ("converter", "one a port", "up to -95 V, clamp 98 V"), hot=True
    )
    guard = Box(820, 50, 65, 250, ("RJ11", "PTC", "thyristor"), hot=True)
    supply = design.supply.partition(";")[0]
    source = Box(20, 340, 430, 70, ("supply", supply, "3.3 V regulator; fuse and load switch"))
    spi = _pins(design, "SPI_SCLK", "SPI_MOSI", "SPI_MISO")
    selects = _pins(design, "SPI_CE0", "SPI_CE1")
    pcm = _pins(design, "PCM_CLK", "PCM_FS", "PCM_DIN", "PCM_DOUT")
    rate = "512 kHz" if ports == 2 else "1.024 MHz"
    wires = [
        Wire(((190, 100), (390, 100)), f"SPI {spi}; CS {selects}", both=True),
        Wire(((190, 150), (390, 150)), f"PCM {pcm}, {rate}", both=True),
        Wire(((390, 200), (190, 200)), f"INT {_pins(design, 'INT')}, open drain"),
        Wire(((190, 250), (390, 250)), f"RESET {_pins(design, 'RESET')}, pulled down"),
        Wire(((560, 100), (640, 100)), both=True, hot=True),
        Wire(((560, 240), (640, 240)), "drive", both=True),
        Wire(((715, 190), (715, 160)), hot=True),
        Wire(((790, 100), (820, 100)), both=True, hot=True),
        Wire(((450, 370), (715, 370), (715, 300)), "VDC to the converters"),
        Wire(((105, 340), (105, 300)), "5 V", both=True),
    ]
    return [pi, chip, feed, power, guard, source], wires


def _modules(design: Design) -> tuple[list[Box], list[Wire]]:
    pi = Box(20, 50, 170, 250, ("Raspberry Pi", "40-pin header J1"))
    codec = Box(390, 50, 150, 80, ("codec", "left is port 1,", "right is port 2"))
    slic = Box(
        610, 50, 150, 250, ("Ag1171, x 2", "makes its own battery", "and ringing"), hot=True
    )
    guard = Box(820, 50, 60, 250, ("RJ11", "PTC", "bridge", "clamp"), hot=True)
    source = Box(20, 340, 430, 70, ("supply", design.supply.partition(";")[0], "3.3 V regulators"))
    pcm = _pins(design, "PCM_CLK", "PCM_FS", "PCM_DIN", "PCM_DOUT")
    rows = [
        (170, "RM_1", "RM_2", "RM, rings while high"),
        (200, "FR_1", "FR_2", "F/R, toggled to ring"),
        (230, "PD_1", "PD_2", "PD, through diodes"),
    ]
    wires = [
        Wire(((190, 80), (390, 80)), f"I2S {pcm}", both=True),
        Wire(((190, 115), (390, 115)), f"I2C {_pins(design, 'I2C_SDA', 'I2C_SCL')}", both=True),
        Wire(((540, 90), (610, 90)), "voice", both=True),
        Wire(((760, 100), (820, 100)), both=True, hot=True),
        Wire(
            ((610, 270), (190, 270)), f"{_pins(design, 'SHK_1', 'SHK_2')}: SHK, high is off-hook"
        ),
        Wire(((450, 370), (685, 370), (685, 300)), "3.3 V"),
        Wire(((105, 340), (105, 300)), "5 V", both=True),
    ]
    for y, one, two, words in rows:
        wires.append(Wire(((190, y), (610, y)), f"{_pins(design, one, two)}: {words}"))
    return [pi, codec, slic, guard, source], wires
