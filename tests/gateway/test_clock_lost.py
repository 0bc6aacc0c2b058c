"""The PCM clock stops because the media process dies (data sheet: the chips live on it)."""

from __future__ import annotations

from firmware.media import messages as media
from tests.flows.test_encrypted_voice import KEYS
from tests.gateway.faulty import IDLE, FaultyWorld

BUSY_HIGHWAY = "simulated board: the highway is in use"


def test_a_media_process_that_dies_is_replaced_and_the_call_goes_on() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        assert world.voice_passes()
        world.media_dies()
        world.waits(0.2)
        assert world.media_started == 2
        assert world.voice_passes()
        assert [world.row(p).split()[1] for p in (1, 2)] == ["Talking", "Talking"]
        assert world.alarms() == {}
        assert "BYE" not in " ".join(world.wire())


def test_a_media_process_that_is_replaced_learns_where_encrypted_voice_stands() -> None:
    """C22, row 51: what counts packets beyond 65 536 was in the process that died."""
    with FaultyWorld(more=KEYS) as world:
        world.registers()
        world.talks()
        world.waits(6.0)
        world.media_dies()
        world.waits(0.2)
        opened = {o.port: o for o in world.orders if isinstance(o, media.Open)}
        assert set(opened) == {1, 2}
        stood = [order.stood for order in opened.values()]
        assert all(one and one[1] % 65_536 > 200 for one in stood), "of 5 s, at 50 a second"
        assert world.voice_passes()


def test_dial_tone_goes_on_after_the_media_process_died() -> None:
    with FaultyWorld() as world:
        world.registers()
        a = world.person(1)
        a.lifts()
        world.waits(5)
        world.media_dies()
        world.waits(0.1)
        assert a.hears(0.5).heard == "dial-tone"
        a.dials("102")
        world.waits_until(lambda: world.person(2).bell_rings)


def test_without_clock_the_lines_are_dead_after_a_second_and_the_rows_say_why() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.media_dies(BUSY_HIGHWAY)
        world.waits(0.9)
        assert [world.row(p) for p in (1, 2)] == [IDLE, IDLE]
        assert not world.chip(1)._in_reset
        world.waits(0.3)
        assert world.chip(1)._in_reset
        assert world.chip(2)._in_reset
        assert world.person(1).sees.line_v == 0
        for port in (1, 2):
            status = world.status(port)
            assert (status.admin_status.value, status.physical_status.value) == ("Fault", "FAULT")
            assert status.last_error == "the PCM clock stopped"
        world.waits(3)
        assert BUSY_HIGHWAY in world.alarms()["media"]


def test_lines_without_clock_are_not_registered_so_that_callers_are_told() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.media_dies(BUSY_HIGHWAY)
        world.waits(2)
        assert [world.row(p).split(":")[0] for p in (1, 2)] == ["unreg", "unreg"]
        assert not any(world.exchange.registrar.all(world.now).values())


def test_a_call_ends_when_the_clock_does_not_come_back() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        world.media_dies(BUSY_HIGHWAY)
        world.waits(2)
        assert [r.cause for p in (1, 2) for r in world.records(p)] == ["LINE_FAULT"] * 2


def test_ports_come_up_again_when_the_highway_can_be_had_again() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.media_dies(BUSY_HIGHWAY)
        world.waits(10)
        assert world.media_started >= 4
        world.highway_refused = ""
        world.waits_until(lambda: [world.row(p) for p in (1, 2)] == [IDLE, IDLE], most=10)
        assert world.alarms() == {}
        world.talks()
        assert world.voice_passes()


def test_a_telephone_that_is_off_hook_when_the_clock_comes_back_gets_dial_tone() -> None:
    with FaultyWorld() as world:
        world.registers()
        a = world.person(1)
        a.lifts()
        world.waits(0.3)
        world.media_dies(BUSY_HIGHWAY)
        world.waits(4)
        assert a.hears(0.3).heard == "silence"
        world.highway_refused = ""
        world.waits_until(lambda: "OFF-HOOK" in world.row(1), most=10)
        world.waits(0.3)
        assert a.hears(0.5).heard == "dial-tone"


def test_the_second_death_in_a_row_does_not_lengthen_the_second_without_clock() -> None:
    with FaultyWorld() as world:
        world.registers()
        world.waits(5)
        world.media_dies(BUSY_HIGHWAY)  # the next one starts at once and dies 0.3 s later
        world.waits(1.05)
        assert world.chip(1)._in_reset
