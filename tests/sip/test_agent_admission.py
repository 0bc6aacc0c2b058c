"""Who is let in, and what is refused at the door (sip 8, faults 5.1, behaviours 9)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.sip.events import Accept, Address, Alert, Datagram, Offered
from firmware.sip.message import Headers, Request
from tests.sip.bench import CONTACT, MEDIA, OFFER, SERVER, STRANGER, US, Bench, within


def ready(**settings: Any) -> tuple[Bench, str]:
    bench = Bench(**settings)
    return bench, bench.registers()


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "MESSAGE", "BYE", "CANCEL"])
def test_a_stranger_gets_no_answer_at_all(method: str) -> None:
    bench, token = ready()
    request = bench.request(method, f"sip:{token}@192.0.2.1", more=(CONTACT,))
    bench.brings(request, STRANGER)
    bench.waits(40)
    bench.gets()
    bench.hears()
    assert bench.dropped[0].source == STRANGER
    assert not bench.agent.busy


def test_not_even_for_nonsense() -> None:
    bench, _ = ready()
    bench.feeds(Datagram(b"INVITE sip:101@192.0.2.1 SIP/2.0\r\nVia: x\r\n\r\n", STRANGER))
    bench.gets()


def test_the_server_may_send_from_another_port() -> None:
    bench, token = ready()
    invite = bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT,), body=OFFER)
    bench.brings(invite, Address(SERVER.host, 40000))
    call = bench.last(Offered).call
    bench.feeds(Alert(call))
    assert bench.targets == [Address(SERVER.host, 40000)]
    via = bench.one("180 INVITE").via
    assert (via.received, via.rport) == (SERVER.host, 40000)


@pytest.mark.parametrize("user", ["101@", "", "00000000000000000000@"])
def test_an_invite_without_the_token_of_our_contact_is_dropped(user: str) -> None:
    """REG-21, sip 6."""
    bench, _ = ready()
    bench.brings(bench.request("INVITE", f"sip:{user}192.0.2.1", more=(CONTACT,), body=OFFER))
    bench.gets()
    bench.hears()
    assert "token" in bench.dropped[0].why


def test_in_a_lab_anybody_may_call_a_number() -> None:
    bench, _ = ready(any_source=True, contact_token=False)
    invite = bench.request("INVITE", "sip:102@192.0.2.1", more=(CONTACT,), body=OFFER)
    bench.brings(invite, STRANGER)
    assert bench.last(Offered).line == 2
    bench.brings(bench.request("INVITE", "sip:999@192.0.2.1", call_id="x", body=OFFER), STRANGER)
    bench.gets("404 INVITE")


def test_a_peer_that_a_dialog_leads_to_may_speak_in_it_and_nowhere_else() -> None:
    """A proxy that records no route leaves us alone with the peer."""
    bench, token = ready()
    invite, offered = bench.rings(token)
    bench.feeds(Accept(offered.call, MEDIA))
    ok = bench.one("200 INVITE")
    peer = Address("192.0.2.20", 5070)
    bench.brings(bench.request("ACK", US, **within(ok, invite.cseq.number)), peer)
    bench.brings(bench.request("OPTIONS", US), peer)
    bench.brings(bench.request("BYE", US, **{**within(ok, 2), "call_id": "guess"}), peer)
    bench.brings(bench.request("BYE", US, **within(ok, 2)), STRANGER)
    bench.waits(5)
    bench.gets()
    bench.brings(bench.request("BYE", US, **within(ok, 2)), peer)
    bench.gets("200 BYE")


def test_options_says_that_we_are_alive_and_what_we_can() -> None:
    bench, _ = ready()
    bench.brings(bench.request("OPTIONS", "sip:192.0.2.1"))
    ok = bench.one("200 OPTIONS")
    assert ok.headers.get("Allow") == "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE"
    assert ok.headers.get("Accept") == "application/sdp"
    assert "Supported" in ok.headers
    assert ok.to.tag


@pytest.mark.parametrize("method", ["REGISTER", "SUBSCRIBE", "REFER", "PRACK", "FOO"])
def test_a_method_that_we_do_not_allow_gets_405_and_the_list(method: str) -> None:
    bench, token = ready()
    bench.brings(bench.request(method, f"sip:{token}@192.0.2.1"))
    refused = bench.one(f"405 {method}")
    assert method not in refused.headers.get("Allow").split(", ")


@pytest.mark.parametrize("method", ["BYE", "INVITE", "UPDATE", "OPTIONS"])
def test_a_request_in_an_unknown_dialog_gets_481(method: str) -> None:
    """CO-01, B20."""
    bench, _ = ready()
    request = bench.request(method, US, to="<sip:101@dom>;tag=gone", more=(CONTACT,))
    bench.brings(request)
    bench.gets(f"481 {method}")


def test_a_bye_with_a_wrong_tag_leaves_the_call_alone() -> None:
    """CO-01."""
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Alert(offered.call))
    ringing = bench.one("180 INVITE")
    bench.brings(bench.request("BYE", US, **{**within(ringing, 2), "from_": "<sip:a@b>;tag=z"}))
    bench.gets("481 BYE")
    bench.hears()


@pytest.mark.parametrize("tags", ["100rel", "foo", "foo, replaces"])
def test_what_we_do_not_understand_and_must_is_refused(tags: str) -> None:
    """PR-06, B26: 420 with exactly what was required."""
    bench, token = ready()
    request = bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(("Require", tags),))
    bench.brings(request)
    assert bench.one("420 INVITE").headers.get("Unsupported") == tags
    bench.hears()


def test_a_requirement_that_is_no_token_is_malformed() -> None:
    bench, token = ready()
    bench.brings(bench.request("OPTIONS", f"sip:{token}@192.0.2.1", more=(("Require", "a b"),)))
    bench.gets("400 OPTIONS")


def test_supported_100rel_is_no_reason_to_refuse() -> None:
    """PR-06: plain 180."""
    bench, token = ready()
    more = (CONTACT, ("Supported", "100rel"))
    bench.brings(bench.request("INVITE", f"sip:{token}@192.0.2.1", more=more, body=OFFER))
    bench.feeds(Alert(bench.last(Offered).call))
    assert "Require" not in bench.one("180 INVITE").headers


def test_the_same_invite_by_another_way_is_merged_but_each_line_is_an_agent_of_its_own() -> None:
    """8.2.2.2, B02; a hunt group may ring two lines with one INVITE."""
    bench, token = ready()
    bench.rings(token)
    bench.brings(bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT,), body=OFFER))
    bench.gets("482 INVITE")
    bench.hears()
    other = list(bench.agent.board.lines.values())[1].token
    _, offered = bench.rings(other)
    assert offered.line == 2


def test_a_foreign_scheme_body_or_accept_is_refused() -> None:
    bench, token = ready(contact_token=False)
    bench.brings(bench.request("INVITE", "urn:service:sos"))
    bench.gets("416 INVITE")
    bench.brings(bench.request("INVITE", "tel:+8613800000000", call_id="t"))
    bench.gets("404 INVITE")
    uri = f"sip:{token}@192.0.2.1"
    text = bench.request("INVITE", uri, call_id="x")
    headers = text.headers.appended("Content-Type", "text/plain")
    bench.brings(Request("INVITE", uri, headers, b"hello"))
    assert bench.one("415 INVITE").headers.get("Accept") == "application/sdp"
    bench.brings(bench.request("INVITE", uri, call_id="y", more=(("Accept", "text/plain"),)))
    bench.gets("406 INVITE")


def test_a_malformed_request_of_a_server_gets_400_and_leaves_no_state() -> None:
    bench, token = ready()
    bench.waits(10)
    good = bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT,))
    bad = Headers(good.headers.replaced("From", '"open <sip:a@b>;tag=x').items())
    bench.brings(Request("INVITE", good.uri, bad))
    bench.gets("400 INVITE")
    assert bench.dropped
    assert not bench.agent.busy


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x00", b"\r\n"])
def test_keep_alives_are_ignored(data: bytes) -> None:
    bench, _ = ready()
    bench.feeds(Datagram(data, SERVER))
    bench.gets()
    assert not bench.dropped


def test_who_calls_is_taken_from_the_assertion_of_the_server() -> None:
    bench, token = ready()
    asserted = ("P-Asserted-Identity", '"Ann" <tel:+86-10-8001>')
    request = bench.request(
        "INVITE",
        f"sip:{token}@192.0.2.1",
        from_="<sip:alias@dom>;tag=peer",
        more=(CONTACT, asserted),
        body=OFFER,
    )
    bench.brings(request)
    offered = bench.last(Offered)
    assert (offered.number, offered.name) == ("+86108001", "Ann")


@pytest.mark.parametrize(
    "more",
    [
        {"more": (CONTACT, ("Privacy", "id"), ("P-Asserted-Identity", "<tel:8001>"))},
        {"more": (CONTACT,), "from_": "<sip:anonymous@anonymous.invalid>;tag=peer"},
    ],
)
def test_who_wants_to_stay_unknown_is_not_shown(more: dict[str, Any]) -> None:
    bench, token = ready()
    bench.brings(bench.request("INVITE", f"sip:{token}@192.0.2.1", **more, body=OFFER))
    offered = bench.last(Offered)
    assert (offered.number, offered.name) == ("", "")
