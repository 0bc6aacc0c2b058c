"""One language: English sentences and what they are in it.

A sentence with facts in it is found by what stands between them: ``{}`` in the English line
matches anything, and what it matched is translated in its turn. A line that begins with a
space or a comma is the end of a sentence, whatever its beginning. Of a line that has hardly a
word of its own (``{} of {}``) the facts must be single words, or have a line themselves: else
it would be found in the middle of any other sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import resources

from firmware.causes import (
    CUT_OFF,
    DECLINED,
    EXPIRED,
    FORGOTTEN,
    LEFT_BEHIND,
    REDIRECTED,
    TABLE,
    UNREACHED,
    UNSECURED,
)

DEEPEST = 6
"""Facts within facts; what lies deeper stays as it is."""
ENDING = (" ", ",", ";")
"""What the end of a sentence begins with."""
FEW = 3
"""Letters of a line that hardly has words of its own."""
_NAMED = re.compile(r"\{(\w*)\}")
_QUANTITY = re.compile(r"[\d.,:/-]+ \S+")
_PLACE = re.compile(r"\{(\d+)('?)\}")
"""Where a fact goes; with an apostrophe it stays English: it is what somebody has to type."""


class Template:
    """One sentence, taken apart at its facts."""

    __slots__ = ("few", "pieces", "said", "stopped", "sure", "weight")

    def __init__(self, english: str, said: str) -> None:
        self.stopped = english.endswith(".")
        """If not, a full stop may belong to the last fact."""
        self.pieces = _bare(english).split("{}")
        self.said = said
        self.sure = max(self.pieces, key=len)
        """A text without this is another sentence: most are told by that."""
        self.weight = sum(map(len, self.pieces))
        self.few = sum(map(str.isalpha, "".join(self.pieces))) <= FEW

    def match(self, text: str, bare: str) -> list[str] | None:
        """The facts in `text`; None: it is another sentence.

        Args:
            text: as it was said.
            bare: without its full stop.
        """
        if self.stopped or self.pieces[-1]:
            facts = self._facts(bare)
            return self._facts(text) if facts is None and text is not bare else facts
        return self._facts(text)

    def _facts(self, text: str) -> list[str] | None:
        first, *others = self.pieces
        if self.sure not in text or not text.startswith(first):
            return None
        if not others:
            return [] if text == first else None
        facts, at = [], len(first)
        for piece in others[:-1]:
            found = _find(text, piece, at)
            if found < 0:
                return None
            facts.append(text[at:found])
            at = found + len(piece)
        end = len(text) - len(others[-1])
        if end < at or not text.endswith(others[-1]):
            return None
        return [*facts, text[at:end]]

    def believed(self, facts: list[str], say: Callable[[str], str]) -> bool:
        """Whether these can be its facts, and are no pieces of another sentence."""
        return not self.few or all(_apt(fact, say) for fact in facts)

    def fill(self, facts: list[str], say: Callable[[str], str]) -> str:
        """The sentence; the first fact stands at ``{1}``, or at ``{1'}`` as it was said."""
        return _PLACE.sub(
            lambda place: facts[int(place[1]) - 1] if place[2] else say(facts[int(place[1]) - 1]),
            self.said,
        )


class Catalogue:
    """A language. The full stop of an English sentence is not looked at.

    Args:
        pairs: English, and what it is.
    """

    def __init__(self, pairs: Iterator[tuple[str, str]]) -> None:
        self._plain: dict[str, str] = {}
        self._whole: list[Template] = []
        self._endings: list[Template] = []
        for english, said in pairs:
            if english.startswith(ENDING):
                self._endings.append(Template(english, said))
            elif "{}" in english:
                self._whole.append(Template(english, said))
            else:
                self._plain[_bare(english)] = said
        self._whole.sort(key=lambda template: -template.weight)

    def say(self, text: str, deep: int = 0) -> str:
        """What `text` is in this language; itself if there is no word for it."""
        return self._sentence(text, deep) or self._sentences(text, deep) or text

    def _sentence(self, text: str, deep: int) -> str:
        """What one sentence is; empty: there is no line for it."""
        bare = _bare(text)
        if (said := self._plain.get(bare)) is not None:
            return said
        if deep > DEEPEST or not text:
            return ""

        def deeper(fact: str) -> str:
            return self.say(fact, deep + 1)

        for template in self._whole:
            facts = template.match(text, bare)
            if facts is not None and template.believed(facts, deeper):
                return template.fill(facts, deeper)
        return self._ended(bare, deep)

    def _sentences(self, text: str, deep: int) -> str:
        """One by one, each as long as there is a line for it; empty: none begins so."""
        at = text.rfind(". ")
        while at > 0 and deep <= DEEPEST:
            if first := self._sentence(text[:at], deep + 1):
                return f"{first}. {self.say(text[at + 2 :], deep + 1)}"
            at = text.rfind(". ", 0, at)
        return ""

    def _ended(self, text: str, deep: int) -> str:
        """The last of the endings that `text` has, behind what stands before it."""

        def deeper(fact: str) -> str:
            return self.say(fact, deep + 1)

        begun = [(text.rfind(one.pieces[0]), one.weight, n) for n, one in enumerate(self._endings)]
        for at, _, n in sorted(begun, reverse=True):
            begin, end, ending = text[:at], text[at:], self._endings[n]
            facts = ending.match(end, end) if at >= 0 else None
            if facts is not None and ending.believed([*filter(None, [begin]), *facts], deeper):
                return deeper(begin) + ending.fill(facts, deeper)
        return ""


def _bare(text: str) -> str:
    return text.removesuffix(".")


def _find(text: str, piece: str, at: int) -> int:
    """Where the words between two facts stand; a point within a number is no full stop."""
    found = text.find(piece, at)
    while piece == "." and text[max(found - 1, 0) : found].isdecimal():
        if not text[found + 1 : found + 2].isdecimal():
            break
        found = text.find(piece, found + 1)
    return found


def _apt(fact: str, say: Callable[[str], str]) -> bool:
    """Whether it is one word, a quantity with its unit, or something that we have a line for."""
    bare = fact.strip()
    quantity = _QUANTITY.fullmatch(bare) is not None
    return bare != "" and (" " not in bare or quantity or say(fact) != fact)


def load(language: str) -> Catalogue:
    """Read the catalogue of a language that we have."""
    return Catalogue(iter([*pairs(language), *causes()]))


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """What stands in its file: a line of English, and below it, behind ``= ``, what it is."""
    text = resources.files(__name__.rpartition(".")[0]).joinpath(f"{language}.txt")
    english = ""
    for line in text.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            yield english, line[2:]
        elif line and not line.startswith("#"):
            english = line


def causes() -> Iterator[tuple[str, str]]:
    """The sentences of causes, which stand in both languages where the specification has them."""
    rows = [(row.english, row.chinese) for row in TABLE.values()]
    for english, chinese in [
        *rows, DECLINED, UNREACHED, CUT_OFF, REDIRECTED, UNSECURED, EXPIRED, FORGOTTEN,
        LEFT_BEHIND,
    ]:  # fmt: skip
        names = _NAMED.findall(english)
        yield (
            _NAMED.sub("{}", english),
            _NAMED.sub(lambda name, names=names: f"{{{names.index(name[1]) + 1}}}", chinese),  # type: ignore[misc]
        )
