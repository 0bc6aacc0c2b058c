"""Ringback and early media in the ear of the caller (C23, A14, BW-02, RFC 3960, RFC 5009)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request
from tests.far_end import FarEnd
from tests.flows.scenes import calls_out
from tests.people import Person
from tests.sbc import SBC, description
from tests.world import World

OURS = ("10.0.0.1", 10000)
RINGBACK = "reg-ok:Activ RingBack OFF-HOOK 8001 Outgoing"
CALLING = "reg-ok:Activ Calling OFF-HOOK 8001 Outgoing"


def begins(world: World, port: int = 20000) -> tuple[Person, Request, FarEnd]:
    """A call is on its way, and somebody behind the server can sing."""
    far = FarEnd(world.network, (SBC.host, port), world.waits)
    a, invite = calls_out(world)
    return a, invite, far


def test_ringback_gives_way_to_the_network_and_comes_back() -> None:
    """C23: 180, voice arrives, voice stops for 2 s, voice is there again, the answer."""
    with World(ports=1).registers() as world:
        a, invite, far = begins(world)
        world.sbc.says(invite, 180, body=description())
        assert a.hears(6.0).heard == "ringback"
        far.sings(660, OURS)
        world.waits(0.2)
        assert a.hears(2.0).frequencies_hz == (660,)
        far.hushes()
        world.waits(3.2)
        assert a.hears(6.0).heard == "ringback"
        assert world.row(1) == RINGBACK
        far.sings(660, OURS)
        world.waits(0.2)
        assert a.hears(2.0).frequencies_hz == (660,)
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        far.hushes()
        world.waits(0.5)
        assert a.hears(2.0).heard == "silence", "no ringback after the answer"
        world.matches("ringback-gives-way")


def test_ringback_stops_at_the_answer() -> None:
    """LINE-10: within one period of the 200, also in the middle of a burst."""
    with World(ports=1).registers() as world:
        a, invite, _ = begins(world)
        world.sbc.says(invite, 180)
        world.waits(5.5)
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        answered = world.now
        world.waits(0.5)
        assert a.heard_last(answered) <= 0.06
        assert a.hears(6.0).heard == "silence"


@pytest.mark.parametrize("status", [181, 182, 183])
def test_progress_without_a_voice_is_no_ringback(status: int) -> None:
    """C23: only 180 says that a telephone rings; 183 without SDP says nothing to hear."""
    with World(ports=1).registers() as world:
        a, invite, _ = begins(world)
        world.sbc.says(invite, status)
        assert a.hears(3.0).heard == "silence"
        assert world.row(1) == CALLING
        world.sbc.says(invite, 180)
        assert a.hears(6.0).heard == "ringback"


def test_183_with_a_description_and_no_voice_is_silent_until_a_180() -> None:
    """sip 12.2: nothing arrives, and no telephone rings."""
    with World(ports=1).registers() as world:
        a, invite, _ = begins(world)
        world.sbc.says(invite, 183, body=description())
        assert a.hears(3.0).heard == "silence"
        assert world.row(1) == RINGBACK
        world.sbc.says(invite, 180)
        assert a.hears(6.0).heard == "ringback"


def test_voice_that_overtakes_its_183_is_heard_without_delay() -> None:
    """C23, RTP before the 18x: packets wait in the socket, and are not played late."""
    with World(ports=1).registers() as world:
        a, invite, far = begins(world)
        far.sings(660, OURS)
        world.waits(1.0)
        assert a.hears(0.5).heard == "silence", "nobody has said yet whose voice that is"
        world.sbc.says(invite, 183, body=description())
        world.waits(0.3)
        assert a.hears(1.0).frequencies_hz == (660,)
        far.hushes()
        hushed = world.now
        world.waits(1.0)
        assert a.heard_last(hushed) <= 0.3, "no second of old packets behind it"


def test_an_announcement_then_the_refusal_as_a_ladder() -> None:
    """BW-02: the announcement to its end, no tone in it; then the tone of the 404."""
    with World(ports=1).registers() as world:
        a, invite, far = begins(world)
        world.sbc.says(invite, 183, body=description())
        far.sings(660, OURS)
        world.waits(0.2)
        assert a.hears(4.0).frequencies_hz == (660,)
        far.hushes()
        world.sbc.says(invite, 404, more=[("Reason", "Q.850;cause=1")])
        world.sbc.gets("ACK")
        world.waits(0.2)
        assert a.hears(3.0).heard == "unobtainable"
        world.matches("announcement-then-refusal")


def test_colour_ring_back_as_a_ladder() -> None:
    """A14: the server sings (x), the telephone rings and answers (y); both sides of the fork."""
    with World(ports=1).registers() as world:
        a, invite, song = begins(world, 30000)
        voice = FarEnd(world.network, (SBC.host, 20000), world.waits)
        world.sbc.says(invite, 183, tag="x", body=description(port=30000))
        song.sings(660, OURS)
        world.waits(1.0)
        world.sbc.says(invite, 180, tag="y")
        world.waits(0.2)
        assert a.hears(3.0).frequencies_hz == (660,), "y has nothing to say yet"
        assert world.row(1) == RINGBACK
        world.sbc.says(invite, 200, tag="y", body=description(port=20000))
        assert world.sbc.gets("ACK").to.tag == "y"
        voice.sings(990, OURS)
        world.waits(0.5)
        assert a.hears(1.0).frequencies_hz == (990,)
        assert world.sbc.unread == [], "x is dropped in silence: no BYE"
        world.matches("colour-ring-back")


def test_the_song_of_a_branch_that_is_gone_gives_way_to_ringback() -> None:
    """199 (RFC 6228): x sang and is gone, y still rings."""
    with World(ports=1).registers() as world:
        a, invite, song = begins(world)
        world.sbc.says(invite, 180, tag="y")
        world.waits(0.2)
        world.sbc.says(invite, 183, tag="x", body=description())
        song.sings(660, OURS)
        world.waits(0.3)
        assert a.hears(1.0).frequencies_hz == (660,)
        song.hushes()
        world.sbc.says(invite, 199, tag="x", more=[("Reason", "SIP;cause=486")])
        gone = world.now
        assert a.hears(6.0).heard == "ringback"
        assert world.copper(1)[-1] == "ringback"
        assert (
            next(m.at for m in world.marks if m.at >= gone and m.what == "ringback") <= gone + 0.02
        )
        world.matches("branch-of-a-fork-gone")


@pytest.mark.parametrize(
    ("said", "heard"), [("sendrecv", "tone"), ("sendonly", "tone"), ("inactive", "ringback")]
)
def test_the_word_of_the_network_decides_what_is_heard(said: str, heard: str) -> None:
    """RFC 5009: 180 and voice at once; what is not authorised is not let through."""
    with World(ports=1).registers() as world:
        a, invite, far = begins(world)
        world.sbc.says(invite, 180, more=[("P-Early-Media", said)], body=description())
        far.sings(660, OURS)
        world.waits(0.3)
        assert a.hears(6.0).heard == heard
        assert world.row(1) == RINGBACK


def test_an_authorised_pause_is_not_filled_with_ringback() -> None:
    """RFC 5009: between two announcements the network means silence."""
    with World(ports=1).registers() as world:
        a, invite, far = begins(world)
        more = [("P-Early-Media", "sendonly")]
        world.sbc.says(invite, 180, more=more, body=description())
        far.sings(660, OURS)
        world.waits(1.0)
        far.hushes()
        world.waits(3.0)
        assert a.hears(4.0).heard == "silence"


def test_a_200_that_says_otherwise_than_its_183_is_passed_over_as_a_ladder() -> None:
    """RFC 6337 section 3.1, sip 10.2: the answer was given before; the ladder remarks on it."""
    with World(ports=1).registers() as world:
        a, invite, far = begins(world)
        world.sbc.says(invite, 183, body=description())
        world.sbc.says(invite, 200, body=description(port=30000, version=2))
        world.sbc.gets("ACK")
        far.sings(660, OURS)
        world.waits(0.5)
        assert a.hears(2.0).frequencies_hz == (660,)
        world.matches("another-answer")
