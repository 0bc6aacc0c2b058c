"""Which lines register anew because the way between us and their servers is another now.

Each says what to tell which line; the lines are told one after another, at their pace (REG-23).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firmware.sip.events import Address, Register, RegisterStatus
from firmware.sip.failover import Failover
from firmware.sip.registering import Relocated, ServerChanged
from firmware.sip.registration import Registration

Lines = Mapping[int, Registration]
Told = Iterator[tuple[Registration, ServerChanged | Relocated | Register]]


def reconnected(lines: Lines, failover: Failover, target: Address, now: float) -> Told:
    """Calls came to us by a connection that is another now: the registrar must be told."""
    for line in _at(lines, target):
        ways = failover.ways(line.identity.line)
        yield line, ServerChanged(ways, "", failover.pace.slot(now), again=True)


def relocated(lines: Lines, failover: Failover, now: float) -> Told:
    """Our own address is another, or the way out is there again (REG-22)."""
    for line in lines.values():
        yield line, Relocated(failover.pace.slot(now))


def seen_elsewhere(lines: Lines, failover: Failover, server: Address, now: float) -> Told:
    """The server sees us at another address than before (C06)."""
    for line in _at(lines, server):
        if line.state.status is RegisterStatus.REGISTERED:
            yield line, Register(line.identity.line, failover.pace.slot(now))


def _at(lines: Lines, server: Address) -> list[Registration]:
    return [line for line in lines.values() if line.way and line.way.address == server]
