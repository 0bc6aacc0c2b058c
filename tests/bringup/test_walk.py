"""`tipring bringup` over simulated cards in virtual time: what passes, what each fault fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.board import CardSettings, open_card
from drivers.highway import PERIOD, Layout
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.sim.si321x import Si321xModel
from drivers.slic import LineSettings
from firmware.card.bringup import PERIOD_S, Step, Walk


class SimHighway:
    """The highway of a card in this process; each read takes a period of its time."""

    def __init__(self, card: SimCard, pace: float = 1.0) -> None:
        self.layout = Layout(width=card.width, offsets=tuple(range(card.width)))
        self.xruns = 0
        self._card = card
        self._pace = pace

    def read(self) -> bytes:
        self._card.advance(self._card.now + PERIOD_S * (self._pace - 1))
        return self._card.run(bytes([0xD5]) * (self.layout.width * PERIOD))

    def write(self, frames: bytes) -> None:
        """It goes nowhere."""

    def close(self) -> None:
        """Nothing is held."""


class Person:
    """At both telephones; may be away."""

    patience = 2.0

    def __init__(self, card: SimCard) -> None:
        self._card = card
        self.away = False

    def lift(self, port: int) -> None:
        if not self.away:
            self._card.phones[port - 1].lift()

    def hang_up(self, port: int) -> None:
        if not self.away:
            self._card.phones[port - 1].hang_up()


class Bench:
    def __init__(self, variant: str = "si3210", pace: float = 1.0) -> None:
        self.sim = SimCard(2, variant=variant)
        self.person = Person(self.sim)
        self.highway = SimHighway(self.sim, pace)
        self.kept = False

    def walk(self, before: Callable[[], None] = lambda: None) -> list[Step]:
        self.sim.set_clock(True)
        spis = [self.sim.spi(chip) for chip in range(2)]
        card = open_card(CardSettings(ports=2), spis=spis, pins=SimPins(self.sim))
        before()
        walk = Walk(
            card,
            self.highway,
            [LineSettings(timeslot=slot) for slot in range(2)],
            self.person,
            clock=lambda: self.sim.now,
            nap=lambda seconds: self.sim.advance(self.sim.now + seconds),
            keep=self._keep,
            tell=lambda _: None,
        )
        passed = walk.run()
        assert passed is not any(step.passed is False for step in walk.steps)
        card.close()
        return walk.steps

    def spoil(self, chip: int, **faults: bool) -> None:
        model = self.sim.chips[chip]
        assert isinstance(model, Si321xModel)
        model.faults = replace(model.faults, **faults)  # type: ignore[arg-type] # switches by name

    def _keep(self) -> None:
        self.kept = True


def failed(steps: list[Step]) -> list[tuple[int, str]]:
    return [(step.port, step.what) for step in steps if step.passed is False]


@pytest.mark.parametrize("variant", ["si3210", "si3210m", "si3215", "si3215m"])
def test_a_good_card_passes_every_step(variant: str) -> None:
    bench = Bench(variant)
    steps = bench.walk()
    assert failed(steps) == []
    assert bench.kept, "the clock goes on while chips are out of reset"
    hook = ["handset lifted", "loop current", "handset put down"]
    bell = ["bell", "lifted while it rings", "ring voltage off", "handset put down"]
    for port in (1, 2):
        assert [step.what for step in steps if step.port == port and step.passed] == [
            "start-up",
            "on-hook",
            *hook,
            *bell,
        ]


def test_the_chips_are_left_without_a_battery() -> None:
    bench = Bench()
    bench.walk()
    assert all(chip.linefeed == 0 for chip in bench.sim.chips)


def test_a_clock_of_another_pace_ends_the_walk_before_a_chip_is_touched() -> None:
    bench = Bench(pace=1.2)
    steps = bench.walk()
    assert failed(steps) == [(0, "PCM clock")]
    assert "1.200 s" in steps[0].seen
    assert len(steps) == 1
    assert not bench.kept


def test_a_chip_that_is_not_there_fails_and_its_neighbour_is_walked_through() -> None:
    bench = Bench()
    steps = bench.walk(lambda: bench.spoil(0, missing=True))
    assert failed(steps) == [(1, "start-up")]
    assert [step.what for step in steps if step.port == 2 and step.passed][
        -1
    ] == "handset put down"


def test_a_battery_that_never_comes_up_is_told_with_register_and_value() -> None:
    bench = Bench()
    steps = bench.walk(lambda: bench.spoil(1, vbat_never_up=True))
    assert failed(steps) == [(2, "start-up")]
    step = next(step for step in steps if step.passed is False)
    assert "register 82" in step.seen
    assert str(step).startswith("FAIL  port 2  start-up:")


def test_a_person_who_is_away_fails_the_hook_and_the_walk_goes_on() -> None:
    bench = Bench()
    bench.person.away = True
    steps = bench.walk()
    assert failed(steps) == [
        (port, what) for port in (1, 2) for what in ("handset lifted", "lifted while it rings")
    ]


def test_a_handset_that_is_off_at_the_start_is_asked_about() -> None:
    bench = Bench()
    steps = bench.walk(bench.sim.phones[0].lift)
    assert (1, "on-hook") in failed(steps)
    assert "is a handset off?" in next(step for step in steps if step.what == "on-hook").seen


def test_what_fails_says_what_was_wanted_and_what_passes_does_not() -> None:
    assert str(Step(1, "on-hook", False, "40.5 V", "48 V ± 4 V")) == (
        "FAIL  port 1  on-hook: 40.5 V (wants 48 V ± 4 V)"
    )
    assert (
        str(Step(0, "PCM clock", True, "1.000 s", "1.00 s")) == "ok    card    PCM clock: 1.000 s"
    )
