"""Which telephones are shown callers, and what a card cannot do for them (config check)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from firmware.config.load import Loaded, parse
from firmware.config.schema import Line
from firmware.line.callerid_kinds import KINDS
from firmware.profiles import load
from firmware.settings import caller_id_plan
from tests.config.test_mistakes import GOOD, problems

MODULE = 'ports = 2\ndriver = "ag1171"'


def loaded(*, country: str = "cn", card: str = "ports = 2", line: str = "") -> Loaded:
    text = GOOD.replace('"cn"', f'"{country}"').replace("ports = 2", card, 1)
    return parse(f"{text}{line}\n", "t.toml", Path("/nowhere"))


def standard(country: str, line: str, more: str = "") -> str:
    config = loaded(country=country, line=f"{line}\n{more}").config
    return caller_id_plan(config, load(country), config.line[0]).standard


def test_every_kind_can_be_named_for_a_line() -> None:
    kinds = get_args(get_type_hints(Line)["caller_id"])
    assert kinds == ("country", "off", *KINDS)


@pytest.mark.parametrize(
    ("country", "line", "more", "expected"),
    [
        ("uk", "", "", "sin227"),
        ("jp", "", "", "ntt"),
        ("cn", 'caller_id = "dtmf-se"', "", "dtmf-se"),
        ("cn", 'caller_id = "off"', "", ""),
        ("cn", 'caller_id = "dtmf-se"', "[services]\ncaller_id = false", ""),
    ],
)
def test_the_country_decides_unless_the_line_says_otherwise(
    country: str, line: str, more: str, expected: str
) -> None:
    assert standard(country, line, more) == expected


def test_the_charset_stays_that_of_the_country() -> None:
    config = loaded(line='caller_id = "sin227"').config
    assert caller_id_plan(config, load("cn"), config.line[0]).charset == "gb2312"


@pytest.mark.parametrize(
    ("country", "card", "expected"),
    [
        ("cn", MODULE, "ag1171 is not capable of on-hook transmission without the resistor"),
        ("uk", MODULE, "ag1171 is not capable of on-hook transmission without the resistor"),
        (
            "jp",
            MODULE + "\noht_resistor = true",
            "ag1171 is not capable of ringing half of the time",
        ),
    ],
)
def test_what_the_card_cannot_do_of_the_country_is_a_warning(
    country: str, card: str, expected: str
) -> None:
    """An Ag1171 calls all the same; it does not show who."""
    (odd,) = [one for one in loaded(country=country, card=card).warnings if "shown" in one]
    assert re.match(r"t\.toml:\d+: line\[0\]: callers are not shown as this country does: ", odd)
    assert expected in odd


def test_what_the_card_cannot_do_of_an_order_is_a_mistake() -> None:
    text = GOOD.replace("ports = 2", MODULE, 1) + 'caller_id = "dtmf-se"\n'
    (told,) = problems(text)
    assert re.match(
        r"t\.toml:\d+: line\[0\]\.caller_id: dtmf-se: ag1171 is not capable of on-hook", told
    )


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (MODULE + "\noht_resistor = true", 'caller_id = "sin227"'),
        (MODULE, 'caller_id = "off"'),
        ("ports = 2", 'caller_id = "ntt"'),
    ],
)
def test_what_the_card_can_do_is_taken_without_a_word(card: str, line: str) -> None:
    assert not [one for one in loaded(card=card, line=line).warnings if "shown" in one]
