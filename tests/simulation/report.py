"""The figures of a soak as a page of the documentation."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.simulation.figures import Figures
from tests.simulation.plan import Kind

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "docs" / "reference" / "soak.md"


@dataclass(frozen=True, slots=True)
class Run:
    """Where and when worlds were lived."""

    command: str
    day: str
    commits: str
    machine: str


def summary(figures: Figures) -> str:
    """The figures in a few lines."""
    laws = _laws(figures)
    return (
        f"{figures.worlds} worlds, {figures.hours:.1f} simulated hours: {figures.broken} broken"
        f"{f' ({laws})' if laws else ''}\n"
        f"{figures.events} events, {figures.faults} faults, {figures.calls} calls and attempts, "
        f"{figures.talks} answered, {figures.datagrams} datagrams sent\n"
        f"{figures.cpu:.0f} s of CPU, {figures.memory} MB at the most\n"
    )


def _laws(figures: Figures) -> str:
    """Which were broken, and how often."""
    return ", ".join(f"{law}: {times}" for law, times in sorted(figures.laws.items()))


def page(figures: Figures, run: Run) -> str:
    """The whole page."""
    return PAGE.format(
        run=run,
        total=figures,
        broken=f"**{figures.broken}** {_laws(figures)}".rstrip(),
        pace=figures.hours * 3600 / figures.cpu if figures.cpu else 0.0,
        rows="\n".join(f"| {kind.value} | {figures.kinds[kind]} |" for kind in Kind),
        found="\n".join(f"* {what}" for what in FOUND),
    )


def record(figures: Figures, command: str, commits: Iterable[str]) -> None:
    """Write the figures into docs/reference/soak.md."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    PLACE.write_text(page(figures, Run(command, today(), ", ".join(commits), machine)))


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def commit() -> str:
    """What is checked out; a plain word where that is no repository."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


FOUND = (
    "A bell that a power alarm had silenced stayed silent for the rest of the call.",
    "A calibration that had been put off was tried again as fast as the chip allowed.",
    "The end of the service did not wait for the answers to its BYEs and CANCELs.",
    "A nonce that a server had forgotten, and then gave out again, was counted from 1.",
    "Enabling a port that was enabled already silenced the bell of the call that came just then.",
    "An interrupt at the very end of the service started the chips again a minute later.",
    "A chip that lost a byte at the wrong moment took itself for one of a chain, and stayed away.",
    "A handset that was put down while the neighbour's chip was starting stayed lifted for ever.",
    "A held call that rang back was heard, handset down, when the far end confirmed the session.",
    "A REGISTER that had waited for its connection was sent again when the connection stood.",
    "A line that was refused began anew there, a REGISTER still out, when one more server died.",
    "A line going back to its preferred server left the other one, a REGISTER still out there.",
)
"""What worlds have shown and nothing else had; all of it mended, each with a test of its own."""

PAGE = """\
# Soak: whole gateways in simulated time

Each world is drawn from one seed: a gateway with 1 to 4 ports, from the chips' registers to the
network, people at its telephones, one to three servers, telephones behind them, datagrams or
connections (three worlds in ten speak TCP), and a list of faults. It lives for a simulated hour;
then all is mended, everybody goes home, and everything must come to rest. The laws are those of
`tests/simulation/laws`: I1 to I10, I12, I13 and LIVE1 to LIVE5, watched at every event; each has
been broken on purpose by a test. A seed repeats its world bit for bit. A world that breaks a law
is made small (faults, people and time are taken away) and printed with its seed, its faults and
its ladder.

`make check` lives the worlds of the first seeds (130, in continuous integration 420), a soak
others:

    make soak SOAK="--worlds 20000 --record"
    make soak SOAK="--worlds 20000 --record --resume"

Each world is noted in `build/soak.jsonl` when it is over; with `--resume` those are not lived
again. Ctrl-C lets the worlds that were begun come to their end. A process is replaced after 300
worlds, and when it dies or is stuck, which counts as a broken law (`process`). Every fiftieth
world is lived twice, and both tapes must be the same.

    {run.command}

| last run | |
|---|---|
| day | {run.day} |
| commit | {run.commits} |
| machine | {run.machine} |
| worlds | {total.worlds} |
| simulated hours | {total.hours:.1f} |
| events | {total.events} |
| faults | {total.faults} |
| **laws broken** | {broken} |
| calls and attempts | {total.calls} |
| answered | {total.talks} |
| messages sent by the gateways | {total.datagrams} |
| CPU seconds | {total.cpu:.0f}, a simulated second costs 1/{pace:.0f} |
| MB of the largest process | {total.memory} |

| fault | times |
|---|---|
{rows}

## Found so far

{found}
"""
