"""The embedded exchange as proxy: a call from INVITE to BYE (RFC 3261 section 16)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request
from tests.exchange.bench import DOMAIN, EXCHANGE, SDP, Bench, Phone


def ready() -> Bench:
    bench = Bench()
    bench.registered()
    return bench


def test_a_call_is_passed_on_with_what_a_proxy_must_change() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite = a.calls("102")
    came = b.one("INVITE")
    assert came.uri == b.contact
    assert [via.sent_by for via in came.vias] == [str(EXCHANGE), str(a.address)]
    assert [str(r) for r in came.record_routes] == [f"<sip:{EXCHANGE};lr>"]
    assert came.max_forwards == 69
    assert came.credentials == (), "what is meant for us goes no further"
    assert (came.call_id, came.cseq) == (invite.call_id, invite.cseq)
    assert (came.from_.tag, came.to.tag) == (invite.from_.tag, "")
    assert came.body == SDP
    b.answers(came, 180)
    ringing = a.one(180)
    assert [via.branch for via in ringing.vias] == [invite.via.branch]
    assert ringing.to.tag == "t102"
    b.answers(came, 200, body=SDP)
    ok = a.one(200)
    assert ok.body == SDP
    assert ok.record_routes == came.record_routes
    ack = a.acks(ok)
    passed = b.one("ACK")
    assert passed.uri == b.contact
    assert passed.routes == ()
    assert (passed.call_id, passed.cseq) == (ack.call_id, ack.cseq)
    bench.waits(200)
    assert a.got == b.got == []


def test_the_100_of_a_telephone_is_not_passed_on() -> None:
    """Section 16.7 step 3; the caller has had ours, if it took longer than 200 ms."""
    bench = ready()
    a, b, _ = bench.phones
    a.calls("102")
    came = b.one("INVITE")
    b.answers(came, 100)
    assert a.got == []
    bench.waits(0.3)
    assert a.names == ["100 INVITE"]


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_either_side_releases(who: str) -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite, came, ok, said = bench.talk()
    if who == "caller":
        one, other, bye = a, b, a.within(ok, "BYE")
    else:
        one, other, bye = b, a, b.within(said, "BYE", called=True, contact=came.contacts[0].uri)
    passed = other.one("BYE")
    assert passed.uri == other.contact
    assert passed.routes == ()
    assert passed.max_forwards == 69
    assert (passed.from_, passed.to, passed.cseq) == (bye.from_, bye.to, bye.cseq)
    assert passed.call_id == invite.call_id
    other.answers(passed, 200)
    assert one.one(200).cseq.method == "BYE"


def test_a_held_call_and_what_else_a_dialog_brings_is_passed_on() -> None:
    bench = ready()
    a, b, _ = bench.phones
    _, _, ok, _ = bench.talk()
    a.within(ok, "INVITE", cseq=500, body=SDP)
    again = b.one("INVITE")
    assert again.record_routes == (), "the route set stands since the first INVITE"
    b.answers(again, 200, body=SDP)
    held = a.one(200)
    a.within(held, "ACK", cseq=500, contact=b.contact)
    assert b.names == [], "it has no Route: it does not come by us"
    a.within(ok, "ACK", cseq=500)
    b.one("ACK")
    a.within(ok, "INFO", cseq=501)
    b.answers(b.one("INFO"), 200)
    a.one(200)


def test_a_call_without_credentials_is_challenged() -> None:
    bench = ready()
    a = bench.phones[0]
    a.sends(a.request("INVITE", f"sip:102@{DOMAIN}", to="102"))
    challenge = a.one(407)
    assert [c.proxy for c in challenge.challenges] == [True, True]


def test_nobody_calls_in_another_s_name() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite = a.request("INVITE", f"sip:102@{DOMAIN}", to="102")
    forged = Request(
        "INVITE", invite.uri, invite.headers.replaced("From", f"<sip:103@{DOMAIN}>;tag=x"), b""
    )
    a._with_credentials(forged, "SHA-256", "one", "")
    a.one(403)
    assert b.got == []


def test_a_wrong_password_makes_no_call() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite = a.request("INVITE", f"sip:102@{DOMAIN}", to="102")
    a._with_credentials(invite, "MD5", "wrong", "")
    a.one(403)
    assert b.got == []


def test_a_number_nobody_has_does_not_exist() -> None:
    bench = ready()
    a = bench.phones[0]
    a.calls("999")
    a.one(404)


def test_a_telephone_that_is_not_registered_cannot_be_reached() -> None:
    bench = Bench()
    a = bench.phones[0]
    bench.registered(a)
    a.calls("102")
    a.one(480)


@pytest.mark.parametrize("status", [302, 404, 480, 486, 500, 503, 603])
def test_a_refusal_is_relayed_and_acknowledged_hop_by_hop(status: int) -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite = a.calls("102")
    came = b.one("INVITE")
    refusal = b.answers(came, status)
    ack = b.one("ACK")
    assert ack.via.branch == came.via.branch
    assert ack.to.tag == refusal.to.tag
    got = a.one(status)
    assert got.to.tag == refusal.to.tag
    assert [via.branch for via in got.vias] == [invite.via.branch]
    _acknowledges(a, invite, str(got.headers.get("To")))
    bench.waits(60)
    assert a.got == b.got == [], "nobody repeats anything"


def test_the_newest_binding_is_called() -> None:
    bench = ready()
    a, b, c = bench.phones
    c.number = "102"
    c.registers(password="two", call_id="second-102")
    c.clears()
    a.calls("102")
    assert (b.names, c.names) == ([], ["INVITE"])


def test_an_answer_that_is_repeated_is_passed_on_again() -> None:
    """The 200 is end to end: who called must see each repetition, and ACK it (RFC 6026)."""
    bench = ready()
    a, b, _ = bench.phones
    _, came, _ = bench.rings()
    b.answers(came, 200, body=SDP)
    b.answers(came, 200, body=SDP)
    assert a.names == ["200 INVITE", "200 INVITE"]


def test_an_invite_that_is_repeated_is_not_passed_on_again() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite = a.calls("102")
    a.sends(invite)
    assert b.names == ["INVITE"]


def test_who_is_called_from_two_telephones_at_once_has_two_calls() -> None:
    bench = ready()
    a, b, c = bench.phones
    a.calls("102")
    c.calls("102")
    first, second = b.got
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    b.clears()
    b.answers(second, 180)
    b.answers(first, 486)
    assert (a.names, c.names, b.names) == (["486 INVITE"], ["180 INVITE"], ["ACK"])


def _acknowledges(phone: Phone, invite: Request, to: str) -> None:
    from tests.exchange.bench import like

    phone.sends(like(invite, "ACK", to))
