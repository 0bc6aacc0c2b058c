"""``ladder``: calls as pictures, past ones and the one that goes on now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.ladder import Renderer, render
from firmware.status import from_json
from firmware.trace import Mark


@TABLE.command("ladder", "ladder <port>", follow="", last="number")
def ladder(
    context: Context, port: int | None = None, *, follow: bool = False, last: int | None = None
) -> Answer:
    """Draw what happened: on the line, in SIP, in voice.

    All that is kept, or the last N calls, or whatever happens from now on.
    """
    if follow:
        return _follow(context, port)
    data = context.control.call("ladder", port=port, last=last)
    marks = from_json(data, list[Mark])
    picture = render(marks, ports=None if port is None else [port])
    return Answer(picture.rstrip("\n"), data)


def _follow(context: Context, port: int | None) -> Answer:
    ports = [port] if port is not None else _ports(context)
    renderer = Renderer(ports)

    def marks() -> Iterator[Answer]:
        for message in context.control.follow("follow", port=port):
            yield Answer(renderer.line(from_json(message, Mark)), message)

    return Answer(renderer.head(), None, more=marks())


def _ports(context: Context) -> list[int]:
    rows: list[dict[str, Any]] = context.control.call("ports")
    return sorted({int(row["port"]) for row in rows}) or [1]
