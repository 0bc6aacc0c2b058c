"""Messages that go out: what is written, what is answered, what is noted on receipt."""

from __future__ import annotations

import pytest

from firmware.errors import SipError
from firmware.sip.headers import NameAddr
from firmware.sip.message import (
    REASONS,
    Headers,
    Request,
    Response,
    parse,
    refusal,
    respond,
    stamped,
)
from firmware.sip.reasons import phrase, understood
from tests.sip.wire import BASE, invite, raw

# writing


def test_a_message_is_written_line_by_line_with_its_length() -> None:
    data = invite(("X-A", "1"), ("Subject", "s"), ("X-A", "2"), body=b"abc").encode()
    assert data == raw("X-A: 1", "Subject: s", "X-A: 2", "Content-Length: 3", body=b"abc")
    assert bytes(invite()) == invite().encode()


def test_a_false_content_length_is_put_right_in_its_place() -> None:
    data = invite(("l", "99"), ("X", "y"), body=b"abc").encode()
    assert data == raw("Content-Length: 3", "X: y", body=b"abc")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\n", "\r", "a\0b"])
def test_a_value_that_is_not_one_line_is_never_taken(value: str) -> None:
    for attempt in (
        lambda: Headers([("X", value)]),
        lambda: Headers().appended("X", value),
        lambda: Headers().prepended("X", value),
        lambda: Headers().replaced("X", value),
        lambda: Headers([("X", "y")]).replaced("X", "z", value),
        lambda: respond(invite(), 200, headers=[("X", value)]),
        lambda: Response(200, value, invite().headers).encode(),
    ):
        with pytest.raises(SipError) as refused:
            attempt()
        assert refused.value.status == 500


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X\r\n", "é"])
def test_a_name_that_is_no_token_is_never_taken(name: str) -> None:
    with pytest.raises(SipError):
        Headers([(name, "x")])


@pytest.mark.parametrize(
    ("method", "uri"), [("IN VITE", "sip:b"), ("INVITE", "sip:b c"), ("INVITE", "sip:b\r\nX: y")]
)
def test_a_start_line_that_would_break_is_never_written(method: str, uri: str) -> None:
    with pytest.raises(SipError) as refused:
        Request(method, uri, Headers(BASE)).encode()
    assert refused.value.status == 500


def test_text_that_is_no_text_is_never_written() -> None:
    with pytest.raises(SipError, match="not text"):
        invite(("X", "\ud800")).encode()


# answering


def test_a_response_copies_what_identifies_the_request_byte_for_byte() -> None:
    gbk = b'From: "\xd6\xd0" <sip:a@dom>;tag=a+b%20;X="q, \\" r"'
    data = raw(
        "v: SIP/2.0/TCP h;branch=z9;received=[::1] , SIP/2.0/UDP  i",
        "Record-Route: <sip:p;lr>",
        "Timestamp: 5",
        "Subject: not copied",
    ).replace(b'From: "A" <sip:a@dom>;tag=1', gbk)
    asked = parse(data)
    assert isinstance(asked, Request)
    said = respond(asked, 180, to_tag="xy", headers=[("Server", "s")], body=b"b").encode()
    assert said == (
        b"SIP/2.0 180 Ringing\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n" + gbk + b"\r\n"
        b"To: <sip:b@dom>;tag=xy\r\n"
        b"Call-ID: call\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"v: SIP/2.0/TCP h;branch=z9;received=[::1] , SIP/2.0/UDP  i\r\n"
        b"Record-Route: <sip:p;lr>\r\n"
        b"Server: s\r\n"
        b"Content-Length: 1\r\n\r\nb"
    )


def test_record_route_is_copied_where_a_dialog_may_form_and_timestamp_into_a_100() -> None:
    asked = invite(("Record-Route", "<sip:p;lr>"), ("Timestamp", "5"))
    assert "record-route" in respond(asked, 200).headers
    assert "record-route" not in respond(asked, 486).headers
    assert "record-route" not in respond(asked, 100).headers
    assert respond(asked, 100).headers.get("timestamp") == "5"
    assert "timestamp" not in respond(asked, 180).headers


