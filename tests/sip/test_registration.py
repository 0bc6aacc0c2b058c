"""Registration, seen from the wire (behaviours 3 and 14.1 to 14.5)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.sip.events import (
    Address,
    AddressChanged,
    Deregister,
    LineIdentity,
    Register,
    RegisterStatus,
    RegistrationState,
    Resolve,
    Resolved,
    Server,
    TransportFailed,
)
from firmware.sip.message import Request
from tests.sip.bench import LOCAL, SERVER, Bench, name_of

ONE = (LineIdentity(1, "1001", "1001", "secret"),)
CHALLENGE = 'Digest realm="dom", nonce="{}", algorithm=MD5, qop="auth"'
S = RegisterStatus


def ready(**settings: Any) -> Bench:
    bench = Bench(**{"lines": ONE, **settings})
    bench.starts()
    return bench


def challenge(nonce: str, more: str = "", name: str = "WWW-Authenticate") -> tuple[str, str]:
    return name, CHALLENGE.format(nonce) + more


def grants(bench: Bench, register: Request, expires: int = 3600) -> None:
    contact = ("Contact", f"{register.contacts[0]};expires={expires}")
    bench.replies(register, 200, more=(contact,))


def statuses(bench: Bench) -> list[RegisterStatus]:
    seen = [report.state.status for report in bench.reports]
    bench.reports.clear()
    return seen


def state(bench: Bench) -> RegistrationState:
    return bench.agent.registration(1)


def test_a_register_has_what_a_registrar_wants() -> None:
    """REG-01, A1."""
    bench = ready()
    assert bench.targets == [SERVER]
    register = bench.one("REGISTER")
    assert register.uri == "sip:dom"
    assert register.from_.uri == register.to.uri == "sip:1001@dom"
    assert (bool(register.from_.tag), register.to.tag) == (True, "")
    assert (register.max_forwards, register.expires) == (70, 3600)
    assert len(register.contacts) == 1
    assert register.contacts[0].uri.endswith("@192.0.2.1:5060")
    assert "Authorization" not in register.headers
    assert statuses(bench) == [S.REGISTERING]
    grants(bench, register)
    assert statuses(bench) == [S.REGISTERED]
    assert state(bench).registrar == "192.0.2.10:5060"
    assert state(bench).expires_at == 3600


def test_our_own_contact_decides_among_others() -> None:
    """REG-02."""
    bench = ready()
    register = bench.one("REGISTER")
    ours = register.contacts[0]
    others = ("Contact", "<sip:x@192.0.2.7>;expires=60, <sip:y@192.0.2.8>;expires=120")
    mine = ("Contact", f'"me" {str(ours).replace("sip:", "SIP:")};q=0.5;expires=1200')
    bench.replies(register, 200, more=(others, mine))
    assert state(bench).expires_at == 1200


@pytest.mark.parametrize(
    ("more", "granted"), [((("Expires", "900"),), 900), ((), 3600), ((("Expires", "x"),), 3600)]
)
def test_the_expires_header_and_what_was_asked_come_next(
    more: tuple[tuple[str, str], ...], granted: int
) -> None:
    """REG-02."""
    bench = ready()
    register = bench.one("REGISTER")
    bench.replies(register, 200, more=(("Contact", str(register.contacts[0])), *more))
    assert state(bench).expires_at == granted


@pytest.mark.parametrize("contact", ["<sip:x@192.0.2.7>;expires=60", ""])
def test_a_200_that_does_not_list_us_is_a_failure(contact: str) -> None:
    bench = ready()
    bench.replies(bench.one("REGISTER"), 200, more=(("Contact", contact),) if contact else ())
    assert statuses(bench) == [S.REGISTERING, S.FAILED]
    assert "Contact" in state(bench).last_error


def test_a_translator_on_the_way_may_have_changed_our_address() -> None:
    bench = ready()
    register = bench.one("REGISTER")
    seen = str(register.contacts[0]).replace("192.0.2.1:5060", "198.51.100.9:40000")
    bench.replies(register, 200, more=(("Contact", f"{seen};expires=60"),))
    assert statuses(bench)[-1] is S.REGISTERED


def test_the_granted_time_counts_even_if_it_is_longer() -> None:
    """REG-03: asked 10, got 30: next REGISTER after 13.5 to 15 s, not 5."""
    bench = ready(expires_s=10)
    grants(bench, bench.one("REGISTER"), 30)
    bench.waits(13.4)
    bench.gets()
    bench.waits(1.7)
    assert {name_of(message) for message in bench.wire} == {"REGISTER"}


@pytest.mark.parametrize(
    ("granted", "earliest", "latest"),
    [
        (30, 13.5, 15),
        (60, 27, 30),
        (300, 135, 150),
        (1200, 540, 600),
        (1201, 540.9, 601),
        (1800, 1080, 1200),
        (3600, 2700, 3000),
        (86400, 77220, 85800),
    ],
)
def test_when_a_binding_is_refreshed(granted: int, earliest: float, latest: float) -> None:
    """REG-10, table 3.1."""
    for seed in range(20):
        bench = ready(seed=seed)
        grants(bench, bench.one("REGISTER"), granted)
        next_at = state(bench).next_attempt_at
        assert next_at is not None
        assert earliest <= next_at <= latest


def test_a_challenged_register_goes_out_again_with_credentials() -> None:
    """REG-04, A2."""
    bench = ready()
    first = bench.one("REGISTER")
    bench.replies(first, 401, tag="s", more=(challenge("n1", ', opaque="o"'),))
    second = bench.one("REGISTER")
    assert second.call_id == first.call_id
    assert second.cseq.number == first.cseq.number + 1
    assert second.from_ == first.from_
    assert second.to == first.to
    assert second.via.branch != first.via.branch
    assert second.contacts == first.contacts
    (given,) = second.credentials
    assert (given.username, given.realm, given.nonce, given.uri) == (
        "1001",
        "dom",
        "n1",
        second.uri,
    )
    assert (given.qop, given.nc, given.opaque, given.algorithm) == ("auth", "00000001", "o", "MD5")
    assert statuses(bench) == [S.REGISTERING]
    grants(bench, second)
    assert statuses(bench) == [S.REGISTERED]


def test_both_kinds_of_challenge_are_answered_at_once() -> None:
    """REG-05."""
    bench = ready()
    proxy = challenge("p1", name="Proxy-Authenticate")
    bench.replies(bench.one("REGISTER"), 401, more=(challenge("n1"), proxy))
    given = bench.one("REGISTER").credentials
    assert {(c.proxy, c.nonce) for c in given} == {(False, "n1"), (True, "p1")}


def test_a_407_is_handled_like_a_401() -> None:
    """REG-05."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), 407, more=(challenge("p1", name="Proxy-Authenticate"),))
    assert "Proxy-Authorization" in bench.one("REGISTER").headers


