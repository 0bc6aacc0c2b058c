"""The marks of one call: found in the trace, and read.

A call's own number does not stand on all of its marks (the digits, and the INVITE of a
caller, come before it has one), so a call is found by its port and by when it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from firmware.status import Direction
from firmware.trace.marks import Lane, Mark
from firmware.trace.records import Kept

AFTER = 0.1
"""s: what the end of a call brings about (its tone, its last message) comes within this time."""
SKEW = 0.01
"""s: an INVITE is marked a moment before its call begins."""

OF_CALLS = {"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO"}
"""Methods of messages that belong to a call."""

_FLAGS = re.IGNORECASE | re.MULTILINE
_METHOD = re.compile(r"^CSeq[ \t]*:[ \t]*[0-9]+[ \t]+(\S+)", _FLAGS)
_STATUS = re.compile(r"SIP/2\.0 [1-6][0-9]{2} ?([^\r\n]*)")
_TARGET = re.compile(r"\S+ (\S+) SIP/2\.0")


def method(mark: Mark) -> str:
    """The method that a SIP mark is of; empty for other marks."""
    if mark.lane is not Lane.SIP:
        return ""
    if not mark.what.isdigit():
        return mark.what
    found = _METHOD.search(mark.detail)
    return found[1].upper() if found else ""


def status(mark: Mark) -> int:
    """The status of a response; 0 for anything else."""
    return int(mark.what) if mark.lane is Lane.SIP and mark.what.isdigit() else 0


def phrase(mark: Mark) -> str:
    """Status and reason phrase of a response, as they came."""
    found = _STATUS.match(mark.detail)
    return f"{mark.what} {found[1]}".strip() if found else mark.what


def target(mark: Mark) -> str:
    """The Request-URI of a request."""
    found = _TARGET.match(mark.detail)
    return found[1] if found else ""


def header(mark: Mark, name: str) -> str:
    """The first value of a header; empty: it is not there."""
    found = re.search(rf"^{re.escape(name)}[ \t]*:[ \t]*([^\r\n]*)", mark.detail, _FLAGS)
    return found[1].strip() if found else ""


def parameter(text: str, name: str) -> str:
    """``realm`` of ``Digest realm="x", nonce=...``; empty: it is not there."""
    found = re.search(rf'\b{re.escape(name)}\s*=\s*(?:"([^"]*)"|([^\s,;]+))', text, re.IGNORECASE)
    return (found[1] or found[2] or "") if found else ""


@dataclass(frozen=True)
class Reading:
    """What was seen of one call, in order.

    Attributes:
        marks: of its port, from its beginning to its end.
        before: of its port, before it began.
        begun_at: the instant that its picture counts from.
        missing: why something is missing; empty: nothing is.
    """

    marks: tuple[Mark, ...]
    before: tuple[Mark, ...] = ()
    begun_at: float = 0.0
    missing: str = ""
    outgoing: bool = True
    code: str = ""

    # choosing

    def first(self, which: Callable[[Mark], bool]) -> list[Mark]:
        return [mark for mark in self.marks if which(mark)][:1]

    def last(self, which: Callable[[Mark], bool], count: int = 1) -> list[Mark]:
        return [mark for mark in self.marks if which(mark)][-count:]

    def sip(self, kind: str, *, outward: bool) -> list[Mark]:
        """Requests of that method which went that way."""
        return [
            mark for mark in self.marks
            if mark.lane is Lane.SIP and mark.what == kind and mark.outward is outward
        ]  # fmt: skip

    @cached_property
    def invites(self) -> list[Mark]:
        """The INVITEs of the caller, each transmission of its own; not what changes a call."""
        sent = self.sip("INVITE", outward=self.outgoing)
        return [mark for mark in sent if not parameter(header(mark, "To"), "tag")]

    @cached_property
    def answers(self) -> list[Mark]:
        """The responses to them."""
        sent = self.sip("INVITE", outward=self.outgoing)
        changes = {header(mark, "CSeq") for mark in sent if mark not in self.invites}
        return [
            mark for mark in self.marks
            if status(mark) and method(mark) == "INVITE" and mark.outward is not self.outgoing
            and header(mark, "CSeq") not in changes
        ]  # fmt: skip

    @cached_property
    def confirmations(self) -> list[Mark]:
        """What either end has sent to change or confirm a call that goes on."""
        return [
            mark for mark in self.marks
            if mark.what == "UPDATE" or (mark.what == "INVITE" and mark not in self.invites)
        ]  # fmt: skip

    @property
    def finals(self) -> list[Mark]:
        return [mark for mark in self.answers if status(mark) >= 200]

    @property
    def ringing(self) -> list[Mark]:
        """The 18x."""
        return [mark for mark in self.answers if 180 <= status(mark) < 190]

    @property
    def digits(self) -> list[Mark]:
        return [
            mark for mark in self.marks
            if mark.lane is Lane.COPPER and not mark.outward and len(mark.what) == 1
        ]  # fmt: skip

    @property
    def ends(self) -> list[Mark]:
        """The gateway's verdict."""
        return self.last(lambda mark: mark.lane is Lane.HOUSE and mark.what == self.code)

    def heard(self, tone: str) -> list[Mark]:
        """A tone that the gateway played, the last time."""
        return self.last(
            lambda mark: mark.lane is Lane.COPPER and mark.outward and mark.what == tone
        )

    def done(self, *words: str) -> list[Mark]:
        """What the person did, the last time."""
        return self.last(
            lambda mark: mark.lane is Lane.COPPER and not mark.outward and mark.what in words
        )

    def house(self, *words: str) -> list[Mark]:
        return self.last(lambda mark: mark.lane is Lane.HOUSE and mark.what.startswith(words))

    def in_order(self, chosen: Iterable[Mark], most: int) -> tuple[Mark, ...]:
        """Each mark once, as they happened; of too many the first and the last ones."""
        wanted = {id(mark) for mark in chosen}
        found = [mark for mark in (*self.before, *self.marks) if id(mark) in wanted]
        if len(found) > most:
            found = [*found[: most // 2], *found[len(found) - (most - most // 2) :]]
        return tuple(found)


def of_record(marks: Sequence[Mark], kept: Kept, *, dropped: bool) -> Reading:
    """Find the marks of a call that is over.

    Args:
        marks: all that are kept, oldest first.
        kept: the record.
        dropped: older marks than these have been there.
    """
    record = kept.record
    own = [m for m in marks if m.port == record.port and m.at <= kept.ended + AFTER]
    outgoing = record.call_direction is Direction.OUTGOING
    own = _without_other(own, kept, outgoing=outgoing)
    begins = [i for i, mark in enumerate(own) if _begins(mark, kept, outgoing=outgoing)]
    if begins:
        start, missing = begins[-1], ""
    else:
        start = next((i for i, m in enumerate(own) if m.at >= kept.began - SKEW), len(own))
        missing = "The beginning of that call is no longer kept." if dropped else ""
    call = _without_next(own[start:], kept, outgoing=outgoing)
    if not call:
        missing = "What was seen of that call is no longer kept."
    return Reading(
        marks=tuple(call),
        before=tuple(own[:start]),
        begun_at=call[0].at if call else kept.began,
        missing=missing,
        outgoing=outgoing,
        code=record.cause,
    )


def _begins(mark: Mark, kept: Kept, *, outgoing: bool) -> bool:
    """Whether a call may have begun with this: the lift or the flash, or the caller's INVITE."""
    if outgoing:
        person = mark.lane is Lane.COPPER and mark.what in {"off-hook", "flash"}
        return person and mark.at <= kept.began + SKEW
    return (
        mark.lane is Lane.SIP
        and mark.what == "INVITE"
        and not mark.outward
        and mark.at <= kept.began + SKEW
    )


def _without_other(marks: list[Mark], kept: Kept, *, outgoing: bool) -> list[Mark]:
    """Leave out what belongs to the other call of the port: one is held, or waits, meanwhile."""
    ours = _call_id(marks, kept, outgoing=outgoing)
    call = kept.record.call

    def of_other(mark: Mark) -> bool:
        if mark.lane is Lane.SIP:
            theirs = method(mark) in OF_CALLS and header(mark, "Call-ID") != ours
            return bool(ours) and theirs and mark.at >= kept.began - SKEW
        return mark.lane in {Lane.VOICE, Lane.HOUSE} and bool(call) and mark.call not in {0, call}

    return [mark for mark in marks if not of_other(mark)]


def _call_id(marks: list[Mark], kept: Kept, *, outgoing: bool) -> str:
    """Of the INVITE that began it; empty: none is kept."""
    invites = [
        mark for mark in marks
        if mark.lane is Lane.SIP and mark.what == "INVITE" and mark.outward is outgoing
        and not parameter(header(mark, "To"), "tag")
    ]  # fmt: skip
    if outgoing:
        found = [mark for mark in invites if mark.at >= kept.began - SKEW][:1]
    else:
        found = [mark for mark in invites if mark.at <= kept.began + SKEW][-1:]
    return header(found[0], "Call-ID") if found else ""


def _without_next(marks: list[Mark], kept: Kept, *, outgoing: bool) -> list[Mark]:
    """Cut off what came after the end and belongs to what the person did next."""
    for index, mark in enumerate(marks):
        lifted = mark.lane is Lane.COPPER and mark.what in {"off-hook", "on-hook"}
        if mark.at > kept.ended and lifted and outgoing:
            return marks[:index]
    return marks
