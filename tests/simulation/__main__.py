"""`make soak`: worlds by the hundred, or one again.

python -m tests.simulation --worlds 500              seeds 1 to 500, an hour each
python -m tests.simulation --seed 28 --faults 3      one world, with that fault only
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import warnings
from dataclasses import replace

from tests.simulation.laws import Broken
from tests.simulation.plan import Plan
from tests.simulation.report import record, summary
from tests.simulation.soak import soak, summed, told
from tests.simulation.world import SimWorld


def main(words: list[str]) -> int:
    """Run the command; the exit status is 1 if a law was broken."""
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    options = _parser().parse_args(words)
    if options.seed is not None:
        return _one(options)
    seeds = range(options.first, options.first + options.worlds)
    plans = [Plan.draw(seed, options.seconds, audio=options.audio) for seed in seeds]
    total, kinds = summed(soak(plans, options.jobs, options.minutes))
    sys.stdout.write(summary(total))
    if options.record:
        record(total, kinds, f"python -m tests.simulation {' '.join(words)}")
    return 1 if total.broken else 0


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
    parser.add_argument("--first", type=int, default=1, help="seed of the first")
    parser.add_argument("--seconds", type=float, default=3600.0, help="that people live in one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at the same time")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no world later")
    parser.add_argument("--audio", action="store_true", help="carry samples (slow)")
    parser.add_argument("--record", action="store_true", help="write docs/reference/soak.md")
    parser.add_argument("--seed", type=int, help="one world, and its ladder if it breaks a law")
    parser.add_argument("--until", type=float, help="of that world: seconds until its end")
    parser.add_argument("--faults", help="of that world: only these, counted from 0")
    parser.add_argument("--people", help="of that world: at these ports only")
    parser.add_argument("--nobody-calls", action="store_true", help="the far end does not call")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
