"""The run of the benchmarks: what it says of targets, and what it does where time or a peer fails.

Nothing is measured here: parts are stood in for, and the clock is turned by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from benchmarks.__main__ import ALSO, Part, Run
from benchmarks.echo_loop import Loops
from benchmarks.figures import Sample
from benchmarks.plan import LESS, QUICK, TAKES, WHOLE, WHOLE_PARTS, Pace, Plan
from benchmarks.report import Report
from benchmarks.targets import Target, as_table, missed, of_samples

SUITE = {
    "media_cpu_curve", "media_cpu_dsp", "tick_cost", "tx_jitter", "tx_jitter_storm", "echo_loop",
    "jb_minimum", "invite_180", "invite_200", "setup_cpu", "setup_rate", "register_96",
    "start_to_registered", "memory", "idle_cpu", "gc_gil", "g711_exact",
}  # fmt: skip
"""Every measurement that the project was asked for, by the name it was asked by."""
WITHIN_S = 16 * 60
"""What `make bench` allows, so that it is over in twenty minutes with the compiler's part."""
PAIRS = 5
"""Turns beside a neighbour that a ratio needs at least."""


def test_every_measurement_of_the_suite_can_be_run_by_its_name() -> None:
    assert set(Run(QUICK).parts()) | set(ALSO) >= SUITE
    assert set(ALSO.values()) <= set(Run(QUICK).parts())


def test_it_is_known_of_every_part_how_long_it_takes_and_all_fit_in_twenty_minutes() -> None:
    assert set(TAKES) == set(Run(QUICK).parts())
    assert sum(takes.full for takes in TAKES.values()) < WITHIN_S
    assert sum(takes.less for takes in TAKES.values()) < 12 * 60
    assert all(takes.less <= takes.full for takes in TAKES.values())


def test_a_shortened_run_still_has_enough_pairs_for_its_ratios() -> None:
    for plan in (Plan(), LESS):
        assert min(plan.turns, plan.voice.turns) >= PAIRS
        assert {1, 2, 8, 24, 48, 96} <= set(plan.voice.calls)


def test_the_whole_run_is_as_long_as_was_asked_for() -> None:
    """A minute of jitter at 1, 8, 24 and 96 calls; ten of echo (`performance`, by their names)."""
    assert {1, 8, 24, 96} <= set(WHOLE.voice.calls)
    assert WHOLE.voice.turn_s >= 60
    assert WHOLE.voice.loop_s >= 600
    run = Played(WHOLE)
    run.do([*WHOLE_PARTS])
    assert [name for name, _ in run.done] == ["media_cpu_curve", "echo_loop"]


def test_a_loop_that_grows_longer_in_a_turn_drifts() -> None:
    turn = Sample("ours", values=[5.0] * 10 + [8.0] * 80 + [9.0] * 10)
    assert Loops({"ours": [turn, turn]}).drift("ours") == 4.0
    assert Loops({}).drift("ours") is None


def test_no_target_is_declared_without_a_reason_why_it_may_be_missed() -> None:
    with pytest.raises(ValueError, match="reason"):
        Sample("tone", most=20)
    with pytest.raises(ValueError, match="reason"):
        Target("echo_loop", "median", 15, 20, "ms", "")


def test_what_is_missed_is_listed_by_how_much_and_why() -> None:
    why = "the interpreter"
    found = missed(
        [
            Target("curve", "8 calls", 0.75, 0.95, "", why),
            Target("curve", "24 calls", 0.75, 0.5, "", why),
            Target("curve", "96 calls", 0.75, 0.9, "", why),
            Target("loop", "median", 15, 27.6, "ms", "periods of 20 ms"),
            Target("quiet", "wheel", 0.8, None, "", "no wheel"),
            Target("straight", "R squared", 0.98, 0.9, "", "caches", least=True),
        ]
    )
    assert found.splitlines() == [
        "* `curve`: The interpreter.",
        "  - 8 calls, <= 0.75: **0.95**, missed by 0.20",
        "  - 96 calls, <= 0.75: **0.90**, missed by 0.15",
        "* `loop`: Periods of 20 ms.",
        "  - median, <= 15 ms: **27.6 ms**, missed by 12.6 ms",
        "* `quiet`: No wheel.",
        "  - wheel: not measured",
        "* `straight`: Caches.",
        "  - R squared, >= 0.98: **0.90**, missed by 0.080",
    ]
    assert missed([Target("curve", "1 call", 1, 1, "", why)]) == "None."


