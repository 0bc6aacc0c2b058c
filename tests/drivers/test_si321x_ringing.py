"""Ringing, ring trip and cadence, against the chip model with a telephone on its loop."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.errors import ChipError
from drivers.sim.loop import Loop
from drivers.slic import HookChanged, Linefeed, LineSettings, RingSpec
from tests.drivers.bench import CHINA, Bench, ringing

HUNG_UP = HookChanged(off_hook=False)
ANSWERED = HookChanged(off_hook=True, ring_trip=True)
BRITAIN = RingSpec(hz=25, vrms=60, cadence_ms=(400, 200, 400, 2000))

both_families = pytest.mark.parametrize("variant", ["Si3210", "Si3215"])


@both_families
def test_the_chip_rings_one_second_in_five_by_itself(variant: str) -> None:
    bench = ringing(variant)
    bursts = []
    rings = False
    for _ in range(6000):
        if (bench.chip.ring is not None) is not rings:
            rings = not rings
            bursts.append(round(bench.chip.now, 2))
        bench.run(0.010)
    gaps = [round(after - before, 2) for before, after in pairwise(bursts)]
    assert gaps == [pytest.approx(1 if n % 2 == 0 else 4, abs=0.03) for n in range(len(gaps))]
    assert len(bursts) == 24, "twelve bursts in a minute"
    assert not bench.chip.undefined


@both_families
def test_ring_voltage_and_frequency_arrive_at_the_telephone(variant: str) -> None:
    bench = ringing(variant, loop=Loop(ren=0))
    bench.run(0.2)  # the battery has to rise
    assert bench.chip.ring is not None
    hz, vrms = bench.chip.ring
    assert hz == pytest.approx(25, abs=0.1)
    assert vrms == pytest.approx(60, abs=1)
    assert bench.chip.peek(34) & 0xA0 == 0xA0


@both_families
def test_lifting_in_a_burst_trips_within_200_ms_and_feeds_the_line(variant: str) -> None:
    bench = ringing(variant)
    bench.run(0.5)
    assert bench.slic.poll() == []
    bench.loop.set_hook(True)
    took = bench.wait_until(lambda: bench.chip.int_asserted, 0.200)
    assert took < 0.200
    assert bench.slic.poll() == [ANSWERED]
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    assert bench.chip.ring is None
    seen = []
    for _ in range(300):
        bench.run(0.002)
        seen += bench.slic.poll()
    assert seen == [], "the change from ring trip to loop closure is not seen as on-hook"
    assert bench.slic.off_hook
    assert not bench.chip.undefined


@both_families
def test_lifting_in_the_pause_counts_as_ring_trip(variant: str) -> None:
    bench = ringing(variant)
    bench.run(2.0)
    assert bench.chip.ring is None
    bench.loop.set_hook(True)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.200)
    assert bench.slic.poll() == [ANSWERED]
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    bench.run(5)
    assert bench.chip.ring is None
    assert bench.slic.poll() == []


def test_a_ring_trip_that_no_current_follows_ends_as_on_hook() -> None:
    bench = ringing()
    bench.run(0.5)
    bench.loop.set_hook(True)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.200)
    bench.loop.set_hook(False)
    assert bench.slic.poll() == [ANSWERED]
    seen = []
    for _ in range(10):
        bench.run(0.100)
        seen += bench.slic.poll()
    assert seen == [HUNG_UP]


def test_ringing_stops_at_once_and_stays_off() -> None:
    for before in (0.5, 2.0):
        bench = ringing()
        bench.run(before)
        bench.slic.stop_ringing()
        assert bench.chip.ring is None
        assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
        bench.run(10)
        assert bench.chip.ring is None
        assert bench.slic.poll() == []
        assert not bench.chip.undefined


def test_ringing_can_end_in_on_hook_transmission_or_reversed() -> None:
    for mode in (Linefeed.FORWARD_ON_HOOK_TRANSMISSION, Linefeed.REVERSE_ACTIVE):
        bench = ringing()
        bench.run(0.5)
        bench.slic.stop_ringing(mode)
        assert bench.slic.linefeed is mode
        assert not bench.chip.undefined, "polarity is not changed while ringing"


def test_ringing_again_from_on_hook_transmission_and_from_reverse() -> None:
    bench = Bench().up()
    for mode in (Linefeed.FORWARD_ON_HOOK_TRANSMISSION, Linefeed.REVERSE_ACTIVE):
        bench.slic.set_linefeed(mode)
        bench.slic.start_ringing(CHINA)
        assert bench.chip.ring is not None
        bench.slic.stop_ringing()
    assert not bench.chip.undefined


def test_the_ring_settings_are_loaded_only_when_they_change() -> None:
    bench = Bench().up(LineSettings(ring=CHINA))
    bench.slic.start_ringing(CHINA)
    assert bench.spi.indirect_writes == []
    assert len(bench.spi.bytes) <= 20, "well under a millisecond on a Raspberry Pi"
    bench.slic.stop_ringing()
    bench.slic.start_ringing(replace(CHINA, hz=20, vrms=45.25))
    assert bench.spi.indirect_writes == [(20, 0x7EFE), (21, 0x0158), (22, 0), (36, 0x0320)]
    assert bench.chip.peek(70) == 0x0B
    assert bench.chip.peek(74) == 0x30


def test_a_cadence_of_two_bursts_is_switched_from_above() -> None:
    bench = ringing(ring=BRITAIN)
    assert not bench.slic.keeps_cadence(BRITAIN)
    assert bench.slic.keeps_cadence(CHINA)
    assert bench.slic.keeps_cadence(replace(CHINA, cadence_ms=(1000,)))
    assert not bench.slic.keeps_cadence(replace(CHINA, cadence_ms=(1000, 9000)))
    assert bench.chip.peek(34) & 0x1B == 0
    bench.run(10)
    assert bench.chip.ring is not None, "a burst without end"
    bench.slic.ring_burst(False)
    assert bench.chip.ring is None
    assert bench.slic.linefeed is Linefeed.FORWARD_ON_HOOK_TRANSMISSION
    bench.slic.ring_burst(True)
    assert bench.chip.ring is not None
    bench.slic.ring_burst(False)
    bench.loop.set_hook(True)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.150)
    assert bench.slic.poll() == [ANSWERED]
    bench.slic.ring_burst(True)
    assert bench.chip.ring is None, "a burst that comes too late does not ring an ear"
    assert not bench.chip.undefined


def test_a_bell_that_comes_to_rest_in_a_pause_made_above_is_no_answer() -> None:
    """Its current may look like a closed loop for a moment; dial pulses come afterwards."""
    bench = ringing(ring=BRITAIN)
    bench.run(0.4)
    bench.slic.ring_burst(False)
    bench.loop.set_hook(True)
    bench.run(0.080)
    bench.loop.set_hook(False)
    bench.run(0.100)
    assert bench.slic.poll() == []
    bench.slic.ring_burst(True)
    bench.run(0.2)
    bench.loop.set_hook(True)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.200)
    assert bench.slic.poll() == [ANSWERED]
    assert bench.chip.peek(69) == 0x08


def test_the_short_debounce_is_back_when_ringing_stops() -> None:
    bench = ringing(ring=BRITAIN)
    assert bench.chip.peek(69) == 0x54
    bench.slic.stop_ringing()
    assert bench.chip.peek(69) == 0x08
    bench.slic.start_ringing(CHINA)
    assert bench.chip.peek(69) == 0x08, "the chip has a pause debounce of its own"


def test_ringing_that_the_chip_cannot_make_is_refused() -> None:
    bench = Bench().up()
    with pytest.raises(ChipError, match="port 1: ringing: 90 V RMS is above 70 V"):
        bench.slic.start_ringing(RingSpec(vrms=90))
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
