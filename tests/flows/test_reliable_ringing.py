"""A call with reliable provisional responses (behaviours 14.11; PR-01 to PR-08)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request, Response
from tests.far_end import FarEnd
from tests.flows.scenes import calls_out, rings
from tests.sbc import SBC, description
from tests.world import World

MODES = pytest.mark.parametrize("mode", ["supported", "required"])
RELIABLY = [("Require", "100rel"), ("RSeq", "4711")]


@MODES
def test_ringing_is_acknowledged_on_both_legs(mode: str) -> None:
    """A13 (PR-01 to PR-05): 180 with RSeq, PRACK c2 + 1, its 200; BYE is c2 + 2 then."""
    with World(exchange=True, sip=f'prack = "{mode}"').registers() as world:
        a, b = rings(world)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 102 Outgoing"
        assert world.row(2) == "reg-ok:Activ Ringing RINGING 101 Incoming"
        b.lifts()
        world.waits(1.0)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 102 Outgoing"
        a.hangs_up()
        world.waits(1.0)
        assert_legs(world, mode)
        if mode == "supported":
            world.matches("call-with-prack")


def assert_legs(world: World, mode: str) -> None:
    invite = world.messages(">INVITE", 1)[-1]
    assert isinstance(invite, Request)
    assert "100rel" in invite.supported
    assert invite.require == (("100rel",) if mode == "required" else ())
    ringing = world.find("<180 INVITE", 1)
    assert isinstance(ringing, Response)
    assert ringing.require == ("100rel",)
    out, came = world.find(">PRACK", 1), world.find("<PRACK", 2)
    assert (out.rack.rseq, out.rack.cseq) == (ringing.rseq, invite.cseq.number)
    assert (out.cseq.number, out.to.tag) == (invite.cseq.number + 1, ringing.to.tag)
    assert out.uri == ringing.contacts[0].uri
    assert (came.rack, came.cseq) == (out.rack, out.cseq)
    assert [world.find("<200 PRACK", 1).cseq, world.find(">200 PRACK", 2).cseq] == [out.cseq] * 2
    assert world.find(">BYE", 1).cseq.number == invite.cseq.number + 2


def test_an_announcement_that_has_to_be_heard_comes_in_a_reliable_183() -> None:
    """PR-08: the answer in it stands, voice is through before the 200, which says no more."""
    with World(ports=1, sip='prack = "required"').registers() as world:
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        a, invite = calls_out(world)
        world.sbc.says(invite, 183, more=RELIABLY, body=description())
        prack = world.sbc.gets("PRACK")
        world.sbc.says(prack, 200)
        far.sings(660, ("10.0.0.1", 10000))
        world.waits(0.5)
        assert a.hears(2.0).frequencies_hz == (660,)
        world.sbc.says(invite, 200)
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        world.matches("early-media-reliable")


def test_a_caller_that_never_acknowledges_the_ringing_is_refused() -> None:
    """PR-02: seven 180s, then 504; the bell stops."""
    quiet = "[services]\ncaller_id = false\n"
    with World(ports=1, sip='prack = "supported"', more=quiet).registers() as world:
        invite = world.sbc.calls("101", more=[("Supported", "100rel")])
        first = world.sbc.gets_answer(180, "INVITE")
        for _ in range(6):
            again = world.sbc.gets_answer(180, "INVITE")
            assert again == first
        refused = world.sbc.gets_answer(504, "INVITE")
        world.sbc.acks(invite, refused)
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        record = world.records(1)[-1]
        assert "no PRACK came" in record.sentence
        world.matches("no-prack-comes")


def test_the_180_of_a_delayed_offer_makes_the_offer() -> None:
    """CO-14, B22: the PRACK answers it; who lifts is heard at once."""
    with World(ports=1, sip='prack = "supported"').registers() as world:
        sbc = world.sbc
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        invite = sbc.calls("101", body=b"", more=[("Require", "100rel")])
        ringing = sbc.gets_answer(180, "INVITE")
        assert b"RTP/AVP 8 0 101" in ringing.body
        rack = ("RAck", f"{ringing.rseq} {invite.cseq.number} INVITE")
        sbc.asks_as_caller("PRACK", ringing, 2, more=[rack], body=description())
        sbc.gets_answer(200, "PRACK")
        (b,) = world.people
        world.waits(0.5)
        b.lifts()
        ok = sbc.gets_answer(200, "INVITE")
        assert not ok.body
        sbc.acks(invite, ok)
        world.waits(0.3)
        b.says(1000, 1.0)
        world.waits(0.1)
        assert far.hears(0.5).frequencies_hz == (1000,)
        b.hangs_up()
        sbc.gets("BYE")


def test_a_delayed_offer_that_nobody_lifts_for_gives_its_ports_back() -> None:
    with World(ports=1, sip='prack = "supported"').registers() as world:
        sbc = world.sbc
        for _ in range(2):
            invite = sbc.calls("101", body=b"", more=[("Require", "100rel")])
            ringing = sbc.gets_answer(180, "INVITE")
            assert b"m=audio 10000 " in ringing.body
            sbc.cancels(invite)
            sbc.gets_answer(200, "CANCEL")
            sbc.acks(invite, sbc.gets_answer(487, "INVITE"))
            world.waits(1.0)
