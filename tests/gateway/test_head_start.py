"""The card comes up before there is a gateway, and whoever comes takes it over as it is."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.board import Card, CardSettings, highway_settings, open_card
from drivers.errors import BringUpError, DriverError
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.sim.si321x_faults import Faults
from drivers.slic import LineSettings, Steps
from firmware.card.calibrations import Calibrations, beside
from firmware.card.head_start import Chips, Walk, meanwhile
from firmware.media.messages import Heartbeat, Ready, Report, Start, encode
from tests.seams import TimedSpi

SETTINGS = CardSettings(ports=2)
LINES = {port: LineSettings(law="PCMA", timeslot=port - 1) for port in (1, 2)}
START = Start(
    highway=highway_settings(SETTINGS), timeslots={1: 0, 2: 1}, gains={}, jitter_ms=(40, 200),
    cancel_echo=False, realtime=False,
)  # fmt: skip
READY = Ready(pid=1, realtime=False, locked=False, machines=True, echo=True)
STEP = 0.005
"""s between two modules that are imported."""


class Voice:
    """A voice process that says what it is told to."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self.said: list[Report] = []

    def begin(self, first: bytes) -> None:
        self.told.append(first)

    def listen(self) -> list[bytes]:
        return [encode(report) for report in self.said]


class Bench:
    """A card, its chips on their way up, and time."""

    def __init__(
        self, calibrations: Calibrations | None = None, card: SimCard | None = None
    ) -> None:
        self.now = 0.0
        self.card = card or SimCard(2)
        self.card.set_clock(running=True)
        self.voice = Voice()
        self.opened: list[Card] = []
        self.chips = Chips(
            self.voice, START, SETTINGS, LINES, calibrations or Calibrations(),
            open_card=self.open, clock=lambda: self.now,
        )  # fmt: skip

    def open(self, settings: CardSettings) -> Card:
        spis = [TimedSpi(self.card, chip, lambda: self.now) for chip in range(settings.ports)]
        self.opened.append(open_card(settings, spis=spis, pins=SimPins(self.card)))
        return self.opened[-1]

    def imports(self, seconds: float) -> None:
        """For so long a module is imported now and then."""
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            self.card.advance(self.now)
            self.chips.go_on()

    def walks(self, steps: Iterator[float]) -> None:
        """Somebody with an event loop goes on."""
        for delay in steps:
            self.now += delay
            self.card.advance(self.now)

    def takes_over(self) -> tuple[Card, float]:
        """As the rack does it; returns how long it took."""
        card, began = self.chips.card(SETTINGS), self.now
        assert card is not None
        reset = self.chips.reset()
        self.walks(card.reset() if reset is None else reset)
        for slic in card.slics:
            begun = self.chips.bring_up(slic.port, LINES[slic.port])
            self.walks(slic.bring_up(LINES[slic.port]) if begun is None else begun)
        return card, self.now - began

    @property
    def in_reset(self) -> bool:
        """Chips in reset drive nothing: register 11 reads as a wire that floats."""
        says = [self.card.transfer(chip, b"\x8b", self.now) for chip in range(2)]
        says += [self.card.transfer(chip, b"\xff", self.now) for chip in range(2)]
        return set(says) == {b"\xff"}

    @property
    def volts(self) -> list[float]:
        return [round(abs(phone.state().line_v)) for phone in self.card.phones]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Calibrations:
    """What the chips of another process measured."""
    folder = tmp_path_factory.mktemp("beside")
    bench = Bench()
    bench.chips.begin()
    card, _ = bench.takes_over()
    kept = beside(folder / "control.sock")
    found = {slic.port: slic.calibration for slic in card.slics}
    kept.keep(SETTINGS, {port: one for port, one in found.items() if one})
    return kept


def test_voice_is_told_to_begin_and_the_card_is_opened_at_once() -> None:
    bench = Bench()
    bench.chips.begin()
    assert bench.voice.told == [encode(START)]
    assert len(bench.opened) == 1


def test_ports_are_safe_from_the_first_touch_whatever_was_left_of_them(
    measured: Calibrations,
) -> None:
    """Line 1 rings, by a process that nothing was heard of any more; 100 ms are allowed."""
    before = Bench(measured)
    before.chips.begin()
    card, _ = before.takes_over()
    card.slics[0].start_ringing(LINES[1].ring)
    before.imports(0.5)
    assert before.card.phones[0].state().ringing
    bench = Bench(measured, card=before.card)
    bench.now = before.now
    bench.chips.begin()
    assert bench.in_reset
    bench.now += 0.1
    bench.card.advance(bench.now)
    assert bench.volts == [0, 0]
    assert not any(phone.state().sounding for phone in bench.card.phones)


def test_no_chip_leaves_its_reset_before_the_clock_is_known_to_run() -> None:
    """The data sheet's order; a heartbeat is not yet that news."""
    bench = Bench()
    bench.chips.begin()
    bench.voice.said.append(Heartbeat(ticks=1, xruns=0, late_ticks=0))
    bench.imports(0.5)
    assert bench.chips.reset() is None
    assert bench.in_reset
    assert bench.volts == [0, 0]


