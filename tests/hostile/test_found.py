"""What these tests have found in the agent, each kept by itself."""

from __future__ import annotations

from firmware.sip.events import Send
from firmware.sip.message import Request, respond
from tests.hostile.exchange_chaos import ExchangeChaos
from tests.hostile.scene import Scene, dropped, statuses
from tests.sip.bench import ANSWER, OFFER, SDP, SERVER

STAR = ("Contact", "*")


def test_a_star_is_no_place_to_send_requests_to() -> None:
    """``Contact: *`` belongs into a REGISTER (RFC 3261 section 20.10), it leads nowhere."""
    scene = Scene()
    bench = scene.bench
    invite = bench.request("INVITE", f"sip:{scene.token}@192.0.2.1", more=(STAR,), body=OFFER)
    assert statuses(scene.throws(invite.encode())) == [400]
    bench.calls()
    ours = bench.one("INVITE")
    ok = respond(ours, 200, to_tag="b", headers=(STAR, SDP), body=ANSWER)
    assert dropped(scene.throws(ok.encode()))
    bench.gets()
    scene.settles()


def test_an_answer_goes_where_the_request_came_from_whatever_it_says_itself() -> None:
    """A request that brings ``received`` along would have its answer sent to a third party."""
    scene = Scene()
    for via in (
        "SIP/2.0/UDP 192.0.2.10;received=203.0.113.66;branch=z9hG4bKr1",
        "SIP/2.0/UDP 192.0.2.10;received=203.0.113.66;rport=9;branch=z9hG4bKr2",
        "SIP/2.0/UDP 203.0.113.66;maddr=203.0.113.66;branch=z9hG4bKr3",
        "SIP/2.0/UDP 203.0.113.66;received=203.0.113.66;branch=z9hG4bKr4",
    ):
        request = scene.bench.request("OPTIONS", "sip:192.0.2.1")
        headers = request.headers.replaced("Via", via)
        outputs = scene.throws(Request("OPTIONS", request.uri, headers).encode())
        assert [o.target for o in outputs if isinstance(o, Send)] == [SERVER]


def test_what_nobody_answers_the_exchange_forgets() -> None:
    """RFC 4320 forbids a 408 to it, so nothing ever ended it: a leak, a request a time."""
    chaos = ExchangeChaos()
    chaos.registers(1, 3600)
    chaos.asks(0, 31)
    chaos.proves(0, 1)
    assert any(isinstance(m, Request) and m.method == "OPTIONS" for m, _ in chaos.heard)
    chaos.settles()
