"""Our own address changes under a call that is answered: the far end is told (REG-22, C08).

RFC 3261 sections 12.2 and 14.1, RFC 3264 section 8.3.1. The line registers first; a far end that
does not go along would send to where nobody is, so the call ends with words.
"""

from __future__ import annotations

from typing import Any

import pytest

from firmware.causes import Code
from firmware.sip.call.move import PATIENCE
from firmware.sip.events import (
    Address,
    AddressChanged,
    CarryOver,
    Ended,
    Fax,
    HangUp,
    Hold,
    LocalMedia,
    MediaChanged,
    TransportFailed,
)
from firmware.sip.message import Request
from tests.sip.bench import ANSWER, LINES, OFFER, SERVER, Bench
from tests.sip.talking import Talk

BOTH = pytest.mark.parametrize("ours", [True, False])
NEW, LATER = "192.0.2.77", "192.0.2.88"


def talking(**settings: Any) -> Talk:
    """A call of a box with one line."""
    return Talk(lines=LINES[:1], **settings)


def relocates(talk: Talk, host: str = NEW) -> list[Request]:
    """We are at `host` now; the REGISTER that says so is out."""
    bench = talk.bench
    bench.feeds(AddressChanged(Address(host, 5060)))
    bench.feeds(CarryOver(talk.call, LocalMedia(host, 12000)))
    return bench.gets("REGISTER")


def binds(bench: Bench, register: Request) -> None:
    """The registrar takes the line where it is now; its old Contact is no matter here."""
    contact = ("Contact", f"{register.contacts[0]};expires=3600")
    bench.replies(register, 200, more=(contact,))


def moves(talk: Talk, host: str = NEW) -> Request:
    """We are at `host`, and the line is bound there; the re-INVITE that follows."""
    (register,) = relocates(talk, host)
    binds(talk.bench, register)
    asked: Request
    asked, removal = talk.bench.gets("INVITE", "REGISTER")
    talk.bench.replies(removal, 200)
    return asked


def is_left_behind(talk: Talk, status: int) -> None:
    """It ends with a BYE and with words."""
    ended = talk.bench.last(Ended)
    assert (ended.cause.code, ended.cause.status) == (Code.ADDRESS_CHANGED, status)
    for part in ("192.0.2.1 ", "192.0.2.77", "8001", f"INVITE: {status}"):
        assert part in ended.cause.sentence
        assert part.strip() in ended.cause.sentence_zh


@BOTH
def test_the_far_end_is_told_where_we_are(ours: bool) -> None:
    """REG-22: Via, Contact, o= and c= are new, the dialog is not; so is what follows."""
    talk = talking(ours=ours)
    bench = talk.bench
    asked = moves(talk)
    assert (asked.call_id, asked.from_.tag) != ("", "")
    assert (asked.call_id, asked.uri) == (talk.invite.call_id, "sip:b@192.0.2.20:5070")
    assert (asked.via.host, asked.contacts[0].uri.partition("@")[2]) == (NEW, f"{NEW}:5060")
    lines = asked.body.decode().split("\r\n")
    assert lines[1].split()[2:] == ["2", "IN", "IP4", NEW], "the version counts up"
    assert (lines[3], lines[5]) == (f"c=IN IP4 {NEW}", "m=audio 12000 RTP/AVP 8 0 101")
    assert "a=sendrecv" in lines
    talk.answers(asked, 200, body=ANSWER)
    ack = bench.one("ACK")
    assert (ack.via.host, ack.cseq.number) == (NEW, asked.cseq.number)
    plan = bench.last(MediaChanged).media
    assert (plan.host, plan.port, plan.sends, plan.receives) == ("192.0.2.20", 20000, True, True)
    bench.waits(100)
    assert "INVITE" not in [m.method for m in bench.wire if isinstance(m, Request)], "told once"
    bench.clears()
    bench.feeds(HangUp(talk.call))
    bye = bench.one("BYE")
    assert (bye.via.host, bye.cseq.number) == (NEW, asked.cseq.number + 1)


def test_the_line_registers_first_but_is_not_waited_for_for_ever() -> None:
    """A server may take nothing from who has not registered; a silent registrar ends no call."""
    talk = talking()
    bench = talk.bench
    relocates(talk)
    bench.waits(PATIENCE - 0.1)
    assert {m.method for m in bench.wire if isinstance(m, Request)} == {"REGISTER"}
    bench.clears()
    bench.waits(0.2)
    talk.answers(bench.one("INVITE"), 200, body=ANSWER)
    bench.gets("ACK")
    bench.last(MediaChanged)


def test_a_line_that_is_refused_does_not_keep_its_call_waiting() -> None:
    talk = talking()
    bench = talk.bench
    (register,) = relocates(talk)
    bench.replies(register, 403)
    talk.answers(bench.one("INVITE"), 200, body=ANSWER)
    bench.gets("ACK")


