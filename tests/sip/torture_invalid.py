"""RFC 4475 section 3.1.2: messages that break a rule."""

from __future__ import annotations

from tests.sip.torture_text import sdp, wire


def _invite(
    name: str, line: str = "INVITE sip:user@example.com SIP/2.0", *more: str, **other: str
) -> bytes:
    """An INVITE that is right but for the headers in `other` (``content_length`` ...)."""
    headers = {
        "To": "sip:user@example.com",
        "From": "sip:caller@example.net;tag=8814",
        "Max-Forwards": "70",
        "Call-ID": f"{name}.0ha0isndaksdjasdf3234nas",
        "CSeq": "8 INVITE",
        "Via": "SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw",
        "Contact": "<sip:caller@host5.example.net>",
        "Content-Type": "application/sdp",
        "Content-Length": "<length>",
    }
    known = {key.lower().replace("-", "_"): key for key in headers}
    headers |= {known.get(key, key.replace("_", "-")): value for key, value in other.items()}
    lines = [f"{key}: {value}" for key, value in headers.items()]
    return wire("\n".join((line, *lines, *more)), sdp(15))


BADINV01 = _invite(
    "badinv01",
    via="SIP/2.0/UDP 192.0.2.15;;,;,,",
    contact='"Joe" <sip:joe@example.org>;;;;',
)
CLERR = _invite("clerr", content_length="9999")
NCL = _invite("ncl", content_length="-999")

SCALAR02 = wire(f"""
REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bK342sdfoi3
To: <sip:user@example.com>
From: <sip:user@example.com>;tag=239232jh3
CSeq: 36893488147419103232 REGISTER
Call-ID: scalar02.23o0pd9vanlq3wnrlnewofjas9ui32
Max-Forwards: 300
Expires: 1{"0" * 100}
Contact: <sip:user@host129.example.com>
  ;expires=280297596632815
Content-Length: 0
""")

SCALARLG = wire("""
SIP/2.0 503 Service Unavailable
Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129
To: <sip:user@example.com>
From: <sip:other@example.net>;tag=2easdjfejw
CSeq: 9292394834772304023312 OPTIONS
Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r
Retry-After: 949302838503028349304023988
Warning: 1812 overture "In Progress"
Content-Length: 0
""")

QUOTBAL = _invite("quotbal", to='"Mr. J. User <sip:j.user@example.com>')
LTGTRURI = _invite(
    "ltgtruri",
    "INVITE <sip:user@example.com> SIP/2.0",
    via="SIP/2.0/TCP 192.0.2.5",
)
LWSRURI = _invite(
    "lwsruri",
    "INVITE sip:user@example.com; lr SIP/2.0",
    to="sip:user@example.com;tag=3xfe-9921883-z9f",
)
LWSSTART = _invite("lwsstart", "INVITE  sip:user@example.com  SIP/2.0")

TRWS = wire("""
OPTIONS sip:remote-target@example.com SIP/2.0\x20\x20
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK299342093
To: <sip:remote-target@example.com>
From: <sip:local-resource@example.com>;tag=329429089
Call-ID: trws.oicu34958239neffasdhr2345r
Accept: application/sdp
CSeq: 238923 OPTIONS
Max-Forwards: 70
Content-Length: 0
""")

ESCRURI = _invite("escruri", "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0")
BADDATE = _invite("baddate", Date="Fri, 01 Jan 2010 16:00:00 EST")

REGBADCT = wire("""
REGISTER sip:example.com SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=998332
Max-Forwards: 70
Call-ID: regbadct.k345asrl3fdbv@10.0.0.1
CSeq: 1 REGISTER
Via: SIP/2.0/UDP 135.180.130.133:5060;branch=z9hG4bKkdjuw
Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E
l: 0
""")

BADASPEC = wire("""
OPTIONS sip:user@example.org SIP/2.0
Via: SIP/2.0/UDP host4.example.com:5060;branch=z9hG4bKkdju43234
Max-Forwards: 70
From: "Bell, Alexander" <sip:a.g.bell@example.com>;tag=433423
To: "Watson, Thomas" < sip:t.watson@example.org >
Call-ID: badaspec.sdf0234n2nds0a099u23h3hnnw009cdkne3
Accept: application/sdp
CSeq: 3923239 OPTIONS
l: 0
""")

BADDN = wire("""
OPTIONS sip:t.watson@example.org SIP/2.0
Via: SIP/2.0/UDP c.example.com:5060;branch=z9hG4bKkdjuw
Max-Forwards: 70
From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43
To: Watson, Thomas <sip:t.watson@example.org>
Call-ID: baddn.31415@c.example.com
Accept: application/sdp
CSeq: 3923239 OPTIONS
l: 0
""")

BADVERS = wire("""
OPTIONS sip:t.watson@example.org SIP/7.0
Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw
Max-Forwards: 70
From: A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe
To: T. Watson <sip:t.watson@example.org>
Call-ID: badvers.31417@c.example.com
CSeq: 1 OPTIONS
l: 0
""")

MISMATCH01 = wire("""
OPTIONS sip:user@example.com SIP/2.0
To: sip:j.user@example.com
From: sip:caller@example.net;tag=34525
Max-Forwards: 6
Call-ID: mismatch01.dj0234sxdfl3
CSeq: 8 INVITE
Via: SIP/2.0/UDP host.example.com;branch=z9hG4bKkdjuw
l: 0
""")

MISMATCH02 = _invite(
    "mismatch02", "NEWMETHOD sip:user@example.com SIP/2.0", cseq="139122385 INVITE"
)

BIGCODE = wire("""
SIP/2.0 4294967301 better not break the receiver
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i
CSeq: 353494 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>
""")

GROUP = {
    "badinv01": BADINV01,
    "clerr": CLERR,
    "ncl": NCL,
    "scalar02": SCALAR02,
    "scalarlg": SCALARLG,
    "quotbal": QUOTBAL,
    "ltgtruri": LTGTRURI,
    "lwsruri": LWSRURI,
    "lwsstart": LWSSTART,
    "trws": TRWS,
    "escruri": ESCRURI,
    "baddate": BADDATE,
    "regbadct": REGBADCT,
    "badaspec": BADASPEC,
    "baddn": BADDN,
    "badvers": BADVERS,
    "mismatch01": MISMATCH01,
    "mismatch02": MISMATCH02,
    "bigcode": BIGCODE,
}
