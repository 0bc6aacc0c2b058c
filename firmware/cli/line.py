"""Acts on a line: register it, take it out of service, bring it back."""

from __future__ import annotations

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context


@TABLE.command("register <port>")
def register(context: Context, port: int) -> Answer:
    """Register the line of a port now, whatever its timers say."""
    return _act(context, "register", port, "registering")


@TABLE.command("deregister <port>")
def deregister(context: Context, port: int) -> Answer:
    """Remove the line's binding and stay away until register."""
    return _act(context, "deregister", port, "removing the binding")


@TABLE.command("deregister <port> everybody")
def deregister_everybody(context: Context, port: int) -> Answer:
    """Remove every binding of the line's number, those of other devices too (Contact: *)."""
    data = context.control.call("deregister", port=port, everybody=True)
    return Answer(f"port {port}: removing all bindings of its number", data)


@TABLE.command("line <port> enable")
def enable(context: Context, port: int) -> Answer:
    """Bring a port into service."""
    return _act(context, "enable", port, "enabled")


@TABLE.command("line <port> disable")
def disable(context: Context, port: int) -> Answer:
    """Take a port out of service; a call on it ends."""
    return _act(context, "disable", port, "disabled")


def _act(context: Context, method: str, port: int, done: str) -> Answer:
    data = context.control.call(method, port=port)
    return Answer(f"port {port}: {done}", data)
