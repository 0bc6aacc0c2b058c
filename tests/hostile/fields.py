"""The messages whose fields are spoilt one at a time.

In a template ``{name=value}`` is a field with its right value; ``{{`` is a brace. Lower-case
placeholders in angle brackets are filled in per scene: ``<token>`` of the line's Contact,
``<from>``, ``<to>``, ``<call>`` of the dialog, ``<n>`` a number that makes the message new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.hostile.anomalies import variants

_FIELD = re.compile(rb"\{([a-z][a-z0-9 \-]*)=([^{}]*)\}")
_BLANK = re.compile(rb"<([a-z]+)>")

SDP = (
    "v={sdp v=0}\no={sdp user=-} {sdp session=1} {sdp version=1} IN IP4 {sdp origin=192.0.2.20}\n"
    "s={sdp subject=-}\nc={sdp net=IN} {sdp family=IP4} {sdp host=192.0.2.20}\n"
    "b={sdp bandwidth=AS:64}\nt={sdp time=0 0}\n"
    "m={sdp media=audio} {sdp port=20000} {sdp protocol=RTP/AVP} {sdp formats=8 0 101}\n"
    "a=rtpmap:{sdp rtpmap type=101} {sdp rtpmap name=telephone-event}/{sdp rtpmap clock=8000}\n"
    "a=fmtp:{sdp fmtp=101 0-15}\na=ptime:{sdp ptime=20}\na={sdp direction=sendrecv}\n"
    "{sdp line=a=silenceSupp:off - - - -}\n"
)

INVITE = (
    "{method=INVITE} {uri=sip:<token>@192.0.2.1:5060} {version=SIP/2.0}\n"
    "{via name=Via}: {via protocol=SIP/2.0/UDP} {via host=192.0.2.10}:{via port=5060}"
    ";branch={branch=z9hG4bK<n>};{rport=rport}\n"
    "Max-Forwards: {max-forwards=69}\n"
    'From: {from name="Ann"} <{from uri=sip:8001@dom}>;tag={from tag=f<n>}\n'
    "To: {to name=} <{to uri=sip:101@dom}>{to params=;a=b}\n"
    "Call-ID: {call-id=c<n>}\nCSeq: {cseq=1} {cseq method=INVITE}\n"
    "Contact: {contact=<sip:8001@192.0.2.20:5070>}\n"
    "Record-Route: {record-route=<sip:192.0.2.10;lr>}\n"
    "Route: {route=<sip:192.0.2.1;lr>}\n"
    "P-Asserted-Identity: {asserted=<tel:+8613800000000>}\n"
    "Privacy: {privacy=none}\nAccept: {accept=application/sdp}\n"
    "Supported: {supported=timer}\nExpires: {expires=120}\n"
    "User-Agent: {user-agent=x}\n{header name=Subject}: {subject=y}\n"
    "Content-Type: {content-type=application/sdp}\n"
    "Content-Length: {content-length=<length>}\n\n" + SDP
)

REINVITE = (
    "INVITE sip:x@192.0.2.1:5060 SIP/2.0\n"
    "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK<n>;rport\n"
    "From: {in from=<from>}\nTo: {in to=<to>}\nCall-ID: {in call-id=<call>}\n"
    "CSeq: {in cseq=<n>} INVITE\nContact: {in contact=<sip:8001@192.0.2.20:5070>}\n"
    "Session-Expires: {in session-expires=1800}\nMin-SE: {in min-se=90}\n"
    "Reason: {in reason=Q.850;cause=16}\n"
    "Content-Type: {in type=multipart/mixed;boundary=}{in boundary=b}\n\n"
    "--{in delimiter=b}\nContent-Type: {in part type=application/sdp}\n\n" + SDP + "--b--\n"
)

UPDATE = REINVITE.replace("INVITE", "UPDATE").replace("{in ", "{up ")

OPTIONS = (
    "OPTIONS {o uri=sip:192.0.2.1} SIP/2.0\nv: SIP/2.0/UDP {o via=192.0.2.10;branch=z9hG4bK<n>}\n"
    "f: {o from=<sip:a@b>;tag=<n>}\nt: {o to=<sip:b@c>}\ni: {o call-id=<n>}\n"
    "CSeq: {o cseq=7 OPTIONS}\nRequire: {o require=}\nl: {o length=0}\n{o line=X: y}\n\n"
)

RESPONSE = (
    "{r version=SIP/2.0} {r status=200} {r reason=OK}\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch={r branch=<branch>}\n"
    "From: {r from=<from>}\nTo: {r to=<to>;tag=<n>}\nCall-ID: {r call-id=<call>}\n"
    "CSeq: {r cseq=<cseq>}\nContact: {r contact=<sip:<token>@192.0.2.1:5060>;expires=3600}\n"
    "Record-Route: {r record-route=<sip:192.0.2.12;lr>}\n"
    "Service-Route: {r service-route=<sip:192.0.2.13;lr>}\n"
    'WWW-Authenticate: {r scheme=Digest} realm={r realm="dom"}, nonce={r nonce="n<n>"}'
    ', algorithm={r algorithm=MD5}, qop={r qop="auth"}, opaque={r opaque=""}'
    ", stale={r stale=true}\n"
    'Authentication-Info: {r info=nextnonce="m"}\n'
    "P-Early-Media: {r early-media=sendrecv, gated}\n"
    "Retry-After: {r retry-after=5 (soon)}\nMin-Expires: {r min-expires=60}\n"
    'Expires: {r expires=3600}\nReason: {r q850=Q.850;cause=17}\nWarning: {r warning=399 a "b"}\n'
    "Content-Type: application/sdp\n\n" + SDP
)


def messages(template: str) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Every message with one field spoilt: what is wrong with it, and its parts for `filled`."""
    raw = template.replace("\n", "\r\n").encode()
    for field in _FIELD.finditer(raw):
        name, head, tail = field[1].decode(), _plain(raw[: field.start()]), raw[field.end() :]
        tail = _plain(tail)
        for anomaly, value in variants(field[2]).items():
            yield f"{name}: {anomaly}", (head, value, tail)


def right(template: str) -> tuple[bytes, ...]:
    """The message with nothing spoilt, for `filled`."""
    return (_plain(template.replace("\n", "\r\n").encode()),)


def filled(parts: tuple[bytes, ...], blanks: dict[str, str]) -> bytes:
    """The message, for one scene.

    Args:
        parts: head, spoilt value, tail.
        blanks: what stands for ``<token>`` and its kin.
    """
    data = b"".join(parts)
    length = len(data.partition(b"\r\n\r\n")[2])
    values = {**blanks, "length": str(length)}

    def value(blank: re.Match[bytes]) -> bytes:
        found = values.get(blank[1].decode())
        return blank[0] if found is None else found.encode()

    return _BLANK.sub(value, data)


def _plain(raw: bytes) -> bytes:
    return _FIELD.sub(rb"\2", raw)
