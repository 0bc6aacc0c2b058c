"""What is known of a call's end beyond its sentence: settings, timers, what the wire said.

Each line is a fact: seen in the marks, written in the record, or set in the configuration.
What happened then stands in the past tense, how things are now in the present.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from firmware.causes import Code
from firmware.explain.dialling import nearest, where_set, why_no_fit
from firmware.explain.live import Live
from firmware.explain.marks import Reading, header, parameter, phrase, status, target
from firmware.explain.registration import condition
from firmware.explain.servers import server_lines
from firmware.port.fax_state import KEPT, REFUSED
from firmware.text import escape, moment, span
from firmware.trace.marks import Mark
from firmware.trace.records import Kept

AT_ONCE = 0.3
"""s in which a network says that it cannot deliver; silence takes longer to be noticed."""
Facts = Callable[[Kept, Reading, Live], Iterator[str]]
_CODECS = {"0": "PCMU", "8": "PCMA", "9": "G722", "18": "G729", "3": "GSM", "4": "G723"}
"""Static payload types that one meets (RFC 3551 table 4)."""


def facts_of(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    """The facts of a call that is over, made fit to be shown."""
    for told in FACTS[Code(kept.record.cause)](kept, seen, live):
        yield escape(told)


def _nothing(_kept: Kept, _seen: Reading, _live: Live) -> Iterator[str]:
    yield from ()


def _talked(kept: Kept, _seen: Reading, _live: Live) -> Iterator[str]:
    record = kept.record
    if not record.answered:
        yield "It was not answered."
        return
    yield f"They had talked for {span(record.duration_s)}, codec {record.codec or 'unknown'}."
    yield from _machines(record.fax)
    if record.received or record.sent:
        yield (
            f"Voice packets: {record.sent} sent, {record.received} received, {record.lost} lost."
        )
    yield from record.health


def _machines(fax: str) -> Iterator[str]:
    """What became of a fax, or of a modem."""
    if not fax:
        return
    yield f"A fax machine or a modem was heard: {fax}."
    if fax == REFUSED:
        yield (
            "The far end refused T.38, so the fax went on as sound, where each lost packet costs"
            " lines of a page."
        )
    if fax == KEPT:
        yield (
            "The far end refused G.711, and what was agreed on before is made for voice: a modem"
            " gets through slowly, or not at all."
        )


def _unconfirmed(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield from _talked(kept, seen, live)
    told = [m for m in seen.marks if status(m) // 100 == 2 and header(m, "Session-Expires")]
    if not told:
        yield "No session timer ran."
        return
    value = header(told[-1], "Session-Expires")
    asked_by_us = not told[-1].outward
    who = parameter(value, "refresher") or "uac"
    ours = (who == "uac") is asked_by_us
    whose = "this gateway" if ours else "the far end"
    yield f"The session timer was {value.partition(';')[0]} s, to be confirmed by {whose}."
    tries = len(seen.confirmations)
    often = "once" if tries == 1 else f"{tries} times"
    yield f"That was done, or tried, {often}." if tries else "Nobody has tried to."


def _digits(kept: Kept, _seen: Reading, live: Live) -> Iterator[str]:
    if live.options is not None:
        yield why_no_fit(live.options, kept.record.facts.get("digits", ""))


def _timer(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    facts, options = kept.record.facts, live.options
    timer = facts.get("timer", "")
    if options is None or timer not in {"T", "S", "L"}:
        return
    yield f"Timer {timer} is {where_set(options, timer)}."
    if not seen.digits and timer == "T":
        yield "It runs from dial tone to the first digit; the telephone sent none."
        return
    digits = facts.get("digits", "")
    begun, patterns = nearest(options.digit_map, digits, options.emergency)
    if begun == digits and patterns:
        yield f"{digits} was incomplete: {' | '.join(patterns)} wants more digits."


def _binding(_kept: Kept, _seen: Reading, live: Live) -> Iterator[str]:
    if live.options is not None:
        yield f"The policy is [sip] dial_tone = {live.options.dial_tone.value}."
    if live.registration is not None:
        yield f"Now: {condition(live.registration, live.network_fault)}"


def _servers(_kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    if seen.invites:
        yield _transmissions(seen.invites)
        over = seen.last(lambda mark: mark.what == Code.NO_SERVER.value)
        if over and over[0].at - seen.invites[-1].at < AT_ONCE:
            yield "It came back at once: nobody listens there, or no way leads there."
    else:
        yield "No INVITE was sent."
    yield from _servers_now(live)


def _silence(_kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    if seen.invites:
        yield _transmissions(seen.invites)
    yield from _servers_now(live)


def _servers_now(live: Live) -> Iterator[str]:
    if live.network_fault:
        yield f"Now: no network: {live.network_fault}."
    for line in server_lines(live):
        yield f"Now: {line}"


def _transmissions(invites: list[Mark]) -> str:
    peers = list(dict.fromkeys(mark.peer for mark in invites if mark.peer))
    times = f"{len(invites)} times" if len(invites) > 1 else "once"
    seconds = invites[-1].at - invites[0].at
    over = f" within {seconds:.1f} s" if len(invites) > 1 else ""
    return f"The INVITE was sent {times}{over}, to {' and '.join(peers) or 'nobody'}."


def _credentials(_kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    challenges = [m for m in seen.finals if status(m) in {401, 407}]
    answered = [m for m in seen.invites if _shown(m)]
    if seen.finals:
        yield f"The server said {phrase(seen.finals[-1])}."
    if challenges:
        name = "WWW-Authenticate" if status(challenges[-1]) == 401 else "Proxy-Authenticate"
        realm = parameter(header(challenges[-1], name), "realm")
        user = parameter(_shown(answered[-1]), "username") if answered else live.user
        sent = "were sent and not accepted" if len(challenges) > 1 else "were sent"
        if answered:
            yield f"Credentials of user {user} for realm {realm} {sent}."
        else:
            yield f"It asked for credentials of realm {realm}; none were sent."
    elif seen.finals:
        yield "It asked for no credentials."


def _shown(invite: Mark) -> str:
    return header(invite, "Proxy-Authorization") or header(invite, "Authorization")


def _refusal(_kept: Kept, seen: Reading, _live: Live) -> Iterator[str]:
    """What the final response said, in its own words."""
    if not seen.finals:
        return
    final = seen.finals[-1]
    sent = [mark for mark in seen.invites if mark.at <= final.at]
    after = f", {span(final.at - sent[-1].at)} after the INVITE" if sent else ""
    who = "This gateway" if final.outward else final.peer or "The server"
    yield f"{who} said {phrase(final)}{after}."
    moved = ("Contact",) if 300 <= status(final) < 400 else ()
    for name in ("Reason", "Warning", "Retry-After", "Server", *moved):
        if value := header(final, name):
            yield f"{name}: {value}"


def _failure(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield from _refusal(kept, seen, live)
    said = [m for m in seen.ringing if m.outward and header(m, "RSeq")]
    if said and not seen.sip("PRACK", outward=False):
        times = f"{len(said)} times" if len(said) > 1 else "once"
        yield f"Ringing was said {times}, and no PRACK came to it."
        yield "Without one the caller may not know: a provisional response can get lost (100rel)."


def _nobody(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield from _refusal(kept, seen, live)
    if not seen.ringing:
        yield "No 18x came: it never rang there, as far as we were told."
        return
    first, final = seen.ringing[0], seen.finals[-1:]
    if final:
        yield f"It rang for {span(final[0].at - first.at)}, from {phrase(first)} on."


def _number(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield from _refusal(kept, seen, live)
    if seen.invites and target(seen.invites[-1]):
        yield f"The INVITE asked for {target(seen.invites[-1])}."


def _incomplete(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield from _refusal(kept, seen, live)
    number = kept.record.peer_number
    if live.options is None or not number:
        return
    verdict = live.options.digit_map.match(number, live.options.emergency)
    if verdict.patterns:
        names = " | ".join(verdict.patterns)
        yield f"Dialling had ended because {number} fits {names} ({verdict.match.value})."


def _codecs(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield f"Ours, by [rtp] codecs: {' '.join(live.codecs)}."
    theirs = [m for m in (*seen.invites, *seen.finals) if m.outward is False and _offers(m)]
    if theirs:
        yield f"The far end named: {' '.join(_offers(theirs[-1]))}."
    if seen.outgoing:
        yield from _refusal(kept, seen, live)


def _offers(mark: Mark) -> list[str]:
    """The audio formats in a description of the far end."""
    found = re.search(r"^m=audio \d+ \S+ ([^\r\n]*)", mark.detail, re.MULTILINE)
    names = dict(re.findall(r"^a=rtpmap:(\d+) ([^/\s]+)", mark.detail, re.MULTILINE))
    formats = found[1].split() if found else []
    return [names.get(one) or _CODECS.get(one, one) for one in formats]


def _gave_up(_kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    if seen.outgoing:
        yield f"The timer is [sip] give_up, now {live.give_up_s:g} s."
    else:
        yield f"The timer is [sip] no_answer, now {live.no_answer_s:g} s; the caller was told 480."


def _hung_up(kept: Kept, seen: Reading, live: Live) -> Iterator[str]:
    yield from _talked(kept, seen, live)
    for bye in seen.sip("BYE", outward=False)[:1]:
        for name in ("Reason", "Warning"):
            if value := header(bye, name):
                yield f"{name}: {value}"


def _abandoned(kept: Kept, seen: Reading, _live: Live) -> Iterator[str]:
    cancels = seen.sip("CANCEL", outward=False)
    if seen.ringing and cancels:
        yield f"It had rung for {span(cancels[0].at - seen.ringing[0].at)}."
    if cancels and (reason := header(cancels[0], "Reason")):
        yield f"Reason: {reason}"
    elif kept.record.q850 is not None:
        yield "The CANCEL brought no Reason."


def _in_use(kept: Kept, _seen: Reading, _live: Live) -> Iterator[str]:
    yield f"The caller was told {kept.record.sip_status or 486}."


def _line(_kept: Kept, _seen: Reading, live: Live) -> Iterator[str]:
    for alarm in live.alarms:
        yield f"Alarm now: {alarm.where} {alarm.what}, since {moment(alarm.since)}."
    if not live.alarms:
        yield "No alarm stands now."


def _admin(kept: Kept, _seen: Reading, live: Live) -> Iterator[str]:
    admin = live.port.admin_status.value
    yield f"The command came at {moment(kept.record.ended)}; the port is {admin} now."


def _voice(kept: Kept, seen: Reading, _live: Live) -> Iterator[str]:
    opened = [m for m in seen.marks if m.what.startswith("voice ") and " - " in m.detail]
    if opened:
        ours, theirs = opened[-1].detail.split(" - ", 1)
        yield f"Our address for voice was {ours}, that of the far end {theirs}."
    came = [mark for mark in seen.marks if mark.what == "RTP" and not mark.outward]
    yield f"Voice had come from {came[-1].detail}." if came else "No voice packet ever came."
    yield from kept.record.health


def _ports(_kept: Kept, seen: Reading, _live: Live) -> Iterator[str]:
    if seen.outgoing:
        yield "No INVITE was sent."
        return
    refused = [mark for mark in seen.finals if status(mark) >= 300]
    yield from (f"The caller was told {phrase(mark)}." for mark in refused[-1:])


FACTS: dict[Code, Facts] = {
    Code.NORMAL: _talked,
    Code.LOCAL_DIGITMAP: _digits,
    Code.LOCAL_TIMEOUT: _timer,
    Code.LOCAL_BARRED: _nothing,
    Code.NOT_REGISTERED: _binding,
    Code.NO_SERVER: _servers,
    Code.TIMEOUT_B: _silence,
    Code.AUTH_REJECTED: _credentials,
    Code.PEER_BUSY: _refusal,
    Code.NO_ANSWER_NET: _nobody,
    Code.NO_ANSWER_LOCAL: _gave_up,
    Code.UNALLOCATED: _number,
    Code.INCOMPLETE: _incomplete,
    Code.CODEC: _codecs,
    Code.OVERLOAD: _refusal,
    Code.SERVER_ERROR: _failure,
    Code.REMOTE_RELEASED: _hung_up,
    Code.CALLER_ABANDONED: _abandoned,
    Code.ANSWERED_ELSEWHERE: _abandoned,
    Code.LINE_BUSY: _in_use,
    Code.LINE_FAULT: _line,
    Code.ADMIN: _admin,
    Code.NO_RTP: _voice,
    Code.NO_VOICE_PORT: _ports,
    Code.SESSION_LOST: _unconfirmed,
    Code.ADDRESS_CHANGED: _binding,
}
