"""The servers in words, and which one a call would use now."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.explain.live import Live
from firmware.status import ServerStatus
from firmware.text import span


def server_lines(live: Live) -> Iterator[str]:
    """One sentence a server."""
    for server in live.servers:
        yield f"sbc {server.index} {_name(server)}: {_life(server, live)}."


def _name(server: ServerStatus) -> str:
    if server.address and server.address != server.server:
        return f"{server.server} ({server.address})"
    return server.server


def _life(server: ServerStatus, live: Live) -> str:
    words = [server.state]
    if server.state == "unknown" and not live.heartbeat_s:
        words = ["unknown, there is no heartbeat"]
    if server.since_s is not None:
        words.append(f"for {span(server.since_s)}")
    if server.rtt_ms is not None and server.state == "alive":
        words.append(f"({server.rtt_ms:.0f} ms)")
    if server.in_use:
        words[-1] += ", in use"
    if server.unanswered and server.state == "alive":
        words[-1] += f", {unanswered(server)}"
    if server.last_error:
        words[-1] += f", {server.last_error}"
    return " ".join(words)


def unanswered(server: ServerStatus) -> str:
    """Why life is not certain: it has not been missed often enough to be called dead."""
    if server.unanswered == 1:
        return "no answer to the last OPTIONS"
    return f"no answer to the last {server.unanswered} OPTIONS"


def home(live: Live) -> str:
    """The server that a call would go to now; empty: none, or nobody knows where it is."""
    server = live.in_use
    return server.server if server is not None and server.address else ""
