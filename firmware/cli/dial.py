"""``test dial``: the rotary doctor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.copper.dial_report import AdaptReport, DialReport
from firmware.line.dial_meter import DialledDigit
from firmware.status import from_json

EVERY = 0.25
"""s from one look to the next."""


@TABLE.command("test dial <port>", adapt="", seconds="seconds")
def measure_dial(
    context: Context, port: int, *, adapt: bool = False, seconds: float | None = None
) -> Answer:
    """Measure the dial of a telephone: speed, ratio, bounce; nobody is called.

    Each digit is told when it is over, and what is wrong with the dial in the end: when the
    handset is put down, after --seconds (60), or at the interrupt key. With --adapt the windows
    of the port are made to fit the dial, as far as that is safe.
    """
    data = context.control.call("test-dial", port=port, seconds=seconds)
    report = from_json(data, DialReport)
    asked = "Dial some digits" if report.off_hook else "Lift the handset and dial some digits"
    head = f"{tables.where(report.card, report.port)} {asked}; put it down when you are done."
    return Answer(head, None, more=_follow(context, report, adapt=adapt))


def _follow(context: Context, report: DialReport, *, adapt: bool) -> Iterator[Answer]:
    port, told, data = report.port, 0, None
    try:
        while True:
            for digit in report.digits[told:]:
                told += 1
                yield Answer(digit_text(digit), asdict(digit))
            if report.ended:
                break
            context.wait(EVERY)
            data = context.control.call("test-dial", port=port, test=report.test)
            report = from_json(data, DialReport)
    except KeyboardInterrupt:
        data = context.control.call("end-dial-test", port=port, test=report.test)
        report = from_json(data, DialReport)
    yield Answer("\n".join(report.verdict), data)
    if adapt:
        data = context.control.call("adapt-dial", port=port)
        yield Answer(adapted_text(from_json(data, AdaptReport)), data)


def digit_text(digit: DialledDigit) -> str:
    """One line a digit."""
    if digit.keyed:
        return f"{digit.read}  key (DTMF)"
    words = [f"{digit.pulses} pulse{'s' * (digit.pulses != 1)}"]
    if digit.pps is not None and digit.break_part is not None:
        words += [f"{digit.pps:.1f} pulses/s", f"break {digit.break_part:.0%}"]
    words.append("open " + _range(digit.break_ms))
    if digit.make_ms:
        words.append("closed " + _range(digit.make_ms))
    if digit.bounce_ms:
        words.append(f"bounce {digit.bounce_ms:.0f} ms")
    if digit.pause_ms is not None:
        words.append(f"after {digit.pause_ms:.0f} ms")
    read = f"{digit.wanted or '?'}  "
    misread = f", read as {digit.read or 'nothing'}" if digit.misread else ""
    return read + ", ".join(words) + misread


def adapted_text(report: AdaptReport) -> str:
    """What became of the windows, and how they are kept."""
    lines = [f"Adapted: {change}" for change in report.changes]
    lines += [f"Not adapted: {why}" for why in report.refused]
    if not lines:
        lines = ["The windows of this port fit the dial."]
    if report.setting:
        lines += [
            "In force until the service is started again, or its configuration applied; to keep"
            " them, put this into the [[line]] of the port:",
            f"  {report.setting}",
        ]
    return "\n".join(lines)


def _range(pair: tuple[float, float]) -> str:
    low, high = (f"{value:.0f}" for value in pair)
    return f"{low} ms" if low == high else f"{low}-{high} ms"
