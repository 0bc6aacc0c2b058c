"""The laws of liveness are awake: what should happen and does not is noticed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from firmware.media import messages as media
from tests.simulation.sabotage import EMPTY, breaks, comes, loses, message
from tests.simulation.servers import GATEWAY, SERVERS
from tests.simulation.world import SimWorld


def test_live1_a_registrar_that_is_never_mended() -> None:
    def meddle(world: SimWorld) -> None:
        server = world.operator.servers[0]
        world.loop.call_later(30.0, lambda: setattr(server, "refuses", 403))

    plan = replace(EMPTY, expires=60, exchange=False)
    assert "is not registered" in breaks("LIVE1", meddle, plan)


def test_live1_a_chip_that_is_never_mended() -> None:
    def meddle(world: SimWorld) -> None:
        chip = world.copper.card.chips[0]
        gone = replace(chip.faults, missing=True)
        world.loop.call_later(30.0, lambda: setattr(chip, "faults", gone))

    assert "is not in service" in breaks("LIVE1", meddle, EMPTY)


def test_live2_a_port_that_does_not_notice_the_hang_up() -> None:
    def meddle(world: SimWorld) -> None:
        handset = world.handsets[1]
        handset.lifts()

        def pretends() -> None:
            handset.off = False
            handset.moved = world.loop.time()
            handset.acted("hangs up")

        world.loop.call_later(5.0, pretends)

    assert "s after the hang-up" in breaks("LIVE2", meddle, EMPTY)


def test_live2_calls_that_are_never_forgotten() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        pump = world.gateway.signalling._pump
        assert pump
        pump._tick = lambda: None  # type: ignore[method-assign]  # its time stands still

    assert "calls are still there" in breaks("LIVE2", meddle)


def test_live3_a_telephone_without_dial_tone() -> None:
    assert "no tone" in breaks("LIVE3", lambda world: loses(world, media.Play))


def test_live4_an_invite_that_makes_nothing_ring() -> None:
    def meddle(world: SimWorld) -> None:
        def calls() -> None:
            assert world.gateway is not None
            agent = world.gateway.signalling._agent
            assert agent is not None
            token = agent.board.lines[1].token
            head = f"INVITE sip:{token}@10.0.0.1 SIP/2.0"
            comes(world, message(head, cseq="1 INVITE", us="8001"))

        world.loop.call_later(3.0, calls)

    assert "no 180" in breaks("LIVE4", meddle, EMPTY)


def test_live5_a_socket_that_stays() -> None:
    """D16: in every world all sockets, timers and tasks are counted at the end."""

    def meddle(world: SimWorld) -> None:
        world.network.open_rtp(GATEWAY.host, range(30000, 30002))

    assert "sockets are left" in breaks("LIVE5", meddle)


def test_live5_timers_that_stay() -> None:
    def meddle(world: SimWorld) -> None:
        for _ in range(8):
            world.loop.call_later(9000.0, lambda: None)

    assert "timers run" in breaks("LIVE5", meddle)


def test_live5_waits_for_datagrams_that_are_under_way() -> None:
    """Heartbeats never end: one that is caught half-way is no timer that stays."""

    def meddle(world: SimWorld) -> None:
        end = world.loop.time() + 350.0

        def speaks() -> None:
            for _ in range(8):
                world.network.send(b"", GATEWAY, SERVERS[0])
            if world.loop.time() < end:
                world.loop.call_later(0.01, speaks)

        world.loop.call_later(EMPTY.seconds + 60.0, speaks)

    assert SimWorld(EMPTY, meddle=meddle, laws={"LIVE5"}).run().seconds > 350.0


def test_live5_a_task_that_stays() -> None:
    def meddle(world: SimWorld) -> None:
        world.loop.create_task(asyncio.sleep(9000.0))

    assert "tasks are left" in breaks("LIVE5", meddle)
