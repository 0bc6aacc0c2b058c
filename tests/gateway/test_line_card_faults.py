"""The line card misbehaves, or the person does: rows D01 to D11 of the fault list, on all chips.

What a port does when its chip fails for good is in `test_chip_faults`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.sim.si321x_faults import Faults
from tests.flows.scenes import is_called, talk
from tests.gateway.faulty import IDLE, FaultyWorld
from tests.gateway.test_port_suite import KINDS, gateway, lifted, port
from tests.world import World

kinds = pytest.mark.parametrize("kind", KINDS)


def hooks(world: World) -> list[str]:
    return [what for what in world.copper(1) if what in {"off-hook", "on-hook", "flash"}]


# the contact


@kinds
@pytest.mark.parametrize("bounce_ms", [1, 8, 20])
def test_a_bouncing_hook_is_one_lift_and_one_release(kind: str, bounce_ms: float) -> None:
    """D01: bursts of 1 to 20 ms."""
    with port(kind) as world:
        a = world.person(1)
        a.phone.bounce_ms = bounce_ms
        world.looks()
        a.lifts()
        world.waits(1.0)
        a.hangs_up()
        world.waits(1.5)
        assert hooks(world) == ["off-hook", "on-hook"]
        assert world.row(1) == IDLE


@kinds
def test_a_break_in_a_call_is_judged_by_its_length(kind: str) -> None:
    """D02: a bad contact, 60 and 90 ms pulses, 200 and 500 ms flashes, then a hang-up."""
    with gateway(kind, exchange=True) as world:
        a, _ = talk(world)
        world.looks()
        for ms in (5, 60, 90, 200, 500):
            a.flashes(ms)
            world.waits(0.4)
        assert hooks(world) == ["flash", "flash"]
        assert "Talking" in world.row(1)
        a.flashes(800)
        assert hooks(world)[2:3] == ["on-hook"]


@kinds
@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("pps", [8, 12, 16, 22])
def test_pulses_of_any_dial_are_digits(kind: str, pps: float, ratio: float) -> None:
    """D02: 50/50 and 67/33, 8 to 22 pulses a second."""
    with port(kind) as world:
        lifted(world).turns("8105", pps=pps, ratio=ratio)
        assert world.sbc.gets("INVITE").uri.startswith("sip:8105@")


@kinds
@pytest.mark.parametrize("after_ms", [-30, -5, 0, 5, 30, 970, 995, 1005, 1030, 4970, 4998, 5010])
def test_a_lift_at_an_edge_of_the_cadence_answers(kind: str, after_ms: int) -> None:
    """D03: where a burst begins or ends; the voltage goes within 200 ms and stays away."""
    with port(kind) as world:
        b, _ = is_called(world)
        begin = b.bursts[-1].start if b.bursts else world.now
        world.waits(max(0.001, begin + (5.0 + after_ms / 1000) - world.now))
        at = b.lifts()
        world.sbc.gets_answer(200, "INVITE")
        assert world.now - at <= 0.25
        rung = len(b.bursts)
        world.waits(5.5)
        assert not b.sees.sounding
        assert len(b.bursts) == rung


@kinds
@pytest.mark.parametrize("ms", [-40, -12, 0, 12, 40])
def test_a_lift_and_a_cancel_leave_the_line_usable(kind: str, ms: int) -> None:
    """D03: a ring trip during CANCEL; one of the two wins, and the next call is as ever."""
    with port(kind) as world:
        b, invite = is_called(world)
        world.waits(0.5)
        if ms <= 0:
            b.lifts()
            world.waits(-ms / 1000)
            world.sbc.cancels(invite)
        else:
            world.sbc.cancels(invite)
            world.waits(ms / 1000)
            b.lifts()
        world.waits(2.0)
        assert not b.sees.sounding
        b.hangs_up()
        world.waits(40.0)
        assert world.row(1) == IDLE


@kinds
@pytest.mark.parametrize("ms", [-80, -30, -5, 0, 5, 30, 80])
def test_a_call_that_meets_a_lift_is_refused_or_answered(kind: str, ms: int) -> None:
    """D04: rung already, the lift is an answer; not yet, and it is a call that finds us busy."""
    with port(kind) as world:
        a = world.person(1)
        world.looks()
        if ms <= 0:
            a.lifts()
            world.waits(-ms / 1000)
            world.sbc.calls("101")
        else:
            world.sbc.calls("101")
            world.waits(ms / 1000)
            a.lifts()
        world.waits(1.0)
        wire = world.wire(1)
        assert (">486 INVITE" in wire) is not (">200 INVITE" in wire)
        assert (">180 INVITE" in wire) is (">200 INVITE" in wire)
        assert not a.sees.sounding
        if ms > 0:
            assert ">200 INVITE" in wire
        if ">486 INVITE" in wire:
            assert a.hears(0.5).heard == "dial-tone"
        a.hangs_up()
        world.sleeps(40.0)
        assert world.row(1) == IDLE


@kinds
def test_a_telephone_left_off_the_hook_is_locked_out_and_refuses_calls(kind: str) -> None:
    """D05: dial tone, busy, howler, silence; nothing on the wire but 486."""
    with port(kind) as world:
        lifted(world)
        world.looks()
        world.sleeps(200.0)
        assert world.row(1).split()[1] == "Lockout"
        assert [m.name for m in world.packets(1)] == []
        invite = world.sbc.calls("101")
        assert world.sbc.gets_answer(486, "INVITE").call_id == invite.call_id
        world.person(1).hangs_up()
        world.waits(1.0)
        assert world.row(1) == IDLE


# the copper


@pytest.mark.parametrize("kind", KINDS[:2])
def test_mains_beside_the_wires_neither_lift_nor_hang_up(kind: str) -> None:
    """15 mA of 50 Hz in the loop: above the threshold for 5 ms of each half wave."""
    with gateway(kind, exchange=True) as world:
        world.card.loops[0].change(leakage_ohms=20_000, induced_ma=15)
        world.waits(2.0)
        assert world.row(1) == IDLE
        talk(world)
        world.waits(3.0)
        assert "Talking" in world.row(1)


@kinds
def test_a_short_between_the_wires_is_a_handset_off_the_hook(kind: str) -> None:
    """D08, stuck off-hook: locked out as one, usable when it has gone."""
    with port(kind) as world:
        world.card.loops[0].change(leakage_ohms=100)
        world.sleeps(200.0)
        assert world.row(1).split()[1:] == ["Lockout", "OFF-HOOK"]
        world.card.loops[0].change(leakage_ohms=1e9)
        world.waits(1.5)
        assert world.row(1) == IDLE


# the chip and its bus


class SpoiledBus:
    """A chip select whose answers, or transfers, are spoiled."""

    def __init__(self, below: object, spoil: Callable[[list[int]], list[int]]) -> None:
        self._below = below
        self.spoil = spoil

    def xfer2(self, values: list[int], /) -> list[int]:
        got: list[int] = self._below.xfer2(values)  # type: ignore[attr-defined] # a Spi
        return self.spoil(got)

    def close(self) -> None: ...


def fails(_: list[int]) -> list[int]:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda got: [0xFF] * len(got), "0xff"),
        (lambda got: [0x00] * len(got), "register"),
        (fails, "[Errno 5] Input/output error"),
        (lambda got: [value ^ 0x40 for value in got], "register"),
    ],
    ids=["all ones", "all zeros", "EIO", "a bit that sticks"],
)
def test_a_bus_that_is_broken_takes_one_port_out_of_service_and_says_why(
    spoil: Callable[[list[int]], list[int]], why: str
) -> None:
    """D07: within a second and a half; the call ends, the neighbour works, and it comes back."""
    with FaultyWorld().registers() as world:
        world.talks()
        card = world.gateway.rack.card
        assert card is not None
        bus = card.slics[0]._chip.bus  # type: ignore[attr-defined] # the seam below the driver
        sound, bus.spi = bus.spi, SpoiledBus(bus.spi, spoil)
        world.waits_until(lambda: "FAULT" in world.row(1), most=1.5)
        assert why in world.status(1).last_error
        assert [record.cause for record in world.records(1)] == ["LINE_FAULT"]
        world.person(2).hangs_up()
        world.waits(1.0)
        assert world.row(2) == IDLE
        bus.spi = sound
        world.person(1).hangs_up()
        world.sleeps(40.0)
        assert world.row(1) == IDLE


def test_one_wrong_bit_in_ten_thousand_ends_no_call() -> None:
    """D07: for ten seconds, both ways; what is odd is looked at again."""
    with FaultyWorld().registers() as world:
        world.talks()
        world.chip(1).faults = Faults(spi_bit_error_rate=1e-4)
        world.waits(10.0)
        world.chip(1).faults = Faults()
        assert "Talking" in world.row(1)
        assert world.voice_passes()


def test_a_chip_that_loses_its_state_all_the_time_is_left_alone_for_longer() -> None:
    """D07: six times an hour at once, then as any other that fails."""
    with FaultyWorld().registers() as world:
        for _ in range(7):
            world.waits_until(lambda: world.row(1) == IDLE, most=5.0)
            world.chip(1).chip_reset()
            world.waits(1.5)
        assert "FAULT" in world.row(1)
        assert world.row(2) == IDLE
        world.sleeps(12.0)
        assert world.row(1) == IDLE


def test_a_chip_that_goes_on_ringing_is_switched_off() -> None:
    """D08: the linefeed does not follow; the converter stops, and the bell with its battery."""
    with port("si3210") as world:
        b, invite = is_called(world)
        world.waits_until(lambda: b.sees.sounding)
        world.waits(0.3)
        chip = world.card.chips[0]
        chip.faults = Faults(linefeed_stuck=True)
        world.sbc.cancels(invite)
        world.waits_until(lambda: "FAULT" in world.row(1), most=0.5)
        assert "register 64: wanted FORWARD_ACTIVE, is RINGING" in world.status(1).last_error
        world.waits(3.0)
        assert chip.ring is None or chip.ring[1] < 5
        chip.faults = Faults()
        b.hangs_up()
        world.sleeps(20.0)
        assert world.row(1) == IDLE


def test_a_thermal_alarm_opens_one_line_and_the_neighbour_talks_on() -> None:
    """D06: shown as a warning, fed again; the transistor is named."""
    with FaultyWorld().registers() as world:
        world.talks()
        world.chip(1).power_alarm(5)
        world.waits(0.2)
        assert "Q5" in world.alarms()["[1:1] line"]
        assert "Talking" in world.row(2)
        world.waits(2.0)
        assert world.person(1).sees.loop_ma > 15


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stall", [0.05, 0.2, 2.0])
def test_a_stall_of_the_process_in_ringing_is_made_up_for(kind: str, stall: float) -> None:
    """D11: the bell goes on in step, and a lift in the stall is an answer after it."""
    with port(kind, country="uk") as world:
        b, _ = is_called(world)
        world.waits_until(lambda: b.bell_rings)
        first = b.bursts[0].start
        world.waits(3.2)
        world.loop.now += stall
        world.waits(4.0)
        late = [burst.start - first for burst in b.bursts if burst.start > first + 3.3 + stall]
        assert late
        assert all(min(abs(at % 3.0 - edge) for edge in (0, 0.6, 3.0)) < 0.06 for at in late)
        b.phone.lift()
        world.loop.now += stall
        world.waits(0.4)
        assert not b.sees.sounding
        assert "Talking" in world.row(1)
