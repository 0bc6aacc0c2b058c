"""Any bytes are a message or a `SipError`; what is written is read as the same; in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.errors import SipError
from firmware.sip.message import Headers, Request, Response, parse, refusal, respond, stamped
from firmware.sip.multipart import session_description
from tests.sip.torture import MESSAGES
from tests.sip.wire import BASE, raw

SEEDS = [
    b"INVITE sip:b@dom SIP/2.0\r\n", b"SIP/2.0 200 OK\r\n", b"From: <sip:a@h>;tag=1\r\n",
    b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n", b"t: sip:b@h\r\n", b"Call-ID: c\r\n",
    b"CSeq: 1 INVITE\r\n", b"Content-Length: ", b"CSeq: ", b"\xc2\xb2", b"\xef\xbc\x91",
    b"SIP/2.0", b"Via: SIP/2.0/UDP ", b";branch=z9hG4bK", b"\r\n", b"\r\n\r\n", b"-1", b"9" * 20,
    b"4294967296", b"\r\n ", b'"', b"<", b">", b",", b";", b"=", b"(", b"\\", b"\0", b"\n", b"?",
    b"Contact: *\r\n", b"m: ", b'WWW-Authenticate: Digest realm="r", nonce=n\r\n',
    b"Retry-After: 1\r\n", b"Reason: Q.850;cause=1",
]  # fmt: skip

VIEWS: tuple[Callable[[Request | Response], object], ...] = (
    lambda m: m.vias,
    lambda m: (m.via.branch, m.via.rport, m.via.received, m.via.reply_to, m.via.sent_by),
    lambda m: (m.from_.tag, str(m.from_)),
    lambda m: m.to.tag,
    lambda m: m.call_id,
    lambda m: m.cseq,
    lambda m: m.contacts,
    lambda m: m.routes,
    lambda m: m.record_routes,
    lambda m: m.max_forwards,
    lambda m: m.expires,
    lambda m: m.content_type,
    lambda m: (m.require, m.supported, m.tokens("allow")),
    lambda m: m.challenges,
    lambda m: m.credentials,
    lambda m: m.rack,
    lambda m: (m.rseq, m.reason_q850, m.retry_after),
    lambda m: (m.seconds("Session-Expires"), m.parameter("Session-Expires", "refresher")),
    lambda m: m.addresses("Service-Route"),
    lambda m: m.target if isinstance(m, Request) else None,
    lambda m: m.check(),
    session_description,
)


def use(data: bytes) -> None:
    """Do with `data` all that the agent might; nothing but `SipError` may come of it."""
    try:
        message = parse(data)
    except SipError as error:
        answer = refusal(data, error)
        if answer is not None:
            answer.encode()
        return
    for view in VIEWS:
        with suppress(SipError):
            view(message)
    if isinstance(message, Request):
        respond(message, 200, to_tag="t").encode()
        with suppress(SipError):
            stamped(message, "192.0.2.1", 5060).encode()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_sip_error(data: bytes) -> None:
    use(data)


@given(st.lists(st.sampled_from(SEEDS) | st.binary(max_size=6), max_size=24))
@example([*SEEDS[:1], *SEEDS[2:7], b"\r\n"])
def test_any_words_of_the_language_are_a_message_or_a_sip_error(words: list[bytes]) -> None:
    use(b"".join(words))


@given(
    st.sampled_from(sorted(MESSAGES)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(SEEDS)), max_size=4),
)
def test_any_mutilated_message_is_a_message_or_a_sip_error(
    name: str, cuts: list[tuple[float, int, bytes]]
) -> None:
    data = MESSAGES[name].data
    for place, length, word in cuts:
        at = int(place * len(data))
        data = data[:at] + word + data[at + length :]
    use(data)


numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.text(st.characters(categories=["Nd", "No"]), min_size=1, max_size=4),
    st.sampled_from(["9" * 5000, "", "+1", "1_0", " 1", "1 ", "\u00a01"]),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Content-Length", "l", "CSeq", "Max-Forwards"]), numbers),
        max_size=4,
    ),
    st.binary(max_size=8),
)
def test_any_numbers_are_read_alike_by_all_or_refused(
    lines: list[tuple[str, str]], tail: bytes
) -> None:
    data = raw(*[f"{name}: {value}" for name, value in lines], body=tail)
    use(data)
    try:
        message = parse(data)
    except SipError:
        return
    lengths = [value for name, value in lines if name in {"Content-Length", "l"}]
    assert len(message.body) == (int(lengths[0]) if lengths else len(tail))


values = st.text(
    st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30
).map(lambda text: text.strip(" \t"))
foreign = st.binary(max_size=12).map(
    lambda octets: octets.translate(None, b"\r\n\0 \t").decode("utf-8", "surrogateescape")
)
names = st.from_regex(r"X-[A-Za-z0-9!%*_+`'~.\-]{1,8}", fullmatch=True)
lines = st.lists(st.tuples(names, values | foreign), max_size=6).map(tuple)


@given(lines, st.binary(max_size=40))
def test_a_request_that_is_written_is_read_as_the_same(
    more: tuple[tuple[str, str], ...], body: bytes
) -> None:
    headers = Headers((*BASE, *more, ("Content-Length", str(len(body)))))
    request = Request("INVITE", "sip:b@dom", headers, body)
    assert parse(request.encode()) == request


@given(lines, st.binary(max_size=40), st.integers(100, 699), values | foreign)
def test_a_response_that_is_written_is_read_as_the_same(
    more: tuple[tuple[str, str], ...], body: bytes, status: int, reason: str
) -> None:
    headers = Headers((*BASE, *more, ("Content-Length", str(len(body)))))
    response = Response(status, reason, headers, body)
    assert parse(response.encode()) == response


@given(lines, lines)
def test_lines_from_the_wire_are_written_as_they_came(
    before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]
) -> None:
    data = raw(*[f"{name}: {value}" for name, value in (*before, *after)], "Content-Length: 0")
    assert parse(data).encode() == data


# linear time: what is twice as long may take twice as long

LONG: dict[str, Callable[[int], bytes]] = {
    "spaces": lambda n: raw("X:" + " " * n + "y"),
    "folds": lambda n: raw("X: y" + "\r\n " * (n // 3)),
    "quotes": lambda n: raw('m: "' + '\\"' * (n // 2)),
    "open quotes": lambda n: raw("k: " + '"a\\' * (n // 3)),
    "display": lambda n: raw("m: " + "a " * (n // 2)),
    "brackets": lambda n: raw("m: " + "<" * n),
    "parentheses": lambda n: raw("k: " + "(" * n),
    "half comments": lambda n: raw("k: " + "(a," * (n // 3)),
    "commas": lambda n: raw("k: " + "," * n),
    "options": lambda n: raw("k: " + "a," * (n // 2)),
    "parameters": lambda n: raw("m: <sip:a@h>" + ";a=b" * (n // 4)),
    "uri parameters": lambda n: raw(start="INVITE sip:h" + ";a" * (n // 2) + " SIP/2.0"),
    "uri user": lambda n: raw(start="INVITE sip:" + "a" * n + " SIP/2.0"),
    "start line": lambda n: raw(start="I" * n),
    "challenges": lambda n: raw("WWW-Authenticate: Digest " + "a=b," * (n // 4)),
    "challenge words": lambda n: raw("WWW-Authenticate: Digest a=" + "b " * (n // 2)),
    "one header": lambda n: raw("X: " + "x" * n),
    "body": lambda n: raw(body=b"\r\n--b" * (n // 5)),
    "parts": lambda n: raw("c: multipart/mixed;boundary=b", body=b"\r\n--b" * (n // 5)),
    "reasons": lambda n: raw("Reason: " + "Q.850;cause=0," * (n // 14)),
}


def least(data: bytes) -> float:
    """Processor seconds for everything that can be asked of `data`, the best of many."""

    def once() -> float:
        before = time.process_time()
        use(data)
        return time.process_time() - before

    return min(once() for _ in range(10))


@pytest.mark.parametrize("kind", LONG)
def test_time_grows_with_length_and_no_faster(kind: str) -> None:
    half, full = LONG[kind](15000), LONG[kind](30000)
    for _ in range(4):  # a busy machine spoils a measurement, it does not improve one
        took = least(full)
        if took < 0.0005 or (took < 0.010 and took / least(half) < 2.5):
            return
    pytest.fail(f"{took * 1000:.1f} ms for 30 kB, {least(half) * 1000:.1f} ms for half of it")
