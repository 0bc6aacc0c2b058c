"""Somebody sets the clock, or it is set by NTP: nothing that waits may notice (C12)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from firmware.trace.marks import Lane
from tests.flows.scenes import talks_out
from tests.world import World

DAY = 86400.0


@pytest.mark.parametrize("step", [DAY, -DAY, 1.0, -1.0])
def test_a_step_of_the_wall_clock_moves_stamps_and_nothing_else(step: float) -> None:
    """C12: timers, refreshes, durations and heartbeats are by the monotonic clock."""
    with World(ports=1, granted=120).registers() as world:
        before = world.registration(1)
        world.wall_step = step
        world.waits(0.1)
        after = world.registration(1)
        assert after.expires_in_s is not None
        assert before.expires_in_s is not None
        assert 0.0 <= before.expires_in_s - after.expires_in_s <= 1.0
        assert world.wire() == [], "nobody registers because of it"
        a, _ = talks_out(world)
        world.waits(3.0)
        world.wall_step = -step
        world.waits(3.0)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        a.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(1.0)
        record = world.records(1)[-1]
        assert record.duration_s == pytest.approx(6.6, abs=0.3), "as long as they talked"
        assert record.started < record.answered < record.ended, "and in order"
        world.sleeps(60.0)
        assert "REGISTER" in {p.name.strip("<>") for p in world.packets()}, "the refresh is due"
        assert world.registration(1).register_status.value == "reg-ok"


def test_the_heartbeat_keeps_its_rhythm() -> None:
    """C12: an OPTIONS every 30 s, whatever time it is said to be."""
    with World(ports=1).registers() as world:
        world.sleeps(40.0)
        world.wall_step = DAY
        world.sleeps(40.0)
        world.wall_step = -DAY
        world.sleeps(100.0)
        marks = [m for m in world.gateway.trace.since() if m.lane is Lane.HEARTBEAT]
        asked = [m.at for m in marks if m.outward]
        assert len(asked) >= 5
        assert {round(b - a) for a, b in pairwise(asked)} == {30}
