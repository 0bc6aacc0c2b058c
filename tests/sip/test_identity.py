"""Who calls and who is called: URIs, assertions, privacy (RFC 3323, RFC 3325, RFC 3966)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from firmware.sip.events import Invite, LineIdentity, Offered
from firmware.sip.identity import Form, Naming, Preferred
from firmware.sip.message import Request
from tests.sip.bench import CONTACT, LINES, MEDIA, OFFER, STRANGER, Bench

Header = tuple[str, str]
HIDDEN = ("", "")


def calls(number: str = "8001", *, withheld: bool | None = None, **settings: Any) -> Request:
    """The INVITE of line 1."""
    bench = Bench(**settings)
    bench.registers()
    bench.feeds(Invite(bench.agent.new_call(), 1, number, MEDIA, withheld=withheld))
    invite = bench.one("INVITE")
    assert isinstance(invite, Request)
    return invite


def is_called(*more: Header, from_: str = "<sip:alias@dom>", **settings: Any) -> tuple[str, str]:
    """Number and name that line 1 is told of the caller."""
    bench = Bench(**settings)
    token = bench.registers()
    uri = f"sip:{token}@192.0.2.1:5060"
    bench.brings(
        bench.request("INVITE", uri, from_=f"{from_};tag=p", more=(CONTACT, *more), body=OFFER)
    )
    offered: Offered = bench.last(Offered)
    return offered.number, offered.name


@pytest.mark.parametrize(
    ("form", "number", "uri"),
    [
        (Form.SIP, "8001", "sip:8001@dom"),
        (Form.SIP, "*57#", "sip:*57%23@dom"),
        (Form.PHONE, "8001", "sip:8001@dom;user=phone"),
        (Form.PHONE, "+861082100001", "sip:+861082100001@dom;user=phone"),
        (Form.PHONE, "*57#", "sip:*57%23@dom;user=phone"),
        (Form.PHONE, "reception", "sip:reception@dom"),
        (Form.TEL, "8001", "tel:8001;phone-context=dom"),
        (Form.TEL, "+861082100001", "tel:+861082100001"),
        (Form.TEL, "*57#", "sip:*57%23@dom;user=phone"),
        (Form.TEL, "reception", "sip:reception@dom"),
    ],
)
def test_a_number_is_written_as_the_network_likes_it(form: Form, number: str, uri: str) -> None:
    """RFC 3261 section 19.1.1, RFC 3966 sections 5.1.4 and 5.1.5."""
    assert Naming("dom", form).uri(number) == uri


@pytest.mark.parametrize("form", list(Form))
def test_request_uri_to_and_from_are_of_one_form(form: Form) -> None:
    naming = Naming("dom", form)
    invite = calls(number_form=form)
    assert invite.uri == invite.to.uri == naming.uri("8001")
    assert invite.from_.uri == naming.uri("101")


def test_a_line_says_who_calls() -> None:
    """RFC 3325 section 9.3: a From that is true needs no second one."""
    invite = calls()
    assert (invite.from_.display, invite.from_.uri) == ("Front desk", "sip:101@dom")
    assert "P-Preferred-Identity" not in invite.headers
    assert "Privacy" not in invite.headers


def test_a_display_name_is_quoted_and_may_be_of_any_script() -> None:
    desk = LineIdentity(1, "101", "101", "secret", 'Empfang "Nord" \\ 前台')
    invite = calls(lines=(desk, LINES[1]))
    quoted = '"Empfang \\"Nord\\" \\\\ 前台"'
    assert (invite.headers.get("From") or "").startswith(f"{quoted} <sip:101@dom>")
    assert invite.from_.display == desk.display


WITHHOLDING = (replace(LINES[0], withheld=True), LINES[1])


@pytest.mark.parametrize(
    ("lines", "withheld", "hidden"),
    [
        (LINES, None, False),
        (LINES, True, True),
        (LINES, False, False),
        (WITHHOLDING, None, True),
        (WITHHOLDING, True, True),
        (WITHHOLDING, False, False),
    ],
)
def test_the_wish_for_one_call_comes_before_that_of_the_line(
    lines: tuple[LineIdentity, ...], withheld: bool | None, hidden: bool
) -> None:
    invite = calls(lines=lines, withheld=withheld)
    assert (invite.headers.get("Privacy") == "id") is hidden
    assert (invite.from_.uri == "sip:anonymous@anonymous.invalid") is hidden


def test_who_withholds_its_number_tells_only_the_network() -> None:
    """RFC 3323 section 4.1.1.3, RFC 3325 section 9.3: the truth stands beside From."""
    invite = calls(withheld=True)
    assert (invite.from_.display, invite.from_.uri) == (
        "Anonymous",
        "sip:anonymous@anonymous.invalid",
    )
    assert invite.from_.tag
    assert invite.headers.get("P-Preferred-Identity") == '"Front desk" <sip:101@dom>'
    told = [(name, value) for name, value in invite.headers.items() if "101" in value]
    assert [name for name, _ in told] == ["P-Preferred-Identity"]


@pytest.mark.parametrize(
    ("preferred", "withheld", "told"),
    [
        (Preferred.WITHHELD, False, False),
        (Preferred.WITHHELD, True, True),
        (Preferred.ALWAYS, False, True),
        (Preferred.ALWAYS, True, True),
        (Preferred.NEVER, False, False),
        (Preferred.NEVER, True, False),
    ],
)
def test_a_preferred_identity_is_sent_as_the_setting_says(
    preferred: Preferred, withheld: bool, told: bool
) -> None:
    invite = calls(withheld=withheld, preferred_identity=preferred)
    assert ("P-Preferred-Identity" in invite.headers) is told


def test_a_withheld_call_stays_anonymous_to_its_end() -> None:
    """Every request of the dialog has the From of its INVITE (RFC 3261 section 12.2.1.1)."""
    bench = Bench()
    bench.registers()
    bench.feeds(Invite(bench.agent.new_call(), 1, "8001", MEDIA, withheld=True))
    invite = bench.one("INVITE")
    bench.replies(invite, 486)
    ack = bench.one("ACK")
    assert ack.headers.get("From") == invite.headers.get("From")


# being called


def test_the_word_of_the_network_comes_before_that_of_the_caller() -> None:
    """RFC 3325 section 9.2; a number without its separators and parameters."""
    asserted = ("P-Asserted-Identity", '"Ann" <tel:+86-10-8001;phone-context=dom>')
    assert is_called(asserted) == ("+86108001", "Ann")
    assert is_called(asserted, believe_asserted=False) == ("alias", "")


def test_nobody_but_our_servers_may_assert() -> None:
    bench = Bench(any_source=True)
    token = bench.registers()
    asserted = ("P-Asserted-Identity", "<tel:110>")
    uri = f"sip:{token}@192.0.2.1:5060"
    request = bench.request("INVITE", uri, more=(CONTACT, asserted), body=OFFER)
    bench.brings(request, STRANGER)
    offered: Offered = bench.last(Offered)
    assert offered.number == "8001", "From, and not the number that a stranger asserts"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["<sip:alice@dom>, <tel:+8610-8001>"], ("+86108001", "")),
        (['"Ann" <sip:+8613800138000@dom;user=phone>', "<tel:+8613800138000>"],
         ("+8613800138000", "Ann")),
        (["<sip:alice@dom>", "<sip:8002@dom;user=phone>"], ("8002", "")),
        (['"Alice" <sip:alice@dom>'], ("alice", "Alice")),
        (["<sip:(010)%208001@dom>"], ("0108001", "")),
        (["<sip:8001;phone-context=+86@dom;user=phone>"], ("8001", "")),
        (["<sip:*57%23@dom>"], ("*57#", "")),
    ],
)  # fmt: skip
def test_of_two_assertions_the_surest_number_is_shown(
    values: list[str], shown: tuple[str, str]
) -> None:
    """RFC 3325 section 9.1 allows a SIP and a tel URI."""
    assert is_called(*[("P-Asserted-Identity", value) for value in values]) == shown


@pytest.mark.parametrize("broken", ["<sip:>", "<<>", "8001", "<urn:x:1>", ""])
def test_an_assertion_that_says_nothing_leaves_from(broken: str) -> None:
    assert is_called(("P-Asserted-Identity", broken), from_='"Bob" <sip:8009@dom>') == (
        "8009",
        "Bob",
    )


@pytest.mark.parametrize(
    "privacy",
    [
        "id",
        "ID",
        "id;critical",
        "user",
        "header",
        "header;user;id",
        "session; id",
        "user ;critical",
    ],
)
def test_who_asks_for_privacy_is_not_shown(privacy: str) -> None:
    """RFC 3323 section 4.2, RFC 3325 section 9.3: whatever else the INVITE gives away."""
    asserted = ("P-Asserted-Identity", '"Ann" <tel:8001>')
    assert is_called(("Privacy", privacy), asserted, from_='"Ann" <sip:8001@dom>') == HIDDEN


@pytest.mark.parametrize("privacy", ["none", "session", "critical"])
def test_other_privacy_hides_no_number(privacy: str) -> None:
    asserted = ("P-Asserted-Identity", "<tel:8001>")
    assert is_called(("Privacy", privacy), asserted) == ("8001", "")


def test_an_anonymous_from_is_believed_to_be_meant() -> None:
    asserted, anonymous = (
        ("P-Asserted-Identity", "<tel:8001>"),
        "<sip:anonymous@anonymous.invalid>",
    )
    assert is_called(asserted, from_=anonymous) == HIDDEN
    assert is_called(asserted, ("Privacy", "none"), from_=anonymous) == ("8001", "")


@pytest.mark.parametrize(
    ("from_", "shown"),
    [
        ("<tel:8001;phone-context=dom>", ("8001", "")),
        ("<tel:+86-10-8210.0001>", ("+861082100001", "")),
        ("<sip:+86%20138%200013%208000@dom;user=phone>", ("+8613800138000", "")),
        ('"前台 \\"1\\"" <sip:1001@dom>', ("1001", '前台 "1"')),
        ("sip:1001@dom", ("1001", "")),
        ("<sip:dom>", ("unknown", "")),
        ('"Sbc" <sip:dom>', ("unknown", "Sbc")),
        ("<sip:reception@dom>", ("reception", "")),
        (f"<sip:{'9' * 200}@dom>", ("9" * 64, "")),
    ],
)
def test_from_is_read_in_every_form(from_: str, shown: tuple[str, str]) -> None:
    """CLI-07: what a telephone shows are the digits that one would dial."""
    assert is_called(from_=from_) == shown
