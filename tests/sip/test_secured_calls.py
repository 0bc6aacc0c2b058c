"""Calls whose voice is encrypted, in both roles: begun, changed, and refused (RFC 4568, C22)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any, Literal

import pytest

from firmware.causes import Code
from firmware.sip.events import Accept, Alert, Ended, Established, Hold, MediaChanged, Resume
from firmware.sip.message import Message
from firmware.sip.sdes import NO_KEYS, NOT_ENCRYPTED, OTHER_KEY, SUITES
from tests.sip.bench import ANSWER, CONTACT, LINES, MEDIA, OFFER, US, Bench

LONG, SHORT = SUITES
KEY, NEW = bytes(range(30)), bytes(range(60, 90))
Mode = Literal["off", "optional", "required"]


def secured(plain: bytes, key: bytes = KEY, suite: str = LONG, tag: int = 1) -> bytes:
    """The same description with encrypted voice."""
    text = f"a=crypto:{tag} {suite} inline:{b64encode(key).decode()}|2^31\r\n"
    return plain.replace(b"RTP/AVP", b"RTP/SAVP") + text.encode()


def cryptos(message: Message) -> list[bytes]:
    return [line for line in message.body.split(b"\r\n") if line.startswith(b"a=crypto")]


def called(srtp: Mode, offer: bytes) -> tuple[Bench, Any]:
    """Somebody calls with that offer; what we answer at once."""
    bench = Bench(srtp=srtp)
    token = bench.registers()
    uri = f"sip:{token}@192.0.2.1:5060"
    bench.brings(bench.request("INVITE", uri, more=(CONTACT,), body=offer))
    return bench, bench.wire[-1] if bench.wire else None


@pytest.mark.parametrize(("one", "others"), [("required", "off"), ("off", "required")])
def test_a_line_may_be_encrypted_where_others_are_not(one: Mode, others: Mode) -> None:
    """`srtp` of a `[[line]]` counts before that of all."""
    bench = Bench(srtp=others, lines=(replace(LINES[0], srtp=one), LINES[1]))
    bench.registers()
    bench.calls(line=1)
    bench.calls(line=2)
    invites = bench.gets("INVITE", "INVITE")
    assert [bool(cryptos(invite)) for invite in invites] == [one != "off", others != "off"]


class Secured:
    """An established call with encrypted voice."""

    def __init__(self, *, ours: bool, srtp: Mode = "required") -> None:
        self.bench = bench = Bench(srtp=srtp)
        token = bench.registers()
        self.ours = ours
        if ours:
            self.call = bench.calls()
            self.invite = bench.one("INVITE")
            bench.replies(self.invite, 200, more=(CONTACT,), body=secured(ANSWER))
            bench.gets("ACK")
            self.said = self.invite
        else:
            uri = f"sip:{token}@192.0.2.1:5060"
            self.invite = bench.request("INVITE", uri, more=(CONTACT,), body=secured(OFFER))
            bench.brings(self.invite)
            self.call = bench.agent.board.last_call
            bench.feeds(Alert(self.call))
            bench.feeds(Accept(self.call, MEDIA))
            _, self.said = bench.gets("180 INVITE", "200 INVITE")
            self.names: dict[str, Any] = {"to": self.said.headers.get("To")}
            bench.brings(bench.request("ACK", US, **self.names))
        self.plan = bench.last(Established).media

    def reoffers(self, body: bytes, number: int = 2) -> Any:
        """The peer's re-INVITE of that number; our final answer."""
        names: dict[str, Any] = {
            "from_": "<sip:8001@dom>;tag=b",
            "to": self.invite.headers.get("From"),
            "call_id": self.invite.call_id,
        }
        names = names if self.ours else self.names
        self.bench.brings(
            self.bench.request("INVITE", US, **names, cseq=number, more=(CONTACT,), body=body)
        )
        return self.bench.wire[-1]


BOTH = pytest.mark.parametrize("ours", [True, False])


@BOTH
def test_a_call_agrees_on_keys(ours: bool) -> None:
    """C22: each end tells the key of what it sends."""
    call = Secured(ours=ours)
    assert len(cryptos(call.said)) == (2 if ours else 1)
    agreed = call.plan.protection
    assert (agreed.suite, agreed.receives) == (LONG, KEY)
    assert b64encode(agreed.sends) in cryptos(call.said)[0]


def test_where_encryption_is_an_option_ours_is_plain_and_theirs_is_taken() -> None:
    bench = Bench(srtp="optional")
    bench.registers()
    bench.calls()
    invite = bench.one("INVITE")
    assert b"RTP/AVP" in invite.body
    assert cryptos(invite) == []
    assert Secured(ours=False, srtp="optional").plan.protection is not None


