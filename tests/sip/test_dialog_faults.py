"""Transactions and dialogs under stress: rows of section B that have no better place."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.sip.events import Accept, Alert, Established, HangUp, Offered, Proceeding
from firmware.sip.message import Headers, Request
from tests.sip.bench import ANSWER, CONTACT, MEDIA, OFFER, US, Bench, name_of, swapped, within


def ready(**settings: Any) -> tuple[Bench, str]:
    bench = Bench(**settings)
    return bench, bench.registers()


def called(bench: Bench, token: str) -> tuple[Request, Any, Any]:
    """Line 1 has answered: their INVITE, the offer, our 200."""
    invite, offered = bench.rings(token)
    bench.feeds(Accept(offered.call, MEDIA))
    ok = bench.one("200 INVITE")
    bench.said.clear()
    return invite, offered, ok


def test_an_ack_that_comes_in_the_same_instant_ends_the_repetition() -> None:
    """B05: the dialog is known before the 200 that makes it has left."""
    bench, token = ready()
    invite, _, ok = called(bench, token)
    bench.brings(bench.request("ACK", US, **within(ok, invite.cseq.number)))
    bench.waits(40.0)
    bench.gets()
    bench.hears()


def test_a_cancel_that_comes_again_gets_the_same_answer_again() -> None:
    """B09: it is a transaction of its own, also when the 487 is out and acknowledged."""
    bench, token = ready()
    invite, _ = bench.rings(token)
    cancel = Request(
        "CANCEL",
        invite.uri,
        Headers(
            [(n, str(invite.headers.get(n))) for n in ("Via", "From", "To", "Call-ID")]
            + [("CSeq", f"{invite.cseq.number} CANCEL"), ("Max-Forwards", "70")]
        ),
    )
    bench.brings(cancel)
    first, gone = bench.gets("200 CANCEL", "487 INVITE")
    bench.brings(cancel)
    assert bench.one("200 CANCEL").encode() == first.encode()
    ack = bench.request("ACK", invite.uri, branch=invite.via.branch, to=str(gone.to))
    bench.brings(ack)
    bench.brings(cancel)
    assert bench.one("200 CANCEL").encode() == first.encode()


def test_a_bye_of_the_second_who_lifted_may_cross_ours() -> None:
    """CO-07, CO-09: the dialog that we release is one until our BYE is answered."""
    bench, _ = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 200, tag="x", more=(CONTACT,), body=ANSWER)
    bench.replies(invite, 200, tag="y", more=(CONTACT,), body=ANSWER)
    *_, ours = bench.gets("ACK", "ACK", "BYE")
    bench.last(Established)
    names = swapped(invite, 1) | {"from_": str(ours.to)}
    bench.brings(bench.request("BYE", US, **names))
    bench.gets("200 BYE")
    bench.replies(ours, 200)
    bench.brings(bench.request("BYE", US, **names | {"cseq": 2}))
    bench.gets("481 BYE")
    bench.hears()


def test_a_bye_for_a_call_that_is_over_gets_481() -> None:
    """B12: after theirs was answered, another has nothing to end."""
    bench, token = ready()
    invite, _, ok = called(bench, token)
    bench.brings(bench.request("ACK", US, **within(ok, invite.cseq.number)))
    bench.brings(bench.request("BYE", US, **within(ok, 2)))
    bench.one("200 BYE")
    bench.brings(bench.request("BYE", US, **within(ok, 3)))
    bench.one("481 BYE")


@pytest.mark.parametrize("status", [481, 408, 500, 603])
def test_whatever_is_said_to_our_bye_the_call_is_over(status: int) -> None:
    """B12, section 15.1.1."""
    bench, _ = ready()
    call = bench.calls()
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=ANSWER)
    bench.one("ACK")
    bench.feeds(HangUp(call))
    bench.replies(bench.one("BYE"), status)
    bench.waits(40.0)
    bench.gets()
    assert not bench.agent.busy


def test_another_answer_in_the_same_dialog_is_ignored() -> None:
    """B24 (RFC 6337 section 3.1): the answer has been given; with another tag it is another's."""
    bench, _ = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 183, tag="x", more=(CONTACT,), body=ANSWER)
    early: Proceeding = bench.last(Proceeding)
    changed = ANSWER.replace(b"20000", b"30000")
    bench.replies(invite, 200, tag="x", more=(CONTACT,), body=changed)
    talk: Established = bench.last(Established)
    assert early.media is not None
    assert talk.media.port == early.media.port == 20000