def test_nobody_waits_for_a_line_that_does_not_register() -> None:
    talk = talking()
    bench = talk.bench
    bench.feeds(AddressChanged(Address(NEW, 5060)))
    (register,) = bench.gets("REGISTER")
    binds(bench, register)
    bench.clears()
    bench.feeds(CarryOver(talk.call, LocalMedia(NEW, 12000)))
    bench.one("INVITE")


@BOTH
@pytest.mark.parametrize("status", [403, 481, 488, 603])
def test_a_far_end_that_does_not_go_along_ends_the_call(ours: bool, status: int) -> None:
    """The session cannot stay as it is (14.1): it speaks of where nobody is."""
    talk = talking(ours=ours)
    bench = talk.bench
    talk.answers(moves(talk), status)
    _, bye = bench.gets("ACK", "BYE")
    is_left_behind(talk, status)
    assert bye.headers.get("Reason") == "Q.850;cause=27"
    bench.replies(bye, 200)
    bench.clears()


def test_a_far_end_that_does_not_answer_ends_the_call() -> None:
    """Silence for 64*T1 counts as 408 (8.1.3.1)."""
    talk = talking()
    bench = talk.bench
    moves(talk)
    bench.waits(32.1)
    is_left_behind(talk, 408)


def test_one_that_answers_provisionally_and_no_more_ends_it_too() -> None:
    """CANCEL, then BYE: nothing is left (section 9.1)."""
    talk = talking()
    bench = talk.bench
    bench.replies(moves(talk), 180, tag="b")
    bench.waits(32.1)
    sent = [m.method for m in bench.wire if isinstance(m, Request)]
    assert sent[-2:] == ["CANCEL", "BYE"]
    is_left_behind(talk, 408)


@BOTH
@pytest.mark.parametrize(
    ("status", "more", "least", "most"),
    [(491, (), 0.0, 4.0), (500, (("Retry-After", "7"),), 7.0, 7.0), (503, (), 2.0, 2.0)],
)
def test_a_far_end_that_cannot_now_is_asked_again(
    ours: bool, status: int, more: tuple[tuple[str, str], ...], least: float, most: float
) -> None:
    """L32: glare; B21: who says when to come again; a server that is out of breath."""
    talk = talking(ours=ours)
    bench = talk.bench
    first = moves(talk)
    talk.answers(first, status, *more)
    bench.gets("ACK")
    began = bench.now
    bench.clears()
    again = bench.waits_for("INVITE", 5.0 + most)
    assert least <= bench.now - began <= most + 0.011
    assert again.cseq.number == first.cseq.number + 1
    talk.answers(again, 200, body=ANSWER)
    bench.gets("ACK")
    bench.last(MediaChanged)


def test_glare_for_ever_ends_the_call() -> None:
    talk = talking()
    bench = talk.bench
    asked = moves(talk)
    for _ in range(8):
        talk.answers(asked, 491)
        bench.clears()
        asked = bench.waits_for("INVITE", 5.0)
    talk.answers(asked, 491)
    is_left_behind(talk, 491)


def test_what_cannot_be_sent_is_tried_again_for_a_while() -> None:
    """C08: a way may come up a moment after its address."""
    talk = talking()
    bench = talk.bench
    moves(talk)
    for _ in range(3):
        bench.feeds(TransportFailed(SERVER, "network is unreachable"))
        bench.clears()
        asked = bench.waits_for("INVITE", 2.1)
    talk.answers(asked, 200, body=ANSWER)
    bench.gets("ACK")
    bench.last(MediaChanged)


def test_a_way_that_does_not_come_up_ends_the_call() -> None:
    talk = talking()
    bench = talk.bench
    moves(talk)
    for _ in range(8):
        bench.feeds(TransportFailed(SERVER, "network is unreachable"))
        bench.clears()
        bench.waits_for("INVITE", 2.1)
    bench.feeds(TransportFailed(SERVER, "network is unreachable"))
    is_left_behind(talk, 503)


@BOTH
def test_their_own_offer_that_comes_first_tells_them_as_well(ours: bool) -> None:
    """A 2xx to a target refresh is one too (12.2.2): no second exchange, so no glare."""
    talk = talking(ours=ours)
    bench = talk.bench
    (register,) = relocates(talk)
    talk.asks("INVITE", body=OFFER)
    ok = bench.one("200 INVITE")
    assert (ok.contacts[0].uri.partition("@")[2], f"c=IN IP4 {NEW}".encode() in ok.body) == (
        f"{NEW}:5060",
        True,
    )
    talk.acks(ok)
    binds(bench, register)
    bench.gets("REGISTER")
    bench.waits(10)
    assert "INVITE" not in [m.method for m in bench.wire if isinstance(m, Request)]


