"""What this release promises is tested, and what it does not have is listed."""

from __future__ import annotations

import pytest

from firmware.cli.command import UsageError
from tests.docs.documents import SPAN, Document, understands
from tests.docs.pages import citations, faults
from tests.docs.pages.configuration import keys
from tests.docs.pages.coverage import BEHAVIOUR, PROMISED, behaviours, found
from tests.docs.pages.effects import refusals, without_effect
from tests.docs.pages.markdown import DOCS, ROOT

README = Document(ROOT / "README.md")
LIMITS = Document(DOCS / "reference" / "limits.md")


WHOLE_FILES = {"A02"}
"""Rows whose messages are a table: the test of all of them cannot name each."""


def test_every_promised_behaviour_is_named_by_a_test() -> None:
    named = found()
    assert [one for one in PROMISED if one not in named] == []


def test_every_fault_is_named_by_a_test() -> None:
    """Rows A to D; a row without a test fails the build.

    That the head of a file names a row is not enough: whoever takes a test away has to notice.
    """
    named = faults.found()
    bare = [row for row in faults.ROWS if not any(one.test for one in named.get(row, ()))]
    assert [row for row in bare if row not in WHOLE_FILES or row not in named] == []


BUILT = {
    "3261",
    "3262",
    "3264",
    "3311",
    "3323",
    "3325",
    "3326",
    "4028",
    "5009",
    "5922",
    "3842",
    "6665",
}


def test_every_section_that_is_claimed_has_a_test() -> None:
    """What the code was written after, of each RFC that something is claimed of."""
    assert set(citations.CLAIMS) >= BUILT
    code = citations.cited("firmware", "drivers")
    bare = [
        f"RFC {number} section {section}"
        for number, sections in code.items()
        for section in sections
        if number in citations.CLAIMS and not citations.proof(number, section)
    ]
    assert bare == []


@pytest.mark.parametrize("number", sorted(BUILT))
def test_what_is_built_of_an_rfc_is_cited_by_tests(number: str) -> None:
    assert any(one.test for those in citations.cited("tests")[number].values() for one in those)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("C03", ["C03"]),
        ("A11 to A13 and C09", ["A11", "A12", "A13", "C09"]),
        ("B01, B04..B06", ["B01", "B04", "B05", "B06"]),
    ],
)
def test_lists_of_faults_are_understood(text: str, meant: list[str]) -> None:
    assert faults.rows(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("REG-01", ["REG-01"]),
        ("LINE-01..03", ["LINE-01", "LINE-02", "LINE-03"]),
        ("CLI-04 to CLI-06", ["CLI-04", "CLI-05", "CLI-06"]),
        ("BW-NA-TERM", ["BW-NA-TERM"]),
        ("FW-CANCEL, FC-06", ["FW-CANCEL", "FC-06"]),
    ],
)
def test_numbers_are_understood_in_every_form_that_tests_use(text: str, meant: list[str]) -> None:
    assert [one for match in BEHAVIOUR.finditer(text) for one in behaviours(match)] == meant


def test_the_commands_that_are_said_to_be_missing_are_missing() -> None:
    missing = SPAN.findall(LIMITS.section("Commands"))
    assert len(missing) >= 1
    for command in missing:
        with pytest.raises(UsageError):
            understands(command.split())


def test_the_settings_that_are_said_to_do_nothing_are_those_that_nothing_reads() -> None:
    said = set(SPAN.findall(LIMITS.section("Settings")))
    idle = without_effect(keys()) | {key for key, _ in refusals()}
    assert said == {key.rpartition(".")[0] if key.count(".") > 1 else key for key in idle}