def test_the_answer_of_another_dialog_counts() -> None:
    """B24, A14: the song was x's, the telephone is y's."""
    bench, _ = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 183, tag="x", more=(CONTACT,), body=ANSWER)
    changed = ANSWER.replace(b"20000", b"30000")
    bench.replies(invite, 200, tag="y", more=(CONTACT,), body=changed)
    talk: Established = bench.last(Established)
    assert talk.media.port == 30000


@pytest.mark.parametrize("hops", [None, "0", "1", "255"])
def test_max_forwards_is_for_proxies(hops: str | None) -> None:
    """B27: whoever a request has reached answers it."""
    bench, token = ready()
    invite = bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT,), body=OFFER)
    headers = invite.headers.without("Max-Forwards")
    if hops is not None:
        headers = headers.appended("Max-Forwards", hops)
    bench.brings(Request("INVITE", invite.uri, headers, invite.body))
    offered: Offered = bench.last(Offered)
    bench.feeds(Alert(offered.call))
    bench.one("180 INVITE")


def test_the_route_of_the_answer_is_the_route_of_the_dialog() -> None:
    """B29 (section 13.2.2.4): what the 18x recorded is recomputed by the 2xx that confirms."""
    bench, _ = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT, ("Record-Route", "<sip:192.0.2.10;lr;of=180>")))
    more = (CONTACT, ("Record-Route", "<sip:192.0.2.10;lr;of=200>"))
    bench.replies(invite, 200, more=more, body=ANSWER)
    ack = bench.one("ACK")
    assert [r.uri for r in ack.routes] == ["sip:192.0.2.10;lr;of=200"]
    change = bench.request("INVITE", US, **swapped(ack, 1), more=(
        ("Contact", "<sip:b@192.0.2.20:5071>"), ("Record-Route", "<sip:evil.example;lr>"),
    ), body=OFFER)  # fmt: skip
    bench.brings(change)
    bench.one("200 INVITE")
    bench.brings(bench.request("ACK", US, **swapped(ack, 1)))
    bench.feeds(HangUp(call))
    bye = bench.one("BYE")
    assert [r.uri for r in bye.routes] == ["sip:192.0.2.10;lr;of=200"], "and never again"
    assert bye.uri == "sip:b@192.0.2.20:5071", "the target moves"


@pytest.mark.parametrize("method", ["OPTIONS", "BYE", "UPDATE", "MESSAGE", "PRACK"])
def test_nothing_but_an_invite_is_ever_told_that_it_took_too_long(method: str) -> None:
    """B35 (RFC 4320): a final answer at once, so no 100 and no 408, however long one waits."""
    bench, token = ready()
    bench.brings(bench.request(method, f"sip:{token}@192.0.2.1", more=(CONTACT,)))
    said = [name_of(m) for m in bench.wire]
    bench.waits(40.0)
    said += [name_of(m) for m in bench.wire]
    assert not {f"408 {method}", f"100 {method}"} & set(said)
    assert said


def test_a_second_reinvite_before_the_first_is_answered_is_put_off() -> None:
    """B18 (section 14.2): ours are answered at once; who overtakes himself is put off or 491."""
    bench, token = ready()
    invite, _, ok = called(bench, token)
    bench.brings(bench.request("ACK", US, **within(ok, invite.cseq.number)))
    for cseq in (2, 3):
        bench.brings(bench.request("INVITE", US, **within(ok, cseq), more=(CONTACT,), body=OFFER))
    first, second = bench.wire[-2:]
    assert name_of(first) == "200 INVITE"
    assert name_of(second) in {"491 INVITE", "500 INVITE"}
