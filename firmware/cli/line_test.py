"""``test line`` and ``test ring``: the copper measured, and which bells are rung on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.grid import table
from firmware.copper.line_verdict import ACCURACY, LineReport
from firmware.copper.ring_doctor import Reach, RingReport
from firmware.errors import ControlError
from firmware.hues import Brush, of_state, plain
from firmware.status import from_json

EVERY = 0.25
"""s from one look to the next."""
MOST = 80
"""Looks; no test takes so long."""
SHOWN = {"ok": "ok", "note": "note", "fault": "FAULT", "danger": "DANGER", "not measured": "--"}


@TABLE.command("test line <port>", force="")
def measure_line(context: Context, port: int, force: bool = False) -> Answer:
    """Measure the copper of a port: foreign voltage, leaks, handset or short, bells.

    The telephone is cut off for about five seconds, and none of its bells is heard. Who calls
    meanwhile finds the line busy. Refused while the line is in use; with --force it is also
    done while a handset is off and a tone is heard. The exit status is 1 if a fault is found.
    """
    data, told = _measured(context, port, force=force)
    return Answer(report_text(told, context.brush), data, status=0 if told.passed else 1)


@TABLE.command("test ring <port>", ren="ren", loop="ohms")
def ring_doctor(
    context: Context, port: int, ren: float | None = None, loop: float | None = None
) -> Answer:
    """Say which bells the ring settings of a port ring, and with how much wire.

    The bells on the line are counted by a line test first, unless --ren says how many there
    are (in ringer equivalences). --loop is the resistance of both conductors of the wire.
    """
    notes = []
    if ren is None:
        try:
            _, told = _measured(context, port, force=False)
            if told.ren is None:
                notes.append(f"The bells were not counted: {_why_no_bells(told)}.")
        except ControlError as error:
            notes.append(f"The bells were not counted: {error}.")
    figures = {"ren": ren, "loop": loop}
    given = {name: value for name, value in figures.items() if value is not None}
    data = context.control.call("test-ring", port=port, **given)
    report = from_json(data, RingReport)
    good = not report.limits and any(any(reach.rings.values()) for reach in report.reaches)
    return Answer("\n".join([ring_text(report), *notes]), data, status=0 if good else 1)


def _measured(context: Context, port: int, *, force: bool) -> tuple[Any, LineReport]:
    """Begin a line test and wait for its end."""
    data = context.control.call("test-line", port=port, force=force)
    told = from_json(data, LineReport)
    for _ in range(MOST):
        if told.done:
            break
        context.wait(EVERY)
        data = context.control.call("test-line", port=port, test=told.test)
        told = from_json(data, LineReport)
    return data, told


def _why_no_bells(told: LineReport) -> str:
    if told.given_up:
        return told.given_up
    (bells,) = (each for each in told.findings if each.what == "bells")
    return bells.meaning or f"an {told.chip} measures nothing"


def report_text(told: LineReport, brush: Brush = plain) -> str:
    where = tables.where(told.card, told.port)
    if not told.done:
        return f"{where} line test: no end yet"
    if told.given_up:
        return f"{where} line test given up: {told.given_up}"
    took = f", {told.took_s:g} s" if told.took_s is not None else ""
    rows = (
        (each.what, of_state(SHOWN[each.verdict]), each.measured or each.meaning or "-")
        for each in told.findings
    )
    lines = [
        f"{where} line test by {told.chip}{took}",
        table(("what", "verdict", "measured"), rows, brush),
        told.verdict,
    ]
    lines += dict.fromkeys(each.advice for each in told.findings if each.advice)
    return "\n".join([*lines, ACCURACY] if told.readings else lines)


def ring_text(report: RingReport) -> str:
    bells = "counted" if report.ren_measured else "not counted"
    kinds = list(report.reaches[0].rings)
    rows = [
        (
            f"{reach.wire_ohms:.0f} ohm, {reach.km:g} km",
            f"{reach.vrms:.1f} V",
            *(_rung(reach, kind) for kind in kinds),
        )
        for reach in report.reaches
    ]
    lines = [
        f"{tables.where(report.card, report.port)} rings with {report.hz:g} Hz,"
        f" {report.vrms:.0f} V RMS ({report.shape}, peak {report.peak_v:.0f} V of a battery of"
        f" {report.battery_v:.0f} V); bells: {report.ren:.1f} REN, {bells}",
        table(("wire (0.4 mm)", "at-the-bell", *kinds), rows),
        *_sentences(report.limits, "It will not ring so: "),
        *_sentences(report.notes, "Note: "),
        "Computed; what bells want is remembered practice. In brackets: so many REN at the most.",
    ]
    return "\n".join(lines)


def _rung(reach: Reach, kind: str) -> str:
    return f"{'yes' if reach.rings[kind] else 'no'} ({reach.most_ren[kind]})"


def _sentences(texts: Iterable[str], before: str) -> list[str]:
    return [f"{before}{text}." for text in texts]
