"""What a registrar may say or leave unsaid: fault rows A14 to A17, B36 to B39, for REGISTER."""

from __future__ import annotations

import random
from statistics import fmean
from typing import Any

import pytest

from firmware.sip import retry
from firmware.sip.events import (
    Address,
    Deregister,
    RegisterStatus,
    Resolved,
    Server,
    TransportFailed,
)
from firmware.sip.message import Request, respond
from tests.sip.bench import LOCAL, Bench
from tests.sip.pair import ONE, TWO, Pair
from tests.sip.test_registration import ONE as ONE_LINE
from tests.sip.test_registration import challenge, grants, ready, refreshed, state

S = RegisterStatus


# A: what comes is odd


def test_a_response_with_two_vias_is_not_for_us() -> None:
    """A14: discarded (RFC 3261 section 8.1.3.3); the transaction waits on."""
    bench = ready()
    register = bench.one("REGISTER")
    response = respond(register, 403, to_tag="x")
    headers = response.headers.appended("Via", "SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx")
    bench.brings(type(response)(403, "Forbidden", headers))
    assert state(bench).status is S.REGISTERING


@pytest.mark.parametrize(
    ("status", "least", "most"),
    [(199, None, None), (299, 2700, 3000), (499, 1200, 1200), (599, 30, 60), (699, 1200, 1200)],
)
def test_an_unknown_code_is_the_first_of_its_class(
    status: int, least: float | None, most: float | None
) -> None:
    """A15: x00; a 1xx only says that somebody works on it."""
    bench = ready()
    register = bench.one("REGISTER")
    more = (("Contact", f"{register.contacts[0]};expires=3600"),)
    bench.replies(register, status, more=more)
    next_at = state(bench).next_attempt_at
    if least is None or most is None:
        assert state(bench).status is S.REGISTERING
        return
    assert next_at is not None
    assert least <= next_at <= most


def test_what_cannot_be_sent_goes_to_the_next_server_at_once() -> None:
    """A17: a transport error counts as 503 (section 8.1.3.1); both refused: then the back-off."""
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE)
    pair.living.clear()
    pair.starts()
    pair.feeds(TransportFailed(ONE, "connection refused"))
    assert [target for _, target, _ in pair.registers_at] == [ONE, TWO]
    pair.feeds(TransportFailed(TWO, "network is unreachable"))
    now = pair.agent.registration(1)
    assert now.status is S.FAILED
    assert now.next_attempt_at is not None
    assert 30 <= now.next_attempt_at <= 60


def test_one_message_that_cannot_be_sent_costs_no_other_line_anything() -> None:
    """A17: what failed is known by its branch, which who forges such news does not know."""
    pair = Pair(heartbeat_s=0.0, register_rate=0.0)
    pair.living.clear()
    pair.starts()
    (_, _, first), (_, _, second) = pair.registers_at
    pair.feeds(TransportFailed(ONE, "Connection refused", first.encode()))
    assert [(where, r.to.uri) for _, where, r in pair.registers_at[2:]] == [(TWO, first.to.uri)]
    pair.feeds(TransportFailed(ONE, "Connection refused", b"REGISTER sip:dom SIP/2.0\r\n"))
    forged = second.encode().replace(second.via.branch.encode(), b"z9hG4bKguess")
    pair.feeds(TransportFailed(ONE, "Connection refused", forged))
    assert len(pair.registers_at) == 3


# challenges: row B36


def test_the_topmost_of_equal_challenges_is_answered_and_the_strongest_of_all() -> None:
    """REG-08, B36: an unknown algorithm first, then MD5, then SHA-256."""
    bench = ready()
    names = ["WWW-Authenticate"] * 3
    offers = [
        f'Digest realm="dom", nonce="n{n}", algorithm={algorithm}, qop="auth"'
        for n, algorithm in enumerate(["SHA-3", "MD5", "SHA-256"])
    ]
    bench.replies(bench.one("REGISTER"), 401, more=tuple(zip(names, offers, strict=True)))
    (given,) = bench.one("REGISTER").credentials
    assert (given.nonce, given.algorithm) == ("n2", "SHA-256")


