"""Voice before the answer, and voice that the far end changes (14.16; CO-08, CO-14, BW-02)."""

from __future__ import annotations

import pytest

from tests.far_end import FarEnd
from tests.flows.scenes import answers, calls_out, talks_out
from tests.sbc import SBC, description
from tests.world import World

RTP = (SBC.host, 20000)
OURS = ("10.0.0.1", 10000)
TALKING = "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"


def test_early_media_is_heard_instead_of_our_ringback() -> None:
    """A14, one leg (CO-08): 183 with SDP, the song, then the answer."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, invite = calls_out(world)
        world.sbc.says(invite, 183, tag="x", body=description())
        far.sings(660, OURS)
        world.waits(0.3)
        heard = a.hears(6.0)
        assert (heard.heard, heard.frequencies_hz) == ("tone", (660,)), "no local 450 Hz in it"
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 8001 Outgoing"
        world.sbc.says(invite, 200, tag="x", body=description())
        world.sbc.gets("ACK")
        far.hushes()
        world.waits(0.5)
        assert world.row(1) == TALKING
        a.says(1000, 1.0)
        world.waits(0.1)
        assert far.hears(0.5).frequencies_hz == (1000,)
        world.matches("early-media")


def test_nothing_is_said_to_the_network_before_the_answer() -> None:
    """Early media is one way: the caller's voice would be heard for nothing."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, invite = calls_out(world)
        world.sbc.says(invite, 183, body=description())
        world.waits(0.2)
        a.says(1000, 1.0)
        assert far.hears(1.0).heard == "silence"


def test_an_announcement_before_the_refusal_is_heard_to_its_end() -> None:
    """BW-02: no local tone overlaps it; then the tone of the refusal."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, invite = calls_out(world)
        world.sbc.says(invite, 183, body=description())
        far.sings(660, OURS)
        world.waits(0.3)
        assert a.hears(3.0).frequencies_hz == (660,)
        far.hushes()
        world.sbc.says(invite, 404)
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert a.hears(3.0).heard == "unobtainable"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"


def test_an_answer_from_another_branch_of_the_fork_ends_the_song() -> None:
    """A14, steps 4 to 12: dialog x sings, dialog y answers; x is dropped silently."""
    with World(ports=1).registers() as world:
        song = FarEnd(world.network, RTP, world.waits)
        voice = FarEnd(world.network, (SBC.host, 30000), world.waits)
        a, invite = calls_out(world)
        world.sbc.says(invite, 183, tag="x", body=description())
        song.sings(660, OURS)
        world.waits(0.5)
        world.sbc.says(invite, 180, tag="y")
        world.waits(0.3)
        assert a.hears(2.0).frequencies_hz == (660,)
        world.sbc.says(invite, 200, tag="y", body=description(port=30000))
        assert world.sbc.gets("ACK").to.tag == "y"
        voice.sings(990, OURS)
        world.waits(0.5)
        assert a.hears(1.0).frequencies_hz == (990,), "the song is not heard any more"
        assert world.sbc.unread == []
        assert world.row(1) == TALKING


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_the_far_end_holds_and_takes_back(direction: str) -> None:
    """CO-14, C24: re-INVITE; nothing is sent meanwhile, the call stands, then voice is back."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        far = FarEnd(world.network, RTP, world.waits)
        a, invite = talks_out(world)
        far.sings(500, OURS)
        world.waits(0.5)
        hold = sbc.asks_as_callee(
            "INVITE", invite, 1, body=description(direction=direction, version=2)
        )
        ok = sbc.gets_answer(200, "INVITE")
        sbc.acks(hold, ok)
        mirror = {"sendonly": b"a=recvonly", "inactive": b"a=inactive"}[direction]
        assert mirror in ok.body
        far.hushes()
        world.waits(0.3)
        a.says(1000, 3.0)
        far.packets()
        world.waits(1.0)
        assert far.packets() == [], "a held telephone sends no voice"
        assert world.row(1).endswith("OFF-HOOK 8001 Outgoing")
        back = sbc.asks_as_callee("INVITE", invite, 2, body=description(version=3))
        again = sbc.gets_answer(200, "INVITE")
        sbc.acks(back, again)
        assert b"a=sendrecv" in again.body
        world.waits(0.2)
        assert far.hears(1.0).frequencies_hz == (1000,)
        assert world.row(1) == TALKING
        world.matches(f"held-by-the-far-end-{direction}")


def test_an_invite_without_an_offer_gets_ours_in_the_200() -> None:
    """CO-14, delayed offer: the ACK brings the answer, and voice begins."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        far = FarEnd(world.network, RTP, world.waits)
        invite = sbc.calls("101", body=b"")
        sbc.gets_answer(180, "INVITE")
        (b,) = world.people
        world.waits(0.5)
        b.lifts()
        ok = sbc.gets_answer(200, "INVITE")
        assert b"RTP/AVP 8 0 101" in ok.body
        sbc.acks(invite, ok, body=description())
        world.waits(0.3)
        b.says(1000, 1.0)
        world.waits(0.1)
        assert far.hears(0.5).frequencies_hz == (1000,)


def test_digits_pressed_in_a_call_are_told_by_telephone_events() -> None:
    """RFC 4733: payload type 101, and no tone beside it in the voice."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        b, _, _ = answers(world)
        far.packets()
        b.dials("5")
        world.waits(0.3)
        events = [data for data in far.packets() if data[1] & 0x7F == 101]
        assert {data[12] for data in events} == {5}
        assert any(data[13] & 0x80 for data in events), "its end was told"