def test_a_to_tag_is_added_only_where_there_is_none() -> None:
    tagged = Request(
        "BYE",
        "sip:b@dom",
        Headers(BASE).replaced("To", "<sip:b@dom>;Tag=z").replaced("CSeq", "2 BYE"),
    )
    assert respond(tagged, 200, to_tag="new").to.tag == "z"
    assert respond(invite(), 200, to_tag="new").to.tag == "new"
    assert respond(invite(), 100).to.tag == ""


def test_a_raw_nul_is_echoed_as_it_came() -> None:
    asked = parse(raw().replace(b'"A"', b'"A\0\x1b\x85"'))
    assert isinstance(asked, Request)
    assert b'From: "A\0\x1b\x85" <sip:a@dom>' in respond(asked, 400).encode()


def test_an_unreadable_to_is_echoed_without_a_tag() -> None:
    asked = parse(raw().replace(b"<sip:b@dom>", b'"<sip:b@dom>'))
    assert isinstance(asked, Request)
    assert respond(asked, 400, to_tag="x").headers.get("to") == '"<sip:b@dom>'


def test_every_status_has_a_phrase_and_an_unknown_one_that_of_its_class() -> None:
    assert all(respond(invite(), status).reason == REASONS[status] for status in REASONS)
    assert (understood(499), understood(199), understood(198), understood(699)) == (
        400,
        199,
        183,
        600,
    )
    assert phrase(299) == "OK"
    assert respond(invite(), 487, "Gone home").reason == "Gone home"


def test_a_refused_request_is_answered_as_far_as_it_can_be_read() -> None:
    for broken, status in [
        (raw("Content-Length: -1"), 400),
        (raw("X: a\nb"), 400),
        (raw("X: " + "a" * 40000), 513),
        (raw(start="INVITE sip:b@dom SIP/7.0"), 505),
        (raw("no colon")[:-4], 400),
    ]:
        answer = refusal(broken, SipError("broken", status=status))
        assert answer is not None
        assert answer.status == status
        assert answer.headers.items() == BASE


def test_what_may_stand_once_is_copied_once() -> None:
    answer = refusal(raw("t: <sip:c@dom>", "CSeq: 2 INVITE"), SipError("twice"))
    assert answer is not None
    assert answer.headers.items() == BASE


def test_a_nul_of_ours_may_stand_only_as_a_quoted_pair() -> None:
    name = str(NameAddr("NUL:\0", "sip:a@dom"))
    assert Headers([("To", name)]).get("to") == '"NUL:\\\0" <sip:a@dom>'


def test_a_refused_ack_or_response_is_not_answered() -> None:
    for start in ("ACK sip:b@dom SIP/2.0", "SIP/2.0 200 OK"):
        assert refusal(raw("Content-Length: -1", start=start), SipError("broken")) is None
    assert refusal(raw().replace(b"Via:", b"Wia:"), SipError("broken")) is None


# receiving


def test_the_top_via_is_completed_and_nothing_else_changes() -> None:
    asked = parse(raw("X-A: 1", "Via: SIP/2.0/UDP two"))
    assert isinstance(asked, Request)
    seen = stamped(asked, "198.51.100.7", 6000)
    top, *others = seen.headers.items()
    assert top[1] == "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport=6000;received=198.51.100.7"
    assert others == list(asked.headers.items()[1:])
    assert seen.via.reply_to == ("198.51.100.7", 6000)


def test_only_the_first_hop_of_the_top_line_is_completed() -> None:
    data = raw().replace(b";rport", b" , SIP/2.0/TCP  two;x")
    asked = parse(data)
    assert isinstance(asked, Request)
    line = stamped(asked, "198.51.100.7", 6000).headers.get("via")
    assert line == (
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;received=198.51.100.7, SIP/2.0/TCP  two;x"
    )
    assert stamped(asked, "192.0.2.1", 6000) is asked
