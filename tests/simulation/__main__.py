"""`make soak`: worlds by the ten thousand, or one again.

python -m tests.simulation --worlds 20000            an hour each; none that `make check` lives
python -m tests.simulation --worlds 20000 --resume   goes on where it was interrupted
python -m tests.simulation --seed 28 --faults 3      one world, with that fault only
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from types import FrameType

from tests.simulation.crew import Crew
from tests.simulation.figures import Figures, summed
from tests.simulation.journal import Beginning, Journal, JournalError
from tests.simulation.laws import Broken
from tests.simulation.plan import Plan
from tests.simulation.progress import Progress
from tests.simulation.report import ROOT, commit, record, summary, today
from tests.simulation.soak import CHECKED, told
from tests.simulation.world import SimWorld

JOURNAL = ROOT / "build" / "soak.jsonl"
INTERRUPTED = 130


def main(words: list[str]) -> int:
    """Run the command; the exit status is 1 if a law was broken."""
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    parser = _parser()
    options = parser.parse_args(words)
    if options.seed is not None:
        return _one(options)
    if options.first <= CHECKED:
        parser.error(f"--first {options.first}: seeds up to {CHECKED} are those of make check")
    begins = Beginning(options.seconds, options.audio, commit(), today())
    try:
        journal = Journal(options.journal, begins, resume=options.resume)
    except JournalError as error:
        parser.error(str(error))
    crew = Crew(options.jobs)
    _minds_interrupts(crew)
    figures = _soak(options, crew, journal)
    sys.stdout.write(f"\n{summary(figures)}")
    if options.record:
        record(figures, f"python -m tests.simulation {' '.join(words)}", journal.commits)
    if figures.broken:
        return 1
    return INTERRUPTED if crew.dismissed else 0


def _soak(options: argparse.Namespace, crew: Crew, journal: Journal) -> Figures:
    """Live all worlds that the journal has not; each is noted when it is over."""
    figures = summed(journal.results)
    ends = time.monotonic() + 60 * options.minutes
    progress = Progress(options.worlds, options.minutes)
    done = frozenset(journal.seeds)
    seeds = range(options.first, options.first + options.worlds)
    plans = (
        Plan.draw(seed, options.seconds, audio=options.audio)
        for seed in seeds
        if seed not in done and time.monotonic() < ends
    )
    for result in crew.results(plans):
        if result is not None:
            journal.note(result)
            figures.add(result)
            if result.law:
                progress.interrupts(f"\nseed {result.seed}: {result.failure}\n")
        progress.tell(figures)
    journal.close()
    return figures


def _minds_interrupts(crew: Crew) -> None:
    """Ctrl-C once: what was begun comes to its end; twice: it does not."""

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if crew.dismissed:
            raise KeyboardInterrupt
        crew.dismissed = True
        sys.stderr.write("\nworlds that were begun come to their end; once more: they do not\n")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)


def _one(options: argparse.Namespace) -> int:
    plan = Plan.draw(options.seed, options.seconds, audio=options.audio)
    if options.until:
        plan = plan.cut(options.until)
    if options.faults is not None:
        kept = [int(number) for number in options.faults.split(",") if number]
        plan = replace(plan, faults=tuple(plan.faults[number] for number in kept))
    if options.people is not None:
        plan = replace(plan, people=tuple(int(p) for p in options.people.split(",") if p))
    if options.nobody_calls:
        plan = replace(plan, far=False)
    sys.stdout.write(f"{plan}\n")
    try:
        outcome = SimWorld(plan).run()
    except Broken as broken:
        sys.stdout.write(f"{told(plan, broken)}\n")
        return 1
    sys.stdout.write(
        f"{outcome.seconds:.0f} s, {outcome.calls} calls and attempts, {outcome.talks} answered, "
        f"{outcome.datagrams} datagrams, tape {outcome.digest}\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--worlds", type=int, default=100, help="how many")
    parser.add_argument(
        "--first", type=int, default=10 * CHECKED + 1, help="seed of the first; not of the check's"
    )
    parser.add_argument("--seconds", type=float, default=3600.0, help="that people live in one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at the same time")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no world later")
    parser.add_argument("--audio", action="store_true", help="carry samples (slow)")
    parser.add_argument("--record", action="store_true", help="write docs/reference/soak.md")
    parser.add_argument(
        "--journal", type=Path, default=JOURNAL, help="where each world is noted when it is over"
    )
    parser.add_argument("--resume", action="store_true", help="go on with that journal")
    parser.add_argument("--seed", type=int, help="one world, and its ladder if it breaks a law")
    parser.add_argument("--until", type=float, help="of that world: seconds until its end")
    parser.add_argument("--faults", help="of that world: only these, counted from 0")
    parser.add_argument("--people", help="of that world: at these ports only")
    parser.add_argument("--nobody-calls", action="store_true", help="the far end does not call")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