def refreshed(bench: Bench) -> Request:
    """Registered with nonce n1; the REGISTER that refreshes it."""
    bench.replies(bench.one("REGISTER"), 401, more=(challenge("n1"),))
    grants(bench, bench.one("REGISTER"))
    statuses(bench)
    register: Request = bench.waits_for("REGISTER", 3000)
    return register


def test_a_refresh_uses_the_nonce_again_and_the_row_never_leaves_reg_ok() -> None:
    """REG-06, REG-10, A3."""
    bench = ready()
    register = refreshed(bench)
    assert [(c.nonce, c.nc) for c in register.credentials] == [("n1", "00000002")]
    grants(bench, register)
    assert set(statuses(bench)) == {S.REGISTERED}


def test_a_stale_nonce_is_replaced_silently() -> None:
    """REG-06, A3 variant."""
    bench = ready()
    register = refreshed(bench)
    bench.replies(register, 401, more=(challenge("n2", ", stale=true"),))
    again = bench.one("REGISTER")
    assert again.cseq.number == register.cseq.number + 1
    assert [(c.nonce, c.nc) for c in again.credentials] == [("n2", "00000001")]
    grants(bench, again)
    assert set(statuses(bench)) == {S.REGISTERED}


def test_a_server_that_lost_its_state_gets_one_retry_without_saying_stale() -> None:
    """REG-07: the attempt began with a cached nonce."""
    bench = ready()
    bench.replies(refreshed(bench), 401, more=(challenge("n2"),))
    again = bench.one("REGISTER")
    assert [c.nonce for c in again.credentials] == ["n2"]
    bench.replies(again, 401, more=(challenge("n3"),))
    bench.gets()