@BOTH
def test_a_hold_that_was_on_its_way_is_overtaken_and_still_wanted(ours: bool) -> None:
    """Its answer goes to where nobody is; one re-INVITE does both."""
    talk = talking(ours=ours)
    bench = talk.bench
    bench.feeds(Hold(talk.call))
    lost = bench.one("INVITE")
    asked = moves(talk)
    assert (b"a=sendonly" in asked.body, asked.cseq.number) == (True, lost.cseq.number + 1)
    talk.answers(asked, 200, body=ANSWER + b"a=recvonly\r\n")
    bench.gets("ACK")
    held = bench.last(MediaChanged).media
    assert (held.sends, held.receives) == (False, False)
    talk.answers(lost, 200, body=ANSWER)
    late = bench.one("ACK")
    assert late.cseq.number == lost.cseq.number, "who repeats its 200 is told that it came"
    assert bench.said == []


def test_a_second_change_overtakes_the_first() -> None:
    """PPPoE that is dialled twice; the words name the address that the far end knows."""
    talk = talking()
    bench = talk.bench
    first = moves(talk)
    second = moves(talk, LATER)
    assert second.cseq.number == first.cseq.number + 1
    assert f"c=IN IP4 {LATER}".encode() in second.body
    talk.answers(second, 488)
    sentence = bench.last(Ended).cause.sentence
    assert "from 192.0.2.1 to 192.0.2.88" in sentence


def test_back_to_the_address_of_before_is_told_too() -> None:
    """Who can say whether the far end has heard of the other one."""
    talk = talking()
    moves(talk)
    back = moves(talk, "192.0.2.1")
    assert b"c=IN IP4 192.0.2.1\r\n" in back.body


def test_a_challenge_is_answered() -> None:
    """REG-22, IA-03: the password follows to where we are."""
    talk = talking()
    bench = talk.bench
    asked = moves(talk)
    challenge = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
    talk.answers(asked, 407, challenge)
    _, again = bench.gets("ACK", "INVITE")
    assert again.headers.get("Proxy-Authorization")
    talk.answers(again, 200, body=ANSWER)
    bench.gets("ACK")


def test_a_fax_goes_on() -> None:
    """T.38: its datagrams have another place too."""
    talk = talking(fax=True)
    bench = talk.bench
    t38 = OFFER.partition(b"m=")[0] + b"m=image 20000 udptl t38\r\na=T38FaxVersion:0\r\n"
    bench.feeds(Fax(talk.call, True))
    talk.answers(bench.one("INVITE"), 200, body=t38)
    bench.gets("ACK")
    asked = moves(talk)
    assert b"m=image 12000 udptl t38" in asked.body
    assert f"c=IN IP4 {NEW}".encode() in asked.body
    talk.answers(asked, 200, body=t38)
    bench.gets("ACK")
    assert bench.last(MediaChanged).media.fax


def test_a_re_invite_of_theirs_whose_ack_went_to_the_old_address() -> None:
    """Ours waits for it (14.1); it never comes, and the call ends with the right words."""
    talk = talking()
    bench = talk.bench
    talk.asks("INVITE", body=OFFER)
    bench.gets("200 INVITE")
    (register,) = relocates(talk)
    binds(bench, register)
    bench.clears()
    bench.waits(32.1)
    ended = bench.last(Ended)
    assert ended.cause.code is Code.ADDRESS_CHANGED
    assert "ACK: 408" in ended.cause.sentence


@BOTH
def test_an_end_of_ours_is_where_we_are(ours: bool) -> None:
    """Two lines of this box talk through a proxy: both have moved (REG-22)."""
    talk = talking(ours=ours)
    assert talk.bench.agent.board.calls.get(talk.call)
    dialog = next(iter(talk.bench.agent.board.calls)).call.dialog
    assert dialog is not None
    for before, after in (
        ("sip:t@192.0.2.1:5060", f"sip:t@{NEW}:5060"),
        ("sip:t@192.0.2.1:5060;transport=tcp", f"sip:t@{NEW}:5060;transport=tcp"),
        ("sip:t@192.0.2.1:50601", "sip:t@192.0.2.1:50601"),
        ("sip:t@192.0.2.10:5060", "sip:t@192.0.2.10:5060"),
    ):
        dialog.target = before
        dialog.moved("192.0.2.1:5060", f"{NEW}:5060")
        assert dialog.target == after


def test_a_call_that_is_over_meanwhile_is_left_alone() -> None:
    talk = talking()
    bench = talk.bench
    bench.feeds(AddressChanged(Address(NEW, 5060)))
    bench.feeds(HangUp(talk.call))
    bench.clears()
    bench.feeds(CarryOver(talk.call, LocalMedia(NEW, 12000)))
    bench.feeds(CarryOver(99, LocalMedia(NEW, 12000)))
    assert "INVITE" not in [m.method for m in bench.wire if isinstance(m, Request)]
    bench.hears()
