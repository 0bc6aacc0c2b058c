"""Our responses to the peer's requests, in the words that several verbs share."""

from __future__ import annotations

from firmware.sip.call.call import Call
from firmware.sip.call.events import Answer, Requested
from firmware.sip.compose import SDP
from firmware.sip.description import NotAcceptableError
from firmware.sip.sdes import NotSecuredError

LONGEST_PUT_OFF = 10
"""s, the most of a Retry-After for who came at the wrong moment (RFC 3261 section 14.2)."""


def to(
    call: Call, event: Requested, status: int, *more: tuple[str, str], body: bytes = b""
) -> Answer:
    """Respond to a request within a dialog; a body is a session description."""
    lines = (*more, SDP) if body else more
    response = call.around.composer.response(event.request, status, more=lines, body=body)
    return Answer(event.key, response)


def to_invite(call: Call, status: int, *more: tuple[str, str], body: bytes = b"") -> Answer:
    """Respond to the INVITE that began the call."""
    assert call.invite is not None, "it begins with their INVITE"
    lines = (*more, SDP) if body else more
    response = call.around.composer.response(
        call.invite, status, to_tag=call.tag, more=lines, body=body
    )
    return Answer(call.key, response)


def warning(call: Call, problem: NotAcceptableError) -> tuple[str, str]:
    """Why a description is refused (section 20.43)."""
    host = call.around.composer.local
    words = str(problem) if isinstance(problem, NotSecuredError) else "Not acceptable here"
    return "Warning", f'{problem.warning} {host} "{words}"'


def put_off(call: Call) -> tuple[str, str]:
    """When to come again: at random, so that two do not meet again (section 14.2)."""
    return "Retry-After", str(call.around.composer.dice.randrange(0, LONGEST_PUT_OFF + 1))


def reason(q850: int) -> tuple[str, str]:
    """Why, in the numbers of the telephone network (RFC 3326)."""
    return "Reason", f"Q.850;cause={q850}"
