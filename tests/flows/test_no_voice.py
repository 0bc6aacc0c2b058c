"""A call whose voice does not come, or no longer (C17, Q2 row 16c)."""

from __future__ import annotations

import pytest

from firmware.media.rtcp import Names, ReportPacket, compound
from tests.far_end import FarEnd
from tests.flows.scenes import answers, talks_out
from tests.sbc import SBC, description
from tests.virtual import Datagrams
from tests.world import World

OURS = ("10.0.0.1", 10000)
TALKING = "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
WATCHED = "[rtp]\nno_voice = 20\n"


def test_voice_that_stops_ends_the_call_after_the_time_that_is_set() -> None:
    """C17: from the last packet, as exactly as they are counted (every 5 s)."""
    with World(ports=1, more=WATCHED).registers() as world:
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        talks_out(world)
        far.sings(500, OURS)
        world.waits(60.0)
        assert world.row(1) == TALKING
        far.hushes()
        world.waits(19.0)
        assert world.row(1) == TALKING
        world.waits(6.5)
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        record = world.records(1)[-1]
        assert (record.cause, record.tone) == ("NO_RTP", "busy")
        world.matches("no-voice")


def test_a_far_end_that_says_nothing_and_reports_lives() -> None:
    """C17: its RTCP is looked at before the call is given up; when that ends, too, it is over."""
    with World(ports=1, more=WATCHED).registers() as world:
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        reporter = Datagrams(world.network, (SBC.host, 20001))
        alive = compound(ReportPacket(0x1234, None, ()), Names(((0x1234, b"far"),)))
        talks_out(world)
        far.sings(500, OURS)
        world.waits(2.0)
        far.hushes()
        for _ in range(12):
            reporter.sendto(alive, (OURS[0], OURS[1] + 1))
            world.waits(5.0)
        assert world.row(1) == TALKING
        world.waits(26.5)
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"


def test_a_pause_is_no_end() -> None:
    with World(ports=1, more=WATCHED).registers() as world:
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        talks_out(world)
        for _ in range(3):
            far.sings(500, OURS)
            world.waits(6.0)
            far.hushes()
            world.waits(14.0)
        assert world.row(1) == TALKING


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_who_is_held_does_not_wait_for_voice(direction: str) -> None:
    """C17: not while sendonly or inactive; the time begins anew when voice is due again."""
    with World(ports=1, more=WATCHED).registers() as world:
        sbc = world.sbc
        far = FarEnd(world.network, (SBC.host, 20000), world.waits)
        _, invite = talks_out(world)
        far.sings(500, OURS)
        world.waits(1.0)
        hold = sbc.asks_as_callee(
            "INVITE", invite, 1, body=description(direction=direction, version=2)
        )
        sbc.acks(hold, sbc.gets_answer(200, "INVITE"))
        far.hushes()
        world.waits(17.0)
        held = world.row(1)
        assert held.endswith("OFF-HOOK 8001 Outgoing")
        world.waits(60.0 if direction == "inactive" else 1.0)
        assert world.row(1) == held
        back = sbc.asks_as_callee("INVITE", invite, 2, body=description(version=3))
        sbc.acks(back, sbc.gets_answer(200, "INVITE"))
        world.waits(15.0)
        assert world.row(1) == TALKING


def test_nothing_is_watched_unless_it_is_wished() -> None:
    with World(ports=1).registers() as world:
        answers(world)
        world.waits(200.0)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
