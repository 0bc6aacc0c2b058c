"""What breaks naive parsers: Python's own helpfulness, and ordinary carrier traffic."""

from __future__ import annotations

import pytest

from firmware.errors import SipError
from firmware.sip.grammar import clamped, is_token, lower, number, split_list
from firmware.sip.headers import NameAddr, Via
from firmware.sip.message import Request, parse
from firmware.sip.uri import SipUri, TelUri, parse_uri
from tests.sip.wire import raw, status_of

NOT_NUMBERS = [
    "²",
    "\u0663",
    "\uff11\uff12",
    "1_0",
    " 12",
    "12 ",
    "12\n",
    "\xa012",
    "+5",
    "-0",
    "-1",
    "",
    "0x1",
    "1e3",
    "nan",
    "infinity",
    "9" * 5000,
    "4294967296",
]


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_a_number_is_ascii_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(SipError):
        number(text, "it")


def test_a_number_may_have_leading_zeros_and_a_limit() -> None:
    assert number("0068", "it") == 68
    assert number("4294967295", "it") == 4294967295
    with pytest.raises(SipError, match="up to 255"):
        number("256", "it", limit=255)


def test_a_clamped_number_is_never_too_large_to_read() -> None:
    assert clamped("9" * 5000) == 4294967295
    assert clamped("0" * 5000 + "7") == 7
    assert clamped("00000000005000000000") == 4294967295
    assert [clamped(t) for t in NOT_NUMBERS if not t.isascii() or not t.isdigit()] == [None] * 16


@pytest.mark.parametrize("value", [t for t in NOT_NUMBERS if t.strip(" ") != "12"])
def test_a_cseq_number_that_is_none_is_refused(value: str) -> None:
    assert status_of(raw().replace(b"CSeq: 1", b"CSeq: " + value.encode())) == 400


def test_a_cseq_number_is_below_2_to_the_31() -> None:
    assert parse(raw().replace(b"CSeq: 1 ", b"CSeq:  2147483647  ")).cseq.number == 2147483647
    assert status_of(raw().replace(b"CSeq: 1 ", b"CSeq: 2147483648 ")) == 400


def test_lower_case_is_of_ascii_letters_only() -> None:
    assert lower("ABC-xyz") == "abc-xyz"
    assert lower("\u212aÄİſ") == "\u212aÄİſ"
    assert not is_token("\u212a")


def test_a_kelvin_sign_is_no_compact_supported() -> None:
    assert status_of(raw("\u212a: 100rel")) == 400
    assert parse(raw("k: 100rel")).supported == ("100rel",)


@pytest.mark.parametrize("space", ["\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2000", "\u3000"])
def test_foreign_white_space_is_not_stripped(space: str) -> None:
    assert parse(raw(f"X: {space}y{space}")).headers.get("x") == f"{space}y{space}"


def test_lists_split_at_ascii_commas_outside_quotes_brackets_and_comments() -> None:
    text = 'a, "b, \\"c", <d,e>;f , (g, h), ,\uff0c'
    assert split_list(text) == ("a", '"b, \\"c"', "<d,e>;f", "(g, h)", "\uff0c")
    assert split_list(" , ,") == ()
    with pytest.raises(SipError, match="unbalanced"):
        split_list('a, "b')


# ordinary carrier input


def read(*lines: str, **replaced: str) -> Request:
    data = raw(*lines)
    for name, value in replaced.items():
        old = next(line for line in data.split(b"\r\n") if line.startswith(name.title().encode()))
        data = data.replace(old, f"{name.title()}: {value}".encode("utf-8", "surrogateescape"))
    message = parse(data)
    assert isinstance(message, Request)
    message.check()
    return message


def test_commas_in_quotes_do_not_split_a_challenge() -> None:
    data = raw(
        'WWW-Authenticate: Digest realm="a, b", nonce="n", qop="auth,auth-int", algorithm=MD5',
        start="SIP/2.0 401 Unauthorized",
    )
    (challenge,) = parse(data).challenges
    assert (challenge.realm, challenge.qop) == ("a, b", ("auth", "auth-int"))


@pytest.mark.parametrize(
    "lines",
    [
        ['WWW-Authenticate: Digest realm="r", nonce="1", algorithm=MD5'
         ', Digest realm="r", nonce="2", algorithm=SHA-256'],
        ['WWW-Authenticate: Digest realm="r", nonce="1", algorithm=MD5',
         'WWW-Authenticate: Digest realm="r",nonce="2",algorithm="SHA-256"'],
    ],
)  # fmt: skip
def test_two_challenges_are_found_in_order_in_one_header_or_two(lines: list[str]) -> None:
    found = parse(raw(*lines, start="SIP/2.0 401 Unauthorized")).challenges
    assert [(c.nonce, c.algorithm) for c in found] == [("1", "md5"), ("2", "sha-256")]


