"""What a port can do at this moment: whether it can call and be called, and why (Q1-2).

Dial tone is left out of the reasons on purpose: in SIP it is made here.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware.explain.live import Live
from firmware.explain.registration import condition
from firmware.explain.servers import home, server_lines, unanswered
from firmware.explain.verdict import PortExplanation
from firmware.line.events import CallStatus, Summons
from firmware.line.options import DialTonePolicy
from firmware.sip.events import RegisterStatus
from firmware.status import AdminStatus, PhysicalStatus
from firmware.text import escape, moment

LOCAL_TONE = "Dial tone is made here; it says nothing about the softswitch."
"""The answer to a question of every course (Q1): what does dial tone prove?"""
POLICIES = {
    DialTonePolicy.ALWAYS: "heard whenever the port works",
    DialTonePolicy.REGISTERED: "heard only while the line is registered",
    DialTonePolicy.ALIVE: "heard only while it is registered and its server answers",
}


def explain_port(live: Live) -> PortExplanation:
    """Say what a port can do now."""
    row = live.port
    can_call, why_call = _can_call(live)
    can_be_called, why_called = _can_be_called(live)
    return PortExplanation(
        card=row.card,
        port=row.port,
        number=row.number,
        facts=tuple(escape(fact) for fact in _facts(live)),
        can_call=can_call,
        can_call_why=escape(why_call),
        can_be_called=can_be_called,
        can_be_called_why=escape(why_called),
        a_call_now=escape(_a_call_now(live)),
        server="" if dead(live) or live.barrier else home(live),
    )


def _facts(live: Live) -> Iterator[str]:
    yield LOCAL_TONE
    if live.options is not None:
        policy = live.options.dial_tone
        yield f"Dial tone is {POLICIES[policy]} ([sip] dial_tone = {policy.value})."
    if live.registration is not None:
        yield f"Registration: {condition(live.registration, live.network_fault)}"
    for line in server_lines(live):
        yield f"Server: {line}"
    yield f"Line: {_line(live)}."
    if live.line_test:
        yield f"Last line test: {live.line_test}"
    yield from _second(live)
    for alarm in live.alarms:
        since = moment(alarm.since)
        yield f"Alarm: {alarm.where} {alarm.what} ({alarm.severity}, since {since})."
    if not live.alarms:
        yield "No alarm."


def _second(live: Live) -> Iterator[str]:
    """The other call, and the mailbox."""
    row = live.port
    if row.other_status:
        yield f"Another call: {row.other_number} is {row.other_status}."
    if row.messages_waiting is not None:
        yield f"Mailbox: {row.messages_waiting or 'no'} new messages."


def _line(live: Live) -> str:
    row = live.port
    chip = f"{live.chip or 'no chip'}, " if live.options is not None else ""
    return f"{chip}{row.physical_status.value}, {row.call_status.value}"


def dead(live: Live) -> str:
    """Why nothing works at this port; empty: it works."""
    row = live.port
    if row.admin_status is AdminStatus.DEACTIVATED:
        return f"the port is disabled; line {row.port} enable brings it back"
    if row.admin_status is AdminStatus.FAULT:
        return f"the line circuit does not work: {row.last_error}"
    if row.physical_status is PhysicalStatus.DOWN:
        return "the port is being started"
    if not row.number:
        return "the port has no [[line]] in the configuration"
    if live.no_keys:
        return f"voice of this line is to be encrypted by a handshake: {live.no_keys}"
    return ""


def no_server(live: Live) -> str:
    if live.network_fault:
        return f"there is no network: {live.network_fault}"
    if not home(live):
        return "no server's address is known"
    server = live.in_use
    if server is not None and server.state == "dead":
        return f"{server.server} is dead: {server.last_error or 'it does not answer'}"
    return ""


def unbound(live: Live) -> str:
    """Why the line is not registered; empty: it is."""
    row = live.registration
    if row is None or row.register_status is RegisterStatus.REGISTERED:
        return ""
    if not row.last_error:
        return f"the line is not registered ({row.register_status.value})"
    code = f"{row.last_code} " if row.answered_ago_s is not None and row.last_code else ""
    return f"the line is not registered: {code}{row.last_error}"


def _can_call(live: Live) -> tuple[bool, str]:
    if why := dead(live) or no_server(live):
        return False, why
    if live.barrier:
        return False, f"its policy forbids it: {unbound(live) or live.barrier}"
    if why := unbound(live):
        return False, f"{why}; an INVITE would be sent all the same"
    if live.port.call_status in {CallStatus.TALKING, CallStatus.CALL_WAIT, CallStatus.THREE_WAY}:
        joined = live.port.call_status is CallStatus.THREE_WAY
        both = f" and {live.port.other_number}" if joined else ""
        return False, f"it talks to {live.port.peer_number}{both}"
    return True, _proof(live)


def _can_be_called(live: Live) -> tuple[bool, str]:
    row = live.port
    if why := dead(live) or no_server(live) or unbound(live):
        return False, why
    if live.under_test:
        return False, "its line is being tested; a caller is told 486"
    if row.lets_wait:
        return True, f"a second caller waits, and is heard of; {_proof(live)}"
    if row.house_call == Summons.RINGING.value:
        return True, f"a caller takes the place of the house call; {_proof(live)}"
    if row.call_status is not CallStatus.IDLE:
        return False, f"the telephone is in use ({row.call_status.value}); a caller is told 486"
    return True, _proof(live)


def _proof(live: Live) -> str:
    """The evidence; every word of it was seen."""
    server = live.in_use
    if server is not None and server.state == "alive" and server.unanswered:
        return f"registered at {live.port.registrar}, but {unanswered(server)}"
    if server is not None and server.state == "alive" and server.sent:
        return f"registered at {live.port.registrar}, and {server.server} answers OPTIONS"
    return f"registered at {live.port.registrar}"


def _a_call_now(live: Live) -> str:
    if why := dead(live):
        return f"not be possible: {why}"
    if live.barrier:
        return f"hear congestion and send nothing: {unbound(live) or live.barrier.rstrip('.')}"
    server = live.in_use
    if live.network_fault or server is None or not home(live):
        return f"fail: {no_server(live)}"
    if server.state == "dead":
        return f"try {server.server}, although it is dead"
    return f"use {server.server}"
