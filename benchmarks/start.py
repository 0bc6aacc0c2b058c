"""From the start of the process to a telephone that works, and where the time goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import machine
from benchmarks.copper import Person, Recording
from benchmarks.figures import Sample
from benchmarks.stand import Stand, StandError
from benchmarks.targets import Target, of_samples
from drivers.board import CardSettings, open_card
from drivers.sim.card import CardSpi, SimCard
from drivers.slic import LineSettings
from firmware.card.calibrations import NAME

LONGEST = 7.0
CPU_MOST = 150.0
CHIP = "a line registers when its chip is up, and calibrations take what the data sheet says"
IMPORTS = (
    "two interpreters import what they need side by side, 0.4 s of CPU on these cores; the chip "
    "is led up meanwhile, with the waits of its data sheet and a socket in place of its bus"
)
DEAD = "the board notices the end of the process that drove its reset wire when it next looks"
SAFE_MS = 100.0
CPU_WHY = (
    "what both import and compile of regular expressions and types; the prototype of the 52 to "
    "90 ms had no chips, no console, no dialogs and one process"
)


@dataclass(frozen=True)
class ChipStart:
    """What one chip's start-up consists of."""

    waits_ms: float
    transfers: int
    """Of one byte."""


@dataclass
class Starts:
    answers: Sample
    register: Sample
    after_answers: Sample
    after_ready: Sample
    apart_from_chip: Sample
    ready: Sample
    dial_tone: Sample
    tone_again: Sample
    tone_killed: Sample
    dead: Sample
    cpu: Sample
    media_cpu: Sample

    @classmethod
    def empty(cls) -> Starts:
        return cls(
            Sample("process start to control socket answering"),
            Sample("process start to first REGISTER on the wire"),
            Sample("control socket answering to first REGISTER"),
            Sample("READY=1 to first REGISTER (negative: before it)", most=1000, why=CHIP),
            Sample("process start to first REGISTER, less the chip's own start-up"),
            Sample("process start to READY=1 (all ports in service)"),
            Sample("process start to dial tone of a telephone that is off-hook already"),
            Sample(
                "the same, started again: the chips' calibration is known", most=1000, why=IMPORTS
            ),
            Sample("the same after kill -9"),
            Sample(
                "kill -9 while a telephone rings, to lines without voltage", most=SAFE_MS, why=DEAD
            ),
            Sample("CPU of the signalling process until ready"),
            Sample("CPU of the media process until ready"),
        )

    def all(self) -> list[Sample]:
        return list(self.__dict__.values())

    def targets(self) -> list[Target]:
        cpu = self.cpu.middle + self.media_cpu.middle if self.cpu.values else None
        figure = "CPU of both processes until all ports are in service"
        return [
            *of_samples("start", self.all()),
            Target("start_to_registered", figure, CPU_MOST, cpu, "ms", CPU_WHY),
        ]


def measure(rounds: int) -> tuple[Starts, ChipStart]:
    """Start the gateway `rounds` times."""
    found, chip = Starts.empty(), chip_start_up()
    with Stand(2) as stand:
        person = Person(stand)
        person.find_clock(2)
        for _ in range(rounds):
            (stand.folder / NAME).unlink(missing_ok=True)
            _once(stand, person, found, chip.waits_ms)
            _again(stand, person, found.tone_again)
            found.dead.add(1000 * _killed(stand, person))
            _again(stand, person, found.tone_killed)
        person.close()
    return found, chip


def _once(stand: Stand, person: Person, found: Starts, chip: float) -> None:
    person.do("lift", 1)
    recording = Recording(stand, 1, LONGEST)
    stand.start()
    began = stand.started
    register = stand.far_end.wait("REGISTER", LONGEST)
    if register is None:
        raise StandError("no REGISTER")
    found.cpu.add(1000 * machine.cpu_s(stand.signalling))
    found.media_cpu.add(1000 * machine.cpu_s(stand.media))
    found.answers.add(1000 * (stand.answers - began))
    found.register.add(1000 * (register.at - began))
    found.after_answers.add(1000 * (register.at - stand.answers))
    found.after_ready.add(1000 * (register.at - stand.ready))
    found.apart_from_chip.add(1000 * (register.at - began) - chip)
    found.ready.add(1000 * (stand.ready - began))
    onset = recording.onset(450, began - person.began)
    if onset is not None:
        found.dial_tone.add(1000 * (person.monotonic(onset) - began))
    person.do("hang-up", 1)
    stand.stop()


def _again(stand: Stand, person: Person, tone: Sample) -> None:
    """Stopped or killed before, and started while telephone 1 is off-hook; then stopped."""
    person.do("lift", 1)
    recording = Recording(stand, 1, LONGEST / 2)
    stand.start()
    onset = recording.onset(450, stand.started - person.began)
    if onset is not None:
        tone.add(1000 * (person.monotonic(onset) - stand.started))
    person.do("hang-up", 1)
    stand.stop()


def _killed(stand: Stand, person: Person) -> float:
    """Kill the gateway while telephone 1 rings; s until neither line has voltage."""
    stand.start()
    with stand.control() as control:
        control.call("ring", port=1)
    _until(lambda: bool(person.do("state", 1)["ringing"]), "telephone 1 does not ring")
    began = time.monotonic()
    stand.kill()
    _until(lambda: not any(person.do("state", port)["line_v"] for port in (1, 2)), "still fed")
    return time.monotonic() - began


def _until(true: Callable[[], bool], why: str) -> None:
    end = time.monotonic() + LONGEST
    while not true():
        if time.monotonic() > end:
            raise StandError(why)


def chip_start_up() -> ChipStart:
    """What the chip makes us wait from reset to a fed line, telephone 1 off-hook.

    The driver's own bring-up, run on the chip's model in virtual time: what it asks to
    wait, with neither bus nor machine in the way. Most of it are the calibrations that the
    data sheet and the vendor's application note ask for.
    """
    card = SimCard(2)
    card.set_clock(running=True)
    card.phones[0].lift()
    settings = CardSettings(
        number=1, driver="si3210", bus="simulated", ports=2, pcm="simulated", socket=""
    )
    spis = [_Counted(card.spi(chip)) for chip in range(2)]
    opened = open_card(settings, spis=spis, pins=_Pins(card))
    waited = 0.0
    for delay in opened.reset():
        waited += delay
        card.advance(card.now + delay)
    line = LineSettings(law="PCMA", timeslot=0)
    for delay in opened.slics[0].bring_up(line):
        waited += delay
        card.advance(card.now + delay)
    return ChipStart(1000 * waited, spis[0].transfers)


class _Counted:
    """A chip select that counts."""

    def __init__(self, spi: CardSpi) -> None:
        self._spi = spi
        self.transfers = 0

    def xfer2(self, values: list[int], /) -> list[int]:
        self.transfers += 1
        return self._spi.xfer2(values)

    def close(self) -> None:
        self._spi.close()


class _Pins:
    """The wires of a card in this process."""

    def __init__(self, card: SimCard) -> None:
        self._card = card

    def assert_reset(self) -> None:
        self._card.set_reset(True)

    def release_reset(self) -> None:
        self._card.set_reset(False)

    @property
    def interrupt_asserted(self) -> bool:
        return self._card.interrupt_asserted

    def watch(self, on_edge: Any) -> None:
        """Nobody looks."""

    def close(self) -> None:
        """Nothing is held."""
