"""Digit maps: notation, the matching rule, the sample maps, and a brute-force oracle."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.line.digitmap import DigitMap, Match, Wait
from firmware.line.digitmap_syntax import DigitMapError, Timers
from firmware.profiles import load

CN = load("cn")

AS_FOUND = DigitMap.parse(
    "11x|12x|1[0-9]0xx|95xxx|96xxx.S|1[3-9]xxxxxxxxx|[2-8]xxxxxxx|0[12]xxxxxxxxx|"
    "0[3-9]xxxxxxxxxx|00x.S|*xx#|*xx*x.#|#xx#"
)
CORRECTED = CN.digit_map


def dial(digit_map: DigitMap, digits: str, emergency: tuple[str, ...] = ()) -> str:
    """Dial without a pause, then wait: how it ends, in the words of the specification."""
    for n in range(1, len(digits) + 1):
        verdict = digit_map.match(digits[:n], emergency)
        if verdict.match is Match.NONE:
            return f"no match at {digits[:n]}"
        if verdict.match is Match.UNAMBIGUOUS:
            return "at once" if n == len(digits) else f"cut after {digits[:n]}"
    wait = verdict.wait.value if verdict.wait else "?"
    return f"after {wait}" if verdict.match is Match.FULL else f"too short after {wait}"


@pytest.mark.parametrize(
    ("digits", "as_found", "corrected"),
    [
        ("114", "at once", "at once"),
        ("10000", "at once", "at once"),
        ("10086", "at once", "at once"),
        ("12345", "cut after 123", "at once"),
        ("12306", "cut after 123", "at once"),
        ("116114", "cut after 116", "at once"),
        ("11185", "cut after 111", "at once"),
        ("95588", "at once", "after S"),
        ("955881", "cut after 95588", "after S"),
        ("95588123", "cut after 95588", "after S"),
        ("9609", "after S", "too short after L"),
        ("96096", "after S", "after S"),
        ("13800138000", "at once", "at once"),
        ("13012", "after S", "too short after L"),
        ("13012345678", "at once", "at once"),
        ("62345678", "at once", "at once"),
        ("4008123123", "cut after 40081231", "at once"),
        ("8008201234", "cut after 80082012", "at once"),
        ("01062345678", "at once", "at once"),
        ("02162345678", "at once", "at once"),
        ("013800138000", "cut after 01380013800", "at once"),
        ("075587654321", "at once", "at once"),
        ("03161234567", "too short after L", "after S"),
        ("0085212345678", "after S", "after S"),
        ("00", "after S", "too short after L"),
        ("*57*13800138000#", "at once", "at once"),
        ("#57#", "at once", "at once"),
        ("*58#", "at once", "at once"),
        ("*51*12*62345678#", "no match at *51*12*", "at once"),
        ("*#57#", "no match at *#", "at once"),
    ],
)
def test_the_sample_map_and_its_correction(digits: str, as_found: str, corrected: str) -> None:
    assert dial(AS_FOUND, digits, CN.emergency) == as_found
    assert dial(CORRECTED, digits, CN.emergency) == corrected


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
@pytest.mark.parametrize("digit_map", [AS_FOUND, CORRECTED, DigitMap.parse("8xxx")])
def test_emergency_numbers_go_out_at_once_whatever_the_map(
    digit_map: DigitMap, number: str
) -> None:
    assert dial(digit_map, number, CN.emergency) == "at once"


def test_the_map_as_found_alone_would_delay_110_and_120() -> None:
    assert [dial(AS_FOUND, n) for n in ("110", "119", "120", "122")] == [
        "after S", "at once", "after S", "at once",
    ]  # fmt: skip


# the notation


@pytest.mark.parametrize(
    ("text", "digits", "ending"),
    [
        ("(8xxx)", "8001", "at once"),
        (" ( 8xxx | 9 ) ", "9", "at once"),
        ("Exx", "*12", "at once"),
        ("fXX", "#12", "at once"),
        ("[13-5]", "4", "at once"),
        ("[13-5]", "2", "no match at 2"),
        ("[*#A]1", "A1", "at once"),
        ("[xE]1", "*1", "at once"),
        ("x.", "1", "after S"),
        ("1x.2", "12", "after S"),
        ("1x.2", "1", "too short after L"),
        ("x", "D", "no match at D"),
        ("xx.T", "123", "after S"),
        ("8xxxT", "8001", "after S"),
        ("8xxxS", "8001", "after S"),
        ("8xxxL", "8001", "after L"),
        ("8xxx|8xxxT", "8001", "after S"),
        ("8Sxxx", "8", "too short after S"),
        ("8Sxxx", "80", "too short after S"),
        ("8Sxxx|8L0x", "80", "too short after L"),
        ("8Sxxx|8L0x", "81", "too short after S"),
        ("8Sxxx|8012", "9", "no match at 9"),
        ("81Sx|8xx", "80", "too short after L"),
        ("0S|00S|[1-7]xlxx|8lxxxxxxx|9011x.s", "0", "after S"),
        ("0S|00S|[1-7]xlxx|8lxxxxxxx|9011x.s", "12", "too short after L"),
    ],
)
def test_what_the_notation_means(text: str, digits: str, ending: str) -> None:
    assert dial(DigitMap.parse(text), digits) == ending


def test_a_map_brings_its_own_timers() -> None:
    digit_map = DigitMap.parse("T:10, S:5, L:8, (1xx|8xxx)")
    assert digit_map.timers == Timers(10, 5, 8)
    assert DigitMap.parse("1xx").timers == Timers()


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("", 0, "an alternative is empty"),
        ("8xxx|", 5, "an alternative is empty"),
        ("(8xxx", 5, "not closed"),
        ("8xxx)", 4, "not a digit"),
        ("8x-x", 2, "not a digit"),
        ("8[2-", 4, "a range goes"),
        ("8[29", 4, "not closed"),
        ("8[9-2]", 4, "a range goes"),
        ("8[*-#]", 4, "a range goes"),
        ("8[]", 3, "the set is empty"),
        (".8", 0, "a dot must follow"),
        ("8..", 2, "a dot must follow"),
        ("8S.", 2, "a dot must follow"),
        ("8Tx", 2, "T must be the last"),
        ("8SxS", 3, "S stands twice"),
        ("Z8", 0, "long presses"),
        ("S:1,S:2,8", 4, "given twice"),
        ("8\u0662", 1, "not a digit"),
        ("x" * 5000, 4096, "longer than"),
    ],
)
def test_what_is_refused_and_where(text: str, offset: int, reason: str) -> None:
    with pytest.raises(DigitMapError, match=reason) as refused:
        DigitMap.parse(text)
    assert refused.value.offset == offset


@given(st.text(alphabet="0129xX.TSLZEF*#[]-|(): ,a\u00df", max_size=30))
def test_any_text_is_a_map_or_a_digit_map_error(text: str) -> None:
    try:
        digit_map = DigitMap.parse(text)
    except DigitMapError as error:
        fault = error.offset
    else:
        fault = 0
        assert DigitMap.parse(digit_map.text).patterns == digit_map.patterns
    assert 0 <= fault <= len(text)


def test_the_verdict_names_the_patterns() -> None:
    digit_map = DigitMap.parse("8xxx|8001|9x")
    assert digit_map.match("80").patterns == ("8xxx", "8001")
    assert digit_map.match("8002").patterns == ("8xxx",)
    assert digit_map.match("110", ["110"]).patterns == ("110",)
    assert digit_map.match("7").patterns == ()


def test_an_emergency_number_is_waited_for_even_if_the_map_knows_nothing_like_it() -> None:
    verdict = DigitMap.parse("8xxx").match("11", ["110"])
    assert (verdict.match, verdict.wait) == (Match.PARTIAL, Wait.LONG)


# the oracle: every string that an alternative accepts, up to a length

LONGEST = 6
ALPHABET = "01#"
SYMBOLS = {"0": "0", "1": "1", "F": "#", "x": "01", "[1F]": "1#"}

position = st.tuples(st.sampled_from(sorted(SYMBOLS)), st.sampled_from(["", "."]))
alternatives = st.lists(st.lists(position, min_size=1, max_size=3), min_size=1, max_size=4)


def language(alternative: list[tuple[str, str]]) -> set[str]:
    words = {""}
    for symbol, dot in alternative:
        runs = [
            "".join(run)
            for times in (range(LONGEST + 1) if dot else (1,))
            for run in itertools.product(SYMBOLS[symbol], repeat=times)
        ]
        words = {w + run for w in words for run in runs if len(w) + len(run) <= LONGEST}
    return words


@given(alternatives, st.text(alphabet=ALPHABET, min_size=1, max_size=LONGEST - 3))
def test_the_map_agrees_with_brute_force(
    written: list[list[tuple[str, str]]], digits: str
) -> None:
    text = "|".join("".join(symbol + dot for symbol, dot in a) for a in written)
    words = set[str]().union(*map(language, written))
    complete = digits in words
    possible = any(len(word) > len(digits) and word.startswith(digits) for word in words)
    expected = {
        (False, False): Match.NONE,
        (False, True): Match.PARTIAL,
        (True, True): Match.FULL,
        (True, False): Match.UNAMBIGUOUS,
    }[complete, possible]
    assert DigitMap.parse(text).match(digits).match is expected


def test_a_hostile_map_costs_no_more_than_its_length() -> None:
    hostile = DigitMap.parse("x." * 2000 + "#")
    began = time.perf_counter()
    assert hostile.match("1" * 64).match is Match.PARTIAL
    assert time.perf_counter() - began < 0.5
