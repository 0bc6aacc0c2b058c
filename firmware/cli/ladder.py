"""``ladder``: calls as pictures, past ones and the one that goes on now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.cli.command import TABLE, Answer, UsageError
from firmware.cli.context import Context
from firmware.errors import CommandError
from firmware.hues import Brush
from firmware.status import from_json
from firmware.trace.ladder import Renderer, render
from firmware.trace.marks import Lane, Mark


@TABLE.command(
    "ladder", "ladder <port>", follow="", last="number", number="peer", heartbeat="",
    format="format",
)  # fmt: skip
def ladder(
    context: Context,
    port: int | None = None,
    *,
    follow: bool = False,
    last: int | None = None,
    number: str | None = None,
    heartbeat: bool = False,
    format: str = "text",  # noqa: A002 - the option is called so
) -> Answer:
    """Draw what happened: on the line, in SIP, in voice.

    All that is kept, or the last N calls, or those with one number, his or the line's own; with
    --follow whatever happens from now on, or after those calls. The OPTIONS of the heartbeat are
    left out unless they are asked for. For documents: as a Mermaid diagram, or SVG.
    """
    which: dict[str, Any] = {"heartbeat": True} if heartbeat else {}
    if number is not None:
        which["number"] = number
    if follow:
        if format != "text":
            raise UsageError("what comes is drawn line by line: --follow, or --format")
        if heartbeat and number is not None:
            raise UsageError("heartbeats belong to no call: --heartbeat, or --number")
        past = context.control.call("ladder", port=port, last=last, **which) if last else []
        return _follow(context, None if port is None else [port], past, port=port, **which)
    data = context.control.call("ladder", port=port, last=last, **which)
    ports = None if port is None else [port]
    return _drawn(data, ports, format, context.brush, heartbeat=heartbeat)


@TABLE.command("ladder call <call>", follow="", format="format")
def ladder_call(
    context: Context,
    call: int,
    *,
    follow: bool = False,
    format: str = "text",  # noqa: A002 - the option is called so
) -> Answer:
    """Draw one call (its number: show calls), with what led to it.

    With --follow what was so far, and whatever else happens to it.
    """
    if follow and format != "text":
        raise UsageError("what comes is drawn line by line: --follow, or --format")
    data = context.control.call("ladder", call=call)
    if not data:
        raise CommandError(f"call {call} is not known, or forgotten; show calls names those kept")
    if follow and any(row["call"] == call for row in context.control.call("calls")):
        ports = sorted({mark["port"] for mark in data if mark["port"]})
        return _follow(context, ports, data, call=call)
    return _drawn(data, None, format, context.brush)


def _drawn(
    data: Any,
    ports: list[int] | None,
    how: str,
    brush: Brush,
    *,
    heartbeat: bool = False,
) -> Answer:
    """The picture of these marks."""
    marks = from_json(data, list[Mark])
    if how != "text":
        from firmware.trace.ladder_formats import FORMATS

        shown = [mark for mark in marks if heartbeat or mark.lane is not Lane.HEARTBEAT]
        return Answer(FORMATS[how](shown).rstrip("\n"), data, verbatim=True, whole=True)
    picture = render(marks, ports=ports, heartbeat=heartbeat, brush=brush)
    return Answer(picture.rstrip("\n"), data, verbatim=True, whole=True)


def _follow(
    context: Context, ports: list[int] | None, past: list[dict[str, Any]], **which: Any
) -> Answer:
    """The picture of the past, then a line for each mark as it comes.

    Args:
        context: of the command.
        ports: that have a column; None: all.
        past: marks to begin with.
        **which: marks are followed.
    """
    renderer = Renderer(ports or _ports(context), brush=context.brush)
    since = {"since": past[-1]["at"]} if past else {}

    def marks() -> Iterator[Answer]:
        yield from map(drawn, past)
        yield from map(drawn, context.control.follow("follow", **which, **since))

    def drawn(message: Any) -> Answer:
        return Answer(renderer.line(from_json(message, Mark)), message, verbatim=True, whole=True)

    return Answer(renderer.head(), None, more=marks(), verbatim=True, whole=True)


def _ports(context: Context) -> list[int]:
    rows: list[dict[str, Any]] = context.control.call("ports")
    return sorted({int(row["port"]) for row in rows}) or [1]
