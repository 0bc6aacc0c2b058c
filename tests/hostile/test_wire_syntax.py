"""Wire syntax and abuse by size: rows A04 to A08 and A12 of the fault matrix.

A01 to A03 are in `test_torture_agent`, `test_torture_exchange` and `test_ipv6`; A10 and the
caps of tables in `test_strangers`; the rest of section A that concerns UDP in
`test_wire_transport`. A11 and A13 are about streams, on which we do not listen.
"""

from __future__ import annotations

import contextlib
import time

import pytest

from firmware.errors import SipError
from firmware.sip.admission import look
from firmware.sip.events import Datagram, Dropped, Established, Offered
from firmware.sip.message import parse, respond
from tests.hostile.scene import Scene, Talking, dropped, invite, statuses
from tests.sip.bench import ANSWER, CONTACT, OFFER, SDP, SERVER

LENGTHS = [
    b"-1",
    b"+5",
    b"1_0",
    "\u0661\u0662".encode(),
    "\uff11".encode(),
    b"4294967296",
    b"9" * 5000,
    b"0x10",
    b"1e1",
    b"5 5",
    b"",
]


@pytest.mark.parametrize("length", LENGTHS, ids=lambda length: ascii(length[:12]))
@pytest.mark.parametrize("name", [b"Content-Length", b"l"])
def test_a04_a_content_length_that_is_no_number_is_refused(name: bytes, length: bytes) -> None:
    scene = Talking()
    data = invite(scene).replace(b"Content-Length: %d" % len(OFFER), name + b": " + length)
    outputs = scene.throws(data)
    assert statuses(outputs) == [400]
    assert dropped(outputs)
    answer = b"SIP/2.0 200 OK\r\n" + data.partition(b"\r\n")[2]
    assert dropped(scene.throws(answer))
    scene.close()
    scene.settles()


@pytest.mark.parametrize("second", [b"5", b"%d"])
def test_a04_a_repeated_content_length_is_refused(second: bytes) -> None:
    scene = Scene()
    again = second.replace(b"%d", b"%d" % len(OFFER))
    assert statuses(scene.throws(invite(scene, extra=b"l: " + again + b"\r\n"))) == [400]
    assert not scene.bench.agent.busy


def test_a05_a_content_length_beyond_the_datagram_is_refused() -> None:
    scene = Scene()
    assert statuses(scene.throws(invite(scene)[:-1])) == [400]
    scene.bench.calls()
    ok = respond(scene.bench.one("INVITE"), 200, to_tag="b", headers=(CONTACT, SDP), body=ANSWER)
    outputs = scene.throws(ok.encode()[:-1])
    assert dropped(outputs)
    assert isinstance(scene.throws(ok.encode())[-1], Established), "the whole one is taken"
    scene.settles()


@pytest.mark.parametrize("where", [b"Call-ID", b"Max-Forwards", b"From", b"Via"])
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n"])
def test_a06_a_bare_line_end_in_the_headers_is_refused(where: bytes, end: bytes) -> None:
    scene = Scene()
    data = invite(scene).replace(b"\r\n" + where, end + where)
    assert dropped(scene.throws(data))
    assert not scene.bench.agent.busy
    scene.close()


def test_a06_all_line_ends_bare_is_no_message() -> None:
    scene = Scene()
    assert dropped(scene.throws(invite(scene).replace(b"\r\n", b"\n")))


@pytest.mark.parametrize(
    ("extra", "statuses_allowed"),
    [
        (b"X: " + b"a" * 30_000 + b"\r\n", {0}),
        (b"X: " + b"a" * 40_000 + b"\r\n", {400, 513}),
        (b"X: " + b"a" * 64_000 + b"\r\n", {400, 513}),
        (b"X: y\r\n" * 100, {0}),
        (b"X: y\r\n" * 200, {400, 513}),
        (b"X: y\r\n" * 5000, {400, 513}),
        (b"Via: SIP/2.0/UDP h;branch=z9hG4bKv\r\n" * 63, {0}),
        (b"Via: SIP/2.0/UDP h;branch=z9hG4bKv\r\n" * 64, {400, 513}),
        (b"Via: " + b"SIP/2.0/UDP h, " * 500 + b"SIP/2.0/UDP h\r\n", {400, 513}),
        (b"Record-Route: <sip:h;lr>\r\n" * 32, {0}),
        (b"Record-Route: <sip:h;lr>\r\n" * 33, {400, 513}),
        (b"Record-Route: " + b"<sip:h;lr>," * 1999 + b"<sip:h;lr>\r\n", {400, 513}),
        (b"Route: " + b"<sip:h;lr>," * 2000 + b"<sip:h;lr>\r\n", {400, 513}),
        (b"P-Asserted-Identity: " + b"<sip:h>," * 2000 + b"<sip:h>\r\n", {0}),
        (b"Require: " + b"a," * 3000 + b"\r\n", {400, 420, 513}),
        (b"X: y\r\n" + b" \r\n" * 9000, {0, 400, 513}),
    ],
)
def test_a07_there_is_an_end_to_everything(extra: bytes, statuses_allowed: set[int]) -> None:
    """0: it rings."""
    scene = Talking()
    data = invite(scene, extra=extra)
    outputs = scene.throws(data[:65507])
    rings = any(isinstance(o, Offered) for o in outputs)
    assert rings != bool(statuses(outputs))
    assert (0 if rings else statuses(outputs)[0]) in statuses_allowed
    scene.close()
    scene.settles()


def test_a07_parts_within_parts_within_parts_are_not_followed_for_ever() -> None:
    scene = Talking()
    body = OFFER
    for depth in range(70):
        part = b"--b%d\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n" % (depth, depth - 1)
        body = part + body + b"\r\n--b%d--\r\n" % depth
    data = invite(scene, body=body).replace(b"application/sdp", b"multipart/mixed;boundary=b69", 1)
    assert statuses(scene.throws(data)) == [415]
    scene.close()
    scene.settles()


