"""``ladder``: calls as pictures, past ones and the one that goes on now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.ladder import Renderer, render
from firmware.status import from_json
from firmware.trace import Lane, Mark


@TABLE.command("ladder", "ladder <port>", follow="", last="number", heartbeat="", format="format")
def ladder(
    context: Context,
    port: int | None = None,
    *,
    follow: bool = False,
    last: int | None = None,
    heartbeat: bool = False,
    format: str = "text",  # noqa: A002 - the option is called so
) -> Answer:
    """Draw what happened: on the line, in SIP, in voice.

    All that is kept, or the last N calls, or whatever happens from now on. The OPTIONS of the
    heartbeat are left out unless they are asked for. For documents: as a Mermaid diagram, or SVG.
    """
    if follow:
        return _follow(context, port, heartbeat=heartbeat)
    more = {"heartbeat": True} if heartbeat else {}
    data = context.control.call("ladder", port=port, last=last, **more)
    marks = from_json(data, list[Mark])
    if format != "text":
        from firmware.ladder_formats import FORMATS

        shown = [mark for mark in marks if heartbeat or mark.lane is not Lane.HEARTBEAT]
        return Answer(FORMATS[format](shown).rstrip("\n"), data, verbatim=True)
    ports = None if port is None else [port]
    picture = render(marks, ports=ports, heartbeat=heartbeat)
    return Answer(picture.rstrip("\n"), data, verbatim=True)


def _follow(context: Context, port: int | None, *, heartbeat: bool) -> Answer:
    ports = [port] if port is not None else _ports(context)
    renderer = Renderer(ports)

    def marks() -> Iterator[Answer]:
        more = {"heartbeat": True} if heartbeat else {}
        for message in context.control.follow("follow", port=port, **more):
            yield Answer(renderer.line(from_json(message, Mark)), message, verbatim=True)

    return Answer(renderer.head(), None, more=marks(), verbatim=True)


def _ports(context: Context) -> list[int]:
    rows: list[dict[str, Any]] = context.control.call("ports")
    return sorted({int(row["port"]) for row in rows}) or [1]
