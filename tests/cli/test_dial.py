"""``test dial`` as a person sees it: digit by digit, ended by the handset or the interrupt key."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from firmware.cli.command import TABLE
from firmware.cli.context import Context, Options
from firmware.cli.main import write
from firmware.copper.dial_report import AdaptReport, DialReport
from firmware.line.dial_meter import DialledDigit
from firmware.status import to_json

ZERO = DialledDigit(
    "0", pulses=10, pps=8.1, break_ms=(75.0, 75.0), make_ms=(45.0, 50.0), break_part=0.61
)
FOUR = DialledDigit("", pulses=4, pps=6.0, break_ms=(118.0, 120.0), break_part=0.71,
                    bounce_ms=4.0, pause_ms=900.0)  # fmt: skip
KEY = DialledDigit("7", keyed=True)


def report(*digits: DialledDigit, ended: str = "") -> DialReport:
    return DialReport(
        card=1, port=1, test=3, off_hook=bool(digits), digits=digits,
        verdict=("8.1 pulses/s: slow.",) if digits else (), faulty=False, ended=ended,
    )  # fmt: skip


@dataclass
class Bench:
    """A daemon in which somebody dials; at its `stopped` look the interrupt key is pressed."""

    reports: list[DialReport]
    stopped: int = 99
    asked: list[str] = field(default_factory=list)

    def call(self, method: str, **_params: Any) -> Any:
        self.asked.append(method)
        if method == "adapt-dial":
            return to_json(AdaptReport(
                card=1, port=1, changes=("slow_pulse_max_ms: 100 -> 132",),
                refused=("pulses above 90 ms in a call",),
                setting="hook = { slow_pulse_max_ms = 132 }",
            ))  # fmt: skip
        if len(self.asked) == self.stopped:
            raise KeyboardInterrupt
        return to_json(self.reports[min(len(self.asked), len(self.reports)) - 1])

    def follow(self, method: str = "follow", **params: Any) -> Any:
        raise AssertionError(method, params)


def told(bench: Bench, line: str, *, json: bool = False) -> str:
    context = Context(Options(environment={}, json=json))
    context.wait = lambda _: None
    context.__dict__["control"] = bench
    out = io.StringIO()
    answer = TABLE.execute(line.split(), context)
    assert write(answer, context.options, out, out) == 0
    return out.getvalue()


def test_each_digit_is_told_when_it_is_over_and_the_verdict_in_the_end() -> None:
    bench = Bench([report(), report(ZERO), report(ZERO, FOUR, KEY, ended="put down")])
    assert told(bench, "test dial 1") == (
        "[1:1] Lift the handset and dial some digits; put it down when you are done.\n"
        "0  10 pulses, 8.1 pulses/s, break 61%, open 75 ms, closed 45-50 ms\n"
        "4  4 pulses, 6.0 pulses/s, break 71%, open 118-120 ms, bounce 4 ms, after 900 ms,"
        " read as nothing\n"
        "7  key (DTMF)\n"
        "8.1 pulses/s: slow.\n"
    )


def test_the_interrupt_key_ends_the_test_and_the_verdict_is_told_all_the_same() -> None:
    bench = Bench([report(ZERO), report(ZERO), report(ZERO)], stopped=3)
    assert told(bench, "test dial 1").endswith("8.1 pulses/s: slow.\n")
    assert bench.asked[-1] == "end-dial-test"


def test_adapted_windows_are_told_with_the_line_that_keeps_them() -> None:
    text = told(Bench([report(ZERO, ended="put down")]), "test dial 1 --seconds 30 --adapt")
    assert text.endswith(
        "Adapted: slow_pulse_max_ms: 100 -> 132\n"
        "Not adapted: pulses above 90 ms in a call\n"
        "In force until the service is started again, or its configuration applied; to keep"
        " them, put this into the [[line]] of the port:\n"
        "  hook = { slow_pulse_max_ms = 132 }\n"
    )


def test_as_json_there_is_one_object_a_line() -> None:
    lines = told(Bench([report(ZERO, ended="put down")]), "test dial 1", json=True).splitlines()
    assert ['"pps": 8.1' in line for line in lines] == [True, False]
