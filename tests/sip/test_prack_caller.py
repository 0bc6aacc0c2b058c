"""Reliable provisional responses to our INVITE (behaviours 9, RFC 3262 section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.events import (
    Ended,
    Established,
    HangUp,
    MediaChanged,
    Prack,
    Proceeding,
)
from firmware.sip.message import Request, respond
from tests.sip.bench import ANSWER, CONTACT, HELD, OFFER, US, Bench, swapped

CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
THROUGH_SERVER = ("Record-Route", "<sip:192.0.2.10;lr>")


def ready(prack: Prack = Prack.SUPPORTED, **settings: Any) -> Bench:
    bench = Bench(prack=prack, **settings)
    bench.registers()
    return bench


def rseq(number: int) -> tuple[tuple[str, str], ...]:
    return CONTACT, ("Require", "100rel"), ("RSeq", str(number))


def rack(prack: Request) -> str:
    return prack.headers.get("RAck") or ""


@pytest.mark.parametrize(
    ("mode", "supported", "required"),
    [
        (Prack.OFF, False, ()),
        (Prack.SUPPORTED, True, ()),
        (Prack.REQUIRED, True, ("100rel",)),
    ],
)
def test_the_invite_says_what_the_mode_is(
    mode: Prack, supported: bool, required: tuple[str, ...]
) -> None:
    """Behaviours 9, and an honest Allow: PRACK is taken where 100rel is supported."""
    bench = ready(mode)
    bench.calls()
    invite = bench.one("INVITE")
    assert ("100rel" in invite.supported) is supported
    assert invite.require == required
    assert ("prack" in invite.tokens("Allow")) is supported


def test_a_reliable_180_is_acknowledged_and_the_bye_counts_the_prack() -> None:
    """PR-08, A13: RAck, CSeq + 1, To tag, Route and target of the 18x; BYE is c2 + 2."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 100)
    bench.gets()
    bench.replies(invite, 180, more=(*rseq(4711), THROUGH_SERVER))
    assert bench.last(Proceeding).code == 180
    prack = bench.one("PRACK")
    assert rack(prack) == f"4711 {invite.cseq.number} INVITE"
    assert prack.cseq.number == invite.cseq.number + 1
    assert (prack.to.tag, prack.uri) == ("b", "sip:b@192.0.2.20:5070")
    assert prack.headers.all("Route") == ("<sip:192.0.2.10;lr>",)
    assert (prack.call_id, prack.from_, prack.body) == (invite.call_id, invite.from_, b"")
    assert prack.via.branch != invite.via.branch
    bench.replies(prack, 200)
    bench.replies(invite, 200, more=(CONTACT, THROUGH_SERVER), body=ANSWER)
    assert bench.one("ACK").cseq.number == invite.cseq.number
    bench.feeds(HangUp(call))
    bye = bench.one("BYE")
    assert bye.cseq.number == invite.cseq.number + 2
    bench.replies(bye, 200)
    bench.waits(40)
    assert not bench.agent.busy


def test_what_comes_again_or_too_early_gets_no_new_prack() -> None:
    """PR-01, B25: a retransmission, and a gap; the next in order is acknowledged."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(7))
    prack = bench.one("PRACK")
    bench.said.clear()
    bench.replies(invite, 180, more=rseq(7))
    bench.replies(invite, 183, more=rseq(9), body=ANSWER)
    bench.replies(invite, 180, more=rseq(6))
    bench.gets()
    bench.hears()
    bench.replies(prack, 200)
    bench.replies(invite, 183, more=rseq(8), body=ANSWER)
    assert bench.last(Proceeding).media.port == 20000
    second = bench.one("PRACK")
    assert (rack(second).split()[0], second.cseq.number) == ("8", prack.cseq.number + 1)


def test_a_lost_prack_is_sent_again_until_it_is_answered() -> None:
    """B25: the repetition is that of its transaction (Timer E), the bytes are the same."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(7))
    bench.waits(2.0)
    assert bench.times == [0, 0.5, 1.5]
    first, *others = bench.gets("PRACK", "PRACK", "PRACK")
    assert others == [first, first]
    bench.replies(first, 200)
    bench.waits(20)
    bench.gets()