def test_a_next_nonce_is_taken_over() -> None:
    """REG-06."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), 401, more=(challenge("n1"),))
    register = bench.one("REGISTER")
    contact = ("Contact", f"{register.contacts[0]};expires=60")
    bench.replies(register, 200, more=(contact, ("Authentication-Info", 'nextnonce="n9"')))
    refresh = bench.waits_for("REGISTER", 30)
    assert [(c.nonce, c.nc) for c in refresh.credentials] == [("n9", "00000001")]


@pytest.mark.parametrize("nonce", ["n1", "n2"])
def test_a_wrong_password_is_tried_twice_and_then_not_for_twenty_minutes(nonce: str) -> None:
    """REG-07, A5: no third REGISTER before the long wait is over."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), 401, more=(challenge("n1"),))
    bench.replies(bench.one("REGISTER"), 401, more=(challenge(nonce),))
    bench.gets()
    assert statuses(bench) == [S.REGISTERING, S.FAILED]
    assert (state(bench).last_code, state(bench).last_error) == (401, "credentials refused")
    bench.waits(1199)
    bench.gets()
    assert not bench.waits_for("REGISTER", 2).credentials


@pytest.mark.parametrize("status", [400, 403, 404, 405, 416, 420, 600, 603])
def test_a_refusal_waits_long(status: int) -> None:
    """REG-14, REG-16: 20 minutes, then doubling to an hour, never for ever."""
    bench = ready()
    waits = []
    for _ in range(4):
        bench.replies(bench.one("REGISTER"), status)
        next_at = state(bench).next_attempt_at
        assert next_at is not None
        waits.append(next_at - bench.now)
        assert state(bench).status is S.FAILED
        bench.waits(waits[-1])
    assert waits == [1200, 2400, 3600, 3600]


@pytest.mark.parametrize("status", [408, 480, 500, 503, 504])
def test_a_server_in_trouble_is_backed_off_from(status: int) -> None:
    """REG-17, table 3.3."""
    bench = ready()
    table = [(30, 60), (60, 120), (120, 240), (240, 480), (480, 960), (900, 1800), (900, 1800)]
    for least, most in table:
        bench.replies(bench.one("REGISTER"), status)
        next_at = state(bench).next_attempt_at
        assert next_at is not None
        assert least <= next_at - bench.now <= most
        bench.waits(next_at - bench.now)
    assert state(bench).failures == len(table)


def test_a_silent_server_is_asked_again_for_ever() -> None:
    """REG-17: eleven REGISTERs in 32 s, then the back-off, then eleven again."""
    bench = ready()
    bench.waits(31.9)
    assert bench.times == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert statuses(bench) == [S.REGISTERING]
    bench.waits(0.2)
    assert statuses(bench) == [S.FAILED]
    assert (state(bench).last_code, state(bench).last_error) == (408, "no answer")
    bench.wire.clear()
    bench.waits(60)
    assert bench.wire
    assert statuses(bench) == [S.REGISTERING]


def test_an_unreachable_server_is_a_failure_at_once() -> None:
    bench = ready()
    bench.feeds(TransportFailed(SERVER, "connection refused"))
    assert statuses(bench) == [S.REGISTERING, S.FAILED]


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("17", 17, 18.8),
        ("5 (back soon);duration=9", 5, 5.6),
        ("0", 1, 1.2),
        ("9999999", 3600, 3961),
    ],
)
def test_a_retry_after_is_obeyed_within_reason(value: str, least: float, most: float) -> None:
    """Table 3.2."""
    bench = ready()
    bench.replies(bench.one("REGISTER"), 503, more=(("Retry-After", value),))
    next_at = state(bench).next_attempt_at
    assert next_at is not None
    assert least <= next_at <= most


def test_a_retry_after_that_is_no_number_is_ignored() -> None:
    bench = ready()
    bench.replies(bench.one("REGISTER"), 503, more=(("Retry-After", "soon"),))
    next_at = state(bench).next_attempt_at
    assert next_at is not None
    assert 30 <= next_at <= 60