def test_what_counts_of_a_sample_is_its_median() -> None:
    tone = Sample("tone", most=20, why="the bus", values=[10, 30, 18])
    told, never = of_samples("latency", [tone, Sample("beside"), Sample("no", most=1, why="x")])
    assert told.met
    assert told.row() == ["`latency`", "tone", "<= 20 ms", "18.0 ms", "met"]
    assert never.verdict == "not measured"


def test_the_report_has_the_missed_ones_first_and_all_by_name() -> None:
    report = Report()
    report.targets = [
        Target("curve", "8 calls", 0.75, 0.95, "", "the interpreter"),
        Target("curve", "24 calls", 0.75, 0.5, "", "the interpreter"),
    ]
    text = report.text()
    assert text.index("## Targets missed") < text.index("## Targets by name")
    assert "Of 2 targets\n1 are met" in text
    assert "8 calls, <= 0.75: **0.95**" in text
    assert as_table(report.targets) in text


def test_a_part_is_shortened_where_the_rest_would_not_fit_and_left_out_at_last() -> None:
    later = ["setups", "beside"]
    need = TAKES["media_cpu_curve"].full + sum(TAKES[name].less for name in later) + 10
    assert Pace().chosen("media_cpu_curve", later, 99999) == "full"
    assert Pace(need).chosen("media_cpu_curve", later, 0) == "full"
    assert Pace(need).chosen("media_cpu_curve", later, 1) == "less"
    assert Pace(need).chosen("media_cpu_curve", later, need) == "none"


def test_a_busy_machine_is_known_by_the_parts_that_are_done() -> None:
    pace = Pace(700)
    assert pace.chosen("setups", [], 100) == "full"
    pace.took("latency", 4 * TAKES["latency"].full, less=False)
    assert pace.slow == 4
    assert pace.chosen("setups", [], 100) == "less"


@dataclass
class Played(Run):
    """Parts that take their time on a clock turned by hand, or fail."""

    ills: dict[str, BaseException] = field(default_factory=dict)
    slow: float = 1.0
    now: float = 0.0
    done: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock = lambda: self.now

    def parts(self) -> dict[str, Part]:
        return {name: self._played(name) for name in TAKES}

    def _played(self, name: str) -> Callable[[], None]:
        def part() -> None:
            if name in self.ills:
                raise self.ills[name]
            less = self.plan.turn_s == LESS.turn_s
            takes = TAKES[name]
            self.now += self.slow * (takes.less if less else takes.full)
            self.done.append((name, less))
            self.report.section(name)

        return part


def test_a_part_that_fails_costs_the_others_nothing_and_is_named() -> None:
    run = Played(Plan(), ills={"setups": OSError("no sipp")})
    run.do([])
    assert [name for name, _ in run.done] == [name for name in TAKES if name != "setups"]
    assert run.failed
    assert "* `setups`: It failed: OSError: no sipp." in run.report.text()


def test_a_run_that_is_ended_tells_what_it_has_and_names_the_rest() -> None:
    run = Played(Plan(), ills={"sip": KeyboardInterrupt()})
    run.do([])
    text = run.report.text()
    assert "## g711_exact" in text
    for name in ("sip", "core", "setups", "beside"):
        assert f"## `{name}`: not measured" in text


@pytest.mark.parametrize("slow", [1.0, 1.3, 2.0, 4.0])
def test_a_run_is_over_in_its_time_on_a_slow_machine_too(slow: float) -> None:
    run = Played(Plan(), pace=Pace(WITHIN_S), slow=slow)
    run.do([])
    assert run.now <= WITHIN_S
    lost = len(TAKES) - len(run.done)
    assert (lost == 0) == (slow < 2.0)
    assert any(less for _, less in run.done) == (slow > 1.0)
    assert run.plan == Plan()


def test_one_part_is_done_by_any_of_its_names() -> None:
    run = Played(Plan())
    run.do(["tx_jitter", "gc_gil", "media_cpu_curve"])
    assert [name for name, _ in run.done] == ["media_cpu_curve", "tx_jitter_storm"]
