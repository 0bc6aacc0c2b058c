"""What the network does to datagrams and names: rows A09 and A14 to A17 of the fault matrix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmware.sip.events import (
    Address,
    Ended,
    Established,
    Invite,
    Proceeding,
    Register,
    RegisterStatus,
    Resolve,
    Resolved,
    Server,
    TransportFailed,
)
from firmware.sip.message import respond
from firmware.sip.targets import REFRESH, RETRY, Targets
from tests.hostile.scene import Ringing, Scene, Talking, dropped, invite
from tests.sip.bench import ANSWER, CONTACT, MEDIA, SDP, SERVER


def test_a09_no_request_of_ours_is_larger_than_1300_bytes() -> None:
    """18.1.1: a larger one would have to go by a stream."""
    scene = Scene()
    scene.bench.calls("8" * 32)
    invite_ = scene.bench.one("INVITE")
    challenge = (
        "WWW-Authenticate",
        f'Digest realm="sip.operator.example.com", nonce="{"n" * 64}", qop="auth",'
        f' algorithm=SHA-256, opaque="{"o" * 32}"',
    )
    scene.bench.replies(invite_, 401, more=(challenge,))
    sizes = [len(m.encode()) for m in scene.bench.wire]
    assert sizes
    assert max(sizes) <= 1300


def test_a14_a_response_with_two_vias_is_not_for_us() -> None:
    scene = Scene()
    scene.bench.calls()
    ours = scene.bench.one("INVITE")
    ok = respond(ours, 200, to_tag="b", headers=(CONTACT, SDP), body=ANSWER)
    via = ok.headers.all("Via")[0]
    twice = ok.headers.replaced("Via", via, "SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKz")
    listed = ok.headers.replaced("Via", f"{via}, SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKz")
    for headers in (twice, listed):
        assert dropped(scene.throws(type(ok)(200, "OK", headers, ok.body).encode()))
    assert isinstance(scene.throws(ok.encode())[-1], Established)
    scene.settles()


@pytest.mark.parametrize("status", [299, 399, 499, 599, 699])
def test_a15_an_unknown_final_code_means_its_class(status: int) -> None:
    scene = Scene()
    scene.bench.calls()
    ours = scene.bench.one("INVITE")
    odd = respond(ours, status, "Odd", to_tag="b", headers=(CONTACT, SDP), body=ANSWER)
    last = scene.throws(odd.encode())[-1]
    assert isinstance(last, Established if status < 300 else Ended)
    scene.settles()


def test_a15_an_unknown_provisional_code_means_progress() -> None:
    scene = Scene()
    scene.bench.calls()
    ours = scene.bench.one("INVITE")
    assert isinstance(scene.throws(respond(ours, 198, "Odd", to_tag="b").encode())[-1], Proceeding)
    scene.settles()


@pytest.mark.parametrize("code", [b"700", b"999", b"099", b"20", b"2000", b"2e2", b"+20", b"-99"])
def test_a15_a_code_out_of_range_is_no_response(code: bytes) -> None:
    scene = Scene()
    scene.bench.calls()
    ok = respond(scene.bench.one("INVITE"), 200, to_tag="b").encode()
    assert dropped(scene.throws(ok.replace(b" 200 ", b" " + code + b" ", 1)))
    scene.settles()


def test_a16_the_last_good_address_serves_while_the_name_service_is_silent() -> None:
    targets = Targets((Server("sbc.example"),))
    assert targets.start(0.0) == [Resolve("sbc.example", 5060)]
    good = Address("192.0.2.10", 5060)
    targets.feed(Resolved("sbc.example", 5060, (good,)), 1.0)
    for reason in ("NXDOMAIN", "SERVFAIL", "timed out"):
        targets.feed(Resolved("sbc.example", 5060, (), reason), 2.0)
        assert targets.address_of("sbc.example", 5060) == good
        assert targets.lists(good), "requests from there are still taken"


def test_a16_a_name_is_asked_for_no_oftener_than_that() -> None:
    """A TTL of 0, or an answer that never comes, is no reason for a storm."""
    targets = Targets((Server("sbc.example"),))
    now, asked = 0.0, len(targets.start(0.0))
    targets.feed(Resolved("sbc.example", 5060, (), "NXDOMAIN"), 0.1)
    while now < 3600.0 and (due := targets.deadline) is not None:
        now = due
        asked += len(targets.tick(now))
        targets.feed(Resolved("sbc.example", 5060, (), "NXDOMAIN"), now)
    assert asked <= 2 + 3600 / RETRY[1] + 8
    assert REFRESH >= 30.0


def test_a16_two_hundred_addresses_are_no_trouble_and_another_name_is_ignored() -> None:
    targets = Targets((Server("sbc.example"),))
    targets.start(0.0)
    many = tuple(Address(f"192.0.2.{n}", 5060) for n in range(1, 201))
    targets.feed(Resolved("sbc.example", 5060, many), 0.0)
    targets.feed(Resolved("evil.example", 5060, (Address("203.0.113.66", 5060),)), 0.0)
    assert targets.lists(many[-1])
    assert not targets.lists(Address("203.0.113.66", 5060))


@pytest.mark.parametrize("reason", ["Connection refused", "ENOBUFS", "EMSGSIZE", "ENETUNREACH"])
def test_a17_what_cannot_be_sent_has_failed_at_once(reason: str) -> None:
    """It counts as 503 (8.1.3.1); the agent is as good as before."""
    scene = Talking()
    agent, bench = scene.bench.agent, scene.bench
    call = agent.new_call()
    agent.feed(Invite(call, 2, "8001", MEDIA), bench.now)
    outputs = agent.feed(TransportFailed(SERVER, reason), bench.now)
    assert [o.call for o in outputs if isinstance(o, Ended)] == [call]
    scene.close()
    scene.settles()


def test_a17_a_registration_that_cannot_be_sent_is_tried_again() -> None:
    bench = Scene().bench
    bench.feeds(Register(1))
    bench.clears()
    bench.feeds(TransportFailed(SERVER, "ENETUNREACH"))
    state = bench.agent.registration(1)
    assert state.last_code == 503
    assert state.last_error == "cannot be sent: ENETUNREACH"
    assert state.next_attempt_at is not None
    assert state.status is RegisterStatus.REGISTERED, "the binding is good until it expires"


@pytest.mark.parametrize("make", [Scene, Ringing, Talking])
def test_a17_an_answer_that_cannot_be_sent_breaks_nothing(make: Callable[[], Scene]) -> None:
    scene = make()
    scene.throws(invite(scene))
    agent = scene.bench.agent
    agent.feed(TransportFailed(SERVER, "ENOBUFS"), scene.bench.now)
    scene.refuses_what_is_offered()
    scene.close()
    scene.settles()
