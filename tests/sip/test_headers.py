"""The values of single headers: addresses, hops, numbers, reasons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import SipError
from firmware.sip.headers import (
    STAR,
    CSeq,
    NameAddr,
    RAck,
    Via,
    addresses,
    q850_cause,
    retry_after,
    vias,
)
from firmware.sip.message import Headers, Request, parse
from tests.sip.wire import raw, status_of

# addresses


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<sip:a@h>", NameAddr("", "sip:a@h")),
        ("sip:a@h", NameAddr("", "sip:a@h")),
        ("sip:a@h ; tag = x", NameAddr("", "sip:a@h", (("tag", "x"),))),
        ("Bob Smith <sip:a@h;lr>;q=0.5", NameAddr("Bob Smith", "sip:a@h;lr", (("q", "0.5"),))),
        ("bob<sip:a@h>", NameAddr("bob", "sip:a@h")),
        ('"A \\"B\\" <c>, d" <sip:a@h>', NameAddr('A "B" <c>, d', "sip:a@h")),
        ('""<sip:a,b@h?x=y>', NameAddr("", "sip:a,b@h?x=y")),
        ('<sip:a@h>;x="a, \\"b";y', NameAddr("", "sip:a@h", (("x", '"a, \\"b"'), ("y", None)))),
    ],
)
def test_addresses_are_read(text: str, value: NameAddr) -> None:
    assert NameAddr.parse(text) == value
    assert NameAddr.parse(str(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "bob",
        "<>",
        "<sip:a@h",
        "sip:a@h>",
        "< sip:a@h >",
        '"bob <sip:a@h>',
        '"bob" sip:a@h',
        "Bell, Al <sip:a@h>",
        "<sip:a@h>;;tag=x",
        "<sip:a@h>;",
        "<sip:a@h> x",
        "<sip:a@h>, <sip:b@h>",
        "<sip:a@h>;=x",
        '<sip:a@h>;x="y',
        "sip:a@h?x=y",
        "<sip:<a>@h>",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SipError):
        NameAddr.parse(text)


def test_parameters_are_read_without_their_quotes_and_set_in_their_place() -> None:
    value = NameAddr.parse('<sip:a@h>;X="a\\"b";y;tag=1')
    assert (value.param("x"), value.param("y"), value.param("z")) == ('a"b', "", None)
    assert str(value.with_param("tag", "2")) == '<sip:a@h>;X="a\\"b";y;tag=2'
    assert str(value.with_param("z", None)) == '<sip:a@h>;X="a\\"b";y;tag=1;z'


def test_lists_of_addresses_run_over_lines() -> None:
    found = addresses(['<sip:a@h>;x="1,2", "b,c" <sip:b@h> ,sip:c@h', "<sip:d,e@h>"])
    assert [a.uri for a in found] == ["sip:a@h", "sip:b@h", "sip:c@h", "sip:d,e@h"]


@pytest.mark.parametrize("text", ["", ",", "<sip:a@h>,", ",<sip:a@h>", "<sip:a@h>,,<sip:b@h>"])
def test_an_empty_address_in_a_list_is_refused(text: str) -> None:
    with pytest.raises(SipError):
        addresses([text])


def test_the_contact_that_means_all_stands_alone() -> None:
    assert parse(raw("Contact: *")).contacts == (STAR,)
    assert str(STAR) == "*"
    assert status_of(raw("Contact: *, <sip:a@h>")) == 400
    assert status_of(raw("Contact: <sip:a@h>", "m: *")) == 400
    assert status_of(raw().replace(b"To: <sip:b@dom>", b"To: *")) == 400


# hops


def test_a_via_is_read_with_all_its_white_space() -> None:
    via = Via.parse("SIP / 2.0 / UDP  h.example : 5061 ; branch = z9hG4bK1 ; rport ; x=[::1]")
    assert (via.transport, via.host, via.port, via.branch) == (
        "UDP",
        "h.example",
        5061,
        "z9hG4bK1",
    )
    assert via.wants_rport
    assert via.rport is None
    assert str(via) == "SIP/2.0/UDP h.example:5061;branch=z9hG4bK1;rport;x=[::1]"
    assert Via.parse(str(via)) == via


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ;branch=x",
        "SIP/3.0/UDP h",
        "SIP/2.0 h",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h:\u0665",
        "SIP/2.0/UDP 2001:db8::1",
        "SIP/2.0/UDP h;;branch=x",
        "SIP/2.0/UDP h;branch=x;",
        "SIP/2.0/UDP h, ",
        "SIP/2.0/UDP h h",
    ],
)
def test_what_is_no_via_is_refused(text: str) -> None:
    with pytest.raises(SipError):
        vias([text])


def test_one_via_is_one_hop() -> None:
    assert Via.parse("SIP/2.0/UDP h;TTL=5").param("ttl") == "5"
    with pytest.raises(SipError):
        Via.parse("SIP/2.0/UDP h, SIP/2.0/UDP i")
    with pytest.raises(SipError, match="no Via"):
        _ = Request("INVITE", "sip:b", Headers()).via


def test_a_hop_without_parameters_ends_where_the_next_begins() -> None:
    one, other = vias(["SIP/2.0/UDP h, SIP/2.0/TCP i:6000;branch=x"])
    assert (one.host, one.port, one.params) == ("h", None, ())
    assert (other.transport, other.host, other.port, other.branch) == ("TCP", "i", 6000, "x")


def test_hops_match_without_regard_to_the_case_of_the_host() -> None:
    assert Via.parse("SIP/2.0/UDP Host.Example").sent_by == "host.example:5060"


@pytest.mark.parametrize(
    ("text", "reply_to"),
    [
        ("SIP/2.0/UDP h", ("h", 5060)),
        ("SIP/2.0/UDP h:6000", ("h", 6000)),
        ("SIP/2.0/UDP h:6000;received=192.0.2.1", ("192.0.2.1", 6000)),
        ("SIP/2.0/UDP h:6000;received=192.0.2.1;rport=7000", ("192.0.2.1", 7000)),
        ("SIP/2.0/UDP h:6000;rport=x;maddr=192.0.2.9", ("h", 6000)),
        ("SIP/2.0/UDP h:6000;rport=65536", ("h", 6000)),
        ("SIP/2.0/UDP [2001:db8::1]", ("2001:db8::1", 5060)),
    ],
)
def test_a_response_goes_where_the_via_says(text: str, reply_to: tuple[str, int]) -> None:
    assert Via.parse(text).reply_to == reply_to


def test_received_is_noted_always_with_rport_and_otherwise_where_it_differs() -> None:
    asked = Via.parse("SIP/2.0/UDP 192.0.2.1;rport;branch=b")
    assert str(asked.stamped("192.0.2.1", 6000)) == (
        "SIP/2.0/UDP 192.0.2.1;rport=6000;branch=b;received=192.0.2.1"
    )
    plain = Via.parse("SIP/2.0/UDP 192.0.2.1;branch=b")
    assert plain.stamped("192.0.2.1", 6000) is plain
    assert plain.stamped("192.0.2.2", 6000).received == "192.0.2.2"
    six = Via.parse("SIP/2.0/UDP [2001:db8::1]")
    assert six.stamped("2001:db8::1", 5060) is six


# numbers and their kin


def test_sequences_are_read_and_written() -> None:
    assert CSeq.parse("0009 \t INVITE") == CSeq(9, "INVITE")
    assert str(CSeq(2**31 - 1, "BYE")) == "2147483647 BYE"
    assert RAck.parse("4294967295 1 INVITE") == RAck(4294967295, 1, "INVITE")
    assert str(RAck(1, 2, "INVITE")) == "1 2 INVITE"


@pytest.mark.parametrize("text", ["", "1", "INVITE", "1INVITE", "-1 INVITE", "1 IN VITE", "1 I@"])
def test_what_is_no_sequence_is_refused(text: str) -> None:
    with pytest.raises(SipError):
        CSeq.parse(text)
    with pytest.raises(SipError):
        RAck.parse(text)


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (["Q.850;cause=16"], 16),
        (['SIP;cause=487, q.850 ; cause="17" ;text="a, b"'], 17),
        (["SIP;cause=487", "Q.850;cause=19"], 19),
        (["Q.850;cause=0", "Q.850;cause=128", "Q.850;cause=\u0661", "Q.850;cause"], None),
        (['Q.850;text="', "Q.850;cause=1_0"], None),
        (["SIP;cause=200"], None),
        ([], None),
    ],
)
def test_the_first_readable_q850_cause_counts(lines: list[str], cause: int | None) -> None:
    assert q850_cause(lines) == cause


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("18000;duration=3600", 18000),
        ("120 (I'm in a meeting)", 120),
        ("0", 0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1_0", None),
        ("\u0661", None),
        ("12345678901", None),
    ],
)
def test_retry_after_is_its_leading_digits(text: str, seconds: int | None) -> None:
    assert retry_after(text) == seconds
    assert parse(raw(f"Retry-After: {text}")).retry_after == seconds


def test_other_views_take_what_they_can() -> None:
    message = parse(
        raw(
            "Expires: 99999999999999999999",
            "Session-Expires: 1800;refresher=UAC",
            "Min-SE:90",
            "c: Application / SDP ; charset=x",
            "Require: 100rel, Timer",
            "k:",
            "Allow: INVITE,ACK",
            "RSeq: 5",
            "RAck: 5 1 INVITE",
            "Service-Route: <sip:a;lr>, <sip:b;lr>",
            "P-Asserted-Identity: <tel:1>",
        )
    )
    assert message.expires == 4294967295
    assert message.seconds("Session-Expires") == 1800
    assert message.parameter("Session-Expires", "refresher") == "UAC"
    assert message.seconds("min-se") == 90
    assert message.seconds("min-expires") is None
    assert message.content_type == "application/sdp"
    assert message.require == ("100rel", "timer")
    assert message.elements("Require") == ("100rel", "Timer")
    assert message.supported == ()
    assert message.tokens("allow") == ("invite", "ack")
    assert message.rseq == 5
    assert message.rack == RAck(5, 1, "INVITE")
    assert [a.uri for a in message.addresses("Service-Route")] == ["sip:a;lr", "sip:b;lr"]
    assert message.addresses("path") == ()
    assert parse(raw("Expires: soon")).expires is None
    with pytest.raises(SipError):
        _ = parse(raw()).rack


# the list of lines


def test_lines_keep_their_order_and_are_found_by_any_name() -> None:
    headers = Headers([("X-A", "1"), ("s", "2"), ("x-a", "3")])
    assert headers.items() == (("X-A", "1"), ("s", "2"), ("x-a", "3"))
    assert headers.all("X-a") == ("1", "3")
    assert headers.get("Subject") == headers.get("S") == "2"
    assert headers.get("absent") is None
    assert "subject" in headers
    assert len(headers) == 3
    assert headers == Headers(list(headers))
    assert hash(headers) == hash(Headers(list(headers)))
    assert headers != Headers()
    assert repr(Headers([("A", "b")])) == "Headers([('A', 'b')])"


def test_changed_lists_are_new_lists() -> None:
    headers = Headers([("v", "1"), ("To", "2"), ("Via", "3")])
    assert headers.replaced("Via", "9").items() == (("Via", "9"), ("To", "2"))
    assert headers.replaced("Route", "r", "s").items()[3:] == (("Route", "r"), ("Route", "s"))
    assert headers.replaced("Via").items() == headers.without("v").items() == (("To", "2"),)
    assert headers.prepended("Via", "0").all("via") == ("0", "1", "3")
    assert headers.appended("X", "y").items()[-1] == ("X", "y")
    assert headers.lines("via") == (("v", "1"), ("Via", "3"))
    assert headers.items() == (("v", "1"), ("To", "2"), ("Via", "3"))


opaque = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@given(opaque, st.text("abc-.%+'\"", min_size=1, max_size=8))
def test_a_display_name_may_hold_anything(display: str, tag: str) -> None:
    value = NameAddr(display, "sip:a@h", (("tag", "x" + tag.replace('"', "")),))
    assert NameAddr.parse(str(value)) == value


def test_what_only_an_attack_would_send_is_too_much() -> None:
    parse(raw("m: <sip:a@h>" + ";a=b" * 128, "k: " + "x," * 1024)).check()
    assert status_of(raw("m: <sip:a@h>" + ";a=b" * 129)) == 400
    assert status_of(raw(start="INVITE sip:h" + ";a" * 129 + " SIP/2.0")) == 400
    assert status_of(raw("m: " + "<sip:a@h>," * 128 + "<sip:a@h>")) == 513
    with pytest.raises(SipError):
        _ = parse(raw("k: " + "x," * 1025)).supported
    with pytest.raises(SipError):
        _ = parse(raw("WWW-Authenticate: Digest " + "a=b," * 129)).challenges