def worst(size: int) -> list[bytes]:
    """Messages of `size` bytes that are as hard to read as we know how."""
    head = b"OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1\r\n"
    head += b"Call-ID: w\r\nCSeq: 1 OPTIONS\r\nTo: <sip:a@b>\r\n"
    fillings = [
        (b"From: <sip:a@b>;tag=1", b";a=b"),
        (b"From: <sip:a@b>;tag=1;p=", b'"\\"'),
        (b'From: "', b"\\\\"),
        (b"From: ", b"a "),
        (b"From: <sip:a@b>;tag=1\r\nContact: ", b"<sip:a@b>,"),
        (b"From: <sip:a@b>;tag=1\r\nRequire: ", b"(,"),
        (b"From: <sip:a@b>;tag=1\r\nRequire: ", b'"a",'),
        (b"From: <sip:a@b>;tag=1\r\nAccept: ", b"<a>("),
        (b"From: <sip:a@b>;tag=1\r\nX: y", b"\r\n y"),
        (b"From: <sip:", b"%41"),
        (b"From: <sip:a@b>;tag=1\r\n", b"a:b\r\n"),
    ]
    return [
        head + start + piece * ((size - len(head) - len(start) - 4) // len(piece)) + b"\r\n\r\n"
        for start, piece in fillings
    ]


LINEAR = 16
"""The most that eight times the length may cost: 2.5 for twice, three times; quadratic is 64."""


def cost(data: bytes) -> float:
    """Least processor time of seven readings, s."""
    times = []
    for _ in range(7):
        scene = Scene()
        began = time.thread_time()
        outputs = scene.bench.agent.feed(Datagram(data, SERVER), scene.bench.now)
        times.append(time.thread_time() - began)
        assert not any(isinstance(o, Dropped) and "token" in o.why for o in outputs), "unread"
    return min(times)


def allowed() -> float:
    """5 ms, or as much longer as this machine is slower than one that counts to 10^5 in 2 ms."""
    times = []
    for _ in range(7):
        began = time.thread_time()
        for _ in range(100_000):
            pass
        times.append(time.thread_time() - began)
    return 0.005 * max(1.0, min(times) / 0.002)


def test_a07_reading_takes_time_in_proportion_to_length() -> None:
    most = allowed()
    for part, whole in zip(worst(4_000), worst(32_000), strict=True):
        once, all_of_it = cost(part), cost(whole)
        assert all_of_it < most, whole[:200]
        assert all_of_it < LINEAR * once, f"not linear: {whole[200:260]!r}"


def test_a07_a_body_takes_time_in_proportion_to_length() -> None:
    """To the largest message that there may be: read in 5 ms, and rung for in 20."""
    scene = Scene()
    costs = []
    for size in (7_500, 60_000):
        body = OFFER + b"a=rtpmap:96 x/8000\r\n" * (size // 20)
        data = invite(scene, body=body, call=f"c{size}")
        costs.append(cost(data))
        began = time.thread_time()
        look(parse(data))
        assert time.thread_time() - began < allowed()
    assert costs[1] < 4 * allowed()
    assert costs[1] < LINEAR * costs[0]


@pytest.mark.parametrize(
    "name",
    [b"\x1b[31mred\x07", bytes(range(0x80, 0xA0)), b"\xc0\xaf", b"\xc4\xe3\xba\xc3", b"a\x7f"],
)
def test_a08_a_foreign_name_is_no_reason_to_lose_the_call(name: bytes) -> None:
    """The bytes come through as they are; who shows them escapes them."""
    scene = Scene()
    data = invite(scene).replace(b"From: <", b'From: "' + name + b'" <')
    offered = scene.throws(data)[-1]
    assert isinstance(offered, Offered)
    assert offered.name.encode("utf-8", "surrogateescape") == name
    scene.settles()


def test_a08_what_we_say_about_a_dropped_message_is_plain_ascii() -> None:
    scene = Scene()
    for text in (b"\x1b[2J\x07", b"\xff\xfe", b"\x85", b"a\x00b"):
        data = invite(scene).replace(b"From: <sip:8001@dom>", b"From: <" + text + b">")
        for output in scene.throws(data):
            why = getattr(output, "why", "")
            assert why.isascii()
            assert why.isprintable()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n\r\n", b"\x00\x00\x00\x00", b"ping"],
)
def test_a12_a_keep_alive_is_ignored(data: bytes) -> None:
    scene = Talking()
    assert scene.throws(data) == []
    scene.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"t" * 12,
        b"\x80\x08\x00\x01" + b"\xd5" * 168,
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03sip\x00\x00\x01\x00\x01",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01" + b"\x00" * 300,
        b"\xff" * 1400,
        b"jaK\x00" * 3,
        b"INVITE",
        b"SIP/2.0",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"\r\n" * 30_000 + b"x",
    ],
)
def test_a12_what_is_no_sip_is_dropped_without_an_answer(data: bytes) -> None:
    """STUN, RTP, DNS, HTTP, TLS and worse."""
    scene = Talking()
    outputs = scene.throws(data)
    assert dropped(outputs)
    assert len(outputs) == 1
    scene.close()


def test_whatever_is_refused_is_refused_with_an_error_of_ours() -> None:
    """No other exception leaves the parser, whatever stands where."""
    scene = Scene()
    data = invite(scene)
    for at in range(0, len(data), 3):
        for wrong in (b"\x00", b"\r", b'"', b"\xff", b""):
            with contextlib.suppress(SipError):
                parse(data[:at] + wrong + data[at + 1 :]).check()
