"""Credentials stay at home: only our own servers see them (faults 5.1, sip 9.2, REG-18)."""

from __future__ import annotations

import pytest

from firmware.sip.events import Address, Established, HangUp
from firmware.sip.message import Request
from tests.sip.bench import ANSWER, Bench

FAR = Address("198.51.100.7", 5070)
ASKS = 'Digest realm="{}", nonce="n", algorithm=MD5, qop="auth"'


def talking(bench: Bench, contact: str, *, asked: bool) -> int:
    """A call whose far end has this Contact; the server has asked for credentials or not."""
    bench.registers()
    call = bench.calls()
    invite = bench.one("INVITE")
    if asked:
        bench.replies(invite, 407, more=(("Proxy-Authenticate", ASKS.format("dom")),))
        _, invite = bench.gets("ACK", "INVITE")
        assert invite.credentials
    bench.replies(invite, 200, more=(("Contact", contact),), body=ANSWER)
    bench.one("ACK")
    bench.last(Established)
    return call


def bye(bench: Bench, call: int) -> tuple[Request, Address]:
    bench.feeds(HangUp(call))
    target = bench.targets[-1]
    request = bench.one("BYE")
    assert isinstance(request, Request)
    return request, target


def test_a_bye_that_goes_straight_to_the_far_end_carries_no_credentials() -> None:
    bench = Bench()
    request, target = bye(bench, talking(bench, f"<sip:b@{FAR}>", asked=True))
    assert target == FAR
    assert request.credentials == ()


def test_a_bye_that_goes_by_the_server_does() -> None:
    """IA-08."""
    bench = Bench()
    request, target = bye(bench, talking(bench, "<sip:b@192.0.2.10>", asked=True))
    assert target.host == "192.0.2.10"
    assert [c.nc for c in request.credentials] == ["00000002"]


@pytest.mark.parametrize("status", [401, 407])
@pytest.mark.parametrize("realm", ["dom", "evil"])
def test_a_challenge_of_the_far_end_is_not_answered(status: int, realm: str) -> None:
    """A host that nobody configured could try our answer against passwords at leisure."""
    bench = Bench()
    request, _ = bye(bench, talking(bench, f"<sip:b@{FAR}>", asked=False))
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    bench.replies(request, status, more=((name, ASKS.format(realm)),))
    bench.gets()
    bench.waits(40.0)
    assert len(bench.agent.board.calls) == 0


def test_a_challenge_that_comes_through_the_server_is_answered() -> None:
    """IA-04, IA-08: the server stands for who is behind it."""
    bench = Bench()
    request, _ = bye(bench, talking(bench, "<sip:b@192.0.2.10>", asked=False))
    bench.replies(request, 401, more=(("WWW-Authenticate", ASKS.format("far")),))
    again = bench.one("BYE")
    assert [c.realm for c in again.credentials] == ["far"]
    assert again.cseq.number == request.cseq.number + 1
