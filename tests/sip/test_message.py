"""Messages that come in: start lines, framing, limits, what must be there."""

from __future__ import annotations

import pytest

from firmware.errors import SipError
from firmware.sip.message import Request, Response, is_keepalive, parse, refusal
from tests.sip.wire import BASE, raw, status_of

# start lines


def test_a_request_is_read() -> None:
    message = parse(raw())
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:b@dom", b"")
    assert message.headers.items() == BASE
    message.check()


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("SIP/2.0 200 OK", 200, "OK"),
        ("SIP/2.0 183", 183, ""),
        ("SIP/2.0 100 ", 100, ""),
        ("sip/2.0 699 Odd  one", 699, "Odd  one"),
        ("SIP/2.0 199 trying -- your call is important", 199, "trying -- your call is important"),
    ],
)
def test_a_response_is_read(line: str, status: int, reason: str) -> None:
    message = parse(raw(start=line))
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (status, reason)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("INVITE  sip:b@dom SIP/2.0", 400),
        ("INVITE sip:b@dom  SIP/2.0", 400),
        ("INVITE sip:b@dom SIP/2.0 ", 400),
        (" INVITE sip:b@dom SIP/2.0", 400),
        ("INVITE <sip:b@dom> SIP/2.0", 400),
        ("INVITE sip:b@dom;a b SIP/2.0", 400),
        ("INVITE sip:b@[2001:db8::1 SIP/2.0", 400),
        ("INVITE sip:b@2001:db8::1 SIP/2.0", 400),
        ("INVITE sip:b@dom?Route=x SIP/2.0", 400),
        ("INVITE dom SIP/2.0", 400),
        ("INVITE sip:b@dom", 400),
        ("INVITE sip:b@dom HTTP/1.1", 400),
        ("INV@TE sip:b@dom SIP/2.0", 400),
        ("INVITE sip:b@dom SIP/3.0", 505),
        ("SIP/2.0 700 High", 400),
        ("SIP/2.0 99 Low", 400),
        ("SIP/2.0 4294967301 Higher", 400),
        ("SIP/2.0 2²0 OK", 400),
        ("SIP/2.0 \uff12\uff10\uff10 OK", 400),
        ("SIP/1.0 200 OK", 505),
    ],
)
def test_a_start_line_that_is_none_is_refused(line: str, status: int) -> None:
    assert status_of(raw(start=line)) == status


def test_a_folded_start_line_is_refused() -> None:
    assert status_of(b"INVITE sip:b@dom SIP/2.0\r\n x\r\n\r\n") == 400


def test_a_foreign_scheme_in_the_request_uri_is_no_error_of_syntax() -> None:
    message = parse(raw(start="INVITE soap.beep://192.0.2.1:3002 SIP/2.0"))
    assert isinstance(message, Request)
    assert message.target.scheme == "soap.beep"


# framing of a datagram (RFC 3261 section 18.3)


def test_without_a_content_length_the_body_runs_to_the_end_of_the_datagram() -> None:
    assert parse(raw(body=b"x\r\n\r\ny")).body == b"x\r\n\r\ny"


def test_a_content_length_cuts_the_body() -> None:
    assert parse(raw("l: 2", body=b"abcdef")).body == b"ab"
    assert parse(raw("L:0", body=b"abcdef")).body == b""


@pytest.mark.parametrize(
    "value",
    ["3", "-1", "+2", "1_0", "0x2", "2 ", "", "²", "\uff12", "4294967296", "9" * 5000, "2, 2"],
)
def test_a_content_length_that_cannot_be_true_is_refused(value: str) -> None:
    line = f"Content-Length:{value}" if value != "2 " else "Content-Length: 2 x"
    assert status_of(raw(line, body=b"ab")) == 400
    assert status_of(raw(line, start="SIP/2.0 200 OK", body=b"ab")) == 400


def test_a_repeated_content_length_is_refused_even_if_both_agree() -> None:
    assert status_of(raw("Content-Length: 2", "l: 2", body=b"ab")) == 400


def test_line_ends_before_the_start_line_are_skipped() -> None:
    assert parse(b"\r\n\r\n" + raw()) == parse(raw())


@pytest.mark.parametrize("data", [b"", b"\0", b"\r\n", b"\r\n\r\n", b"\r\n\r\n\0", b"jaK\0"])
def test_keepalives_are_known(data: bytes) -> None:
    assert is_keepalive(data)