@pytest.mark.parametrize(
    ("offer", "qop", "algorithm"),
    [
        ('realm="dom", nonce="n"', None, None),
        ('realm="dom", nonce="n", qop="auth"', "auth", None),
        ('realm="dom", nonce="n", qop="auth,auth-int"', "auth", None),
        ('realm="dom", nonce="n", qop="auth-int"', "auth-int", None),
        ('realm="dom", nonce="n", algorithm=MD5-sess, qop="auth"', "auth", "MD5-sess"),
        ('realm="dom", nonce="n", algorithm="sha-256", qop=auth', "auth", "sha-256"),
        ('realm="", nonce="n"', None, None),
        ('realm="a, \\"b\\" 中", nonce="n", opaque=""', None, None),
        (f'realm="dom", nonce="{"x" * 1024}", domain="sip:dom"', None, None),
    ],
)
def test_every_variant_of_a_challenge_is_answered(
    offer: str, qop: str | None, algorithm: str | None
) -> None:
    """REG-08, B36: qop absent, both, auth-int only; -sess; an empty realm; 1 KB of nonce."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), 401, more=(("WWW-Authenticate", f"Digest {offer}"),))
    again = bench.one("REGISTER")
    (given,) = again.credentials
    assert (given.qop, given.algorithm, given.uri) == (qop, algorithm, "sip:dom")
    assert ("opaque" in offer) == (given.opaque is not None)
    grants(bench, again)
    assert state(bench).status is S.REGISTERED


def test_a_401_a_407_and_a_401_again_of_another_realm_are_answered_in_turn() -> None:
    """REG-05, B36: registrar and proxy challenge one after the other; both get their due."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), 407, more=(challenge("p", name="Proxy-Authenticate"),))
    bench.replies(bench.one("REGISTER"), 401, more=(challenge("r"),))
    both = bench.one("REGISTER")
    assert {(c.proxy, c.nonce, c.nc) for c in both.credentials} == {
        (True, "p", "00000002"), (False, "r", "00000001"),
    }  # fmt: skip
    grants(bench, both)
    assert state(bench).status is S.REGISTERED


def test_a_registrar_that_challenges_for_ever_is_left_alone() -> None:
    """B36: stale each time; at most three REGISTERs, and then the long wait."""
    bench = ready()
    count = 0
    while bench.wire:
        count += 1
        register = bench.one("REGISTER")
        bench.replies(register, 401, more=(challenge(f"n{count}", ", stale=true"),))
    assert count == 3
    assert state(bench).status is S.FAILED
    bench.waits(1100.0)
    bench.gets()


def test_twelve_challenges_are_no_trouble() -> None:
    """B36: those of other realms are not answered: one realm a registrar, the first that asks."""
    bench = ready()
    others = tuple(("WWW-Authenticate", f'Digest realm="r{n}", nonce="x{n}"') for n in range(11))
    bench.replies(bench.one("REGISTER"), 401, more=(challenge("n1"), *others))
    given = bench.one("REGISTER").credentials
    assert [c.realm for c in given if c.realm == "dom"] == ["dom"]


def test_a_realm_that_is_not_the_registrars_gets_nothing() -> None:
    """Sip 9.2: the realm first learned stays; an answer to another could be tried off line."""
    bench = ready()
    register = refreshed(bench)
    foreign = ("WWW-Authenticate", 'Digest realm="evil", nonce="e", algorithm=MD5')
    bench.replies(register, 401, more=(foreign,))
    bench.gets()
    assert state(bench).last_error == "realm is not ours"


# grants: row B37


@pytest.mark.parametrize(
    ("granted", "least", "most"), [(1, 5.0, 5.0), (5, 5.0, 5.0), (12, 5.4, 6.0), (20, 9.0, 10.0)]
)
def test_a_short_grant_is_honoured_and_no_storm(granted: int, least: float, most: float) -> None:
    """REG-02, REG-03, B37: it ends when the registrar says; 5 s from one REGISTER to the next."""
    bench = ready()
    grants(bench, bench.one("REGISTER"), granted)
    assert state(bench).expires_at == granted
    bench.waits(granted - 0.01)
    assert state(bench).status is S.REGISTERED
    bench.waits(10.0)
    assert least <= bench.times[0] <= most
    bench.clears()


def test_a_line_is_never_shown_as_registered_longer_than_it_is() -> None:
    """REG-11: the binding counts from when the REGISTER went out, not from its late answer."""
    bench = ready()
    register = bench.one("REGISTER")
    bench.waits(20.0)
    bench.clears()
    grants(bench, register, 60)
    assert state(bench).expires_at == 60.0
    next_at = state(bench).next_attempt_at
    assert next_at is not None
    assert next_at <= 30.0


def test_an_answer_that_comes_after_the_end_of_its_binding_is_worth_nothing() -> None:
    """REG-11, B37."""
    bench = ready()
    register = bench.one("REGISTER")
    bench.waits(25.0)
    bench.clears()
    grants(bench, register, 20)
    now = state(bench)
    assert now.status is not S.REGISTERED
    assert now.next_attempt_at == 30.0


