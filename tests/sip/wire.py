"""A message on the wire, right but for what a test puts into it."""

from __future__ import annotations

import pytest

from firmware.errors import SipError
from firmware.sip.message import Headers, Request, parse

BASE = (
    ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport"),
    ("From", '"A" <sip:a@dom>;tag=1'),
    ("To", "<sip:b@dom>"),
    ("Call-ID", "call"),
    ("CSeq", "1 INVITE"),
)


def invite(*more: tuple[str, str], body: bytes = b"") -> Request:
    return Request("INVITE", "sip:b@dom", Headers((*BASE, *more)), body)


def raw(*lines: str, start: str = "INVITE sip:b@dom SIP/2.0", body: bytes = b"") -> bytes:
    base = [f"{name}: {value}" for name, value in BASE]
    text = "\r\n".join((start, *base, *lines))
    return text.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def status_of(data: bytes) -> int:
    with pytest.raises(SipError) as refused:
        parse(data).check()
    return refused.value.status
