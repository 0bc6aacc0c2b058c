"""firmware/dice.py: chance in reserve is spent once, and all of it alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from firmware.dice import RESERVE, SystemDice
from firmware.sip import tokens


def _counted(asked: list[int]) -> Callable[[int], bytes]:
    """A source that notes how much it was asked for."""
    chance = Random(7)  # noqa: S311 - the same in every run

    def fetch(octets: int) -> bytes:
        asked.append(octets)
        return chance.randbytes(octets)

    return fetch


def test_no_octet_is_drawn_twice_and_none_is_left_out() -> None:
    asked: list[int] = []
    dice = SystemDice(_counted(asked))
    drawn = b"".join(dice.getrandbits(96).to_bytes(12, "big") for _ in range(84))
    whole = Random(7)  # noqa: S311 - the same in every run
    first, second = whole.randbytes(RESERVE), whole.randbytes(RESERVE)
    assert drawn == first[:504] + second[:504], "what is left of a reserve is too little for one"
    assert asked == [RESERVE, RESERVE]


def test_more_than_the_reserve_is_fetched_at_once() -> None:
    asked: list[int] = []
    assert SystemDice(_counted(asked)).getrandbits(8 * 1000).bit_length() <= 8000
    assert asked == [1000]


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 53, 96])
def test_a_draw_has_so_many_bits_and_each_of_them_falls_both_ways(bits: int) -> None:
    dice = SystemDice(_counted([]))
    drawn = [dice.getrandbits(bits) for _ in range(200)]
    ones, zeros = 0, 0
    for value in drawn:
        ones |= value
        zeros |= ~value
    assert ones == (1 << bits) - 1
    assert zeros & ones == ones


def test_numbers_of_a_range_are_all_as_likely() -> None:
    dice = SystemDice(_counted([]))
    seen = Counter(dice.randrange(-2, 3) for _ in range(5000))
    assert sorted(seen) == [-2, -1, 0, 1, 2]
    assert min(seen.values()) > 900, "the remainder of a power of two would leave some at 3 of 8"
    assert dice.randrange(5, 6) == 5


def test_a_range_without_numbers_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing lies from 3 up to 3"):
        SystemDice().randrange(3, 3)


def test_fractions_lie_below_one_and_everywhere() -> None:
    dice = SystemDice(_counted([]))
    drawn = [dice.random() for _ in range(1000)]
    assert 0.0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1.0


def test_the_systems_own_chance_gives_tags_of_full_length_and_never_the_same() -> None:
    dice = SystemDice()
    assert len({tokens.tag(dice) for _ in range(500)}) == 500
    assert len(tokens.branch(dice)) == len(tokens.MAGIC) + 24
    assert 1 <= tokens.first_cseq(dice) < 2**16