def test_lines_are_fed_while_modules_are_imported(measured: Calibrations) -> None:
    """D15: the calibration is known, and then nothing is left to be waited for."""
    bench = Bench(measured)
    bench.chips.begin()
    bench.voice.said.append(READY)
    bench.imports(0.25)
    assert bench.chips.recalled
    assert all(40 < volts < 60 for volts in bench.volts)
    card, took = bench.takes_over()
    assert took == 0.0
    assert [slic.chip for slic in card.slics] == ["Si3210 rev E"] * 2


@pytest.mark.parametrize("seconds", [0.0, STEP, 0.03, 0.05, 0.1, 0.14, 1.0])
def test_what_is_left_is_done_by_who_takes_over(seconds: float, measured: Calibrations) -> None:
    """At whatever point; no wait of the data sheet is cut short."""
    whole = Bench(measured)
    whole.chips.begin()
    _, alone = whole.takes_over()
    bench = Bench(measured)
    bench.chips.begin()
    bench.voice.said.append(READY)
    bench.imports(seconds)
    _, took = bench.takes_over()
    assert all(40 < volts < 60 for volts in bench.volts)
    assert took <= alone
    assert seconds > 0.3 or took + seconds > 0.14, "as long as one chip takes"


def test_a_chip_that_fails_is_told_to_who_takes_over() -> None:
    """There is none at port 2; line 1 works."""
    card = SimCard(2)
    bench = Bench(card=card)
    bench.chips.begin()
    card.chips[1].faults = Faults(missing=True)
    bench.voice.said.append(READY)
    bench.imports(5.0)
    opened = bench.chips.card(SETTINGS)
    assert opened is not None
    one, two = (bench.chips.bring_up(port, LINES[port]) for port in (1, 2))
    assert one is not None
    assert two is not None
    assert list(one) == []
    with pytest.raises(BringUpError, match="port 2"):
        list(two)
    assert bench.chips.bring_up(2, LINES[2]) is None, "the next attempt is another"


def test_a_card_that_cannot_be_opened_is_left_to_others() -> None:
    def fails(_settings: CardSettings) -> Card:
        raise DriverError("no such device", port=0)

    chips = Chips(Voice(), START, SETTINGS, LINES, Calibrations(), open_card=fails)
    chips.begin()
    chips.go_on()
    assert chips.card(SETTINGS) is None
    assert chips.reset() is None


def test_without_a_voice_process_the_card_stays_in_reset() -> None:
    bench = Bench()
    chips = Chips(None, START, SETTINGS, LINES, Calibrations(), open_card=bench.open)
    chips.begin()
    chips.go_on()
    assert chips.reset() is None
    assert bench.in_reset


def test_if_nobody_comes_the_lines_are_dead_again(measured: Calibrations) -> None:
    bench = Bench(measured)
    bench.chips.begin()
    bench.voice.said.append(READY)
    bench.imports(0.25)
    bench.chips.close()
    bench.imports(0.25)
    assert bench.in_reset
    assert bench.volts == [0, 0]
    assert bench.chips.card(SETTINGS) is None


def test_who_wants_other_settings_gets_nothing_that_was_begun(measured: Calibrations) -> None:
    bench = Bench(measured)
    bench.chips.begin()
    bench.voice.said.append(READY)
    bench.imports(0.25)
    louder = replace(LINES[1], rx_gain_db=-3.0)
    assert bench.chips.bring_up(1, louder) is None
    assert bench.chips.card(replace(SETTINGS, reset=17)) is None
    assert bench.in_reset


def test_steps_are_walked_as_far_as_time_allows() -> None:
    now, done = 0.0, list[str]()

    def steps() -> Steps:
        for what, wait in (("a", 0.0), ("b", 0.1), ("c", 0.0)):
            done.append(what)
            yield wait

    walk = Walk(steps(), lambda: now)
    walk.go_on()
    assert done == ["a", "b"]
    now = 0.04
    walk.go_on()
    assert done == ["a", "b"]
    assert next(rest := walk.rest()) == pytest.approx(0.06)
    assert (list(rest), done) == ([0.0], ["a", "b", "c"])


def test_the_chips_are_seen_to_before_each_module(tmp_path: Path) -> None:
    (tmp_path / "one_module.py").write_text("import another_module\n")
    (tmp_path / "another_module.py").write_text("")
    seen = list[set[str]]()
    sys.path.insert(0, str(tmp_path))
    try:
        with meanwhile(lambda: seen.append({"another_module"} & set(sys.modules))):
            importlib.import_module("one_module")
    finally:
        sys.path.remove(str(tmp_path))
        for name in ("one_module", "another_module"):
            del sys.modules[name]
    assert seen == [set(), set()], "before the first, and before the second"
