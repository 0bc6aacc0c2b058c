"""A chip model on a bench: every transfer is recorded, time is virtual."""

from __future__ import annotations

from collections.abc import Callable

from drivers.bus import SpiRegisters
from drivers.si321x import Si321x
from drivers.si321x_tables import BoardValues
from drivers.sim.loop import Loop
from drivers.sim.si321x import Si321xModel
from drivers.slic import LineSettings, RingSpec, Steps

PCLK = 1_024_000
CHINA = RingSpec(hz=25, vrms=60, cadence_ms=(1000, 4000))


class RecordingSpi:
    """A chip select in front of the model; keeps what went over it, byte by byte."""

    def __init__(self, chip: Si321xModel) -> None:
        self.chip = chip
        self.bytes: list[tuple[int, int]] = []
        """What was sent and what came back."""
        self.closed = False

    def xfer2(self, values: list[int], /) -> list[int]:
        assert len(values) == 1, "chip select is high between any two bytes"
        answer = list(self.chip.transfer(bytes(values)))
        self.bytes.append((values[0], answer[0]))
        return answer

    def close(self) -> None:
        self.closed = True

    @property
    def accesses(self) -> list[tuple[str, int, int]]:
        """``("r" or "w", register, value)``."""
        pairs = zip(self.bytes[::2], self.bytes[1::2], strict=True)
        return [
            ("r", sent & 0x7F, got) if sent & 0x80 else ("w", sent, data)
            for (sent, _), (data, got) in pairs
        ]

    @property
    def writes(self) -> list[tuple[int, int]]:
        """Direct writes without those of the indirect access."""
        return [
            (register, value)
            for kind, register, value in self.accesses
            if kind == "w" and register not in (28, 29, 30)
        ]

    @property
    def indirect_writes(self) -> list[tuple[int, int]]:
        """``(indirect register, word)`` of each indirect write."""
        found: list[tuple[int, int]] = []
        low = high = 0
        armed = False
        for kind, register, value in self.accesses:
            match kind, register:
                case "w", 28:
                    low, armed = value, True
                case "w", 29:
                    high = value
                case "w", 30 if armed:
                    found.append((value, high << 8 | low))
                    armed = False
        return found


class Bench:
    """One chip, clocked and fresh from reset, with its driver."""

    def __init__(
        self,
        variant: str = "Si3210",
        *,
        loop: Loop | None = None,
        values: BoardValues | None = None,
        seed: int = 7,
    ) -> None:
        self.loop = loop or Loop()
        self.chip = Si321xModel(variant, self.loop, seed=seed)
        self.chip.set_pclk(PCLK)
        self.run(0.020)
        self.spi = RecordingSpi(self.chip)
        self.slic = Si321x(SpiRegisters(self.spi, port=1), values=values)

    def run(self, seconds: float) -> None:
        self.chip.advance(self.chip.now + seconds)

    def do(self, steps: Steps) -> float:
        """Run steps in virtual time; returns how long they took."""
        began = self.chip.now
        for wait in steps:
            self.run(wait)
        return self.chip.now - began

    def up(self, settings: LineSettings | None = None) -> Bench:
        """Bring the port into service."""
        self.do(self.slic.bring_up(settings or LineSettings()))
        self.run(0.1)
        self.slic.poll()
        self.spi.bytes.clear()
        return self

    def wait_until(
        self, condition: Callable[[], bool], limit: float, step: float = 0.001
    ) -> float:
        """Let time pass until `condition`; returns how long it took."""
        began = self.chip.now
        while not condition():
            assert self.chip.now - began < limit, f"not within {limit} s"
            self.run(step)
        return self.chip.now - began


def ringing(variant: str = "Si3210", ring: RingSpec = CHINA, loop: Loop | None = None) -> Bench:
    """A port that has just begun to ring."""
    bench = Bench(variant, loop=loop).up()
    bench.slic.start_ringing(ring)
    return bench
