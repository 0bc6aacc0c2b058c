"""What the fuzzer begins with: good messages, tortured ones, and pieces of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware.errors import SipError
from firmware.sip.message import parse
from tests.fuzz import beside
from tests.fuzz.targets import random_steps
from tests.hostile import fields, ipv6
from tests.hostile.anomalies import TEXTS
from tests.sip.bench import ANSWER, HELD, OFFER
from tests.sip.torture import MESSAGES

BLANKS = {"from": "<sip:8001@dom>;tag=peer", "to": "<sip:101@dom>", "call": "c", "n": "7"}
TEMPLATES = (fields.INVITE, fields.REINVITE, fields.UPDATE, fields.OPTIONS)
CHALLENGES = (
    b'Digest realm="dom", nonce="n", qop="auth,auth-int", algorithm=SHA-256, opaque=""',
    b'Digest realm="a, b", nonce="n", stale=TRUE, domain="sip:dom", algorithm=MD5-sess',
    b'Basic realm="x", Digest realm="dom", nonce="n", algorithm=SHA-512-256, Negotiate YWJj==',
    b'nextnonce="m", qop=auth, rspauth="0", cnonce="c", nc=00000001',
)
CREDENTIALS = (
    b'Digest username="101", realm="dom", nonce="3e8-1.00", uri="sip:dom", response="00",'
    b' algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c", opaque=""',
    b'Digest username="101", realm="dom", nonce="3e8", uri="sip:dom", response="00"',
)


def seeds(target: str) -> Iterator[bytes]:
    """The seeds of one target."""
    match target:
        case "message":
            yield from _messages()
        case "stream":
            messages = list(_messages())
            yield from messages
            yield b"\r\n\r\n".join(messages[:3])
        case "datagram":
            yield from (
                fields.filled(fields.right(t), {**BLANKS, "token": "<token>"}) for t in TEMPLATES
            )
            yield from _messages()
        case "answer":
            blanks = {**BLANKS, "branch": "<branch>", "cseq": "<cseq>", "token": "x"}
            yield fields.filled(fields.right(fields.RESPONSE), blanks)
        case "uri":
            for value in _values():
                yield value.strip(b'"<>')
        case "values":
            yield from _values()
        case "description":
            yield from (OFFER, ANSWER, HELD)
            yield from (data.partition(b"\r\n\r\n")[2] for data in _messages())
        case "challenge":
            yield from CHALLENGES
        case "credentials":
            yield from CREDENTIALS
        case _ if target in beside.TARGETS:
            yield from beside.seeds(target)
        case _:
            yield from (random_steps(seed) for seed in range(60))


def write(target: str, folder: Path) -> None:
    """Write the seeds of one target as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(target)):
        (folder / f"seed{number:03}").write_bytes(data)


def write_dictionary(path: Path) -> None:
    """The words of SIP and the values that have caused trouble, for libFuzzer."""
    words = {*WORDS, *(value for value in TEXTS.values() if 0 < len(value) <= 40)}
    path.write_text("".join(f'"{_escaped(word)}"\n' for word in sorted(words)), encoding="ascii")


def _messages() -> Iterator[bytes]:
    yield from (torture.data for torture in MESSAGES.values())
    yield from (data for data in vars(ipv6).values() if isinstance(data, bytes))


def _values() -> Iterator[bytes]:
    for data in _messages():
        try:
            found = parse(data)
        except SipError:
            continue
        for name in ("Via", "From", "To", "Contact", "Route", "Reason", "Retry-After"):
            for value in found.headers.all(name):
                yield value.encode("utf-8", "surrogateescape")


def _escaped(word: bytes) -> str:
    plain = range(0x20, 0x7F)
    return "".join(
        f"\\{chr(b)}" if b in b'"\\' else chr(b) if b in plain else f"\\x{b:02X}" for b in word
    )


WORDS = [
    line.encode("utf-8")
    for line in [
        "SIP/2.0",
        "SIP/2.0/UDP",
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "UPDATE",
        "REGISTER",
        "Content-Length: ",
        "CSeq: ",
        "Via: SIP/2.0/UDP ",
        ";branch=z9hG4bK",
        "z9hG4bK",
        ";rport",
        ";received=",
        ";tag=",
        ";lr",
        "sip:",
        "sips:",
        "tel:",
        "From: ",
        "To: ",
        "Call-ID: ",
        "Contact: ",
        "Contact: *",
        "Route: ",
        "Record-Route: ",
        "Require: ",
        "Content-Type: application/sdp",
        "multipart/mixed;boundary=",
        "Expires: ",
        "Max-Forwards: 70",
        "l: ",
        "v: ",
        "f: ",
        "t: ",
        "i: ",
        "m: ",
        "c: ",
        "Digest ",
        "realm=",
        "nonce=",
        "qop=",
        "auth-int",
        "algorithm=",
        "SHA-256",
        "MD5-sess",
        "stale=true",
        "opaque=",
        "username=",
        "response=",
        "cnonce=",
        "nc=00000001",
        "nextnonce=",
        "v=0",
        "o=- 1 1 IN IP4 ",
        "s=-",
        "t=0 0",
        "c=IN IP4 ",
        "c=IN IP6 ",
        "m=audio ",
        "RTP/AVP",
        "a=rtpmap:",
        "a=fmtp:",
        "telephone-event/8000",
        "PCMA/8000",
        "a=sendonly",
        "a=inactive",
        "a=ptime:",
        "IN IP4 0.0.0.0",
        "²",
        "１",
        "-1",
        "4294967296",
        "99999999999999999999",
        "Q.850;cause=",
        "<token>",
        "<branch>",
        "<cseq>",
    ]
] + [b"\r\n", b"\r\n\r\n", b"\r\n ", b"\x00", b"\\\x00", b"\xc0\x80", b"a\\"]
