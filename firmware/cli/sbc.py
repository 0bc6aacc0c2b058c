"""Acts on the servers: rehearse the failure of one, go back to the preferred one."""

from __future__ import annotations

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.status import ServerStatus, from_json


@TABLE.command("drill sbc <number> down <seconds>")
def drill(context: Context, number: int, seconds: float) -> Answer:
    """Treat a server as dead for so many seconds, inside this box; 0 ends it."""
    data = context.control.call("drill", server=number, seconds=seconds)
    what = f"treated as dead for {seconds:g} s" if seconds else "drill ended"
    return Answer(f"sbc {number}: {what}", data)


@TABLE.command("failback")
def failback(context: Context) -> Answer:
    """Have all lines go to the most preferred server that lives, each when idle."""
    data = context.control.call("go-back")
    rows = [from_json(row, ServerStatus) for row in data] if isinstance(data, list) else []
    return Answer(tables.servers(rows, context.brush), data)
