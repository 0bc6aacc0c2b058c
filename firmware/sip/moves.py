"""Which lines register anew because the way between us and their servers is another now.

Each says what to tell which line; the lines are told one after another, at their pace (REG-23).
Calls go on from another address of ours once their line is bound there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from firmware.causes import Code, cause
from firmware.sip.call import answer, move
from firmware.sip.call.events import Rebound
from firmware.sip.call.phases import Phase as CallPhase
from firmware.sip.events import (
    Address,
    AddressChanged,
    CarryOver,
    HangUp,
    Output,
    Register,
    RegisterStatus,
    RegistrationReport,
)
from firmware.sip.failover import Failover
from firmware.sip.lines import Lines
from firmware.sip.message import Response
from firmware.sip.registering import Phase, Relocated, ServerChanged
from firmware.sip.registration import Registration

if TYPE_CHECKING:
    from firmware.sip.switchboard import Switchboard

Told = Iterator[tuple[Registration, ServerChanged | Relocated | Register]]


def moved(board: Switchboard, event: AddressChanged | CarryOver, now: float) -> list[Output]:
    """We are elsewhere, or one of our calls is."""
    if isinstance(event, CarryOver):
        return _carry_over(board, event, now)
    return _relocate(board, event.local, now)


def _relocate(board: Switchboard, local: Address, now: float) -> list[Output]:
    """Live on at another address (REG-22): lines register anew; calls of ours in setup end.

    What rings here rings on, and says where. The same address: the way out had been lost and is
    there again.
    """
    old, board.composer.local = board.composer.local, local
    board.mapping.forget()
    outputs: list[Output] = []
    if old.host != local.host:
        why = cause(Code.ADDRESS_CHANGED, old=old.host, new=local.host)
        for machine in tuple(board.calls):
            if machine.call.dialog is not None:
                machine.call.dialog.moved(str(old), str(local))
            if machine.call.phase is CallPhase.TALKING:
                continue
            if machine.call.hop.target != old and move.rings_on(machine.call):
                outputs += board.called(machine, answer.ring_again(machine.call, now), now)
                continue
            gone = HangUp(machine.call.id, why)
            outputs += board.called(machine, machine.feed(gone, now), now)
    return outputs + _tell(board, relocated(board.lines, board.failover, now), now)


def _carry_over(board: Switchboard, event: CarryOver, now: float) -> list[Output]:
    """Let a call go on from our new address; it waits for its line only if that is registering."""
    machine = board.calls.get(event.call)
    if machine is None:
        return []
    outputs = board.called(machine, machine.feed(event, now), now)
    line = board.lines.get(machine.call.party.line)
    if line is None or line.state.status is not RegisterStatus.REGISTERING:
        outputs += board.called(machine, machine.feed(Rebound(), now), now)
    return outputs


def bound(board: Switchboard, report: RegistrationReport, now: float) -> list[Output]:
    """A line is bound, or that has failed: calls that have waited for it go on."""
    if report.state.status is RegisterStatus.REGISTERING:
        return []
    outputs: list[Output] = []
    for machine in [m for m in board.calls if m.call.party.line == report.line]:
        if machine.call.moved_from:
            outputs += board.called(machine, machine.feed(Rebound(), now), now)
    return outputs


def reconnect(board: Switchboard, target: Address, now: float) -> list[Output]:
    """A connection to a server is another now."""
    return _tell(board, reconnected(board.lines, board.failover, target, now), now)


def seen(board: Switchboard, at: Address | None, response: Response, now: float) -> list[Output]:
    """Where a server has seen us; if that is elsewhere now, its lines register (C06)."""
    if at is None or not board.mapping.changed(at, response.via):
        return []
    return _tell(board, seen_elsewhere(board.lines, board.failover, at, now), now)


def _tell(board: Switchboard, told: Told, now: float) -> list[Output]:
    return [o for line, event in told for o in board.bound(line, line.feed(event, now), now)]


def reconnected(lines: Lines, failover: Failover, target: Address, now: float) -> Told:
    """Calls came to us by a connection that is another now: the registrar must be told.

    Whoever has a REGISTER out is telling it: what was out on the old connection has failed.
    """
    for line in _at(lines, target):
        if line.phase is Phase.REGISTERING:
            continue
        ways = failover.ways(line.identity.line)
        yield line, ServerChanged(ways, "", failover.pace.slot(now), again=True)


def relocated(lines: Lines, failover: Failover, now: float) -> Told:
    """Our own address is another, or the way out is there again (REG-22)."""
    for line in lines.registering:
        yield line, Relocated(failover.pace.slot(now))


def seen_elsewhere(lines: Lines, failover: Failover, server: Address, now: float) -> Told:
    """The server sees us at another address than before (C06)."""
    for line in _at(lines, server):
        if line.state.status is RegisterStatus.REGISTERED:
            yield line, Register(line.identity.line, failover.pace.slot(now))


def _at(lines: Lines, server: Address) -> list[Registration]:
    return [line for line in lines.registering if line.way and line.way.address == server]