def test_every_telephone_of_a_fork_counts_for_itself() -> None:
    """B14, B25: two early dialogs with the same RSeq, each acknowledged in its own."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, tag="x", more=rseq(100))
    bench.replies(invite, 180, tag="y", more=rseq(100))
    bench.replies(invite, 183, tag="x", more=rseq(101), body=ANSWER)
    pracks = bench.gets("PRACK", "PRACK", "PRACK")
    number = invite.cseq.number
    assert [(p.to.tag, rack(p).split()[0], p.cseq.number - number) for p in pracks] == [
        ("x", "100", 1),
        ("y", "100", 1),
        ("x", "101", 2),
    ]
    bench.replies(invite, 200, tag="y", more=(CONTACT,), body=ANSWER)
    assert bench.one("ACK").to.tag == "y"
    assert isinstance(bench.said[-1], Established)


def test_an_unreliable_response_among_reliable_ones_needs_no_prack() -> None:
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 181, more=(CONTACT,))
    bench.replies(invite, 180, more=(CONTACT, ("RSeq", "5")))
    bench.gets()
    bench.replies(invite, 100)
    bench.replies(invite, 180, more=(CONTACT, ("Require", "100rel"), ("RSeq", "0")))
    bench.gets()


def test_an_answer_given_reliably_stands_and_the_session_may_change_before_the_200() -> None:
    """B32, RFC 3311: an UPDATE of the early dialog, once offer and answer are complete."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 183, more=rseq(1), body=ANSWER)
    bench.replies(bench.one("PRACK"), 200)
    bench.said.clear()
    names = swapped(invite, 1) | {"from_": "<sip:8001@dom>;tag=b"}
    bench.brings(bench.request("UPDATE", US, **names, more=(CONTACT,), body=HELD))
    ok = bench.one("200 UPDATE")
    assert b"a=recvonly" in ok.body
    changed = bench.last(MediaChanged)
    assert (changed.call, changed.media.sends) == (call, False)
    bench.replies(invite, 200, more=(CONTACT,))
    bench.gets("ACK")
    assert bench.last(Established).media == changed.media


def test_another_description_after_the_answer_changes_nothing() -> None:
    """RFC 6337 section 3.1, RFC 3261 section 13.2.1: it is acknowledged, and not believed."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 183, more=rseq(1), body=ANSWER)
    agreed = bench.last(Proceeding).media
    bench.one("PRACK")
    bench.replies(invite, 180, more=rseq(2), body=ANSWER.replace(b"20000", b"30000"))
    assert bench.last(Proceeding).media in {None, agreed}
    bench.one("PRACK")
    bench.replies(invite, 200, more=(CONTACT,))
    bench.gets("ACK")
    assert bench.last(Established).media == agreed


def test_a_telephone_that_says_reliably_that_it_is_gone_is_acknowledged_and_forgotten() -> None:
    """RFC 6228 section 5: 199 with 100rel ends the early dialog all the same."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(1))
    bench.replies(bench.one("PRACK"), 200)
    bench.replies(invite, 199, more=rseq(2))
    prack = bench.one("PRACK")
    assert rack(prack).startswith("2 ")
    bench.replies(prack, 200)
    names = swapped(invite, 1) | {"from_": "<sip:8001@dom>;tag=b"}
    bench.brings(bench.request("OPTIONS", US, **names))
    bench.gets("481 OPTIONS")


def test_an_offer_that_is_answered_is_not_answered_again() -> None:
    """RFC 3262 section 5: the next reliable response may repeat it, which is no other offer."""
    bench = ready()
    bench.calls(offers=False)
    invite = bench.one("INVITE")
    bench.replies(invite, 183, more=rseq(1), body=OFFER)
    assert bench.one("PRACK").body
    bench.replies(invite, 180, more=rseq(2), body=OFFER)
    assert not bench.one("PRACK").body


def test_a_100_is_never_acknowledged() -> None:
    """RFC 3262 section 4: it goes from hop to hop, whatever it says of itself."""
    bench = ready()
    bench.calls()
    bench.brings(respond(bench.one("INVITE"), 100, to_tag="b", headers=rseq(1)))
    bench.gets()