@pytest.mark.parametrize(("text", "lasts"), [("1000000000", 86400), ("86401", 86400)])
def test_a_grant_for_years_is_a_day(text: str, lasts: int) -> None:
    """B37: a registrar cannot talk us into silence."""
    bench = ready()
    register = bench.one("REGISTER")
    bench.replies(register, 200, more=(("Contact", f"{register.contacts[0]};expires={text}"),))
    assert state(bench).expires_at == lasts


def test_a_grant_of_nothing_is_a_failure() -> None:
    """B37: expires=0 for our Contact means that it is not bound."""
    bench = ready()
    grants(bench, bench.one("REGISTER"), 0)
    assert (state(bench).status, state(bench).last_error) == (S.FAILED, "granted for 0 s")


@pytest.mark.parametrize("contact", ["", "<sip:x@192.0.2.7>;expires=60", "ours;expires=0"])
def test_a_refresh_that_shows_that_we_are_not_bound_ends_reg_ok(contact: str) -> None:
    """REG-02, B37: what the registrar lists is the truth, whatever was granted before."""
    bench = ready()
    register = refreshed(bench)
    listed = contact.replace("ours", str(register.contacts[0]))
    bench.replies(register, 200, more=(("Contact", listed),) if listed else ())
    assert (state(bench).status, state(bench).expires_at) == (S.FAILED, None)


@pytest.mark.parametrize("status", [400, 403, 404, 603])
def test_a_refresh_that_is_refused_ends_reg_ok(status: int) -> None:
    """REG-14: only 408, 5xx and silence leave the binding as it was (REG-11)."""
    bench = ready()
    bench.replies(refreshed(bench), status)
    assert (state(bench).status, state(bench).expires_at) == (S.FAILED, None)


def test_five_other_contacts_do_not_matter() -> None:
    """B37."""
    bench = ready()
    register = bench.one("REGISTER")
    others = tuple(("Contact", f"<sip:o{n}@192.0.2.{n}>;expires={n}") for n in range(50, 55))
    ours = ("Contact", f"{register.contacts[0]};expires=600")
    bench.replies(register, 200, more=(*others[:3], ours, *others[3:]))
    assert state(bench).expires_at == 600


# refusals: row B39


def test_an_impatient_retry_after_is_believed_three_times() -> None:
    """B39: `Retry-After: 0` for ever is no reason to ask every second for ever."""
    bench = ready()
    waits = []
    for _ in range(6):
        bench.replies(bench.one("REGISTER"), 503, more=(("Retry-After", "0"),))
        next_at = state(bench).next_attempt_at
        assert next_at is not None
        waits.append(next_at - bench.now)
        bench.waits(waits[-1])
    assert all(1.0 <= wait <= 1.1 for wait in waits[:3])
    assert all(wait >= 240.0 for wait in waits[3:])


@pytest.mark.parametrize("status", [403, 404, 600])
def test_a_refusal_with_a_retry_after_is_asked_again_when_it_says(status: int) -> None:
    """Table 3.2: "any with Retry-After"."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), status, more=(("Retry-After", "50"),))
    next_at = state(bench).next_attempt_at
    assert next_at is not None
    assert 50 <= next_at <= 55


@pytest.mark.parametrize("failures", [1, 2, 3, 4, 5, 6, 12])
def test_the_back_off_is_spread_evenly_over_its_upper_half(failures: int) -> None:
    """REG-17, table 3.3, RFC 5626 section 4.5."""
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    longest = min(1800.0, 30.0 * 2**failures)
    waits = [retry.back_off(failures, 30.0, dice) for _ in range(4000)]
    assert longest / 2 <= min(waits) < longest * 0.51
    assert longest * 0.99 < max(waits) <= longest
    assert fmean(waits) == pytest.approx(longest * 0.75, rel=0.01)


# REG-18: redirection


def moved(bench: Bench, status: int, *contacts: str) -> None:
    more = tuple(("Contact", contact) for contact in contacts)
    bench.replies(bench.one("REGISTER"), status, more=more)


@pytest.mark.parametrize("status", [301, 302, 305])
def test_a_redirection_is_a_refusal_unless_told_otherwise(status: int) -> None:
    """REG-18, B39: credentials do not go to whoever is named."""
    bench = ready()
    moved(bench, status, "<sip:192.0.2.66>")
    bench.gets()
    now = state(bench)
    assert now.status is S.FAILED
    assert "sip:192.0.2.66" in now.last_error
    assert now.next_attempt_at == 1200


def redirected(*contacts: str, status: int = 302, **settings: Any) -> Pair:
    """Line 1 has asked the first server and was sent on; what is on the wire is the test's."""
    usual = {"heartbeat_s": 0.0, "lines": ONE_LINE, "follow_redirects": True}
    pair = Pair(**{**usual, **settings})
    pair.living.discard(ONE)
    pair.starts()
    _, _, register = pair.registers_at[-1]
    more = tuple(("Contact", contact) for contact in contacts)
    pair.brings(respond(register, status, to_tag="r", headers=more), ONE)
    return pair


