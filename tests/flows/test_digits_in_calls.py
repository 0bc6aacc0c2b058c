"""Digits dialled in a call, by INFO both ways; a hook flash that the network hears of."""

from __future__ import annotations

from tests.far_end import FarEnd
from tests.flows.scenes import talks_out
from tests.sbc import SBC
from tests.world import World

RTP = (SBC.host, 20000)
RELAY = ("Content-Type", "application/dtmf-relay")


def test_digits_are_told_by_info_and_not_heard() -> None:
    """LINE-04 in a call: muted towards RTP, told once each."""
    with World(ports=1, more='[rtp]\ndtmf = "info"\n').registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, _ = talks_out(world)
        far.packets()
        a.dials("5#")
        for digit in (b"5", b"#"):
            info = world.sbc.gets("INFO")
            assert info.body.startswith(b"Signal=" + digit)
            world.sbc.says(info, 200)
        world.waits(0.3)
        packets = far.packets()
        assert {data[1] & 0x7F for data in packets} == {8}, "no events"
        loud = sum(max((b ^ 0x55) & 0x70 for b in data[12:]) >= 0x50 for data in packets)
        assert loud <= 4, "a period or two of each, until it is recognised"


def test_digits_of_the_far_end_by_info_are_heard_in_the_telephone() -> None:
    with World(ports=1, more='[rtp]\ndtmf = "info"\n').registers() as world:
        a, invite = talks_out(world)
        world.sbc.asks_as_callee("INFO", invite, 7, body=b"Signal=9\r\n", more=(RELAY,))
        world.sbc.gets_answer(200, "INFO")
        heard = a.hears(0.12)
        assert heard.frequencies_hz == (852, 1477)


def test_a_flash_in_a_call_is_event_16_where_that_is_configured() -> None:
    with World(ports=1, more="[rtp]\nflash_event = true\n").registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, invite = talks_out(world)
        assert b"a=fmtp:101 0-16" in invite.body
        far.packets()
        a.flashes(300)
        world.waits(1.0)
        events = [data for data in far.packets() if data[1] & 0x7F == 101]
        assert {data[12] for data in events} == {16}
        assert sum(data[13] >> 7 for data in events) == 3