def test_a_423_is_followed_at_once_and_remembered() -> None:
    """REG-15."""
    bench = ready(expires_s=60)
    first = bench.one("REGISTER")
    bench.replies(first, 423, more=(("Min-Expires", "600"),))
    second = bench.one("REGISTER")
    assert (second.expires, second.cseq.number) == (600, first.cseq.number + 1)
    grants(bench, second, 600)
    assert bench.waits_for("REGISTER", 300).expires == 600


def test_a_423_that_keeps_rising_is_not_followed_for_ever() -> None:
    """B38: two retries, then a failure."""
    bench = ready()
    for least in (4000, 5000):
        bench.replies(bench.one("REGISTER"), 423, more=(("Min-Expires", str(least)),))
    bench.replies(bench.one("REGISTER"), 423, more=(("Min-Expires", "6000"),))
    bench.gets()
    assert state(bench).status is S.FAILED


def test_a_refresh_that_fails_leaves_the_binding_until_it_ends() -> None:
    """REG-11."""
    bench = ready()
    bench.replies(refreshed(bench), 500)
    assert state(bench).status is S.REGISTERED
    assert state(bench).last_error == "Server Internal Error"
    bench.waits(3600 - bench.now - 1)
    assert S.FAILED not in statuses(bench)
    bench.waits(40)
    assert S.REGISTERED not in statuses(bench)[-1:]
    assert state(bench).status in {S.FAILED, S.REGISTERING}


def test_a_binding_is_removed_and_stays_registered_until_the_200() -> None:
    """REG-12, A4: a challenge is answered; the row stays reg-ok until the 200."""
    bench = ready()
    grants(bench, first := bench.one("REGISTER"))
    statuses(bench)
    bench.feeds(Deregister(1))
    bye = bench.one("REGISTER")
    assert (bye.expires, bye.contacts[0].param("expires")) == (0, "0")
    assert (bye.call_id, bye.cseq.number) == (first.call_id, first.cseq.number + 1)
    bench.replies(bye, 401, more=(challenge("n1"),))
    again = bench.one("REGISTER")
    assert (again.expires, bool(again.credentials)) == (0, True)
    assert statuses(bench) == []
    bench.replies(again, 200)
    assert statuses(bench) == [S.UNREGISTERED]
    bench.waits(10000)
    bench.gets()


def test_de_registration_ends_even_if_nobody_answers() -> None:
    """L12: always a terminal report."""
    bench = ready()
    grants(bench, bench.one("REGISTER"))
    statuses(bench)
    bench.feeds(Deregister(1))
    bench.waits(33)
    assert statuses(bench) == [S.UNREGISTERED]
    bench.feeds(Deregister(1))
    assert statuses(bench) == [S.UNREGISTERED]


def test_de_registration_while_a_register_is_out_waits_for_its_answer() -> None:
    """One REGISTER at a time (section 10.2)."""
    bench = ready()
    register = bench.one("REGISTER")
    bench.feeds(Deregister(1))
    bench.gets()
    grants(bench, register)
    bye = bench.one("REGISTER")
    assert bye.expires == 0
    bench.feeds(Register(1))
    bench.gets()
    bench.replies(bye, 200)
    assert bench.one("REGISTER").expires == 3600


def test_registering_again_after_a_de_registration() -> None:
    bench = ready()
    grants(bench, bench.one("REGISTER"))
    bench.feeds(Deregister(1))
    bench.replies(bench.one("REGISTER"), 200)
    bench.feeds(Register(1))
    assert bench.one("REGISTER").expires == 3600


def test_a_register_on_request_comes_at_once_and_only_once() -> None:
    bench = ready()
    bench.feeds(Register(1))
    register = bench.one("REGISTER")
    grants(bench, register)
    bench.feeds(Register(1))
    bench.gets("REGISTER")


def test_a_wrong_password_on_one_line_changes_nothing_on_another() -> None:
    """REG-20: a wrong password on line 1 changes nothing on line 2; each has its Call-ID."""
    bench = Bench()
    bench.starts()
    one, two = bench.gets("REGISTER", "REGISTER")
    assert one.call_id != two.call_id
    assert one.contacts[0].uri != two.contacts[0].uri
    grants(bench, two)
    bench.replies(one, 403)
    assert bench.agent.registration(1).status is S.FAILED
    assert bench.agent.registration(2).status is S.REGISTERED


