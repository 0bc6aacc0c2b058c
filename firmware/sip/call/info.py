"""Digits of a call by INFO: ``application/dtmf-relay`` and ``application/dtmf``.

No RFC defines these bodies, which are older than the packages of RFC 6086; gateways and
switches agree on them all the same. One INFO at a time is on its way (they might overtake one
another on UDP), and what is dialled meanwhile waits.
"""

from __future__ import annotations

import re

from firmware.sip.call import reply, within
from firmware.sip.call.call import Call
from firmware.sip.call.events import Output, Requested
from firmware.sip.call.phases import Phase
from firmware.sip.events import DigitTold, TellDigit
from firmware.sip.message import Request, Response

RELAY = "application/dtmf-relay"
DIGIT = "application/dtmf"
ACCEPT = ("Accept", f"application/sdp, {RELAY}, {DIGIT}")
DURATION_MS = 160
"""Duration that we send; a digit is sent when it is recognised, before it ends."""
MOST_WAITING = 32
DIGITS = "0123456789*#ABCD"
_SIGNAL = re.compile(rb"^Signal[ \t]*=[ \t]*([0-9]{1,2}|[*#A-Da-d])[ \t]*\r?$", re.MULTILINE)
_DURATION = re.compile(rb"^Duration[ \t]*=[ \t]*([0-9]{1,5})[ \t]*\r?$", re.MULTILINE)
_BARE = re.compile(rb"[ \t\r\n]*([0-9]{1,2}|[*#A-Da-d])[ \t\r\n]*")


def tell(call: Call, event: TellDigit) -> list[Output]:
    """Send a digit to the far end, or keep it until the INFO before it is answered."""
    if call.phase is not Phase.TALKING or len(call.digits) >= MOST_WAITING:
        return []
    call.digits += event.digit
    return _next(call)


def _next(call: Call) -> list[Output]:
    going = any(asked.request.method == "INFO" for asked in call.within.values())
    if going or not call.digits or call.phase is not Phase.TALKING or call.dialog is None:
        return []
    digit, call.digits = call.digits[0], call.digits[1:]
    body = f"Signal={digit}\r\nDuration={DURATION_MS}\r\n".encode()
    return [within.ask(call, call.dialog, "INFO", body=body, content=RELAY)]


def responded(call: Call, request: Request, response: Response) -> list[Output]:
    """Take a response to our INFO; whatever it says, unless a challenge, the next one may go."""
    if response.status < 200:
        return []
    repeated = within.again(call, request, response)
    return [repeated] if repeated is not None else done(call, request)


def done(call: Call, request: Request) -> list[Output]:
    """Our INFO was answered, or never will be."""
    within.done(call, request)
    return _next(call)


def received(call: Call, event: Requested) -> list[Output]:
    """Take an INFO of the far end; one without a body only asks whether we are there."""
    request = event.request
    if "Info-Package" in request.headers:
        return [reply.to(call, event, 469, ("Recv-Info", ""))]
    if not request.body:
        return [reply.to(call, event, 200)]
    kind = request.content_type
    if kind not in {RELAY, DIGIT}:
        return [reply.to(call, event, 415, ACCEPT)]
    found = (_SIGNAL.search if kind == RELAY else _BARE.fullmatch)(request.body)
    digit = _digit(found[1]) if found is not None else ""
    if not digit:
        return [reply.to(call, event, 400)]
    lasted = _DURATION.search(request.body)
    duration = int(lasted[1]) if lasted is not None else 0
    return [reply.to(call, event, 200), DigitTold(call.id, digit, duration)]


def _digit(signal: bytes) -> str:
    """The digit that a signal names, perhaps by event code (RFC 4733 table 3); empty: none."""
    text = signal.decode().upper()
    if not text.isdecimal() or len(text) == 1:
        return text
    return DIGITS[int(text)] if int(text) < len(DIGITS) else ""
