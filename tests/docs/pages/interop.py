"""docs/reference/interop.md: flow by flow, what was tried against whose programs."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass

from tests.docs.pages.markdown import ROOT, page, prose, table
from tests.interop.flows import FLOWS, PEERS

HEAD = """\
The gateway as it runs in the field, on the simulated board, against programs that others wrote:
Kamailio as registrar and proxy, SIPp with scripts of ours as whatever Kamailio is too polite to
be, baresip and PJSUA2 as the telephone at the far end. Everything runs on loopback. What a
telephone hears is measured on the copper, what a peer hears in its recording.

`make interop` runs these tests alone; one whose program is not installed is skipped and says so.
Tried with Kamailio 5.6.3, SIPp 3.6.1 and baresip 1.0.0 of Debian 12, and PJSIP 2.15.1.
"""


@dataclass(frozen=True)
class Proof:
    """One test."""

    name: str
    file: str
    peer: str
    flows: tuple[str, ...]
    seen: str

    @property
    def title(self) -> str:
        return self.name.removeprefix("test_").replace("_", " ")

    @property
    def link(self) -> str:
        return f"[{self.title}](../../tests/interop/{self.file})"


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
                found += _proofs(name, path.name, function)
    return found


def _proofs(name: str, file: str, function: Callable[..., None]) -> list[Proof]:
    return [
        Proof(name, file, mark.kwargs["peer"], mark.kwargs["flows"], prose(function.__doc__ or ""))
        for mark in getattr(function, "pytestmark", ())
        if mark.name == "interop"
    ]


def _cell(found: list[Proof], flow: str, peer: str) -> str:
    return "<br>".join(p.link for p in found if p.peer == peer and flow in p.flows)