def test_the_contact_carries_a_token_that_is_another_every_boot() -> None:
    """REG-21."""
    users = {ready(seed=seed).one("REGISTER").contacts[0].uri for seed in range(20)}
    assert len(users) == 20


def test_a_register_may_be_put_off_and_its_time_is_known() -> None:
    """REG-23: after the return of power the owner has each line wait for a while."""
    bench = Bench(lines=ONE)
    bench.feeds(Register(1, after_s=7.5))
    assert state(bench).status is S.UNREGISTERED
    bench.gets()
    bench.agent.start(bench.now, lines=())
    assert state(bench).next_attempt_at == 7.5
    bench.waits(7.4)
    bench.gets()
    bench.waits(0.2)
    assert bench.times == [7.5]


def test_lines_that_begin_together_register_one_after_another() -> None:
    """REG-23: 64 lines, 20 a second; who comes alone does not wait."""
    lines = tuple(LineIdentity(n, str(1000 + n), str(n), "x") for n in range(1, 65))
    bench = Bench(lines=lines, register_rate=20.0)
    bench.starts()
    bench.waits(10.0)
    first = {
        m.call_id: at for m, at in zip(reversed(bench.wire), reversed(bench.times), strict=True)
    }
    times = sorted(first.values())
    assert times == pytest.approx([n / 20 for n in range(64)], abs=0.002)
    bench.clears()
    bench.feeds(Register(1))
    assert not bench.wire, "its REGISTER is out already"
    bench.feeds(Deregister(1))
    bench.waits(40.0)
    bench.clears()
    bench.feeds(Register(1))
    bench.gets("REGISTER")


def test_a_server_with_a_name_is_looked_up_before_anything_is_sent() -> None:
    """No address is no attempt (L14), and the last good one is kept."""
    bench = ready(servers=(Server("sbc.example", 5062),))
    bench.hears(Resolve("sbc.example", 5062))
    bench.gets()
    assert "sbc.example:5062" in state(bench).last_error
    bench.feeds(Resolved("sbc.example", 5062, (), "NXDOMAIN"))
    assert "NXDOMAIN" in state(bench).last_error
    assert state(bench).failures == 0
    bench.waits(5)
    bench.hears(Resolve("sbc.example", 5062))
    bench.feeds(Resolved("sbc.example", 5062, (Address("192.0.2.10", 5062),)))
    assert bench.targets == [Address("192.0.2.10", 5062)]
    grants(bench, bench.one("REGISTER"))
    assert state(bench).registrar == "sbc.example:5062"
    bench.feeds(Resolved("sbc.example", 5062, (), "SERVFAIL"))
    bench.feeds(Register(1))
    assert bench.targets == [Address("192.0.2.10", 5062)]


def test_after_three_failures_the_name_is_looked_up_again() -> None:
    """L10."""
    bench = ready(servers=(Server("sbc.example"),))
    bench.feeds(Resolved("sbc.example", 5060, (SERVER,)))
    for _ in range(3):
        bench.said.clear()  # names are looked up now and then anyway
        bench.replies(bench.one("REGISTER"), 500)
        next_at = state(bench).next_attempt_at
        assert next_at is not None
        if state(bench).failures < 3:
            bench.waits(next_at - bench.now)
    bench.hears(Resolve("sbc.example", 5060))


def test_everybodys_bindings_are_removed_only_when_that_is_said() -> None:
    """REG-13: `Contact: *` with Expires 0; a plain removal names our own Contact alone."""
    bench = ready()
    grants(bench, first := bench.one("REGISTER"))
    bench.feeds(Deregister(1))
    assert bench.wire[-1].headers.get("Contact") != "*"
    bench.replies(bench.one("REGISTER"), 200)
    bench.feeds(Deregister(1, everybody=True))
    removal = bench.one("REGISTER")
    assert (removal.headers.get("Contact"), removal.expires) == ("*", 0)
    assert removal.call_id == first.call_id
    bench.replies(removal, 401, more=(challenge("n1"),))
    again = bench.one("REGISTER")
    assert (again.headers.get("Contact"), bool(again.credentials)) == ("*", True)
    bench.replies(again, 200)
    assert statuses(bench)[-1] is S.UNREGISTERED
    bench.waits(5000.0)
    bench.gets()


