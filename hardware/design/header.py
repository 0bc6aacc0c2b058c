"""The 40-pin header: which physical pin is what, and what a board does with each.

Source: Raspberry Pi documentation, GPIO and the 40-pin header. The same on all models that
these boards are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.design.circuit import Circuit, Kind, Life, Net, Part, Pin, Supply
from hardware.design.values import fit

PHYSICAL = {
    0: 27, 1: 28, 2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32,
    13: 33, 14: 8, 15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16, 24: 18,
    25: 22, 26: 37, 27: 13,
}  # fmt: skip
"""BCM number to pin of the header."""
POWER_3V3 = (1, 17)
POWER_5V = (2, 4)
RESERVED = {
    14: "console",
    15: "console",
}
"""What this project leaves alone though the board could have it."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a board does with a GPIO."""

    signal: str
    kind: Kind
    """As seen from the Raspberry Pi: OUTPUT drives the board."""
    net: Net
    remark: str = ""


def header(
    circuit: Circuit,
    uses: Mapping[int, Use],
    *,
    ground: Net,
    five: Net,
    three: Net,
    feeds_pi: bool = False,
) -> None:
    """Place the header; GPIOs that are not used stay open.

    Args:
        circuit: the board.
        uses: by BCM number.
        ground: the net of the ground pins.
        five: of the 5 V pins.
        three: of the 3.3 V pins: 50 mA for the EEPROM and pull-ups, not for the chips.
        feeds_pi: whether the board gives the Raspberry Pi its 5 V.
    """
    pins: list[Pin] = []
    nets: dict[str, Net | None] = {}
    for place in range(1, 41):
        gpio = next((n for n, at in PHYSICAL.items() if at == place), None)
        if place in POWER_3V3:
            pins.append(Pin(str(place), f"3V3 ({place})", Kind.SOURCE, 0, 3.6))
            # the second one would be a second source to the same wire
            nets[str(place)] = three if place == POWER_3V3[0] else None
        elif place in POWER_5V:
            kind = Kind.SUPPLY if feeds_pi or place != POWER_5V[0] else Kind.SOURCE
            pins.append(Pin(str(place), f"5V ({place})", kind, 0, 5.5))
            nets[str(place)] = five
        elif gpio is None:
            pins.append(Pin(str(place), f"GND ({place})", Kind.GROUND, -0.3, 0.3))
            nets[str(place)] = ground
        else:
            use = uses.get(gpio)
            kind = use.kind if use else Kind.BOTH_WAYS
            pins.append(Pin(str(place), f"GPIO{gpio}", kind, -0.3, 3.6))
            nets[str(place)] = use.net if use else None
    part = Part(
        "2 x 20 socket",
        tuple(pins),
        package="2.54 mm",
        supply=Supply(life=Life.GENERIC, needs="2 x 20, 8.5 mm or higher"),
    )
    circuit.put(fit("J1", part, nets), "Raspberry Pi", "the 40-pin header")
