"""3xx to our INVITE: who is followed, where to, and who is not (B31, BW-01, section 8.1.3.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from firmware.causes import Cause, Code
from firmware.sip.events import Address, Ended, HangUp, Proceeding
from firmware.sip.message import Request
from firmware.sip.settings import Server
from firmware.tone import Tone
from tests.sip.bench import ANSWER, CONTACT, LINES, SERVER, Bench

CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
TWO = (Server("192.0.2.10"), Server("192.0.2.11"))
"""Servers of ours."""


def called(**settings: Any) -> tuple[Bench, Request]:
    bench = Bench(**settings)
    bench.registers()
    bench.calls()
    invite = bench.one("INVITE")
    bench.targets.clear()
    return bench, invite


def sent_on(bench: Bench, invite: Request, contact: str, status: int = 302) -> Request | None:
    """The INVITE that follows a 3xx, if one does."""
    bench.replies(invite, status, more=(("Contact", contact),))
    names = [m.method for m in bench.wire if isinstance(m, Request)]
    assert names[0] == "ACK"
    found = bench.wire[1] if len(bench.wire) > 1 else None
    assert found is None or isinstance(found, Request)
    bench.wire.clear()
    return found


def ended(bench: Bench) -> Cause:
    end: Ended = bench.last(Ended)
    return end.cause


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("<sip:8002@dom>", "sip:8002@dom"),
        ("<sip:8002@DOM;user=phone;transport=tcp;x=1>", "sip:8002@DOM;user=phone"),
        ("<sip:8002@192.0.2.10>", "sip:8002@192.0.2.10"),
        ("<sip:8002@192.0.2.10:5060?Replaces=x>", "sip:8002@192.0.2.10:5060"),
        ("<tel:+861082100002>", "tel:+861082100002"),
        ("<sip:evil@evil.example>, <sip:8003@dom>", "sip:8003@dom"),
        ("<sip:8004@dom>;q=0.3, <sip:8003@dom>;q=0.7", "sip:8003@dom"),
        ("<sip:8004@dom>;q=0.3, <sip:8003@dom>", "sip:8003@dom"),
    ],
)
@pytest.mark.parametrize("status", [300, 301, 302])
def test_a_call_is_sent_on_within_our_own_servers(status: int, contact: str, uri: str) -> None:
    """RFC 3261 section 8.1.3.4: the next CSeq, a new branch, another Request-URI."""
    bench, invite = called()
    again = sent_on(bench, invite, contact, status)
    assert again is not None
    assert again.uri == uri
    assert again.cseq.number == invite.cseq.number + 1
    assert again.via.branch != invite.via.branch
    for name in ("From", "To", "Call-ID", "Contact"):
        assert again.headers.get(name) == invite.headers.get(name)
    assert again.body == invite.body
    assert bench.targets[-1] == SERVER


@pytest.mark.parametrize(
    "contact",
    [
        "<sip:8002@evil.example>",
        "<sip:8002@203.0.113.66>",
        "<sip:8002@dom;maddr=203.0.113.66>",
        "<sips:8002@dom>",
        "<mailto:8002@dom>",
        "<http://dom/8002>",
        "<sip:dom>",
    ],
)
def test_a_call_is_not_sent_on_to_anybody_else(contact: str) -> None:
    """B31, I6: no number abroad at our expense, no credentials for strangers; congestion."""
    bench, invite = called()
    assert sent_on(bench, invite, contact) is None
    why = ended(bench)
    assert (why.code, why.status, why.tone) == (Code.SERVER_ERROR, 302, Tone.CONGESTION)
    assert "sends the call elsewhere (302)" in why.sentence
    assert "call_redirects" in why.hint


@pytest.mark.parametrize("contact", ["<sip:9008@dom>", "<tel:00-1-900>", "<sip:0019@192.0.2.10>"])
def test_a_barred_number_is_not_called_by_a_detour(contact: str) -> None:
    """Q2 row 3: what a line may not dial it may not be sent to either."""
    barring = (replace(LINES[0], barred=("900", "00")), LINES[1])
    bench, invite = called(lines=barring)
    assert sent_on(bench, invite, contact) is None
    bench, invite = called(lines=barring)
    assert sent_on(bench, invite, f"{contact};q=1, <sip:8002@dom>;q=0.1") is not None


def test_a_302_without_a_place_ends_the_call() -> None:
    bench, invite = called()
    bench.replies(invite, 302)
    bench.one("ACK")
    assert "to no place" in ended(bench).sentence


@pytest.mark.parametrize("status", [380, 399])
def test_other_services_and_unknown_redirections_are_not_followed(status: int) -> None:
    """380 offers something else than a call; an unknown 3xx counts as 300, but names no rule."""
    bench, invite = called()
    assert sent_on(bench, invite, "<sip:8002@dom>", status) is None
    assert ended(bench).status == status


def test_once_is_enough_unless_the_setting_says_more() -> None:
    """BW-01: at most as often as is configured."""
    bench, invite = called()
    second = sent_on(bench, invite, "<sip:8002@dom>")
    assert second is not None
    assert sent_on(bench, second, "<sip:8003@dom>") is None
    assert ended(bench).code is Code.SERVER_ERROR


def test_five_times_is_the_most() -> None:
    bench, invite = called(call_redirects=5)
    for n in range(5):
        again = sent_on(bench, invite, f"<sip:900{n}@dom>")
        assert again is not None
        invite = again
    assert sent_on(bench, invite, "<sip:9009@dom>") is None


def test_nobody_is_sent_round_in_circles() -> None:
    bench, invite = called(call_redirects=5)
    second = sent_on(bench, invite, "<sip:8002@dom>")
    assert second is not None
    assert sent_on(bench, second, "<sip:8001@dom>") is None
    assert ended(bench).status == 302


def test_it_can_be_switched_off() -> None:
    bench, invite = called(call_redirects=0)
    assert sent_on(bench, invite, "<sip:8002@dom>") is None


def test_another_server_of_ours_is_asked_itself() -> None:
    bench, invite = called(servers=TWO)
    again = sent_on(bench, invite, "<sip:8001@192.0.2.11:5062>")
    assert again is not None
    assert again.uri == "sip:8001@192.0.2.11:5062"
    assert bench.targets[-1] == Address("192.0.2.11", 5062)


def test_a_proxy_to_use_keeps_the_request_uri() -> None:
    """305: through another server of ours, to the same number; through nobody else."""
    bench, invite = called(servers=TWO)
    again = sent_on(bench, invite, "<sip:192.0.2.11>", 305)
    assert again is not None
    assert again.uri == invite.uri
    assert bench.targets[-1] == Address("192.0.2.11", 5060)
    bench, invite = called(servers=TWO)
    assert sent_on(bench, invite, "<sip:203.0.113.66>", 305) is None


def test_the_call_goes_on_as_any_other_after_it() -> None:
    """Challenged anew, rings, and is answered: ACK and BYE carry the numbers of that INVITE."""
    bench, invite = called()
    bench.replies(invite, 180, more=(CONTACT,))
    bench.last(Proceeding)
    second = sent_on(bench, invite, "<sip:8002@dom>")
    assert second is not None
    bench.replies(second, 407, more=(CHALLENGE,))
    ack, third = bench.gets("ACK", "INVITE")
    assert third.uri == "sip:8002@dom"
    assert third.cseq.number == second.cseq.number + 1
    assert [c.realm for c in third.credentials] == ["dom"]
    bench.replies(third, 180, more=(CONTACT,))
    bench.replies(third, 200, more=(CONTACT,), body=ANSWER)
    ack = bench.one("ACK")
    assert ack.cseq.number == third.cseq.number


def test_a_call_that_was_given_up_is_not_sent_on() -> None:
    bench, invite = called()
    bench.replies(invite, 180, more=(CONTACT,))
    said: Proceeding = bench.last(Proceeding)
    bench.feeds(HangUp(said.call))
    bench.one("CANCEL")
    bench.replies(invite, 302, more=(("Contact", "<sip:8002@dom>"),))
    bench.one("ACK")
