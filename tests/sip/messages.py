"""Messages for the tests of the machines: short to write, whole on the wire."""

from __future__ import annotations

from firmware.sip.events import Address
from firmware.sip.message import Headers, Request, Response, respond

SERVER = Address("192.0.2.10", 5060)
LOCAL = Address("192.0.2.1", 5060)


def request(
    method: str = "INVITE",
    uri: str = "sip:8001@dom",
    *,
    branch: str = "z9hG4bKb1",
    cseq: int = 1,
    call_id: str = "ci",
    from_tag: str = "a",
    to_tag: str = "",
    more: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> Request:
    to = "<sip:8001@dom>" + (f";tag={to_tag}" if to_tag else "")
    headers = (
        ("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:101@dom>;tag={from_tag}"),
        ("To", to),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} {method}"),
        *more,
    )
    return Request(method, uri, Headers(headers), body)


def response(
    status: int,
    to: Request | None = None,
    *,
    tag: str = "b",
    more: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> Response:
    to = to if to is not None else request()
    return respond(to, status, to_tag=None if status == 100 else tag, headers=more, body=body)


def ack(invite: Request, tag: str = "b") -> Request:
    headers = invite.headers.replaced("CSeq", f"{invite.cseq.number} ACK")
    if tag:
        headers = headers.replaced("To", f"<sip:8001@dom>;tag={tag}")
    return Request("ACK", invite.uri, headers)
