"""What these tests have found in the agent, each kept by itself."""

from __future__ import annotations

from firmware.sip.message import respond
from tests.hostile.scene import Scene, dropped, statuses
from tests.sip.bench import ANSWER, OFFER, SDP

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
