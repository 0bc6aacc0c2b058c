"""The messages of RFC 5118, re-typed: SIP with IPv6 addresses where they may and may not stand."""

from __future__ import annotations

from tests.sip.torture_text import wire


def _request(
    method: str,
    uri: str,
    *,
    vias: tuple[str, ...] = ("SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",),
    to: str = "sip:user@example.com",
    more: tuple[str, ...] = (),
    body: str = "",
) -> bytes:
    lines = [f"{method} {uri} SIP/2.0", f"To: {to}", "From: sip:user@example.com;tag=81x2"]
    lines += [f"Via: {via}" for via in vias]
    lines += ["Call-ID: SSG95523997077@hlau_4100", "Max-Forwards: 70", f"CSeq: 98176 {method}"]
    lines += [*more, "Content-Length: <length>"]
    return wire("\n".join(lines), body.replace("\n", "\r\n").encode())


_CONTACT = 'Contact: "Caller" <sip:caller@[2001:db8::1]>'
_SDP = "Content-Type: application/sdp"
_TAGGED = "sip:user@example.com;tag=bd76ya"

REFERENCE = _request("REGISTER", "sip:[2001:db8::10]", more=(_CONTACT,))
NO_BRACKETS = _request("REGISTER", "sip:2001:db8::10", more=(_CONTACT,))
PORT_INSIDE = _request("REGISTER", "sip:[2001:db8::10:5070]", more=(_CONTACT,))
PORT_OUTSIDE = _request("REGISTER", "sip:[2001:db8::10]:5070", more=(_CONTACT,))
RECEIVED_BRACKETED = _request(
    "BYE",
    "sip:[2001:db8::10]",
    to=_TAGGED,
    vias=("SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111",),
)
RECEIVED_BARE = _request(
    "OPTIONS",
    "sip:[2001:db8::10]",
    vias=("SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3",),
)
SDP = _request(
    "INVITE",
    "sip:user@[2001:db8::10]",
    more=("Contact: <sip:user@[2001:db8::9:1]>", _SDP),
    body="v=0\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\ns=Live video feed\n"
    "c=IN IP6 2001:db8::20\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 2 0\n"
    "a=rtpmap:2 G726-32/8000\nm=video 6024 RTP/AVP 107\na=rtpmap:107 H263-1998/90000\n",
)
MANY_IN_HEADERS = _request(
    "BYE",
    "sip:user@host.example.net",
    to=_TAGGED,
    vias=(
        "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
        "SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
    ),
)
MANY_IN_SDP = _request(
    "INVITE",
    "sip:user@[2001:db8::10]",
    more=("Contact: <sip:user@[2001:db8::9:1]>", _SDP),
    body="v=0\no=bob 280744730 28977631 IN IP4 host.example.com\ns=\nt=0 0\n"
    "m=audio 22334 RTP/AVP 0\nc=IN IP4 192.0.2.1\n"
    "m=video 6024 RTP/AVP 107\nc=IN IP6 2001:db8::1\na=rtpmap:107 H263-1998/90000\n",
)
MAPPED = _request(
    "INVITE",
    "sip:user@example.com",
    vias=(
        "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19",
        "SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111",
    ),
    more=('Contact: "T. desk phone" <sip:ted@[::ffff:192.0.2.2]>', _SDP),
    body="v=0\no=assistant 971731711378798081 0 IN IP6 ::ffff:192.0.2.2\ns=Call me soon, please!\n"
    "c=IN IP6 ::ffff:192.0.2.2\nt=3338481189 3370017201\nm=audio 6000 RTP/AVP 2 0\n"
    "a=rtpmap:2 G726-32/8000\n",
)
THREE_COLONS = _request("OPTIONS", "sip:user@[2001:db8:::192.0.2.1]")
