"""RFC 4475: every message is accepted or refused as it must be, and never anything else."""

from __future__ import annotations

import pytest

from firmware.errors import SipError
from firmware.sip.headers import NameAddr
from firmware.sip.message import Request, Response, parse, refusal
from firmware.sip.multipart import parts
from firmware.sip.uri import OpaqueUri, SipUri, parse_uri
from tests.sip import torture_valid
from tests.sip.torture import MESSAGES, REFUSED, Torture

ACCEPTED = [m for m in MESSAGES.values() if m.refused is None]
BROKEN = [m for m in MESSAGES.values() if m.refused is not None]


def request(name: str) -> Request:
    message = parse(MESSAGES[name].data)
    assert isinstance(message, Request)
    return message


def response(name: str) -> Response:
    message = parse(MESSAGES[name].data)
    assert isinstance(message, Response)
    return message


def test_all_49_messages_are_here() -> None:
    assert len(MESSAGES) == 49
    assert set(REFUSED) <= set(MESSAGES)


@pytest.mark.parametrize("torture", ACCEPTED, ids=lambda t: t.name)
def test_an_acceptable_message_is_accepted_and_survives_being_written(torture: Torture) -> None:
    message = parse(torture.data)
    message.check()
    again = parse(message.encode())
    assert again.headers.without("Content-Length") == message.headers.without("Content-Length")
    assert again.body == message.body


@pytest.mark.parametrize("torture", BROKEN, ids=lambda t: t.name)
def test_a_broken_message_is_refused_with_its_status(torture: Torture) -> None:
    with pytest.raises(SipError) as refused:
        parse(torture.data).check()
    assert refused.value.status == torture.refused


@pytest.mark.parametrize("torture", BROKEN, ids=lambda t: t.name)
def test_a_broken_request_is_answered_and_a_broken_response_is_not(torture: Torture) -> None:
    answer = refusal(torture.data, SipError("broken", status=400))
    if torture.data.startswith(b"SIP/2.0 "):
        assert answer is None
    else:
        assert answer is not None
        assert answer.status == 400
        assert answer.headers.get("via")
        assert b"\r\nContent-Length: 0\r\n\r\n" in answer.encode()


def test_wsinv_means_what_its_white_space_hides() -> None:
    invite = request("wsinv")
    assert invite.max_forwards == 68
    assert str(invite.cseq) == "9 INVITE"
    assert invite.to.tag == "1918181833n"
    assert invite.from_.display == 'J Rosenberg \\"'
    assert invite.from_.tag == "98asjd8"
    assert [(v.transport, v.host, v.branch) for v in invite.vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert invite.headers.get("subject") == ""
    assert invite.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert invite.contacts == (
        NameAddr(
            'Quoted string ""',
            "sip:jdrosen@example.com",
            (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33")),
        ),
    )
    assert parse_uri(invite.routes[0].uri).user_text == ""


def test_intmeth_keeps_every_odd_character() -> None:
    message = request("intmeth")
    assert message.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert message.to.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    target = message.target
    assert isinstance(target, SipUri)
    assert target.host == "example.com"
    assert target.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert message.from_.tag == "_token~1'+`*%!-."
    assert message.headers.get("extensionHeader-!.%*+_`'~") == "\ufeff大停電"


def test_escapes_are_resolved_in_user_parts_only() -> None:
    assert request("esc01").target.user_text == "sips:user@example.com"
    assert [parse_uri(c.uri).user_text for c in request("escnull").contacts] == ["\0", "\0\0"]
    odd = request("esc02")
    assert odd.method == "RE%47IST%45R"
    assert len(odd.contacts) == 2
    assert odd.from_.display == "%Z%45"


def test_dblreq_ends_where_its_content_length_says() -> None:
    assert request("dblreq").body == b""


def test_mpart01_keeps_its_binary_part() -> None:
    text, binary = parts(request("mpart01"))
    assert text.body == b"Hello"
    assert binary.body == torture_valid.MPART01_PART


def test_reason_phrases_may_be_foreign_or_missing() -> None:
    assert response("unreason").reason.endswith("простое")
    assert response("noreason").reason == ""


def test_foreign_schemes_are_read_as_opaque() -> None:
    assert request("unkscm").target == OpaqueUri("nobodyknowsthisscheme", "totallyopaquecontent")
    assert request("novelsc").target == OpaqueUri("soap.beep", "//192.0.2.103:3002")
    assert request("unksm2").to.uri == "isbn:2983792873"


def test_a_parameter_outside_the_brackets_belongs_to_the_header() -> None:
    outside, inside = request("cparam01").contacts[0], request("cparam02").contacts[0]
    assert outside.params == (("unknownparam", None),)
    assert outside.uri == "sip:+19725552222@gw1.example.net"
    assert inside.params == ()
    assert inside.uri == "sip:+19725552222@gw1.example.net;unknownparam"


def test_what_the_agent_decides_by_is_there() -> None:
    assert request("bext01").require == ("nothingsupportsthis", "nothingsupportsthiseither")
    assert request("regaut01").credentials == ()
    assert len(response("bcast").vias) == 2
    assert request("zeromf").max_forwards == 0
    assert request("badbranch").via.branch == "z9hG4bK"
    assert request("inv2543").via.branch == request("inv2543").from_.tag == ""
    assert request("inv2543").max_forwards is None
