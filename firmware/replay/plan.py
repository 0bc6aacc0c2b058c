"""What of a record is told to the gateway again, and what it is expected to do of itself.

A record from the start of the service is compared in all. One that begins later is replayed from
the first lift or the first caller of each telephone: bindings and servers are then given the
state that they had, and their own traffic is not compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import CommandError
from firmware.explain.marks import header, method, parameter
from firmware.line.events import CallStatus
from firmware.replay.record import Record
from firmware.status import PhysicalStatus
from firmware.trace.marks import Lane, Mark

WIRE = {Lane.SIP, Lane.HEARTBEAT}
UPKEEP = {"REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY"}
"""Methods that keep up what a record from the middle takes for given."""
DONE_TO_US = ("in service", "out of service", "enabled", "disabled", "voice process lost",
              "undelivered", "drill sbc", "fail back", "register", "deregister")  # fmt: skip
"""Marks of the house that say what was done to the gateway."""
APART = ("dropped", "warning", "address", "line test", "dial test", "house call", "handshakes",
         "codecs lost")  # fmt: skip
"""Marks of the house that nothing is expected of: their causes are not in a record."""
STANDING = ("reg-", "unreg", "no-reg", "sbc ", "isolated", "no longer isolated", "mailbox",
            "messages wait", "no messages")  # fmt: skip
"""Marks of the house that belong to the upkeep."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One record, sorted."""

    whole: bool
    begin: float
    end: float
    before: list[Mark]
    """What had changed of the state before."""
    fed: list[Mark]
    expected: list[Mark]
    starts: dict[int, float]
    """From when on the marks of a port count."""

    @property
    def left_out(self) -> str:
        """What is not compared, in words; empty: nothing."""
        if self.whole:
            return ""
        return "the record begins in the middle: registration and heartbeat are not compared"

    def judges(self, mark: Mark) -> bool:
        """Whether a mark is one that can be expected, or surprise."""
        start = self.starts.get(mark.port)
        return start is not None and mark.at >= start - 1e-6 and _expects(mark, whole=self.whole)


def plan(record: Record) -> Plan:
    """Sort a record.

    Raises:
        CommandError: nothing in it can be replayed; says why.
    """
    life = record.life
    marks = [mark for mark in record.marks if mark.at >= life.began - 0.001]
    if not marks:
        raise CommandError(f"{record.name}: nothing happened in it")
    if life.whole:
        begin = life.began
        starts = dict.fromkeys([0, *(mark.port for mark in marks)], begin)
    else:
        starts = _starts(record, marks)
        begin = min(starts.values())
    kept = [mark for mark in marks if _kept(mark, starts, whole=life.whole, begin=begin)]
    return Plan(
        whole=life.whole,
        begin=begin,
        end=marks[-1].at,
        before=[m for m in marks if m.at < begin and _stands(m)],
        fed=[mark for mark in kept if _feeds(mark)],
        expected=[
            mark for mark in kept if mark.port in starts and _expects(mark, whole=life.whole)
        ],
        starts=starts,
    )


def _starts(record: Record, marks: list[Mark]) -> dict[int, float]:
    found: dict[int, float] = {}
    state = record.life.state
    idle = {
        row.port: row.call_status is CallStatus.IDLE
        and row.physical_status is PhysicalStatus.ON_HOOK
        for row in (state.ports if state.known else ())
    }
    for mark in marks:
        port = mark.port
        if not port or port in found:
            continue
        if mark.lane is Lane.COPPER and mark.what in {"on-hook", "ring stops"}:
            idle[port] = True
        elif idle.get(port, True) and _begins(mark):
            found[port] = mark.at
    if not found:
        raise CommandError(
            f"{record.name}: holds no beginning of a call: no telephone is lifted or called in "
            "it. trace call N has a call from its lift on"
        )
    return found


def _begins(mark: Mark) -> bool:
    """A telephone at rest is lifted, or called."""
    if mark.lane is Lane.COPPER:
        return mark.what == "off-hook"
    called = mark.lane is Lane.SIP and mark.what == "INVITE" and not mark.outward
    return called and not parameter(header(mark, "To"), "tag")


def _kept(mark: Mark, starts: dict[int, float], *, whole: bool, begin: float) -> bool:
    if whole:
        return True
    if mark.lane in WIRE and (not mark.port or method(mark) in UPKEEP):
        return False
    return mark.at >= starts.get(mark.port, begin if not mark.port else float("inf"))


def _stands(mark: Mark) -> bool:
    """It changed the state that a record from the middle begins with."""
    return mark.lane is Lane.HOUSE and mark.what.startswith((*STANDING, "enabled", "disabled"))


def _feeds(mark: Mark) -> bool:
    if mark.lane is Lane.HOUSE:
        return mark.what.startswith((*DONE_TO_US, *STANDING))
    return not mark.outward and not (mark.lane is Lane.VOICE and mark.detail == "by INFO")


def _expects(mark: Mark, *, whole: bool) -> bool:
    match mark.lane:
        case Lane.HOUSE:
            return not mark.what.startswith((*DONE_TO_US, *APART, *(() if whole else STANDING)))
        case Lane.SIP | Lane.HEARTBEAT:
            return mark.outward and (whole or (bool(mark.port) and method(mark) not in UPKEEP))
    return True
