"""docs/reference/interop.md: flow by flow, what was tried against whose programs."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

from tests.docs.pages.markdown import ROOT, page, prose, table
from tests.interop.flows import FLOWS, PEERS

HEAD = """\
The gateway as it runs in the field, on the simulated board, against programs that others wrote:
Kamailio as registrar and proxy, SIPp with scripts of ours as whatever Kamailio is too polite to
be, baresip and PJSUA2 as the telephone at the far end, Sippy's back-to-back user agent in the
path to baresip. Everything runs on loopback, over UDP where the column does not say otherwise.
What a telephone hears is measured on the copper, what a peer hears in its recording.
PJSUA2 comes as a wheel for Python 3.11 on x86-64 alone; elsewhere its columns are not tried.

tshark dissects every capture of these tests, signalling and voice: a message that it calls
malformed, or warns of, fails the test. The remarks that are allowed stand in the tests, with
the reason. Captures need root; without it nothing is dissected. Of TLS it sees that it is TLS.

`make interop` runs these tests alone; one whose program is not installed is skipped and says so.
Those with a clock (🕒) take minutes: `make interop-full` runs them too, and
[slow proofs](slow-proofs.md) says when it last did.
Tried with Kamailio 5.6.3, SIPp 3.6.1, baresip 1.0.0 and tshark 4.0.17 of Debian 12, PJSIP 2.15.1
and Sippy 2.5.0.
"""


@dataclass(frozen=True)
class Proof:
    """One test."""

    name: str
    file: str
    peer: str
    flows: tuple[str, ...]
    seen: str
    slow: bool = False

    @property
    def title(self) -> str:
        return self.name.removeprefix("test_").replace("_", " ")

    @property
    def link(self) -> str:
        clock = " 🕒" if self.slow else ""
        return f"[{self.title}](../../tests/interop/{self.file}){clock}"


def make() -> str:
    found = proofs()
    rows = [(flow, *(_cell(found, flow, peer) for peer in PEERS)) for flow in FLOWS]
    seen = [(proof.link, proof.peer, proof.seen) for proof in found]
    return page(
        "Interoperation",
        HEAD,
        table(("flow", *PEERS), rows),
        "## What each test looks at",
        table(("test", "peer", ""), seen),
    )


def proofs() -> list[Proof]:
    """All tests in tests/interop that prove something, in the order of the files."""
    found = []
    for path in sorted((ROOT / "tests" / "interop").glob("test_*.py")):
        module = importlib.import_module(f"tests.interop.{path.stem}")
        for name, function in vars(module).items():
            if name.startswith("test_") and inspect.isfunction(function):
                around = getattr(module, "pytestmark", [])
                found += _proofs(name, path.name, function, around)
    return found


def _proofs(name: str, file: str, function: Callable[..., None], around: object) -> list[Proof]:
    marks = list(_marks([*_bare(around), *getattr(function, "pytestmark", ())]))
    slow = any(mark.name == "slow" for mark in marks)
    seen = prose(function.__doc__ or "")
    return [
        Proof(name, file, mark.kwargs["peer"], mark.kwargs["flows"], seen, slow)
        for mark in marks
        if mark.name == "interop" and mark.kwargs
    ]


def _marks(marks: Iterable[pytest.Mark]) -> Iterator[pytest.Mark]:
    """These, and those of the single parameters among them."""
    for mark in marks:
        yield mark
        if mark.name == "parametrize":
            for each in mark.args[1]:
                yield from _marks(_bare(getattr(each, "marks", ())))


def _bare(marks: object) -> list[pytest.Mark]:
    """The marks themselves, of one decorator or several of both."""
    several = marks if isinstance(marks, Iterable) else [marks]
    bare = (getattr(mark, "mark", mark) for mark in several)
    return [mark for mark in bare if isinstance(mark, pytest.Mark)]


def _cell(found: list[Proof], flow: str, peer: str) -> str:
    return "<br>".join(p.link for p in found if p.peer == peer and flow in p.flows)
