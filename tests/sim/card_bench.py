"""A simulated card brought up by the real driver, in virtual time."""

from __future__ import annotations

import audioop

from drivers.board import CardSettings, open_card
from drivers.bus import IndirectWords, Spi, SpiRegisters
from drivers.highway import PERIOD
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.sim.si321x_core import WORDS
from drivers.sim.sounds import Sound
from drivers.slic import LineSettings, RingSpec, Slic, Steps

IDLE = 0xD5

INDIRECT = {"DACG": 0x4000, "ADCG": 0x4000, "LCRT": 0x1000, "LCRTL": 0x0E00, "NCLR": 0x8000}
DIRECT = ((8, 0), (14, 0), (67, 0x17), (108, 0xEB), (1, 0x20), (22, 0xFF), (64, 1))


def feed_line(spi: Spi, timeslot: int) -> None:
    """Put a Si3210 in service in the shortest way: no calibration, no ringing."""
    registers = SpiRegisters(spi, port=timeslot + 1)
    words = IndirectWords(registers)
    for name, word in INDIRECT.items():
        words.write(WORDS[name][0], word)
    start = 1 + 8 * timeslot
    slots = ((2, start & 0xFF), (3, start >> 8), (4, start & 0xFF), (5, start >> 8))
    for address, value in slots + DIRECT:
        registers.write(address, value)


class CardBench:
    """Lines in service: on-hook, fed, clocked. Nothing is played unless `play` says so."""

    def __init__(self, ports: int = 2, variant: str = "si3210", law: str = "PCMA") -> None:
        self.card = SimCard(ports, variant=variant, seed=7)
        self.law = law
        self.captured: list[bytes] = []
        self.to_play: dict[int, bytes] = {}
        self.card.set_clock(running=True)
        spis = [self.card.spi(n) for n in range(ports)]
        driver = variant.removesuffix("m")
        settings = CardSettings(driver=driver, ports=ports)
        self.board = open_card(settings, spis=spis, pins=SimPins(self.card))
        self.slics: tuple[Slic, ...] = self.board.slics
        self.take(self.board.reset())
        ring = RingSpec(hz=25.0, vrms=60.0, cadence_ms=(1000, 4000))
        self.take(
            *(
                slic.bring_up(LineSettings(law=law, timeslot=n, ring=ring))
                for n, slic in enumerate(self.slics)
            )
        )

    def take(self, *steps: Steps) -> None:
        """Take all `steps`, side by side."""
        due = dict.fromkeys(steps, self.card.now)
        while due:
            first = min(due, key=due.__getitem__)
            self.card.advance(due[first])
            try:
                due[first] += next(first)
            except StopIteration:
                del due[first]

    def run(self, seconds: float) -> None:
        """Let time pass with the highway running; `captured` collects what comes out."""
        for _ in range(round(seconds / 0.02)):
            self.captured.append(self.card.run(self._frames()))

    def play(self, port: int, *sounds: Sound) -> None:
        """Have the gateway play linear sounds to a port from now on."""
        linear = b"".join(sound.cut(0, sound.samples) for sound in sounds)
        compress = audioop.lin2alaw if self.law == "PCMA" else audioop.lin2ulaw
        self.to_play[port] = compress(linear, 2)

    def captured_of(self, port: int) -> bytes:
        """What the gateway got from a port since the bench was set up, linear."""
        expand = audioop.alaw2lin if self.law == "PCMA" else audioop.ulaw2lin
        codes = b"".join(frames[port - 1 :: self.card.width] for frames in self.captured)
        return expand(codes, 2)

    def heard(self, port: int, seconds: float) -> bytes:
        """The last `seconds` of the earpiece, linear."""
        ear, now = self.card.phones[port - 1].ear, self.card.now
        return ear.between(now - seconds, now)

    def _frames(self) -> bytes:
        frames = bytearray((IDLE,)) * (self.card.width * PERIOD)
        for port, codes in self.to_play.items():
            period, self.to_play[port] = codes[:PERIOD], codes[PERIOD:]
            frames[port - 1 :: self.card.width] = period.ljust(PERIOD, bytes((IDLE,)))
        return bytes(frames)
