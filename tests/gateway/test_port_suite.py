"""One FXS port through the whole gateway, over every line circuit that there is a driver for.

What the person at the telephone notices must not depend on the chip: LINE-01 to LINE-11,
each on a model of the Si3210, the Si3215 and the Ag1171; one call on each relative of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drivers.sim.card import FITTED
from tests.flows.scenes import is_called, rings, talk
from tests.people import Person
from tests.world import World

KINDS = ("si3210", "si3215", "ag1171")
IDLE = "reg-ok:Activ Idle ON-HOOK"


@contextmanager
def port(kind: str, **more: object) -> Iterator[World]:
    """A gateway with one telephone, registered; at the end nothing forbidden was done."""
    with gateway(kind, ports=1, **more) as world:
        yield world


@contextmanager
def gateway(kind: str, **more: object) -> Iterator[World]:
    with World(variant=kind, **more).registers() as world:  # type: ignore[arg-type] # by name
        yield world
        assert [dict(module.broken) for module in world.card.modules if module.broken] == []
        assert [dict(chip.undefined) for chip in world.card.chips if chip.undefined] == []


def lifted(world: World) -> Person:
    """Somebody has lifted and hears dial tone."""
    a = world.person(1)
    a.lifts()
    world.waits(0.5)
    return a


@pytest.mark.parametrize("kind", KINDS)
def test_an_idle_line_is_fed_and_the_port_is_registered(kind: str) -> None:
    with port(kind) as world:
        assert world.row(1) == IDLE
        sees = world.person(1).sees
        assert sees.line_v == pytest.approx(48, abs=2)
        assert sees.polarity == "normal"


@pytest.mark.parametrize("kind", KINDS)
def test_dial_tone_follows_the_lift(kind: str) -> None:
    """LINE-01: within 200 ms."""
    with port(kind) as world:
        a = world.person(1)
        at = a.lifts()
        world.waits(0.3)
        assert a.heard_first(at) <= 0.2
        assert a.hears(0.5).heard == "dial-tone"
        assert 18 <= a.sees.loop_ma <= 32


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_is_dialled_by_keys(kind: str) -> None:
    """LINE-02: DTMF from the copper to the INVITE."""
    with port(kind) as world:
        lifted(world).dials("8001")
        assert world.sbc.gets("INVITE").uri.startswith("sip:8001@")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("pps", "ratio", "bounce"), [(10, 1.6, 0), (8, 1.6, 3), (20, 2.0, 1)])
def test_a_rotary_dial_dials(kind: str, pps: float, ratio: float, bounce: float) -> None:
    """LINE-03: slow with contact bounce, usual, fast."""
    with port(kind) as world:
        a = lifted(world)
        a.phone.bounce_ms = bounce
        a.turns("8021", pps=pps, ratio=ratio)
        assert world.sbc.gets("INVITE").uri.startswith("sip:8021@")


@pytest.mark.parametrize("kind", KINDS)
def test_the_bell_rings_in_its_cadence_and_the_caller_is_shown(kind: str) -> None:
    """LINE-07: 25 Hz, one second in five, loud enough for a bell."""
    with port(kind) as world:
        b, _ = is_called(world, by="88210001")
        world.waits(7.0)
        first, second = b.bursts
        assert first.end is not None
        assert first.end - first.start == pytest.approx(1.0, abs=0.06)
        assert second.start - first.start == pytest.approx(5.0, abs=0.05)
        assert first.hz == pytest.approx(25, abs=0.3)
        assert first.vrms == pytest.approx(59, abs=6)
        assert b.sees.caller_id == "88210001"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [0.3, 0.95, 3.0], ids=["burst", "end of burst", "pause"])
def test_a_lift_in_ringing_is_seen_within_200_ms_and_the_voltage_gone(
    kind: str, after: float
) -> None:
    """LINE-09, D03: in the burst, at its end and in the pause."""
    with port(kind) as world:
        b, _ = is_called(world)
        world.waits_until(lambda: b.bell_rings)
        world.waits(after)
        at = b.lifts()
        world.sbc.gets_answer(200, "INVITE")
        assert next(m.at for m in world.marks if m.what == "off-hook") - at <= 0.2
        assert world.now - at <= 0.25
        assert not b.sees.sounding
        world.waits(6.0)
        assert len(b.bursts) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_who_gives_up_silences_the_bell_at_once(kind: str) -> None:
    """LINE-08: in the middle of a burst."""
    with port(kind) as world:
        b, invite = is_called(world)
        world.waits_until(lambda: b.sees.sounding)
        world.waits(0.3)
        world.sbc.cancels(invite)
        world.waits(0.05)
        assert not b.sees.sounding
        world.waits(6.0)
        assert len(b.bursts) == 1
        assert world.row(1) == IDLE


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_call_rings_again_at_once(kind: str) -> None:
    """LINE-07: given up and called again; the bell has its pauses however often that is."""
    with port(kind) as world:
        for call in range(3):
            b, invite = is_called(world)
            world.waits(1.5)
            assert len(b.bursts) == call + 1
            world.sbc.cancels(invite)
            world.waits(0.3)
            world.looks()


@pytest.mark.parametrize("kind", KINDS)
def test_two_telephones_talk_and_one_hangs_up(kind: str) -> None:
    """LINE-04, LINE-10, LINE-11: ringback, voice both ways, busy tone, idle."""
    with gateway(kind, exchange=True) as world:
        a, b = rings(world)
        assert a.hears(5.2).heard == "ringback"
        b.lifts()
        world.waits(1.0)
        for speaker, listener in ((a, b), (b, a)):
            speaker.says(1000, 0.8)
            world.waits(0.3)
            heard = listener.hears_tone(1000, 0.4)
            assert heard.level_dbm0 == pytest.approx(-10, abs=1.5)
            assert heard.snr_db > 25
            world.waits(0.3)
        b.hangs_up()
        world.waits(1.0)
        assert a.hears(2.0).heard == "busy"
        a.hangs_up()
        world.waits(1.0)
        assert [world.row(1), world.row(2)] == [IDLE, IDLE]


@pytest.mark.parametrize("kind", KINDS)
def test_a_flash_is_a_flash_and_the_call_stands(kind: str) -> None:
    """LINE-03: 100 to 600 ms in a call; longer is a hang-up."""
    with gateway(kind, exchange=True) as world:
        a, _ = talk(world)
        world.looks()
        for ms in (120, 300, 580, 200):  # held, taken back, held, taken back
            a.flashes(ms)
            world.waits(0.3)
        pressed = [what for what in world.copper(1) if "hook" in what or what == "flash"]
        assert pressed == ["flash"] * 4
        assert "Talking" in world.row(1)
        a.flashes(750)
        assert "Talking" not in world.row(2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_polarity_is_reversed_while_a_call_is_answered(kind: str) -> None:
    """LINE-10: for pay telephones; normal again with the release."""
    with gateway(kind, exchange=True, line="polarity_reversal = true") as world:
        a, b = talk(world)
        assert (a.sees.polarity, b.sees.polarity) == ("reversed", "normal")
        b.hangs_up()
        world.waits(1.0)
        assert a.sees.polarity == "normal"


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_out_of_service_has_a_dead_line(kind: str) -> None:
    with port(kind) as world:
        world.asks("disable", port=1)
        world.waits(0.1)
        assert world.person(1).sees.line_v == pytest.approx(0, abs=0.1)
        a = lifted(world)
        world.asks("enable", port=1)
        world.waits(1.0)
        assert a.hears(0.5).heard == "dial-tone"


@pytest.mark.parametrize("kind", KINDS)
def test_ringing_in_two_bursts(kind: str) -> None:
    """The cadence of the United Kingdom: 400 on, 200 off, 400 on, 2000 off."""
    with port(kind, country="uk") as world:
        b, _ = is_called(world)
        world.waits_until(lambda: b.bell_rings)
        world.waits(6.5)
        starts = [burst.start - b.bursts[0].start for burst in b.bursts]
        assert starts[:4] == pytest.approx([0, 0.6, 3.0, 3.6], abs=0.06)


@pytest.mark.parametrize("kind", [kind for kind in FITTED if kind not in KINDS])
def test_relatives_of_a_chip_carry_a_call(kind: str) -> None:
    """Si3210M and Si3215M are found by what they say; a KS0835F is configured."""
    with gateway(kind, exchange=True) as world:
        a, b = talk(world)
        assert "Talking" in world.row(1)
        b.hangs_up()
        a.hangs_up()
        world.waits(1.0)
        assert [world.row(1), world.row(2)] == [IDLE, IDLE]
