"""``python -m benchmarks``: measure, print, write RESULTS.md and the curves.

``--whole`` measures jitter over a minute and echo over ten (half an hour), and writes WHOLE.md.
``--within MINUTES`` shortens parts where time is short; a part that fails, or comes too late, is
named as not measured, and the others are written. ``--quick`` looks at a little of everything,
``--only NAME`` at one part; both write nothing.
"""

from __future__ import annotations

import argparse
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

warnings.filterwarnings("ignore", message="'audioop' is deprecated")

from benchmarks import call_out  # noqa: E402 - the warning comes with the import
from benchmarks import gateway_parts as gateway  # noqa: E402
from benchmarks.plan import LESS, QUICK, WHOLE, WHOLE_PARTS, Pace, Plan  # noqa: E402
from benchmarks.report import MADE, MADE_WHOLE, Report  # noqa: E402
from benchmarks.voice_parts import VoiceParts  # noqa: E402

HERE = Path(__file__).parent
Part = Callable[[], None]
ALSO = {
    "idle_cpu": "resources",
    "tx_jitter": "media_cpu_curve",
    "gc_gil": "tx_jitter_storm",
    "start_to_registered": "start",
    "invite_180": "setups",
    "invite_200": "setups",
    "setup_cpu": "setups",
    "setup_rate": "setups",
    "register_96": "setups",
}
"""Names of targets that another part finds along with its own."""
INTERRUPTED = "the run was ended from outside before its turn came"


@dataclass
class Run:
    """What is to be done, by name."""

    plan: Plan
    report: Report = field(default_factory=Report)
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.monotonic
    curves: str = ""
    """The picture of the whole gateway beside its neighbours."""
    failed: bool = False

    def __post_init__(self) -> None:
        self._voice = VoiceParts(self.plan.voice, self.report)

    def parts(self) -> dict[str, Part]:
        """In the order in which they are done."""
        plan, report, voice = self.plan, self.report, self._voice
        return {
            "latency": lambda: gateway.latency_part(plan, report),
            "start": lambda: gateway.start_part(plan, report),
            "console": lambda: gateway.console_part(plan, report),
            "line_card": lambda: gateway.line_card_part(report),
            "resources": lambda: gateway.resources_part(plan, report),
            "media_cpu_curve": voice.curve,
            "media_cpu_dsp": voice.dsp,
            "tick_cost": voice.ticks,
            "echo_loop": voice.loop,
            "jb_minimum": voice.buffers,
            "tx_jitter_storm": voice.storm,
            "memory": voice.memory,
            "g711_exact": voice.exact,
            "sip": lambda: gateway.sip_part(plan, report),
            "core": lambda: gateway.core_part(plan, report),
            "call_out": lambda: call_out.part(plan, report),
            "setups": lambda: gateway.setups_part(plan, report),
            "beside": self._beside,
        }

    def do(self, names: list[str]) -> None:
        """These parts, or all; none that fails keeps the others from being told."""
        asked = {ALSO.get(name, name) for name in names} or set(self.parts())
        wanted = [name for name in self.parts() if name in asked]
        began = self.clock()
        for number, name in enumerate(wanted):
            how = self.pace.chosen(name, wanted[number + 1 :], self.clock() - began)
            if how == "none":
                self._absent(name, "no time was left for it (`--within`)")
                continue
            try:
                self._do(name, less=how == "less")
            except KeyboardInterrupt:
                for left in wanted[number:]:
                    self._absent(left, INTERRUPTED)
                return
            except Exception as error:  # noqa: BLE001 - whatever ails one part, the others are told
                self._absent(name, f"it failed: {type(error).__name__}: {error}")

    def _do(self, name: str, *, less: bool) -> None:
        full = self.plan
        if less:
            self._planned(replace(LESS, voice=replace(LESS.voice, draws=full.voice.draws)))
            self.report.took.append(f"`{name}` was shortened, for lack of time.")
        began = self.clock()
        try:
            self.parts()[name]()
        finally:
            self._planned(full)
        took = self.clock() - began
        self.pace.took(name, took, less=less)
        print(f"({name}: {took:.0f} s)", flush=True)

    def _planned(self, plan: Plan) -> None:
        self.plan = plan
        self._voice.plan = plan.voice

    def _absent(self, name: str, why: str) -> None:
        self.failed = True
        self.report.absent(name, why)

    def _beside(self) -> None:
        self.curves = gateway.beside_part(self.plan, self.report)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--within", type=float, metavar="MINUTES", help="be ready by then")
    names = [*Run(QUICK).parts(), *ALSO]
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", default=[],
        help=f"this part; may be repeated: {', '.join(names)}",
    )  # fmt: skip
    parser.add_argument(
        "--whole", action="store_true", help=f"{' and '.join(WHOLE_PARTS)} over minutes"
    )
    words = parser.parse_args()
    plan = WHOLE if words.whole else QUICK if words.quick else Plan()
    writes = not (words.quick or words.only)
    plan = replace(plan, voice=replace(plan.voice, draws=writes and not words.whole))
    run = Run(
        plan,
        report=Report(MADE_WHOLE if words.whole else MADE),
        pace=Pace(None if words.within is None else 60 * words.within),
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was found is written
    run.do(words.only or (list(WHOLE_PARTS) if words.whole else []))
    print(f"\n{run.report.verdicts()}")
    if writes:
        if run.curves:
            (HERE / "curve.svg").write_text(run.curves)
        page = HERE / ("WHOLE.md" if words.whole else "RESULTS.md")
        page.write_text(run.report.text())
        print(f"\nwritten: {page}, the curves beside it")
    return int(run.failed)


if __name__ == "__main__":
    raise SystemExit(main())
