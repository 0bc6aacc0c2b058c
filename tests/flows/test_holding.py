"""We hold the far end, and take it back (A15; RFC 3264 section 8.4, RFC 3261 section 14.1)."""

from __future__ import annotations

from firmware.sip.events import Hold, Resume
from tests.far_end import FarEnd
from tests.flows.scenes import answers, talks_out
from tests.sbc import SBC, description
from tests.world import World

RTP = (SBC.host, 20000)
OURS = ("10.0.0.1", 10000)


def holds(world: World, port: int = 1) -> None:
    """What a service of the telephone will want: the far end of its call is held."""
    world.gateway.tell_agent(Hold(call_of(world, port)))


def resumes(world: World, port: int = 1) -> None:
    world.gateway.tell_agent(Resume(call_of(world, port)))


def call_of(world: World, port: int) -> int:
    leg = world.gateway.ports[port].leg
    assert leg is not None
    return leg.call


def test_the_far_end_is_held_and_taken_back() -> None:
    """A15, CO-14: sendonly; neither hears the other meanwhile; then voice is back."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        far = FarEnd(world.network, RTP, world.waits)
        a, _ = talks_out(world)
        world.waits(0.3)
        holds(world)
        hold = sbc.gets("INVITE")
        assert b"a=sendonly" in hold.body
        sbc.says(hold, 200, body=description(direction="recvonly", version=2))
        assert sbc.gets("ACK").cseq.number == hold.cseq.number
        world.waits(0.3)
        far.packets()
        a.says(1000, 1.0)
        far.sings(660, OURS)
        world.waits(0.5)
        assert a.hears(1.0).heard == "silence"
        assert far.packets() == [], "what is said here is not meant for who is held"
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        far.hushes()
        resumes(world)
        resume = sbc.gets("INVITE")
        assert b"a=sendrecv" in resume.body
        sbc.says(resume, 200, body=description(version=3))
        sbc.gets("ACK")
        world.waits(0.3)
        a.says(1000, 1.0)
        world.waits(0.1)
        assert far.hears(0.5).frequencies_hz == (1000,)
        a.hangs_up()
        bye = sbc.gets("BYE")
        assert bye.cseq.number == hold.cseq.number + 2
        sbc.says(bye, 200)
        world.waits(0.5)
        world.matches("held-by-this-end")


def test_a_hold_of_ours_meets_one_of_theirs() -> None:
    """B17: 491 both ways; each comes again in its time, and both hold in the end."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        _, invite = talks_out(world)
        holds(world)
        hold = sbc.gets("INVITE")
        theirs = sbc.asks_as_callee(
            "INVITE", invite, 1, body=description(direction="sendonly", version=2)
        )
        refused = sbc.gets_answer(491, "INVITE")
        sbc.acks(theirs, refused)
        sbc.says(hold, 491)
        sbc.gets("ACK")
        again = sbc.asks_as_callee(
            "INVITE", invite, 2, body=description(direction="sendonly", version=3)
        )
        ok = sbc.gets_answer(200, "INVITE")
        assert b"a=inactive" in ok.body, "our answer holds too, so nothing is left to ask for"
        sbc.acks(again, ok)
        world.waits(5.0)
        assert sbc.unread == []
        world.matches("hold-meets-hold")


def test_a_far_end_that_cannot_be_held_is_talked_on_with() -> None:
    """B21: 488 leaves the session as it is, and the ladder says so."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        b, _, _ = answers(world)
        holds(world)
        hold = world.sbc.gets("INVITE")
        world.sbc.says(hold, 488)
        world.sbc.gets("ACK")
        world.waits(0.3)
        b.says(1000, 1.0)
        world.waits(0.1)
        assert far.hears(0.5).frequencies_hz == (1000,)
        assert "hold refused 488" in [mark.what for mark in world.marks]