def test_what_the_callee_has_asked_before_it_lifted_counts_in_the_call() -> None:
    """RFC 3261 section 12.2.2: a request older than its UPDATE of the early dialog gets 500."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 183, more=rseq(1), body=ANSWER)
    bench.replies(bench.one("PRACK"), 200)
    names = swapped(invite, 7) | {"from_": "<sip:8001@dom>;tag=b"}
    bench.brings(bench.request("UPDATE", US, **names, more=(CONTACT,)))
    bench.gets("200 UPDATE")
    bench.replies(invite, 200, more=(CONTACT,))
    bench.gets("ACK")
    bench.brings(bench.request("OPTIONS", US, **names | {"cseq": 6}))
    bench.gets("500 OPTIONS")


def test_a_challenged_prack_goes_again_with_the_next_number() -> None:
    """IA-08: RAck is the same, CSeq one higher."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(*rseq(3), THROUGH_SERVER))
    prack = bench.one("PRACK")
    bench.replies(prack, 407, more=(CHALLENGE,))
    again = bench.one("PRACK")
    assert again.credentials
    assert (rack(again), again.cseq.number) == (rack(prack), prack.cseq.number + 1)
    bench.replies(again, 200)


@pytest.mark.parametrize("status", [481, 500])
def test_a_refused_prack_leaves_the_call_to_the_callee(status: int) -> None:
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(3))
    bench.replies(bench.one("PRACK"), status)
    bench.gets()
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    bench.gets("ACK")
    assert isinstance(bench.said[-1], Established)


def test_hanging_up_while_a_prack_is_on_its_way() -> None:
    """PR-07: CANCEL goes out; what becomes of the PRACK is no matter."""
    bench = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(3))
    prack = bench.one("PRACK")
    bench.feeds(HangUp(call))
    cancel = bench.one("CANCEL")
    assert (cancel.cseq.number, "Require" in cancel.headers) == (invite.cseq.number, False)
    bench.replies(invite, 180, more=rseq(4))
    bench.gets()
    bench.replies(prack, 200)
    bench.replies(cancel, 200)
    bench.replies(invite, 487)
    bench.gets("ACK")
    assert bench.last(Ended).cause.code is Code.NORMAL
    bench.waits(40)
    assert not bench.agent.busy


def test_a_200_may_overtake_the_answer_to_the_prack() -> None:
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(3))
    prack = bench.one("PRACK")
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    bench.gets("ACK")
    bench.replies(prack, 200)
    bench.waits(5)
    bench.gets()


@pytest.mark.parametrize(("status", "code"), [(420, Code.SERVER_ERROR), (421, Code.SERVER_ERROR)])
def test_who_cannot_or_must_is_not_called_another_way(status: int, code: Code) -> None:
    """The mode is the operator's word: a call refused for it ends, and says so."""
    bench = ready(Prack.REQUIRED if status == 420 else Prack.OFF)
    bench.calls()
    bench.replies(bench.one("INVITE"), status)
    bench.gets("ACK")
    ended = bench.last(Ended)
    assert (ended.cause.code, ended.cause.status) == (code, status)


def test_a_challenge_after_ringing_begins_the_early_dialogs_anew() -> None:
    """The RSeq of the second INVITE has nothing to do with that of the first."""
    bench = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=rseq(70))
    bench.replies(bench.one("PRACK"), 200)
    bench.replies(invite, 407, tag="s", more=(CHALLENGE,))
    _, second = bench.gets("ACK", "INVITE")
    bench.replies(second, 180, more=rseq(3))
    prack = bench.one("PRACK")
    assert rack(prack) == f"3 {second.cseq.number} INVITE"
    assert prack.cseq.number == second.cseq.number + 1


def test_an_offer_in_a_reliable_183_is_answered_in_the_prack() -> None:
    """B22: our INVITE made none (delayed offer), so the first reliable response does."""
    bench = ready()
    call = bench.calls(offers=False)
    invite = bench.one("INVITE")
    assert not invite.body
    bench.replies(invite, 183, more=rseq(1), body=OFFER)
    prack = bench.one("PRACK")
    assert b"m=audio 10000 RTP/AVP 8 101" in prack.body
    assert prack.content_type == "application/sdp"
    assert bench.last(Proceeding).media.host == "192.0.2.20"
    bench.replies(prack, 200)
    bench.replies(invite, 200, more=(CONTACT,))
    assert not bench.one("ACK").body
    assert bench.last(Established).call == call


def test_an_offer_in_a_reliable_183_that_cannot_be_answered_ends_the_call() -> None:
    bench = ready()
    bench.calls(offers=False)
    invite = bench.one("INVITE")
    g729 = OFFER.replace(b"8 0 101", b"18")
    bench.replies(invite, 183, more=rseq(1), body=g729)
    bench.gets("PRACK", "CANCEL")
    assert bench.last(Ended).cause.code is Code.CODEC
