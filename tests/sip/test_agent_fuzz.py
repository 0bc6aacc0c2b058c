"""Whatever bytes come in, from anybody, at any moment: no exception, no babble."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import Accept, Alert, Datagram, HangUp, Send
from firmware.sip.message import Message, Request, respond
from tests.sip.bench import ANSWER, CONTACT, MEDIA, OFFER, SDP, SERVER, US, Bench, within

ODD = (
    CONTACT,
    ("Require", "foo"),
    ("Privacy", "none"),
    ("P-Asserted-Identity", '"Ann" <tel:8001>'),
    ("Record-Route", "<sip:192.0.2.12;lr>"),
    ("Reason", "Q.850;cause=16"),
    ("Accept", "application/sdp"),
)
ANSWERING = (
    CONTACT,
    ("Record-Route", "<sip:192.0.2.12;lr>"),
    ("Service-Route", "<sip:192.0.2.13;lr>"),
    ("Retry-After", "5"),
    ("Min-Expires", "7200"),
    ("Authentication-Info", 'nextnonce="m"'),
)
METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "PRACK", "INFO", "REFER", "FOO"]
PIECES = [
    b"",
    b"\r\n",
    b",",
    b";",
    b'"',
    b"<",
    b">",
    b"\x00",
    b"\xff",
    b"@",
    b"9" * 40,
    b":",
    b" ",
]


def busy_bench(seed: int) -> tuple[Bench, list[Message]]:
    """An agent in the middle of everything, and messages that mean something to it."""
    bench = Bench(seed=seed)
    bench.starts()
    register = bench.gets("REGISTER", "REGISTER")[0]
    token = register.contacts[0].uri[4:].partition("@")[0]
    bench.calls()
    out = bench.one("INVITE")
    invite, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    known: list[Message] = [
        bench.request(method, f"sip:{token}@192.0.2.1", cseq=1, more=ODD, body=OFFER)
        for method in METHODS
    ]
    known += [
        Request(m.method, m.uri, m.headers.without("Require"), m.body)
        for m in known
        if isinstance(m, Request)
    ]
    known += [
        bench.request(method, US, **within(ringing, 2), more=(CONTACT,), body=OFFER)
        for method in METHODS
    ]
    known.append(Request("CANCEL", invite.uri, invite.headers.replaced("CSeq", "1 CANCEL")))
    challenge = ("WWW-Authenticate", 'Digest realm="dom", nonce="n", qop="auth,auth-int"')
    for request in (register, out):
        for status in (100, 180, 183, 200, 302, 401, 407, 423, 486, 503):
            body = ANSWER if request is out and 180 < status < 300 else b""
            more = (*ANSWERING, challenge, SDP) if body else (*ANSWERING, challenge)
            known.append(respond(request, status, to_tag="b", headers=more, body=body))
    if seed % 2:
        bench.feeds(Accept(offered.call, MEDIA))
    if seed % 3 == 0:
        bench.feeds(HangUp(offered.call))
    return bench, known


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_nothing_that_comes_in_raises(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  reproducible on purpose
    bench, known = busy_bench(seed % 12)
    for _ in range(30):
        data = bytearray(chance.choice(known).encode())
        for _ in range(chance.choice([0, 1, 1, 2, 5])):
            at = chance.randrange(len(data))
            data[at : at + chance.choice([0, 1, 5])] = chance.choice(PIECES)
        outputs = bench.agent.feed(Datagram(bytes(data), SERVER), bench.now)
        assert sum(isinstance(o, Send) for o in outputs) <= 4, "one datagram causes no storm"
        bench.now += chance.choice([0.0, 0.1, 1.0])
        bench.agent.tick(bench.now)
