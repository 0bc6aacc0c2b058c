"""The embedded exchange as registrar (RFC 3261 section 10.3)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Response
from tests.exchange.bench import DOMAIN, Bench


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_telephone_registers_with_either_digest(algorithm: str) -> None:
    bench = Bench()
    a = bench.phones[0]
    a.registers(algorithm=algorithm)
    ok = a.one(200)
    assert [str(c) for c in ok.contacts] == [f"<{a.contact}>;expires=600"]
    (binding,) = bench.exchange.registrar.bindings("101", bench.now)
    assert (binding.contact, binding.address, binding.expires_at) == (a.contact, a.address, 600)


def test_the_challenge_offers_the_better_digest_first() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.sends(a.request("REGISTER", f"sip:{DOMAIN}", to="101"))
    challenge = a.one(401)
    assert [c.get("algorithm") for c in challenge.challenges] == ["SHA-256", "MD5"]
    assert {c.realm for c in challenge.challenges} == {DOMAIN}
    assert challenge.to.tag


def test_a_wrong_password_is_refused() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.registers(password="wrong")
    a.one(403)
    assert bench.exchange.registrar.all(bench.now) == {}


def test_a_user_nobody_knows_is_refused_like_a_wrong_password() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.registers(user="999")
    a.one(403)


def test_nobody_registers_another_user() -> None:
    bench = Bench()
    a, b, _ = bench.phones
    b.number = "101"  # says that it is 101, proves that it is 102
    b.registers(user="102", password="two")
    b.one(403)
    assert bench.exchange.registrar.all(bench.now) == {}
    assert a.got == []


def test_two_telephones_challenged_at_the_same_instant_both_register() -> None:
    """Each challenge has a nonce of its own, or the second would count as used up."""
    bench = Bench()
    for phone in bench.phones:
        phone.registers()
    assert [phone.names for phone in bench.phones] == [["200 REGISTER"]] * 3


def test_a_nonce_that_is_too_old_is_replaced() -> None:
    bench = Bench()
    a = bench.phones[0]
    last = a.registers()
    a.one(200)
    bench.waits(301)
    given = str(last.headers.get("Authorization"))
    again = a.request(
        "REGISTER", f"sip:{DOMAIN}", to="101",
        more=[("Contact", f"<{a.contact}>"), ("Authorization", given)],
    )  # fmt: skip
    a.sends(again)
    challenge = a.one(401)
    assert {c.get("stale") for c in challenge.challenges} == {"true"}


def test_credentials_are_not_taken_twice() -> None:
    """The same count of the same nonce is a replay (RFC 7616 section 3.4)."""
    bench = Bench()
    a = bench.phones[0]
    last = a.registers()
    a.one(200)
    given = str(last.headers.get("Authorization"))
    replayed = a.request(
        "REGISTER", f"sip:{DOMAIN}", to="101", cseq=900,
        more=[("Contact", f"<{a.contact}>"), ("Authorization", given)],
    )  # fmt: skip
    a.sends(replayed)
    a.one(401)


def test_what_is_too_brief_is_refused_with_the_least() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.registers(expires=5)
    refusal = a.one(423)
    assert refusal.seconds("Min-Expires") == 10
    assert bench.exchange.registrar.all(bench.now) == {}


def test_what_is_too_long_is_cut() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.registers(expires=999_999)
    assert a.one(200).contacts[0].param("expires") == "3600"


def test_the_parameter_of_the_contact_counts_before_the_header() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.registers(contact=f"<{a.contact}>;expires=100", expires=600)
    assert a.one(200).contacts[0].param("expires") == "100"


def test_a_binding_ends_when_its_time_is_over() -> None:
    bench = Bench()
    a, b, _ = bench.phones
    bench.registered(a)
    b.registers(expires=60)
    b.clears()
    bench.waits(61)
    assert bench.exchange.registrar.bindings("102", bench.now) == []
    a.calls("102")
    assert a.names == ["480 INVITE"]


def test_a_refresh_replaces_the_binding_and_other_devices_stay() -> None:
    bench = Bench()
    a = bench.phones[0]
    bench.registered(a)
    a.registers(contact="<sip:other@192.0.2.200>", call_id="another-device")
    a.clears()
    bench.waits(100)
    a.registers()
    ok = a.one(200)
    expires = {c.uri: c.param("expires") for c in ok.contacts}
    assert expires == {a.contact: "600", "sip:other@192.0.2.200": "500"}
    assert ok.contacts[0].uri == a.contact, "the newest first"


def test_expires_0_removes_one_binding_and_the_star_all() -> None:
    bench = Bench()
    a = bench.phones[0]
    bench.registered(a)
    a.registers(contact="<sip:other@192.0.2.200>", call_id="another-device")
    a.clears()
    a.registers(expires=0)
    assert [c.uri for c in a.one(200).contacts] == ["sip:other@192.0.2.200"]
    a.registers(contact="*", expires=0)
    assert a.one(200).contacts == ()
    assert bench.exchange.registrar.all(bench.now) == {}


@pytest.mark.parametrize("expires", [None, 60])
def test_the_star_without_expires_0_is_a_mistake(expires: int | None) -> None:
    bench = Bench()
    a = bench.phones[0]
    bench.registered(a)
    a.registers(contact="*", expires=expires)
    a.one(400)
    assert len(bench.exchange.registrar.bindings("101", bench.now)) == 1


def test_a_query_changes_nothing() -> None:
    bench = Bench()
    a = bench.phones[0]
    bench.registered(a)
    bench.waits(10)
    a.registers(contact="", expires=None)
    assert [str(c) for c in a.one(200).contacts] == [f"<{a.contact}>;expires=590"]


def test_a_cseq_that_does_not_grow_is_refused() -> None:
    """Section 10.3 step 7: an old REGISTER that was on its way for long undoes nothing."""
    bench = Bench()
    a = bench.phones[0]
    a.registers(cseq=50)
    a.one(200)
    a.registers(cseq=20, expires=0)
    a.one(500)
    assert len(bench.exchange.registrar.bindings("101", bench.now)) == 1


def test_a_user_has_no_more_than_eight_telephones() -> None:
    bench = Bench()
    a = bench.phones[0]
    for n in range(12):
        a.registers(contact=f"<sip:{n}@192.0.2.200>", call_id=f"device-{n}")
    last = a.got[-1]
    assert isinstance(last, Response)
    assert [c.uri.partition("@")[0] for c in last.contacts] == [
        f"sip:{n}" for n in range(11, 3, -1)
    ]


def test_what_a_telephone_requires_and_we_do_not_know_is_named() -> None:
    """420 with Unsupported (section 10.3 step 2)."""
    bench = Bench()
    a = bench.phones[0]
    a.registers(more=[("Require", "path, gruu")])
    refusal = a.one(420)
    assert refusal.tokens("Unsupported") == ("path", "gruu")
