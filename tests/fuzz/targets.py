"""What is fuzzed: functions of bytes that return, whatever the bytes, or have found a fault.

Each says what must hold besides: what is accepted can be written and read again, and means
the same.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from contextlib import suppress

from firmware.errors import SipError
from firmware.sip.admission import look
from firmware.sip.description import NotAcceptableError
from firmware.sip.digest import Authenticator, Tries
from firmware.sip.digest_server import DigestServer
from firmware.sip.events import Datagram, LocalMedia
from firmware.sip.framer import Framed, Framer
from firmware.sip.headerlist import Headers
from firmware.sip.headers import NameAddr, Via, addresses, q850_cause, retry_after, vias
from firmware.sip.message import Request, Response, parse, refusal
from firmware.sip.sdp import Terms, answer, offer, plan_from_answer
from firmware.sip.uri import parse_uri
from tests.fuzz import beside
from tests.hostile.chaos import BeatingChaos, Chaos
from tests.hostile.exchange_chaos import ExchangeChaos
from tests.hostile.scene import Ringing, Talking
from tests.sip.bench import CONTACT, SERVER, Bench

MOST_STEPS = 60
MEDIA = LocalMedia("192.0.2.1", 10000)


def message(data: bytes) -> None:
    """A datagram: read, looked at, refused or written again."""
    try:
        first = parse(data)
        look(first)
    except SipError as error:
        answered = refusal(data, error)
        assert answered is None or answered.encode().startswith(b"SIP/2.0 ")
        return
    again = parse(first.encode())
    assert again.headers.without("Content-Length") == first.headers.without("Content-Length")
    assert again.body == first.body
    assert again.vias == first.vias
    assert (again.from_, again.to, again.cseq) == (first.from_, first.to, first.cseq)


def stream(data: bytes) -> None:
    """A connection: the same messages in whatever pieces, each of them to its last byte (A06)."""
    whole = Framer().feed(data)
    framer, cut = Framer(), 1 + len(data) // 3
    pieces = [p for at in range(0, len(data), cut) for p in framer.feed(data[at : at + cut])]
    assert [type(p) for p in pieces] == [type(p) for p in whole]
    for one, other in zip(pieces, whole, strict=True):
        if isinstance(one, Framed):
            assert one == other
            with suppress(SipError):
                first = parse(one.data)
                assert one.data.endswith(first.body)


def uri(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        first = parse_uri(text)
        again = parse_uri(str(first))
    except SipError:
        return
    assert again.equivalent(again)
    assert str(again) == str(parse_uri(str(again)))


def values(data: bytes) -> None:
    """The values of single headers: one of each kind."""
    text = data.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")
    q850_cause((text,))
    retry_after(text)
    for kind in (NameAddr, Via):
        try:
            first = kind.parse(text)
        except SipError:
            continue
        assert kind.parse(str(first)) == first, text
    for read in (addresses, vias):
        try:
            read((text,))
        except SipError:
            continue


def description(data: bytes) -> None:
    """A session description: as an offer, and as the answer to ours."""
    terms = Terms()
    with suppress(NotAcceptableError):
        body, _ = answer(data, MEDIA, terms, session_id=1, version=1)
        plan_from_answer(data, body)
    with suppress(NotAcceptableError):
        plan_from_answer(offer(MEDIA, terms, session_id=1, version=1), data)


def challenge(data: bytes) -> None:
    """A WWW-Authenticate, answered; what we answer must be readable, and is judged."""
    text = data.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")
    us = Authenticator("101", "secret", cnonce=lambda: "0123456789abcdef")
    us.informed(text)
    response = Response(401, "", Headers.verbatim((("WWW-Authenticate", text),)))
    try:
        challenges = response.challenges
        us.challenged(challenges, (), Tries())
    except SipError:
        return
    lines = us.credentials("REGISTER", "sip:dom")
    request = Request("REGISTER", "sip:dom", Headers(lines))
    server = DigestServer("dom", b"s" * 32, {"101": "secret"}.get)
    server.verify(request.credentials, ("REGISTER", "sip:dom", b""), 1.0)


def credentials(data: bytes) -> None:
    """An Authorization as the exchange gets it."""
    text = data.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")
    request = Request("REGISTER", "sip:dom", Headers.verbatim((("Authorization", text),)))
    server = DigestServer("dom", b"s" * 32, {"101": "secret"}.get)
    try:
        server.verify(request.credentials, ("REGISTER", "sip:dom", b""), 1.0)
    except SipError:
        return


def datagram(data: bytes) -> None:
    """A datagram at an agent whose telephone rings, and at one that talks."""
    for make in (Ringing, Talking):
        scene = make()
        filled = data.replace(b"<token>", scene.token.encode())
        for name, value in scene.within(7).items():
            filled = filled.replace(b"<%s>" % name.encode(), str(value).encode())
        scene.call = 0  # it may be told to end the call
        scene.throws(filled)
        scene.settles()


def answer_to_us(data: bytes) -> None:
    """A response to an INVITE and to a REGISTER of ours."""
    bench = Bench()
    bench.starts()
    bench.calls()
    for request in list(bench.wire):
        assert isinstance(request, Request)
        filled = data.replace(b"<branch>", request.via.branch.encode())
        filled = filled.replace(b"<cseq>", str(request.cseq).encode())
        filled = filled.replace(b"<contact>", (CONTACT[1]).encode())
        bench.agent.feed(Datagram(filled, SERVER), bench.now)


def agent(data: bytes) -> None:
    """A mad server and a mad owner; three numbers a step."""
    chaos = Chaos()
    for step in steps(data):
        chaos.does(step)
    chaos.settles()


def two_servers(data: bytes) -> None:
    """The same with heartbeats and fail-over."""
    chaos = BeatingChaos()
    for step in steps(data):
        chaos.does(step)
    chaos.settles()


def exchange(data: bytes) -> None:
    """Three mad telephones at the exchange."""
    chaos = ExchangeChaos()
    for step in steps(data):
        chaos.does(step)
    chaos.settles()


def steps(data: bytes) -> list[tuple[int, int, int]]:
    whole = data[: len(data) // 6 * 6]
    return list(struct.iter_unpack("<HHH", whole))[:MOST_STEPS]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "message": message,
    "stream": stream,
    "uri": uri,
    "values": values,
    "description": description,
    "challenge": challenge,
    "credentials": credentials,
    "datagram": datagram,
    "answer": answer_to_us,
    "agent": agent,
    "failover": two_servers,
    "exchange": exchange,
    **beside.TARGETS,
}


def random_steps(seed: int) -> bytes:
    """Bytes that `steps` makes something of."""
    chance = random.Random(seed)  # noqa: S311  reproducible on purpose
    return b"".join(
        struct.pack("<HHH", *(chance.randrange(9999) for _ in range(3))) for _ in range(30)
    )
