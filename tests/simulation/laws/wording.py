"""I10: what the gateway sends is SIP in its strictest reading.

A reader of its own, written from the grammar of RFC 3261 section 25; it shares nothing
with the gateway's, which is lenient.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"
REQUEST_LINE = re.compile(rf"{TOKEN} sips?:[^\s<>\"]+ SIP/2\.0")
STATUS_LINE = re.compile(r"SIP/2\.0 [1-6]\d\d [^\x00-\x1f\x7f]*")
HEADER = re.compile(rf"({TOKEN}): ?([^\x00-\x08\x0a-\x1f\x7f]*)")
COPIED = re.compile(r"(via|from|to|call-id|cseq|record-route): ?([^\r\n]*)", re.IGNORECASE)
"""What a peer has written goes back to it as it came (sections 8.2.6.2 and 12.2.1.1)."""
VIA = re.compile(
    rf"SIP/2\.0/(?:UDP|TCP) [0-9A-Za-z.\-:\[\]]+((;{TOKEN}(={TOKEN}|=\[?[0-9a-f.:]+\]?)?)*)"
)
CSEQ = re.compile(rf"(\d+) ({TOKEN})")
ONCE = "from", "to", "call-id", "cseq", "max-forwards", "content-length"
NEEDED = "via", "from", "to", "call-id", "cseq"
NOWHERE = "0.0.0.0"  # noqa: S104 - nobody binds to it here
SECRETS = b"secret-", b"password"


def wrong(data: bytes) -> Iterator[str]:
    """Everything that is wrong with a datagram, in words."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        yield "no blank line"
        return
    try:
        text = head.decode()
    except UnicodeDecodeError:
        yield "not UTF-8"
        return
    if "\n" in text.replace("\r\n", "") or "\r" in text.replace("\r\n", ""):
        yield "a bare CR or LF"
    start, *lines = text.split("\r\n")
    request = REQUEST_LINE.fullmatch(start)
    if not request and not STATUS_LINE.fullmatch(start):
        yield f"start line {start!r}"
    if NOWHERE.encode() in data:
        yield f"the address {NOWHERE}"
    if any(secret in data for secret in SECRETS):
        yield "a secret"
    yield from _headers(start, lines, len(body))


def control_characters(text: str) -> bool:
    """Whether something in a line could move a terminal's cursor."""
    return any(c < " " or "\x7f" <= c <= "\x9f" for c in text)


def _headers(start: str, lines: list[str], length: int) -> Iterator[str]:
    found: list[tuple[str, str]] = []
    for line in lines:
        header = HEADER.fullmatch(line)
        header = header or COPIED.fullmatch(line)
        if header is None:
            yield f"header line {line!r}"
            continue
        found.append((header[1].lower(), header[2].strip()))
    count, value = Counter(name for name, _ in found), dict(reversed(found))
    for name in NEEDED:
        if not count[name]:
            yield f"no {name}"
    for name in ONCE:
        if count[name] > 1:
            yield f"{name} {count[name]} times"
    if value.get("content-length") != str(length):
        yield f"Content-Length {value.get('content-length')} of {length} bytes"
    if length and "content-type" not in value:
        yield "a body without Content-Type"
    yield from _values(start, found, value)


def _values(start: str, found: list[tuple[str, str]], value: dict[str, str]) -> Iterator[str]:
    method = start.split(" ")[0]
    response = method == "SIP/2.0"
    cseq = CSEQ.fullmatch(value.get("cseq", ""))
    if not cseq or int(cseq[1]) >= 2**31 or not (response or cseq[2] == method):
        yield f"CSeq {value.get('cseq')}"
    vias = [text for name, text in found if name == "via"]
    if vias and not response and not VIA.fullmatch(vias[0]):
        yield f"Via {vias[0]!r}"
    if vias and not response and "branch=z9hG4bK" not in vias[0]:
        yield f"a branch without the cookie: {vias[0]!r}"
    if not response and "tag=" not in value.get("from", ""):
        yield "From without a tag"
    if not response and not value.get("max-forwards", "").isdecimal():
        yield "no Max-Forwards"
    if response and not start.startswith("SIP/2.0 100") and "tag=" not in value.get("to", ""):
        yield "To without a tag"
    needs_contact = method == "INVITE" or (response and start.startswith("SIP/2.0 2"))
    if needs_contact and cseq and cseq[2] == "INVITE" and "contact" not in value:
        yield "no Contact"
