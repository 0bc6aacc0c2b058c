"""Acts on the servers: rehearse the failure of one, go back to the preferred one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.grid import facts
from firmware.drill import DrillReport
from firmware.status import CallRecord, ServerStatus, from_json
from firmware.text import escape
from firmware.texts import tr

EVERY = 0.2
"""s from one look at a drill to the next."""


@TABLE.command("drill sbc <sbc> down <seconds>", background="")
def drill(context: Context, sbc: int, seconds: float, *, background: bool = False) -> Answer:
    """Treat a server as dead for so many seconds, inside this box; 0 ends it.

    Tells when calls go to another server, when all lines are registered there, and at the end
    which calls were lost; the exit status is 1 if one was, or a line was left behind. The
    interrupt key ends the watching and not the drill; --background does not begin to watch.
    """
    data = context.control.call("drill", server=sbc, seconds=seconds)
    if not seconds:
        return Answer(f"sbc {sbc}: drill ended", data)
    server = from_json(data, ServerStatus)
    head = f"sbc {sbc} ({server.server}) is treated as dead for {seconds:g} s"
    if background:
        return Answer(f"{head}; drill report tells what comes of it", data)
    return Answer(head, None, more=_watched(context))


@TABLE.command("drill report")
def drill_report(context: Context) -> Answer:
    """Show what the drill that runs has shown so far, or what the last one showed."""
    data = context.control.call("drill-report")
    told = from_json(data, DrillReport)
    head = f"sbc {told.server} ({told.name}) is treated as dead for {told.seconds:g} s"
    state = "it is over" if told.over else f"{told.seconds - told.elapsed_s:.0f} s are left"
    return Answer("\n".join([head, state, report_text(told)]), data)


def _watched(context: Context) -> Iterator[Answer]:
    """What happens in a drill, as it happens, and what it has shown; as data the latter alone."""
    told: list[str] = []
    data: Any = None
    try:
        while True:
            data = context.control.call("drill-report")
            report = from_json(data, DrillReport)
            news = _news(report)
            if not context.options.json:
                yield from (Answer(line) for line in news if line not in told)
            told += news
            if report.over:
                yield Answer(report_text(report), data, status=0 if report.passed else 1)
                return
            context.wait(EVERY)
    except KeyboardInterrupt:
        yield Answer("the drill goes on: drill sbc N down 0 ends it, drill report tells", data)


def _news(report: DrillReport) -> list[str]:
    """A line for each thing that has happened by now."""
    lines = []
    if not report.was_in_use:
        lines.append("it is not in use: nothing has to switch")
    if report.switch_ms is not None:
        where = f"sbc {report.switched_to} ({report.switched_to_name})"
        lines.append(f"after {report.switch_ms / 1000:.3f} s new calls go to {where}")
    if report.registered_ms is not None:
        seconds = report.registered_ms / 1000
        lines.append(f"after {seconds:.3f} s all lines are registered there: {report.lines}")
    lines += map(_loss, report.losses)
    if report.over:
        lines.append(f"after {report.elapsed_s:.3f} s the drill is over")
    return lines


def _loss(record: CallRecord) -> str:
    where = tables.where(record.card, record.port)
    return f"{where} {record.cause}: {tr(escape(record.sentence))}"


def report_text(report: DrillReport) -> str:
    """The figures of a drill, one a line."""
    calls = "-" if report.switch_ms is None else f"{report.switch_ms:g} ms"
    lines = "-" if report.registered_ms is None else f"{report.registered_ms:g} ms"
    if report.was_in_use and report.switch_ms is None:
        calls = "no other server lives: nobody can be called but the lines of this gateway"
    return facts(
        [
            ("switch of calls", calls),
            ("switch of lines", f"{lines}, {report.lines_moved} of {report.lines}"),
            ("calls before it", f"{report.calls_before}, lost: {report.calls_lost}"),
            ("calls since", f"{report.calls_new}, failed: {report.calls_failed}"),
        ]
    )


@TABLE.command("failback")
def failback(context: Context) -> Answer:
    """Have all lines go to the most preferred server that lives, each when idle."""
    data = context.control.call("go-back")
    rows = [from_json(row, ServerStatus) for row in data] if isinstance(data, list) else []
    return Answer(tables.servers(rows, context.brush), data)