@BOTH
def test_hold_and_resume_keep_the_keys(ours: bool) -> None:
    """C22: ours stay the same in all offers of a call, so that packets are counted on."""
    call = Secured(ours=ours, srtp="required" if ours else "optional")
    bench = call.bench
    for want in (Hold(call.call), Resume(call.call)):
        bench.feeds(want)
        again = bench.one("INVITE")
        assert b"RTP/SAVP" in again.body
        assert cryptos(call.said)[0] in cryptos(again)
        bench.replies(again, 200, more=(CONTACT,), body=secured(ANSWER))
        bench.gets("ACK")
        assert bench.last(MediaChanged).media.protection == call.plan.protection


@BOTH
def test_new_keys_of_the_far_end_are_taken(ours: bool) -> None:
    """C22, rekeying in a re-INVITE: theirs are new, ours stay."""
    call = Secured(ours=ours)
    ok = call.reoffers(secured(OFFER, NEW))
    assert ok.status == 200
    plan = call.bench.last(MediaChanged).media
    assert plan.protection.receives == NEW
    assert plan.protection.sends == call.plan.protection.sends


@pytest.mark.parametrize(
    ("ours", "srtp"), [(True, "required"), (False, "required"), (False, "optional")]
)
def test_no_change_makes_a_call_readable(ours: bool, srtp: Mode) -> None:
    """C22, no silent downgrade: 488, and the session stays as it was."""
    call = Secured(ours=ours, srtp=srtp)
    refused = call.reoffers(OFFER)
    assert refused.status == 488
    assert NOT_ENCRYPTED in refused.headers.get("Warning")
    assert call.bench.said == []


@pytest.mark.parametrize("srtp", ["optional", "required"])
def test_a_call_on_hold_by_port_0_does_not_forget_that_it_is_encrypted(srtp: Mode) -> None:
    """C22, C24: nor do its keys change."""
    call = Secured(ours=False, srtp=srtp)
    assert call.reoffers(secured(OFFER.replace(b"20000", b"0"))).status == 200
    call.bench.brings(call.bench.request("ACK", US, **call.names, cseq=2))
    call.bench.said.clear()
    assert call.reoffers(OFFER, 3).status == 488
    assert call.reoffers(secured(OFFER), 4).status == 200
    assert call.bench.last(MediaChanged).media.protection == call.plan.protection


@pytest.mark.parametrize(
    ("srtp", "offer", "words"),
    [
        ("off", secured(OFFER), "Not acceptable here"),
        ("required", OFFER, NOT_ENCRYPTED),
        ("required", secured(OFFER, suite="F8_128_HMAC_SHA1_80"), NO_KEYS),
        ("optional", secured(OFFER, suite="F8_128_HMAC_SHA1_80"), NO_KEYS),
    ],
)
def test_an_offer_that_does_not_fit_is_refused_with_the_reason(
    srtp: Mode, offer: bytes, words: str
) -> None:
    """B23, C22: 488, Warning 302; the bell never rings."""
    bench, response = called(srtp, offer)
    assert response.status == 488
    assert response.headers.get("Warning") == f'302 192.0.2.1:5060 "{words}"'
    assert bench.said == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (ANSWER, NOT_ENCRYPTED),
        (secured(ANSWER, suite="X"), NO_KEYS),
        (secured(ANSWER, suite=SHORT), OTHER_KEY),
    ],
)
def test_an_answer_that_is_not_encrypted_ends_the_call(body: bytes, words: str) -> None:
    """C22: ACK and BYE; the record says why, in words."""
    bench = Bench(srtp="required")
    bench.registers()
    bench.calls()
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=body)
    _, bye = bench.gets("ACK", "BYE")
    assert "488" in bye.headers.get("Reason")
    why = bench.last(Ended).cause
    assert (why.code, why.status) == (Code.CODEC, 488)
    assert why.sentence == f"No agreement on encrypted voice: {words}."
    assert "srtp in [rtp]" in why.hint


@pytest.mark.parametrize("srtp", ["off", "required"])
def test_a_refusal_of_encrypted_voice_is_told_from_one_of_codecs(srtp: Mode) -> None:
    """B23, C22: what the far end's 488 is likely to mean depends on what we have offered."""
    bench = Bench(srtp=srtp)
    bench.registers()
    bench.calls()
    bench.replies(bench.one("INVITE"), 488)
    bench.gets("ACK")
    why = bench.last(Ended).cause
    assert (why.code, why.status) == (Code.CODEC, 488)
    assert ("encrypted" in why.sentence) is (srtp == "required")
    assert ("加密" in why.sentence_zh) is (srtp == "required")


def test_an_invite_without_offer_gets_ours_and_the_ack_brings_their_key() -> None:
    """CO-14, C22: delayed offer."""
    bench, _ = called("required", b"")
    call = bench.agent.board.last_call
    bench.feeds(Alert(call))
    bench.feeds(Accept(call, MEDIA))
    ok = bench.wire[-1]
    assert isinstance(ok, Message)
    assert len(cryptos(ok)) == 2
    to = ok.headers.get("To")
    assert to is not None
    body = secured(ANSWER, suite=SHORT, tag=2)
    bench.brings(bench.request("ACK", US, to=to, body=body))
    assert bench.last(Established).media.protection.suite == SHORT
