"""tools/spell_out.py: dataclasses written out for the compiler, at the same lines."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from firmware import compiled

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "spell_out.py"))
spelled_out: Callable[[str], str] = TOOL["spelled_out"]
SpellingError: type[Exception] = TOOL["SpellingError"]
SOURCES = compiled.sources(compiled.HERE)
WORDS = '''\
from __future__ import annotations
from dataclasses import dataclass, field
from firmware.machine import word

@word
class Knock:
    """Somebody is at the door."""

    at: float
    door: str = "front"
    loud: bool = field(default=True, compare=False)


@dataclass(slots=True)
class House:
    """Where they knock."""

    heard: list[Knock] = field(default_factory=list)
    told: int = field(default=3, init=False)

    def hear(self, knock: Knock) -> None:
        self.heard.append(knock)
        raise LookupError("nobody is in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """It hangs."""

    weight: int
'''


def _of(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, "words", "exec"), names)  # noqa: S102 - what the compiler would be given
    return names


@pytest.fixture(name="said")
def _said() -> dict[str, Any]:
    return _of(spelled_out(WORDS))


def test_words_are_made_compared_and_hashed_as_before(said: dict[str, Any]) -> None:
    knock = said["Knock"]
    assert knock(1.0) == knock(1.0, "front", loud=False) != knock(1.0, "back")
    assert hash(knock(1.0)) == hash(knock(1.0, loud=False))
    assert knock(1.0) != "front"
    assert knock.__match_args__ == ("at", "door", "loud")
    assert repr(knock(1.0)).endswith("Knock(at=1.0, door='front', loud=True)")
    assert replace(knock(1.0), door="back") == knock(1.0, "back")
    assert said["Bell"](weight=3) == said["Bell"](weight=3)


def test_a_list_of_each_house_is_its_own(said: dict[str, Any]) -> None:
    one, other = said["House"](), said["House"]()
    one.heard.append(1)
    assert (other.heard, other.told) == ([], 3)
    assert [field.name for field in fields(said["House"])] == ["heard", "told"]


def test_every_other_line_stays_where_it_was() -> None:
    before, after = WORDS.splitlines(), spelled_out(WORDS).splitlines()
    kept = [old for old, new in zip(before, after, strict=False) if old == new]
    changed = [old for old, new in zip(before, after, strict=False) if old != new]
    assert '        raise LookupError("nobody is in")' in kept
    assert {line.partition("(")[0] for line in changed} == {
        "", "@dataclass", "@word", "from __future__ import annotations",
    }  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_whatever_the_core_is_written_in_can_be_spelled_out(path: Path) -> None:
    source = path.read_text()
    spelled = spelled_out(source)
    ast.parse(spelled)
    assert all(
        new == old or not old.strip() or old.startswith(("@", "from __f", "    "))
        for old, new in zip(source.splitlines(), spelled.splitlines(), strict=False)
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("@dataclass(order=True)\nclass A:\n    b: int\n\n\n\n", "A: order"),
        ("@dataclass\nclass A:\n    b: int = field(doc=1)\n", r"A\.b: doc"),
        (
            "@dataclass\nclass A:\n    b: int\n\n    def __init__(self) -> None: ...\n",
            "constructor",
        ),
        ("class A(Named):\n    def __init__(self, b: str) -> None: ...\n", "an enumeration with"),
        ("@dataclass\nclass A:\n    b: int\nclass B: ...\n", "not enough blank lines"),
    ],
)
def test_what_it_cannot_spell_is_named(source: str, problem: str) -> None:
    with pytest.raises(SpellingError, match=problem):
        spelled_out(source)
