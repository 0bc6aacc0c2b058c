"""What a NOTIFY says of a mailbox: application/simple-message-summary (RFC 3842 section 5)."""

from __future__ import annotations

import re

from firmware.errors import SipError
from firmware.sip.grammar import lower
from firmware.sip.message import Request

PACKAGE = "message-summary"
MEDIA_TYPE = "application/simple-message-summary"
MOST = 999
"""Messages that are counted; a display has three places."""

_NEW = re.compile(r"\s*(\d{1,9})\s*/")


def waiting(notify: Request) -> int | None:
    """How many new messages wait; 1 if it is only said that some do; None: it does not say.

    Of voice messages if they are counted, else of all kinds together. What is said to wait
    waits, whatever the counts are.

    Raises:
        SipError: the body is of another kind (415), or cannot be read (400).
    """
    if not notify.body:
        return None
    kind = lower((notify.headers.get("Content-Type") or "").partition(";")[0].strip())
    if kind != MEDIA_TYPE:
        raise SipError(f"Content-Type: {kind or 'none'}, not {MEDIA_TYPE}", status=415)
    lines = notify.body.decode("utf-8", "replace").splitlines()
    pairs = [line.partition(":") for line in lines if ":" in line]
    said = {lower(name.strip()): value.strip() for name, _, value in reversed(pairs)}
    status = lower(said.get("messages-waiting", ""))
    if status not in {"yes", "no"}:
        raise SipError("Messages-Waiting: neither yes nor no")
    if status == "no":
        return 0
    counted = {name: found for name, value in said.items() if (found := _NEW.match(value))}
    voice = counted.get("voice-message")
    new = int(voice[1]) if voice else sum(int(found[1]) for found in counted.values())
    return min(max(new, 1), MOST)


def package_of(request: Request) -> str:
    """The event package of a NOTIFY, without its parameters; empty: it names none."""
    return lower((request.headers.get("Event") or "").partition(";")[0].strip())
