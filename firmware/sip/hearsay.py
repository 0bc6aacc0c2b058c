"""What the answers to other requests tell of a server (HB-07)."""

from __future__ import annotations

from firmware.sip.call.machine import CallMachine
from firmware.sip.events import Server
from firmware.sip.failover import Answered, Failed
from firmware.sip.heartbeat import unwell
from firmware.sip.message import Request, Response
from firmware.sip.registration import Registration
from firmware.sip.servers import Judge
from firmware.sip.targets import Targets

UNAVAILABLE = 503
"""The one failure of an INVITE that is the server's own and not the far end's.

With a Retry-After it concerns all lines (RFC 3261 section 21.5.4), whatever counts for death.
"""


def register(line: Registration, response: Response | None = None) -> Answered | Failed | None:
    """Of the answer to a REGISTER; None: there was none."""
    if line.way is None:
        return None
    server, by = line.way.server, Judge.REGISTER
    if response is None:
        return Failed(server, by, "no answer to REGISTER")
    if unwell(response.status):
        leave_s = response.retry_after if response.status == UNAVAILABLE else None
        return Failed(server, by, f"{response.status} to REGISTER", leave_s)
    return Answered(server, by)


def answered(
    targets: Targets, machine: CallMachine, request: Request, response: Response
) -> Answered | Failed | None:
    """Of the answer to a request of a call, if it is an INVITE."""
    server = _server(targets, machine, request)
    if server is None:
        return None
    if response.status == UNAVAILABLE:
        rang = machine.call.progress > 100 or bool(request.to.tag)  # it speaks of the far end
        leave_s = None if rang else response.retry_after
        return Failed(server, Judge.INVITE, "503 to INVITE", leave_s)
    return Answered(server, Judge.INVITE)


def unanswered(targets: Targets, machine: CallMachine, request: Request) -> Failed | None:
    """Of a request that came to nothing; what a call has left behind has been told before."""
    if request.via.branch in machine.call.left or not machine.call.live:
        return None
    return left(targets, machine, request)


def left(targets: Targets, machine: CallMachine, request: Request) -> Failed | None:
    """Of an INVITE that nobody has answered in time."""
    server = _server(targets, machine, request)
    return None if server is None else Failed(server, Judge.INVITE, "no answer to INVITE")


def _server(targets: Targets, machine: CallMachine, request: Request) -> Server | None:
    """Which server an INVITE went to; None: the far end itself, or a line of our own."""
    if request.method != "INVITE":
        return None
    behind = machine.call.left.get(request.via.branch)
    return targets.server_at((behind.hop if behind else machine.call.hop).target)
