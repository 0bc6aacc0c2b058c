"""What is fuzzed besides SIP: voice, its reports and digits, fax, and the answers of name servers.

As `tests.fuzz.targets`: functions of bytes that return, or have found a fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver

from firmware.dns import LookUpError, Resolver
from firmware.media import rtcp, udptl
from firmware.media.jitter import JitterBuffer
from firmware.media.rtp import HEADER, Arrival, RtpSender, Source, payload_span
from firmware.media.telephone_event import EventReceiver, EventSender
from firmware.sip.address import Address, Transport

EVENTS = 101
"""Payload type of telephone-events; all others are voice."""
PERIOD = 160


def pieces(data: bytes) -> Iterator[bytes]:
    """Datagrams one after another: two octets say how long each is."""
    at = 0
    while at + 2 <= len(data):
        size = int.from_bytes(data[at : at + 2], "big") % 2048
        yield data[at + 2 : at + 2 + size]
        at += 2 + size


def joined(datagrams: list[bytes]) -> bytes:
    """What `pieces` takes apart again."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in datagrams)


def voice(data: bytes) -> None:
    """RTP as a channel takes it: order, digits, and a period of sound each period."""
    source, digits, buffer = Source(), EventReceiver(), JitterBuffer("PCMA")
    told = packets = 0
    for datagram in pieces(data):
        digits.tick()
        assert len(buffer.pop()) == PERIOD
        span = payload_span(datagram, len(datagram))
        if span is None:
            continue
        packets += 1
        start, end = span
        assert HEADER.size <= start <= end <= len(datagram)
        _, kind, sequence, timestamp, ssrc = HEADER.unpack_from(datagram)
        arrival = source.arrived(ssrc, sequence)
        newest = arrival is Arrival.NEWEST
        payload, marker = datagram[start:end], bool(kind & 0x80)
        if kind & 0x7F == EVENTS:
            told += digits.feed(
                payload, ssrc=ssrc, timestamp=timestamp, sequence=sequence, marker=marker,
                newest=newest,
            ) is not None  # fmt: skip
        elif payload:
            buffer.put(timestamp, payload[:1600], newest=newest, marker=marker)
        assert 0 <= buffer.delay_ms <= 1000
    assert told <= packets
    assert source.lost >= 0


def reports(data: bytes) -> None:
    """RTCP: what is read can be written, and means the same."""
    try:
        packets = rtcp.parse(data)
    except rtcp.RtcpError:
        return
    again = rtcp.parse(rtcp.compound(*packets))
    assert [type(one) for one in again] == [type(one) for one in packets]


def fax(data: bytes) -> None:
    """UDPTL: each packet comes out once, and in order."""
    receiver, seen = udptl.Receiver(), list[int]()
    for datagram in pieces(data):
        read = udptl.read(datagram)
        if read is not None:
            seen += [sequence for sequence, _ in receiver.feed(read)]
    assert all(0 <= number < udptl.SPAN for number in seen)
    assert receiver.lost >= 0


class _Names(Resolver):
    """Its name servers say what the fuzzer wants, question by question."""

    def answered_by(self, answers: Iterator[bytes]) -> _Names:
        self._answers = answers
        return self

    async def _resolver(self) -> Any:
        return SimpleNamespace(resolve=self._answer)

    async def _answer(self, _name: str, kind: str, **_: object) -> Any:
        said = next(self._answers, b"")
        outcome, rest = said[:1], said[1:]
        if outcome in {b"", b"n"}:
            raise _FAILURES.NoAnswer(response=_NOTHING)
        if outcome == b"x":
            raise _FAILURES.NXDOMAIN
        if outcome == b"t":
            raise _FAILURES.LifetimeTimeout(timeout=5.0, errors=[])
        wanted, known = dns.rdatatype.from_text(kind), dns.rdataclass.IN
        records = [dns.rdata.from_wire(known, wanted, w, 0, len(w)) for w in pieces(rest)]
        return _Answer(records, int.from_bytes(rest[:4], "big"))


class _Answer(list[Any]):
    """Records with an age."""

    def __init__(self, records: list[Any], ttl: int) -> None:
        super().__init__(records)
        self.rrset = SimpleNamespace(ttl=ttl)


_FAILURES: Any = dns.resolver
_NOTHING = SimpleNamespace(question=[])


def names(data: bytes) -> None:
    """Answers to NAPTR, SRV, A and AAAA: addresses, or a reason in words."""
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    for transport in Transport:
        house = _Names(dice, lambda: 0.0).answered_by(pieces(data))
        with suppress(LookUpError):
            found = _run(house.resolve("sbc.example", 0, transport))
            assert found
            assert all(0 <= one.port <= 65535 for one in found)


def _run(asking: Coroutine[Any, Any, tuple[Address, ...]]) -> tuple[Address, ...]:
    """Nothing in it ever waits."""
    try:
        asking.send(None)
    except StopIteration as done:
        found: tuple[Address, ...] = done.value
        return found
    raise AssertionError("it waits")


def seeds(target: str) -> Iterator[bytes]:
    """Good traffic of each kind."""
    match target:
        case "voice":
            sender, keys = RtpSender(random.Random(1).randbytes), EventSender()  # noqa: S311
            spoken = []
            for n in range(12):
                spoken.append(bytes(sender.packet(8, b"\xd5" * PERIOD, marker=n == 0)))
                sender.advance(PERIOD)
            yield joined(spoken)
            yield joined([spoken[0], spoken[2], spoken[1], spoken[1], spoken[5]])
            keys.press("5")
            yield joined([
                bytes(sender.packet(EVENTS, one.payload, marker=one.marker))
                for one in keys.packets(sender.timestamp)
            ])  # fmt: skip
        case "reports":
            block = rtcp.Reception(7, 3, -2, 70000, 40, 5, 6)
            yield rtcp.compound(rtcp.ReportPacket(1, rtcp.Sending(2**40, 8, 9, 10), (block,)))
            yield rtcp.compound(
                rtcp.ReportPacket(1), rtcp.Names(((1, b"a@b"),)), rtcp.Goodbye((1,), b"over")
            )
        case "fax":
            sent = udptl.Sender()
            yield joined([sent.datagram(b"\x00") for _ in range(5)])
        case "names":
            host = b"\x03one\x07example\x00"
            srv = b"a" + joined([b"\x00\x0a\x00\x05\x13\xc4" + host])
            naptr = b"a" + joined([b"\x00\x0a\x00\x0a\x01s\x07SIP+D2U\x00" + host])
            four, six = (
                b"a" + joined([b"\xc0\x00\x02\x09"]),
                b"a" + joined([b"\x20\x01" + bytes(14)]),
            )
            yield joined([naptr, srv, four, six])
            yield joined([b"n", srv, b"x"])
            yield joined([b"t", b"t", four, b"n"])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "voice": voice,
    "reports": reports,
    "fax": fax,
    "names": names,
}
