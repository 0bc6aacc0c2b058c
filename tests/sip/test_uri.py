"""SIP and tel URIs: reading, writing, comparing (RFC 3261 section 19.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import SipError
from firmware.sip.uri import OpaqueUri, SipUri, TelUri, parse_uri, unescaped

EQUAL = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
    (
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    (
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
    ("sip:u@[2001:DB8::0:1]", "sip:u@[2001:db8::1]"),
    ("SIPS:u@h", "sips:u@h"),
    ("tel:+86-10-8888", "tel:+86108888"),
    ("tel:8888;phone-context=+86", "tel:8888;Phone-Context=+86"),
    ("urn:service:sos", "urn:service:sos"),
]
DIFFERENT = [
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:a%2Fb@h", "sip:a/b@h"),
    ("sip:a:secret@h", "sip:a@h"),
    ("sip:h", "sip:a@h"),
    ("sip:a@h", "sips:a@h"),
    ("sip:a@h;maddr=1.2.3.4", "sip:a@h"),
    ("sip:888@h", "tel:888"),
    ("tel:888", "tel:889"),
    ("urn:a", "urn:b"),
]


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_uris_that_mean_the_same_are_equivalent(a: str, b: str) -> None:
    assert parse_uri(a).equivalent(parse_uri(b))
    assert parse_uri(b).equivalent(parse_uri(a))


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_uris_that_do_not_mean_the_same_are_not(a: str, b: str) -> None:
    assert not parse_uri(a).equivalent(parse_uri(b))
    assert not parse_uri(b).equivalent(parse_uri(a))


def test_every_part_of_a_sip_uri_is_read() -> None:
    assert SipUri.parse("sips:al%20ice:pw@[::1]:5061;transport=tcp;lr?a=b&c=d") == SipUri(
        "[::1]",
        "al%20ice",
        5061,
        (("transport", "tcp"), ("lr", None)),
        "a=b&c=d",
        "pw",
        "sips",
    )


@pytest.mark.parametrize("lr", ["lr", "LR", "lr=on", "lr=true"])
def test_loose_routing_is_a_matter_of_presence(lr: str) -> None:
    assert SipUri.parse(f"sip:p;{lr}").lr
    assert not SipUri.parse("sip:p;lrx").lr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        "sip:@h",
        "sip:u@",
        "sip:u@h:",
        "sip:u@h:65536",
        "sip:u@h:5_0",
        "sip:u@h:\u0665060",
        "sip:u@h;=x",
        "sip:u@2001:db8::1",
        "sip:u@[]",
        "sip:u@[fe80::1%eth0]",
        "sip:u h",
        "sip:u@h\n",
        "sip:u@h\x00",
        "sip:u@-h",
        "sip:<u>@h",
        "\u017fip:u@h",
        "tel:",
        "tel:;x=y",
        "1a:b",
        ":b",
        "http:",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(SipError):
        parse_uri(text)


def test_an_empty_parameter_is_overlooked() -> None:
    assert SipUri.parse("sip:u@h;;lr;") == SipUri("h", "u", params=(("lr", None),))


def test_foreign_schemes_are_opaque() -> None:
    assert parse_uri("HTTP://x/y?z") == OpaqueUri("http", "//x/y?z")
    assert str(parse_uri("HTTP://x/y?z")) == "http://x/y?z"
    assert parse_uri("HTTP://x/y?z").user_text == "//x/y?z"


def test_what_the_grammar_forbids_in_a_user_part_goes_out_escaped() -> None:
    assert str(SipUri("h", "a b#%c%20é")) == "sip:a%20b%23%25c%20%C3%A9@h"
    assert str(SipUri("h", "a", password="p@w")) == "sip:a:p%40w@h"


def test_users_are_read_without_escapes() -> None:
    assert SipUri.parse("sip:%E4%B8%AD%2a@h").user_text == "中*"
    assert TelUri.parse("tel:+1(201)555-01.23").user_text == "+12015550123"
    assert unescaped("100%") == "100%"
    assert unescaped("%zz%4") == "%zz%4"
    assert SipUri.parse("sip:h").user_text == ""


names = st.from_regex(r"[A-Za-z0-9\-.!%*_+`'~]{1,8}", fullmatch=True)
values = st.none() | st.from_regex(r"[A-Za-z0-9\-.!*_+`'~\[\]:&$/]{1,8}", fullmatch=True)
hosts = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._\-]{0,20}", fullmatch=True) | st.ip_addresses(
    v=6
).map(lambda a: f"[{a}]")
sip_uris = st.builds(
    SipUri,
    hosts,
    st.none() | st.from_regex(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/]{1,12}", fullmatch=True),
    st.none() | st.integers(0, 65535),
    st.lists(st.tuples(names, values), max_size=4).map(tuple),
    st.from_regex(r"([a-z]{1,5}=[a-z%20]{0,5}&?){0,3}", fullmatch=True),
    st.none(),
    st.sampled_from(["sip", "sips"]),
)


@given(sip_uris)
def test_what_is_written_is_read_as_the_same(uri: SipUri) -> None:
    assert SipUri.parse(str(uri)) == uri
    assert uri.equivalent(SipUri.parse(str(uri)))


@given(sip_uris, sip_uris)
def test_equivalence_is_symmetric(a: SipUri, b: SipUri) -> None:
    assert a.equivalent(b) == b.equivalent(a)


@given(st.text(max_size=40) | st.text('sip:tel@[]:;=?%<> "h1', max_size=30))
def test_any_text_is_a_uri_or_a_sip_error(text: str) -> None:
    try:
        uri = parse_uri(text)
    except SipError:
        return
    assert uri.equivalent(uri)
    assert str(parse_uri(str(uri))) == str(uri)
