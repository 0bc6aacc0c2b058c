"""A soak is robust: it goes on where it was interrupted, and loses no world that was lived."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import msgspec
import pytest

from tests.simulation.__main__ import INTERRUPTED
from tests.simulation.crew import Crew
from tests.simulation.figures import Figures, summed
from tests.simulation.journal import Beginning, Journal, JournalError
from tests.simulation.plan import Kind, Plan
from tests.simulation.progress import Progress
from tests.simulation.report import Run, page, summary
from tests.simulation.soak import CHECKED, Result

BEGINS = Beginning(3600.0, audio=False, commit="abc1234", day="2026-11-22")
SOUND = Result(
    100001, cpu=2.0, memory=60, kinds=[Kind.LOSS, Kind.CUT], digest="0" * 16, seconds=7200.0,
    events=900, datagrams=50, calls=7, talks=3,
)  # fmt: skip
BROKEN = Result(100002, cpu=1.0, memory=70, kinds=[Kind.LOSS], law="I3", failure="the ladder")


def ends_badly(plan: Plan) -> Result:
    """The process of seed 3 dies in the middle of it, that of seed 4 is stuck."""
    if plan.seed == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    while plan.seed == 4:
        signal.pause()
    return Result(plan.seed, digest="x", memory=os.getpid())


def test_figures_are_summed_over_all_worlds() -> None:
    figures = summed([SOUND, BROKEN])
    assert (figures.worlds, figures.broken, figures.hours, figures.calls) == (2, 1, 2.0, 7)
    assert figures.kinds == {Kind.LOSS: 2, Kind.CUT: 1}
    assert "2 worlds, 2.0 simulated hours: 1 broken (I3: 1)" in summary(figures)
    assert "900 events, 3 faults" in summary(figures)
    text = page(figures, Run("make soak", "2026-11-22", "abc1234, def5678", "x86_64"))
    for row in (
        "| worlds | 2 |",
        "| commit | abc1234, def5678 |",
        "| loss | 2 |",
        "| 70 |",
        "**1** I3: 1 |",
    ):
        assert row in text


def test_a_soak_goes_on_with_its_journal_and_forgets_no_figure(tmp_path: Path) -> None:
    """The last line of a process that was killed may be half of one."""
    path = tmp_path / "build" / "soak.jsonl"
    first = Journal(path, BEGINS)
    first.note(SOUND)
    first.note(BROKEN)
    first.close()
    path.write_bytes(path.read_bytes()[:-9])
    later = msgspec.structs.replace(BEGINS, commit="def5678")
    again = Journal(path, later, resume=True)
    assert again.seeds == {SOUND.seed}
    assert list(again.commits) == ["abc1234", "def5678"]
    again.note(BROKEN)
    again.close()
    assert list(again.results) == [SOUND, BROKEN]


def test_a_soak_that_begins_anew_keeps_the_journal_of_before(tmp_path: Path) -> None:
    path = tmp_path / "soak.jsonl"
    for result in (SOUND, BROKEN):
        journal = Journal(path, BEGINS)
        journal.note(result)
        journal.close()
    assert list(journal.results) == [BROKEN]
    assert "100001" in (tmp_path / "soak.jsonl.old").read_text()


def test_worlds_of_another_kind_are_not_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "soak.jsonl"
    with pytest.raises(JournalError, match="nothing to go on with"):
        Journal(path, BEGINS, resume=True)
    Journal(path, BEGINS).close()
    brief = msgspec.structs.replace(BEGINS, seconds=60.0)
    with pytest.raises(JournalError, match=r"worlds of another kind \(3600 s\)"):
        Journal(path, brief, resume=True)


def test_progress_tells_rate_time_left_and_memory() -> None:
    now, out = 1000.0, StringIO()
    progress = Progress(200, math.inf, out, lambda: now)
    figures = Figures(worlds=20, hours=20.0)
    progress.tell(figures)
    assert "20 of 200 worlds, 20 h, 0 broken; 0.00 worlds/s, ? left" in out.getvalue()
    now = 1001.0
    progress.tell(figures)
    assert out.getvalue().count("\n") == 1, "one a minute"
    now, figures.worlds, figures.memory = 1100.0, 70, 81
    progress.tell(figures)
    assert out.getvalue().endswith(
        "\n70 of 200 worlds, 20 h, 0 broken; 0.50 worlds/s, 4 min left; 81 MB\n"
    )
    ends = Progress(10_000_000, 90, StringIO(), lambda: now)
    assert "1 h 30 min left" in ends.line(figures, now)


def test_a_process_that_dies_or_is_stuck_is_a_failure_of_its_world_alone() -> None:
    """It is replaced, as one is that has lived many."""
    crew = Crew(1, ends_badly, tired=2, stuck=5.0)
    plans = (Plan(seed, 10.0) for seed in range(1, 6))
    one, two, dead, stuck, five = (r for r in crew.results(plans) if r is not None)
    assert [r.law for r in (one, two, dead, stuck, five)] == ["", "", "process", "process", ""]
    assert "the process ended with -9\nseed 3:" in dead.failure
    assert "again: python -m tests.simulation --seed 3" in dead.failure
    assert "not over after 5 s" in stuck.failure
    assert one.memory == two.memory != five.memory, "those are the numbers of processes here"


def test_ctrl_c_ends_a_soak_in_good_order_and_it_can_be_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "soak.jsonl"
    words = ["--worlds", "1000", "--seconds", "60", "--jobs", "1", "--journal", str(path)]
    soak = subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", *words],
        cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert soak.stdout
    begun = soak.stdout.readline()
    assert "of 1000 worlds" in begun, "a world is lived"
    soak.send_signal(signal.SIGINT)
    said, complained = soak.communicate(timeout=120)
    assert soak.returncode == INTERRUPTED, complained
    assert "come to their end" in complained
    assert "Traceback" not in complained
    begins = Beginning(60.0, audio=False, commit="abc1234", day="2026-11-22")
    journal = Journal(path, begins, resume=True)
    figures = summed(journal.results)
    journal.close()
    assert 1 <= figures.worlds < 1000
    assert f"{figures.worlds} worlds" in said
    assert min(journal.seeds) > CHECKED