def test_everybodys_bindings_can_be_removed_by_who_has_none() -> None:
    """REG-13: the line need not have been registered itself."""
    bench = Bench(lines=ONE)
    bench.agent.start(bench.now, lines=())
    bench.feeds(Deregister(1, everybody=True))
    removal = bench.one("REGISTER")
    assert removal.headers.get("Contact") == "*"
    bench.replies(removal, 200)
    bench.feeds(Register(1))
    assert bench.one("REGISTER").headers.get("Contact") != "*"


@pytest.mark.parametrize("left", ["removed", "kept"])
def test_a_line_at_another_address_removes_its_old_contact(left: str) -> None:
    """REG-22: the new Contact at once; the old one, if it is still bound, right after."""
    bench = ready()
    grants(bench, first := bench.one("REGISTER"), 3600 if left == "removed" else 60)
    if left == "kept":
        bench.waits(59.9)
        bench.clears()
    bench.feeds(AddressChanged(Address("192.0.2.77", 5060)))
    bound = bench.one("REGISTER")
    assert bound.contacts[0].uri == first.contacts[0].uri.replace("192.0.2.1:", "192.0.2.77:")
    bench.waits(0.2)
    grants(bench, bound)
    assert state(bench).status is S.REGISTERED
    if left == "kept":
        bench.gets()
        return
    removal = bench.one("REGISTER")
    assert (removal.contacts[0].uri, removal.expires) == (first.contacts[0].uri, 0)
    assert state(bench).next_attempt_at is not None
    bench.replies(removal, 403)
    assert (state(bench).status, state(bench).failures) == (S.REGISTERED, 0), "it ends by itself"


def test_the_old_contact_does_not_pass_for_the_new_one() -> None:
    """REG-02: both have our token; the one that is the same URI counts."""
    bench = ready()
    grants(bench, first := bench.one("REGISTER"))
    bench.feeds(AddressChanged(Address("192.0.2.77", 5060)))
    bound = bench.one("REGISTER")
    old = ("Contact", f"{first.contacts[0]};expires=3000")
    new = ("Contact", f"{bound.contacts[0]};expires=600")
    bench.replies(bound, 200, more=(old, new))
    assert state(bench).expires_at == 600


def test_a_register_that_is_out_stays_out_when_the_way_is_there_again() -> None:
    """REG-22, section 10.2: not a second one before the first is answered or given up."""
    bench = ready()
    out = bench.one("REGISTER")
    bench.feeds(AddressChanged(LOCAL))
    bench.gets()
    grants(bench, out)
    assert state(bench).status is S.REGISTERED


def test_a_way_that_is_there_again_is_used_unless_the_registrar_has_just_answered() -> None:
    """REG-22: the same address; a binding of a moment ago needs no REGISTER out of turn."""
    bench = ready()
    grants(bench, bench.one("REGISTER"))
    bench.waits(29)
    bench.feeds(AddressChanged(LOCAL))
    bench.gets()
    bench.waits(2)
    bench.feeds(AddressChanged(LOCAL))
    assert bench.waits_for("REGISTER", 2).contacts


def test_until_its_turn_comes_a_line_at_another_address_is_shown_as_registering() -> None:
    """REG-22, REG-23: its binding leads nowhere, and it is about to have another."""
    bench = Bench(register_rate=1.0)
    bench.starts()
    grants(bench, bench.one("REGISTER"))
    grants(bench, bench.waits_for("REGISTER", 2))
    bench.waits(10)
    bench.feeds(AddressChanged(Address("192.0.2.77", 5060)))
    bench.one("REGISTER")
    assert bench.agent.registration(2).status is S.REGISTERING
    bench.waits_for("REGISTER", 2)


def test_everybodys_bindings_cannot_be_removed_where_no_server_is_known() -> None:
    """The line is away all the same."""
    bench = ready(servers=(Server("sbc.example", 0),))
    bench.feeds(Deregister(1, everybody=True))
    assert state(bench).status is S.UNREGISTERED
    bench.gets()


def test_a_line_that_was_told_to_stay_away_stays_away_at_any_address() -> None:
    """REG-22."""
    bench = ready()
    grants(bench, bench.one("REGISTER"))
    bench.feeds(Deregister(1))
    bench.replies(bench.one("REGISTER"), 200)
    bench.feeds(AddressChanged(Address("192.0.2.77", 5060)))
    bench.gets()
