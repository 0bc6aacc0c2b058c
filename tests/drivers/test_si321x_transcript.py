"""The bytes of every start-up are in the vendor's order, and the checker would notice if not."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from drivers.board import CardSettings, open_card
from drivers.si321x_tables import BoardValues
from drivers.sim.card import SimCard
from drivers.sim.pins import SimPins
from drivers.slic import LineSettings, RingSpec
from tests.drivers.bench import Bench
from tests.drivers.test_board import side_by_side
from tests.drivers.transcript import (
    Byte,
    OutOfOrderError,
    check,
    of_chip,
    restored,
    start_up,
    tokens,
)

CHIPS = [("Si3210", 0), ("Si3210M", 0), ("Si3215", 1), ("Si3215M", 1)]
LOUD = LineSettings(impedance="900", rx_gain_db=-6, ring=RingSpec(20, 66, (2000, 4000)))


def started(variant: str, *, discrete: bool = True, settings: LineSettings | None = None) -> Bench:
    bench = Bench(variant, values=BoardValues(discrete_linefeed=discrete))
    bench.do(bench.slic.bring_up(settings or LineSettings()))
    return bench


@pytest.mark.parametrize("settings", [LineSettings(), LOUD])
@pytest.mark.parametrize("discrete", [True, False], ids=["transistors", "Si3201"])
@pytest.mark.parametrize(("variant", "column"), CHIPS)
def test_a_start_up_has_its_steps_in_order(
    variant: str, column: int, discrete: bool, settings: LineSettings
) -> None:
    bench = started(variant, discrete=discrete, settings=settings)
    check(tokens(bench.spi.bytes), start_up(column, discrete=discrete))
    assert not bench.chip.undefined


@pytest.mark.parametrize(("variant", "column"), CHIPS)
def test_a_chip_that_lost_its_registers_is_restored_in_order(variant: str, column: int) -> None:
    bench = started(variant)
    bench.run(1.0)
    bench.chip.chip_reset()
    with pytest.raises(Exception, match="the chip has been reset"):
        bench.slic.check()
    bench.spi.bytes.clear()
    bench.do(bench.slic.bring_up(LineSettings()))
    check(tokens(bench.spi.bytes), restored(column))


@pytest.mark.parametrize(("variant", "column"), CHIPS)
def test_on_a_chain_each_chip_has_its_steps_in_order(variant: str, column: int) -> None:
    sim = SimCard(3, variant=variant.lower())
    sim.set_clock(True)
    heard: list[Byte] = []

    class Tape:
        def xfer2(self, values: list[int], /) -> list[int]:
            got = sim.chain().xfer2(values)
            heard.append((values[0], got[0]))
            return got

        def close(self) -> None: ...

    card = open_card(CardSettings(ports=3, daisy=True), spis=[Tape()], pins=SimPins(sim))
    side_by_side(sim, [card.reset()])
    works = [slic.bring_up(LineSettings(timeslot=slic.port - 1)) for slic in card.slics]
    side_by_side(sim, works)
    for n in range(3):
        check(tokens(of_chip(heard, n)), start_up(column, chained=True))


@pytest.mark.parametrize(("variant", "column"), [("Si3210", 0), ("Si3215", 1)])
def test_a_write_that_is_missing_doubled_or_early_is_noticed(variant: str, column: int) -> None:
    """Each write of the stream is spoiled in turn, in three ways."""
    told = tokens(started(variant).spi.bytes)
    steps = start_up(column)
    writes = [at for at, token in enumerate(told) if token[0] in "wW"]
    for here, after in pairwise(writes):
        before, between, rest = told[:here], told[here + 1 : after], told[after + 1 :]
        first, second = told[here], told[after]
        for spoiled in (
            [*before, *between, second, *rest],
            [*before, first, first, *between, second, *rest],
            [*before, second, first, *between, *rest],
        ):
            if spoiled != told:
                with pytest.raises(OutOfOrderError):
                    check(spoiled, steps)


def test_a_value_that_is_not_as_it_should_be_is_noticed() -> None:
    """Whichever bit of whichever write of the sequence itself is another."""
    told = tokens(started("Si3210").spi.bytes)
    dice = random.Random(4)  # noqa: S311 - a test wants the same dice each time
    fixed = [at for at, token in enumerate(told) if token.startswith(FIXED)]
    for at in fixed:
        name, _, value = told[at].partition("=")
        other = int(value, 16) ^ 1 << dice.randrange(8)
        spoiled = [*told[:at], f"{name}={other:02X}", *told[at + 1 :]]
        with pytest.raises(OutOfOrderError):
            check(spoiled, start_up(0))


FIXED = tuple(f"w{n}=" for n in (8, 14, 18, 19, 21, 22, 23, 30, 64, 66, 96, 97, 108))


@pytest.mark.parametrize(
    ("index", "token", "step"),
    [
        (0, "w7=00", "reserved"),
        (0, "w14=00", "2 identification"),
        (-1, "w8=02", "after the end"),
    ],
)
def test_what_does_not_belong_there_is_named(index: int, token: str, step: str) -> None:
    told = tokens(started("Si3210").spi.bytes)
    told.insert(index if index >= 0 else len(told), token)
    with pytest.raises(OutOfOrderError, match=step):
        check(told, start_up(0))
