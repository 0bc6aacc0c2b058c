"""docs/reference/chips/line-circuits.md: what each driver can, and what it costs."""

from __future__ import annotations

from functools import cache

from drivers.ag1171 import Ag1171, ModuleValues
from drivers.board import Card, CardSettings, open_card
from drivers.bus import Spi
from drivers.si321x_alarms import FORGIVEN_AFTER, MOST
from drivers.si321x_identity import CAPABILITIES, Family
from drivers.sim.ag1171_wires import SimWires
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.slic import Capability, LineSettings, Steps
from firmware.card.chain import REST
from firmware.card.health import PATIENCE
from firmware.card.rack import CLOCKLESS, HEALTH, QUIET_TURNS, RESETS, RETRY, STORM
from tests.docs.pages.markdown import page, prose, table

HEAD = """
The line above does not know what feeds it: what a chip cannot do is done in software, or is said
to be missing. All figures are of the models, on virtual time; none has been seen on silicon.
"""
COSTS = f"""
Start-up is from the end of reset to a fed line, all ports side by side; the Si3210 has to search
its gain words, the Si3215 finds them by itself. The M versions take as long. Idle traffic is a
glance every {round(QUIET_TURNS * Card.slow_poll * 1000)} ms and a check every {HEALTH:g} s.
"""
WORDS = {
    Capability.HARDWARE_TONES: "tones of its own (not used: all tones are made in software)",
    Capability.HARDWARE_DTMF: "DTMF decoder of its own (not used)",
    Capability.HARDWARE_CADENCE: "keeps the cadence of the bell",
    Capability.FSK: "FSK generator (not used)",
    Capability.METERING: "metering pulses, 12 and 16 kHz",
    Capability.LINE_TEST: "measures the line",
    Capability.IMPEDANCE: "impedance of the country",
    Capability.REVERSAL: "polarity reversal",
    Capability.ON_HOOK_TRANSMISSION: "shows callers: audio to a telephone on-hook",
    Capability.GAIN: "gain, both ways",
}


class Counting:
    """A chip select that counts bytes."""

    def __init__(self, below: Spi) -> None:
        self.count = 0
        self._below = below

    def xfer2(self, values: list[int], /) -> list[int]:
        self.count += len(values)
        return self._below.xfer2(values)

    def close(self) -> None: ...


def make() -> str:
    return page(
        "Line circuits",
        HEAD,
        "## What they can",
        _capabilities(),
        "## What they cost",
        COSTS,
        _costs(),
        "## What happens when one fails",
        _failures(),
    )


def _capabilities() -> str:
    bare, fitted = ModuleValues(), ModuleValues(oht_resistor=True)
    modules = [_module(values).capabilities for values in (bare, fitted)]
    chips = [CAPABILITIES[Family.SI3210], CAPABILITIES[Family.SI3215], *modules]
    head = (
        "",
        "Si3210, Si3210M",
        "Si3215, Si3215M",
        "Ag1171, KS0835F",
        "the same with its resistor",
    )
    rows = [
        (WORDS[one], *("yes" if one in each else "no" for each in chips)) for one in Capability
    ]
    return table(head, rows)


def _module(values: ModuleValues) -> Ag1171:
    card = SimCard(1, variant="ag1171")
    return Ag1171(SimWires(card, 0), port=1, clock=lambda: card.now, values=values)


def _costs() -> str:
    rows = []
    for variant in ("si3210", "si3215"):
        for ports, daisy in ((2, False), (8, False), (8, True)):
            seconds, start, idle = _measured(variant, ports, daisy)
            how = "one chip select" if daisy else "a chip select each"
            rows.append((variant.capitalize(), ports, how, f"{seconds:.1f} s", start, idle))
    head = ("chip", "ports", "bus", "start-up", "bytes a port", "idle bytes a second and port")
    return table(head, rows)


@cache
def _measured(variant: str, ports: int, daisy: bool) -> tuple[float, int, int]:
    sim = SimCard(ports, variant=variant, seed=1)
    sim.set_clock(True)
    below = [sim.chain()] if daisy else [sim.spi(n) for n in range(ports)]
    spis = [Counting(each) for each in below]
    card = open_card(CardSettings(ports=ports, daisy=daisy), spis=spis, pins=SimPins(sim))
    _take(sim, [card.reset()])
    began = sim.now
    _take(sim, [slic.bring_up(LineSettings(timeslot=slic.port - 1)) for slic in card.slics])
    seconds, start = sim.now - began, sum(spi.count for spi in spis) // ports
    sim.advance(sim.now + 1.0)
    for slic in card.slics:
        slic.poll()
        slic.check()
    before = sum(spi.count for spi in spis)
    for slic in card.slics:
        for _ in range(round(HEALTH / card.slow_poll / QUIET_TURNS)):
            slic.glance()
        slic.check()
    return seconds, start, round((sum(spi.count for spi in spis) - before) / ports / HEALTH)


def _take(sim: SimCard, works: list[Steps]) -> None:
    due = dict.fromkeys(works, sim.now)
    while due:
        work = min(due, key=lambda one: due[one])
        sim.advance(max(sim.now, due[work]))
        try:
            due[work] += next(work)
        except StopIteration:
            del due[work]


def _failures() -> str:
    hourly = RESETS[1] / 3600
    rows = [
        (
            "a step of the start-up fails",
            "line open, converter off; the alarm names step, register and value",
            f"after {RETRY[0]:g} s, then {2 * RETRY[0]:g} s, ... up to {RETRY[1] / 3600:g} h",
        ),
        (
            f"a chip says nothing sensible for {PATIENCE:g} s",
            "the call ends, the port is out of service; its neighbours talk on",
            "the same",
        ),
        (
            "a chip has lost its registers",
            "the call ends; the calibration it had is written back, in a tenth of a second",
            f"at once, {RESETS[0]} times in {hourly:g} h; then as above",
        ),
        (
            "a chip of a chain has lost them",
            "its call ends; it is led back among the others, and started alone while they talk",
            f"at once, {RESETS[0]} times in {hourly:g} h; then with the whole chain, by reset",
        ),
        (
            "a chip of a chain does not answer",
            "its port is out of service; the reset of all waits until the others are idle",
            f"when they are; then every {REST[0]:g} s, ... up to {REST[1] / 3600:g} h",
        ),
        (
            "a transistor of the line feed is too hot",
            "the chip opens the line; it is fed again within a second, and a bell rings on",
            f"{MOST} alarms, one of which is forgotten every {FORGIVEN_AFTER} s: out of service",
        ),
        (
            "the PCM clock stops",
            f"after {CLOCKLESS:g} s all chips are held in reset: no voltage on any line",
            "when the clock is back",
        ),
        (
            "the interrupt wire is stuck, or storms",
            f"above {STORM} edges a second the slow poll does the work; no call is lost",
            "",
        ),
    ]
    return table(("what", "then", "and again"), [tuple(map(prose, row)) for row in rows])