def test_a_message_is_no_keepalive() -> None:
    assert not is_keepalive(raw())


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(20),
        b"\x80\x08" + bytes(170),
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x00",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"hello\r\n\r\n",
    ],
)
def test_what_is_not_sip_is_refused_and_never_answered(data: bytes) -> None:
    assert refusal(data, SipError("no")) is None
    assert status_of(data) == 400


@pytest.mark.parametrize("end", ["\n", "\r", "\r\r\n", "\n\r\n"])
def test_bare_line_ends_are_refused(end: str) -> None:
    data = raw("X-A: 1", "X-B: 2").replace(b"1\r\nX-B", b"1" + end.encode() + b"X-B")
    assert status_of(data) == 400


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028"])
def test_what_python_takes_for_a_line_end_is_none(end: str) -> None:
    message = parse(raw(f"Subject: a{end}Content-Length: 9"))
    assert "content-length" not in message.headers


# limits


def test_a_message_above_64_kb_is_too_large() -> None:
    assert status_of(raw(body=bytes(65536))) == 513


def test_header_lines_above_32_kb_are_too_large() -> None:
    assert status_of(raw("X: " + "a" * 33000)) == 513
    assert parse(raw("X: " + "a" * 31000)).headers.get("x") == "a" * 31000


def test_128_header_lines_are_the_most() -> None:
    most = 128 - len(BASE)
    parse(raw(*[f"X: {n}" for n in range(most)])).check()
    parse(raw(*[f"X: {n}\r\n folded" for n in range(most)])).check()
    assert status_of(raw(*[f"X: {n}" for n in range(most + 1)])) == 513


def test_64_hops_are_the_most() -> None:
    hop = "SIP/2.0/UDP h"
    parse(raw("Via: " + ", ".join([hop] * 63))).check()
    assert status_of(raw("Via: " + ", ".join([hop] * 64))) == 513


@pytest.mark.parametrize("name", ["Route", "Record-Route"])
def test_32_routes_are_the_most(name: str) -> None:
    parse(raw(f"{name}: " + ", ".join(["<sip:p;lr>"] * 32))).check()
    assert status_of(raw(f"{name}: " + ", ".join(["<sip:p;lr>"] * 33))) == 513


def test_odd_but_legal_headers_survive() -> None:
    data = raw("Warning:", "Subject: a\r\n\tb\r\n  c", "X" * 200 + ": y").replace(
        b"Call-ID: call", b"Call-ID: " + b"c" * 4096
    )
    message = parse(data)
    message.check()
    assert message.headers.get("warning") == ""
    assert message.headers.get("subject") == "a b c"
    assert message.call_id == "c" * 4096


# what must be there


@pytest.mark.parametrize("name", [name for name, _ in BASE])
def test_a_message_without_a_mandatory_header_is_refused(name: str) -> None:
    lines = [f"{n}: {v}" for n, v in BASE if n != name]
    data = "\r\n".join(["INVITE sip:b@dom SIP/2.0", *lines]).encode() + b"\r\n\r\n"
    assert status_of(data) == 400


def test_an_empty_call_id_is_refused() -> None:
    assert status_of(raw().replace(b"Call-ID: call", b"Call-ID: ")) == 400


@pytest.mark.parametrize("line", ["f: <sip:x@y>", "t: <sip:x@y>", "i: x", "CSeq: 1 INVITE"])
def test_a_header_that_may_stand_once_is_refused_twice(line: str) -> None:
    assert status_of(raw(line)) == 400


def test_two_max_forwards_are_refused() -> None:
    assert status_of(raw("Max-Forwards: 70", "Max-Forwards: 70")) == 400


@pytest.mark.parametrize("value", ["-1", "256", "300", "+5", "7_0", "\u0663", "x", ""])
def test_a_max_forwards_that_is_no_number_up_to_255_is_refused(value: str) -> None:
    assert status_of(raw(f"Max-Forwards: {value}")) == 400


@pytest.mark.parametrize(
    "line", ["no colon", "bad name: x", ": x", "\u212a: x", "a\x00b: x", "\xa0X: y"]
)
def test_a_line_that_is_no_header_is_refused(line: str) -> None:
    assert status_of(raw(line)) == 400