@pytest.mark.parametrize(
    ("status", "uri"), [(301, "sip:192.0.2.11"), (302, "sip:192.0.2.11"), (305, "sip:dom")]
)
def test_a_redirection_to_another_of_our_servers_may_be_followed(status: int, uri: str) -> None:
    """REG-18: a new registrar, new names; a proxy to use (305) leaves the Request-URI."""
    pair = redirected("<sip:192.0.2.66>;q=1.0", "<sip:192.0.2.11>;q=0.5", status=status)
    (_, first, asked), (_, second, again) = pair.registers_at
    assert (first, second) == (ONE, TWO)
    assert again.uri == uri
    assert again.call_id != asked.call_id
    assert pair.agent.registration(1).registrar == "192.0.2.11:5060"
    pair.waits(3001.0)
    refresh = pair.registers_at[-1][2]
    assert isinstance(refresh, Request)


def test_not_even_to_a_server_of_ours_unless_told_otherwise() -> None:
    """REG-18: the setting decides, not who is named."""
    pair = redirected("<sip:192.0.2.11>", follow_redirects=False)
    assert [target for _, target, _ in pair.registers_at] == [ONE]
    assert pair.agent.registration(1).status is S.FAILED


def test_a_line_that_is_to_leave_is_sent_on_to_nobody() -> None:
    """REG-18, REG-16: a binding made elsewhere would be one that nobody wants any more."""
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE, follow_redirects=True)
    pair.living.clear()
    pair.starts()
    _, _, register = pair.registers_at[-1]
    pair.feeds(Deregister(1))
    there = ("Contact", "<sip:192.0.2.11>")
    pair.brings(respond(register, 302, to_tag="r", headers=(there,)), ONE)
    assert len(pair.registers_at) == 1
    assert pair.agent.registration(1).status is S.UNREGISTERED


def test_a_strangers_address_is_never_followed() -> None:
    """REG-18, faults 5.1: neither a foreign host, nor a name that nobody configured."""
    pair = redirected(
        "<sip:192.0.2.66>", "<sip:dom.evil.example>", "<tel:123>", "<sips:192.0.2.11>"
    )
    assert [target for _, target, _ in pair.registers_at] == [ONE]
    assert pair.agent.registration(1).status is S.FAILED


def test_who_is_sent_in_circles_gives_up() -> None:
    """REG-18: no place twice in an attempt, and five hops at the most."""
    pair = Pair(heartbeat_s=0.0, lines=ONE_LINE, follow_redirects=True)
    pair.living.clear()
    pair.starts()
    for hop in range(20):
        _, target, register = pair.registers_at[-1]
        there = f"<sip:{TWO.host if target == ONE else ONE.host}:{5060 + hop}>"
        before = len(pair.registers_at)
        pair.brings(respond(register, 302, to_tag="r", headers=(("Contact", there),)), target)
        if len(pair.registers_at) == before:
            break
    assert len(pair.registers_at) == 6
    assert pair.agent.registration(1).status is S.FAILED


def test_who_was_sent_away_does_not_come_back_at_once() -> None:
    """REG-18, HB-06: the preferred server would send the line away again."""
    pair = redirected("<sip:192.0.2.11>")
    pair.waits(80.0)
    assert len(pair.registers_at) == 2


# one server, several addresses


def test_a_name_whose_first_address_is_silent_is_registered_at_the_next() -> None:
    """L18, RFC 3263 section 4.3."""
    silent, well = Address("192.0.2.20", 5060), Address("192.0.2.21", 5060)
    bench = ready(servers=(Server("sbc.example", 0),))
    bench.feeds(Resolved("sbc.example", 0, (silent, well)))
    assert bench.targets == [silent]
    bench.waits(32.1)
    register = bench.wire[-1]
    assert isinstance(register, Request)
    assert bench.targets[-1] == well
    bench.clears()
    response = respond(
        register, 200, to_tag="r", headers=(("Contact", f"{register.contacts[0]};expires=60"),)
    )
    bench.brings(response, well)
    assert state(bench).status is S.REGISTERED
    bench.waits_for("REGISTER", 31.0)
    assert LOCAL.host in str(register.via.host)
