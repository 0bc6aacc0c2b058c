"""Why the last call ended: its cause in words, the lines that decided it, what is known besides.

The table says which marks decide each cause; three to six of them tell the story (Q2-1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.causes import Code
from firmware.explain.facts import facts_of
from firmware.explain.live import Live
from firmware.explain.marks import Reading, method, status
from firmware.explain.verdict import CallExplanation
from firmware.row_words import CallStatus
from firmware.tone import Tone
from firmware.trace.marks import Lane, Mark
from firmware.trace.records import Kept

MOST = 6
"""Lines of a picture."""

Choice = Callable[[Reading], Iterable[Mark]]


def explain_call(kept: Kept, seen: Reading, live: Live, now: float) -> CallExplanation:
    """Explain a call that is over.

    Args:
        kept: its record.
        seen: its marks.
        live: how its port stands now.
        now: monotonic seconds.
    """
    record = kept.record
    return CallExplanation(
        card=record.card,
        port=record.port,
        call=record.call,
        peer_number=record.peer_number,
        call_direction=record.call_direction,
        started=record.started,
        ended=record.ended,
        ended_ago_s=round(now - kept.ended, 1),
        cause=record.cause,
        sentence=record.sentence,
        sentence_zh=record.sentence_zh,
        tone=_heard(kept, seen),
        hint=record.hint,
        facts=(*facts_of(kept, seen, live), *_going_on(live)),
        begun_at=seen.begun_at,
        marks=deciding(seen),
        missing=seen.missing,
    )


def _going_on(live: Live) -> tuple[str, ...]:
    """The call that somebody may have meant who asks while he has it."""
    if live.port.call_status not in {CallStatus.TALKING, CallStatus.HELD, CallStatus.RINGBACK}:
        return ()
    return (f"Now: a call with {live.port.peer_number} goes on; show call tells how.",)


def deciding(seen: Reading) -> tuple[Mark, ...]:
    """The marks that decided how the call ended."""
    chosen = list(CHOICES[Code(seen.code)](seen))
    return seen.in_order([*chosen, *_verdict(seen)], MOST)


def _verdict(seen: Reading) -> list[Mark]:
    """The cause, and the tone that the person heard of it."""
    return [*seen.ends, *_played(seen)]


def _played(seen: Reading) -> list[Mark]:
    """The tone that followed the end."""
    tones = [
        mark for mark in seen.marks
        if mark.lane is Lane.COPPER and mark.outward and mark.what in _TONES
    ]  # fmt: skip
    return [mark for mark in tones if seen.ends and mark.at >= seen.ends[0].at][:1]


def _heard(kept: Kept, seen: Reading) -> str:
    """What the telephone was given to hear; by the record if the marks are gone."""
    if seen.ends:
        return next((mark.what for mark in _played(seen)), Tone.SILENCE.value)
    return kept.record.tone if seen.outgoing else Tone.SILENCE.value


_TONES = {Tone.BUSY.value, Tone.CONGESTION.value, Tone.UNOBTAINABLE.value}


def _normal(seen: Reading) -> Iterable[Mark]:
    hung_up = seen.done("on-hook")
    ended = [m for m in seen.marks if m.outward and m.what in {"BYE", "CANCEL"} and method(m)]
    return [*seen.invites[-1:], *(seen.finals or seen.answers)[:1], *hung_up, *ended[:1]]


def _dialled(seen: Reading) -> Iterable[Mark]:
    return [*seen.done("off-hook"), *seen.digits[-3:]]


def _too_late(seen: Reading) -> Iterable[Mark]:
    return [*seen.done("off-hook"), *seen.heard("dial-tone"), *seen.digits[-2:]]


def _not_registered(seen: Reading) -> Iterable[Mark]:
    """The last exchange with the registrar came before the lift."""
    asked = [m for m in (*seen.before, *seen.marks) if method(m) == "REGISTER"]
    return [*asked[-2:], *seen.done("off-hook"), *seen.digits[-1:]]


def _no_server(seen: Reading) -> Iterable[Mark]:
    return [*seen.done("off-hook"), *(seen.invites or seen.digits)[-3:]]


def _no_port(seen: Reading) -> Iterable[Mark]:
    return [*_no_server(seen), *seen.finals[-1:]]


def _no_reply(seen: Reading) -> Iterable[Mark]:
    sent = seen.invites
    return [*sent[:2], *sent[2:][-2:]]


def _refused_twice(seen: Reading) -> Iterable[Mark]:
    """Each challenge with the INVITE before it."""
    return [*_distinct(seen)[-2:], *seen.finals[-2:]]


def _refused(seen: Reading) -> Iterable[Mark]:
    return [*_distinct(seen)[-1:], *seen.ringing[:1], *seen.finals[-1:]]


def _nobody(seen: Reading) -> Iterable[Mark]:
    if not seen.outgoing:
        return [*seen.invites[:1], *_bell(seen), *seen.ringing[:1], *seen.finals[-1:]]
    return [
        *seen.invites[-1:], *seen.ringing[:1], *seen.heard("ringback"),
        *seen.sip("CANCEL", outward=True)[:1],
    ]  # fmt: skip


def _released(seen: Reading) -> Iterable[Mark]:
    return [*seen.invites[-1:], *seen.finals[-1:], *seen.sip("BYE", outward=False)[:1]]


def _abandoned(seen: Reading) -> Iterable[Mark]:
    cancel = seen.sip("CANCEL", outward=False)[:1]
    return [*seen.invites[:1], *_bell(seen), *seen.ringing[:1], *cancel, *seen.finals[-1:]]


def _in_use(seen: Reading) -> Iterable[Mark]:
    person = [m for m in seen.before if m.lane is Lane.COPPER and not m.outward]
    return [*person[-1:], *seen.invites[-1:], *seen.finals[-1:]]


def _fault(seen: Reading) -> Iterable[Mark]:
    earlier = [mark for mark in seen.marks if mark.what != "ACK"]
    before = [mark for mark in earlier if not seen.ends or mark.at < seen.ends[0].at]
    return [*before[-2:], *seen.house("warning"), *seen.house("out of service")]


def _admin(seen: Reading) -> Iterable[Mark]:
    released = [m for m in seen.marks if m.outward and m.what in {"BYE", "CANCEL"} and method(m)]
    return [*seen.invites[-1:], *seen.finals[-1:], *seen.house("disabled"), *released[:1]]


def _no_voice(seen: Reading) -> Iterable[Mark]:
    opened = seen.first(lambda m: m.lane is Lane.VOICE and m.outward)
    lost = seen.last(lambda m: m.lane is Lane.VOICE and m.what.startswith("no RTP"))
    return [*seen.finals[-1:], *opened, *lost, *seen.sip("BYE", outward=True)[:1]]


def _moved(seen: Reading) -> Iterable[Mark]:
    released = [m for m in seen.marks if m.outward and m.what in {"BYE", "CANCEL"} and method(m)]
    if carried := seen.house("carried over"):
        told = [mark for mark in seen.confirmations if mark.at >= carried[-1].at]
        return [*seen.invites[-1:], *carried[-1:], *told[:1], *released[:1]]
    return [*seen.invites[-1:], *seen.finals[-1:], *released[:1]]


def _bell(seen: Reading) -> list[Mark]:
    return seen.first(lambda m: m.lane is Lane.COPPER and m.outward and m.what.startswith("ring "))


def _distinct(seen: Reading) -> list[Mark]:
    """The first transmission of each INVITE: those with credentials are others."""
    found: dict[str, Mark] = {}
    for mark in seen.invites:
        found.setdefault(mark.detail, mark)
    return list(found.values())


def _unconfirmed(seen: Reading) -> Iterable[Mark]:
    """The answer that agreed on the timer, the last that confirmed it or tried, and the BYE."""
    tried = seen.confirmations[-2:]
    said = seen.last(lambda m: status(m) >= 300 and method(m) in {"UPDATE", "INVITE"})
    said = [mark for mark in said if tried and mark.at >= tried[-1].at]
    return [
        *seen.finals[-1:],
        *tried[-1 - (not said) :],
        *said,
        *seen.sip("BYE", outward=True)[:1],
    ]


CHOICES: dict[Code, Choice] = {
    Code.NORMAL: _normal,
    Code.LOCAL_DIGITMAP: _dialled,
    Code.LOCAL_TIMEOUT: _too_late,
    Code.LOCAL_BARRED: _dialled,
    Code.NOT_REGISTERED: _not_registered,
    Code.NO_SERVER: _no_server,
    Code.TIMEOUT_B: _no_reply,
    Code.AUTH_REJECTED: _refused_twice,
    Code.PEER_BUSY: _refused,
    Code.NO_ANSWER_NET: _refused,
    Code.NO_ANSWER_LOCAL: _nobody,
    Code.UNALLOCATED: _refused,
    Code.INCOMPLETE: _refused,
    Code.CODEC: _refused,
    Code.OVERLOAD: _refused,
    Code.SERVER_ERROR: _refused,
    Code.REMOTE_RELEASED: _released,
    Code.CALLER_ABANDONED: _abandoned,
    Code.ANSWERED_ELSEWHERE: _abandoned,
    Code.LINE_BUSY: _in_use,
    Code.LINE_FAULT: _fault,
    Code.ADMIN: _admin,
    Code.NO_RTP: _no_voice,
    Code.NO_VOICE_PORT: _no_port,
    Code.SESSION_LOST: _unconfirmed,
    Code.ADDRESS_CHANGED: _moved,
}
"""Which marks decide each cause; the verdict and its tone come besides."""
