"""``ladder``: calls as pictures, past ones and the one that goes on now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.cli.command import TABLE, Answer, UsageError
from firmware.cli.context import Context
from firmware.errors import CommandError
from firmware.hues import Brush
from firmware.ladder import Renderer, render
from firmware.status import from_json
from firmware.trace import Lane, Mark


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

    All that is kept, or the last N calls, or those with one number, or whatever happens from now
    on. The OPTIONS of the heartbeat are left out unless they are asked for. For documents: as a
    Mermaid diagram, or SVG.
    """
    if follow:
        if number is not None or last is not None:
            raise UsageError("what comes is followed by port: --follow, or --last and --number")
        return _follow(context, port, heartbeat=heartbeat)
    more: dict[str, Any] = {"heartbeat": True} if heartbeat else {}
    if number is not None:
        more["number"] = number
    data = context.control.call("ladder", port=port, last=last, **more)
    return _drawn(
        data, None if port is None else [port], format, context.brush, heartbeat=heartbeat
    )


@TABLE.command("ladder call <call>", format="format")
def ladder_call(
    context: Context,
    call: int,
    *,
    format: str = "text",  # noqa: A002 - the option is called so
) -> Answer:
    """Draw one call (its number: show calls), with what led to it."""
    data = context.control.call("ladder", call=call)
    if not data:
        raise CommandError(f"call {call} is not known, or forgotten; show calls names those kept")
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
        from firmware.ladder_formats import FORMATS

        shown = [mark for mark in marks if heartbeat or mark.lane is not Lane.HEARTBEAT]
        return Answer(FORMATS[how](shown).rstrip("\n"), data, verbatim=True)
    picture = render(marks, ports=ports, heartbeat=heartbeat, brush=brush)
    return Answer(picture.rstrip("\n"), data, verbatim=True)


def _follow(context: Context, port: int | None, *, heartbeat: bool) -> Answer:
    ports = [port] if port is not None else _ports(context)
    renderer = Renderer(ports, brush=context.brush)

    def marks() -> Iterator[Answer]:
        more = {"heartbeat": True} if heartbeat else {}
        for message in context.control.follow("follow", port=port, **more):
            yield Answer(renderer.line(from_json(message, Mark)), message, verbatim=True)

    return Answer(renderer.head(), None, more=marks(), verbatim=True)


def _ports(context: Context) -> list[int]:
    rows: list[dict[str, Any]] = context.control.call("ports")
    return sorted({int(row["port"]) for row in rows}) or [1]
