"""``ring``: a house call; the bell of a telephone rings, and nobody calls."""

from __future__ import annotations

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context


@TABLE.command("ring <port>", seconds="seconds", name="text")
def ring(context: Context, port: int, seconds: float | None = None, name: str = "") -> Answer:
    """Ring a telephone though nobody calls, for 30 s or as long as told.

    Who lifts hears the special dial tone, and can dial. --name is shown to the telephone as
    the caller's. A real call takes its place.
    """
    wanted = {"seconds": seconds, "name": name or None}
    given = {key: value for key, value in wanted.items() if value is not None}
    data = context.control.call("ring", port=port, **given)
    return Answer(f"port {port}: ringing", data)


@TABLE.command("ring <port> stop")
def ring_stop(context: Context, port: int) -> Answer:
    """End a house call that rings."""
    data = context.control.call("ring-stop", port=port)
    return Answer(f"port {port}: silent", data)