@pytest.mark.parametrize("uri", ["sip:u@sbc1", "sip:u@sbc_a.example", "SIP:u@h", "sip:*57#@h"])
def test_uris_that_carriers_write_are_read(uri: str) -> None:
    message = parse(raw(start=f"INVITE {uri} SIP/2.0"))
    assert isinstance(message, Request)
    assert isinstance(message.target, SipUri)
    assert message.uri == uri


def test_headers_in_a_uri_are_read_where_they_may_stand() -> None:
    uri = "sip:u@h?Replaces=c%40h%3Bto-tag%3D1"
    (contact,) = read(f"Contact: <{uri}>").contacts
    assert contact.uri == uri
    assert SipUri.parse(uri).headers == "Replaces=c%40h%3Bto-tag%3D1"
    assert status_of(raw(f"Contact: {uri}")) == 400


def test_a_feature_code_compares_equal_raw_and_escaped_and_goes_out_escaped() -> None:
    code = SipUri.parse("sip:*57#@h")
    assert code.equivalent(SipUri.parse("sip:*57%23@h"))
    assert str(code) == "sip:*57%23@h"
    assert code.user_text == "*57#"


@pytest.mark.parametrize("uri", ["tel:+8613800138000;phone-context=+86", "tel:888"])
def test_a_tel_uri_stays_byte_for_byte(uri: str) -> None:
    message = read(to=f"<{uri}>")
    assert message.to.uri == uri
    assert isinstance(parse_uri(uri), TelUri)
    assert str(parse_uri(uri)) == uri


@pytest.mark.parametrize(
    "value",
    [
        '<sip:a@h>;+sip.instance="<urn:uuid:0-1>";reg-id=1',
        "<sip:a@h>;tag=a+b%20c",
        '"A" <sip:a@h>;x="a;b, <c>"',
    ],
)
def test_parameters_are_written_as_they_came(value: str) -> None:
    assert str(NameAddr.parse(value)) == value


def test_parameter_names_are_found_in_any_case() -> None:
    message = read(to="<sip:b@dom>;Tag=x")
    assert message.to.tag == "x"
    via = Via.parse("SIP/2.0/UDP h;RPORT=5;Branch=b;Received=1.2.3.4")
    assert (via.rport, via.branch, via.received) == (5, "b", "1.2.3.4")


@pytest.mark.parametrize("received", ["2001:db8::2", "[2001:db8::2]"])
def test_received_may_have_brackets_or_not(received: str) -> None:
    via = Via.parse(f"SIP/2.0/UDP [2001:db8::1]:5061;received={received};branch=z9hG4bK1")
    assert via.reply_to == ("2001:db8::2", 5061)


def test_a_display_name_in_gbk_survives() -> None:
    name = "中国".encode("gbk")
    line = b'From: "' + name + b'" <sip:a@dom>;tag=1'
    message = parse(raw().replace(b'From: "A" <sip:a@dom>;tag=1', line))
    assert message.from_.display.encode("utf-8", "surrogateescape") == name
    assert line in message.encode()


@pytest.mark.parametrize("junk", ["\0", "\x1b[2J", "\x80\x9f", "\udcc0\udc80"])
def test_control_characters_are_opaque(junk: str) -> None:
    message = read(
        f'Reason: Q.850;cause=17;text="{junk}"',
        f"User-Agent: {junk}",
        **{"from": f'"{junk}" <sip:a@dom>;tag=1'},
    )
    assert message.from_.display == junk
    assert message.reason_q850 == 17


def test_an_unknown_scheme_in_an_address_is_no_error() -> None:
    message = read("Contact: <name:John_Smith>", to="isbn:2983792873")
    assert message.to.uri == "isbn:2983792873"
    assert message.contacts[0].uri == "name:John_Smith"


def test_an_address_without_brackets_gives_its_parameters_to_the_header() -> None:
    message = read(to="sip:1001@host;tag=7")
    assert (message.to.uri, message.to.tag) == ("sip:1001@host", "7")


# RFC 5118


def test_an_address_in_brackets_keeps_its_digits_from_the_port() -> None:
    with_port = SipUri.parse("sip:[2001:db8::10]:5070")
    without = SipUri.parse("sip:[2001:db8::10:5070]")
    assert (with_port.address, with_port.port) == ("2001:db8::10", 5070)
    assert (without.address, without.port) == ("2001:db8::10:5070", None)
    assert status_of(raw(start="INVITE sip:2001:db8::10 SIP/2.0")) == 400


def test_mapped_and_mistaken_ipv6_forms_do_not_crash() -> None:
    for host in ("[::ffff:192.0.2.10]", "[2001:db8:::192.0.2.1]"):
        uri = SipUri.parse(f"sip:user@{host}:19823")
        assert uri.equivalent(SipUri.parse(str(uri)))
        assert Via.parse(f"SIP/2.0/UDP {host};branch=z9hG4bKas3-111").host == host
