"""A far end that sends back what we send, as it is or as a stream of its own (RFC 3550 8.2)."""

from __future__ import annotations

from collections.abc import Callable

from firmware.media.rtp import HEADER
from tests.flows.scenes import answers
from tests.sbc import SBC
from tests.virtual import Datagrams
from tests.world import World

FAR = (SBC.host, 20000)
PERIOD_S = 0.020


def returns(world: World, make: Callable[[bytes], bytes]) -> None:
    """What comes to the far end goes back, as `make` makes it."""
    sock = Datagrams(world.network, FAR)
    world.network.sockets[FAR] = sock

    def look() -> None:
        while sock.waiting:
            data, source = sock.waiting.popleft()
            sock.sendto(make(data), source)
        world.loop.call_later(PERIOD_S, look)

    look()


def heard_of(world: World) -> list[str]:
    return [m.what for m in world.marks if m.what in {"SSRC drawn twice", "own packets return"}]


def test_who_returns_our_packets_is_told_apart_from_who_talks() -> None:
    """The telephone does not hear itself, and `explain last-call` says why it hears nothing."""
    with World(ports=1).registers() as world:
        returns(world, lambda data: data)
        b, _, _ = answers(world)
        b.says(1000, 3.0)
        world.waits(1.0)
        assert b.hears_tone(1000, 0.5).level_dbm0 < -40
        world.waits(4.0)
        assert heard_of(world) == ["SSRC drawn twice", "own packets return"]
        b.hangs_up()
        world.sbc.gets("BYE")
        told = " ".join(str(world.asks("explain-call", port=1)).split())
        assert "of our own packets came back and were not heard" in told


def test_an_echo_with_an_ssrc_of_its_own_is_heard() -> None:
    def by_itself(data: bytes) -> bytes:
        first, second, sequence, timestamp, _ = HEADER.unpack_from(data)
        return HEADER.pack(first, second, sequence, timestamp, 0x5150) + data[HEADER.size :]

    with World(ports=1, more="[rtp]\necho_canceller = false\n").registers() as world:
        returns(world, by_itself)
        b, _, _ = answers(world)
        b.says(1000, 3.0)
        world.waits(1.0)
        assert b.hears_tone(1000, 0.5).level_dbm0 > -30
        assert heard_of(world) == []
