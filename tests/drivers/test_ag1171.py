"""The driver of the Ag1171 on its model: feed, hook, ringing, and every fault of the module."""

from __future__ import annotations

from itertools import pairwise

import pytest

from drivers.ag1171 import ModuleValues
from drivers.errors import BringUpError, ChipError, LinefeedRefusedError
from drivers.sim.ag1171_faults import ModuleFaults
from drivers.slic import Capability, HookChanged, Linefeed, LineSettings, RingSpec
from tests.drivers.module_bench import CHINA, ModuleBench

UNITED_STATES = RingSpec(hz=20, vrms=60, cadence_ms=(2000, 4000))
JAPAN = RingSpec(hz=16.67, vrms=60, cadence_ms=(1000, 2000))


def rung(bench: ModuleBench, ring: RingSpec, seconds: float) -> None:
    """Ring in the cadence for so long, switched as the gateway switches it."""
    bench.slic.start_ringing(ring)
    begin, at, step = bench.card.now, 0.0, 0
    while at < seconds:
        wait = ring.cadence_ms[step % len(ring.cadence_ms)] / 1000
        at, step = at + wait, step + 1
        bench.run(begin + at - bench.card.now)
        bench.slic.ring_burst(step % 2 == 0)
    bench.slic.stop_ringing()
    bench.run(0.1)


# feed


def test_the_line_is_fed_after_200_ms_and_says_what_it_can() -> None:
    bench = ModuleBench(ModuleValues(oht_resistor=True)).up()
    assert bench.card.now == pytest.approx(0.2, abs=0.01)
    assert bench.phone.state().line_v == 48
    assert bench.slic.chip == "Ag1171"
    assert bench.slic.capabilities == Capability.REVERSAL | Capability.ON_HOOK_TRANSMISSION
    assert ModuleBench().slic.capabilities == Capability.REVERSAL


def test_nothing_is_measured_and_nothing_is_made_up() -> None:
    seen = ModuleBench().up().slic.telemetry()
    assert (seen.linefeed, seen.off_hook) == (Linefeed.FORWARD_ACTIVE, False)
    assert (seen.loop_v, seen.loop_ma, seen.battery_v) == (None, None, None)


def test_what_is_not_as_wished_is_noted() -> None:
    wish = LineSettings(impedance="china", ring=RingSpec(50, 60, (1500, 3500)))
    bench = ModuleBench().up(wish)
    assert [note.split(":")[0] for note in bench.slic.notes] == [
        "an Ag1171 rings with 20 to 25 Hz",
        "impedance china is not in an Ag1171",
    ]
    assert bench.slic.rings_at(50) == 25


@pytest.mark.parametrize("pd", [True, False])
def test_open_is_power_down_where_pd_is_wired(pd: bool) -> None:
    bench = ModuleBench(pd=pd).up()
    bench.slic.set_linefeed(Linefeed.OPEN)
    assert bench.phone.state().line_v == (0 if pd else 48)
    bench.phone.lift()
    bench.run(0.5)
    assert bench.told == []
    bench.slic.set_linefeed(Linefeed.FORWARD_ACTIVE)
    bench.run(0.1)
    assert bench.told == []  # not settled yet
    bench.run(0.2)
    assert bench.hooks() == [(True, False)]


def test_polarity_is_reversed_and_back() -> None:
    bench = ModuleBench().up()
    bench.phone.lift()
    bench.run(0.3)
    for mode, polarity in (
        (Linefeed.REVERSE_ACTIVE, "reversed"),
        (Linefeed.FORWARD_ACTIVE, "normal"),
    ):
        bench.slic.set_linefeed(mode)
        bench.run(0.3)
        assert bench.phone.state().polarity == polarity
        assert bench.slic.linefeed is mode
    assert not bench.model.broken


def test_a_clone_that_idles_low_is_configured_and_one_that_is_swapped_shows_it() -> None:
    bench = ModuleBench(ModuleValues(idle=False), variant="ks0835f").up()
    assert bench.phone.state().polarity == "normal"
    rung(bench, CHINA, 5.0)
    assert not bench.model.broken
    bench.model.faults = ModuleFaults(fr_swapped=True)
    assert bench.phone.state().polarity == "reversed"


@pytest.mark.parametrize("mode", [Linefeed.TIP_OPEN, Linefeed.RING_OPEN, Linefeed.RINGING])
def test_a_state_that_the_module_does_not_have_is_refused(mode: Linefeed) -> None:
    with pytest.raises(LinefeedRefusedError, match=f"port 1: an Ag1171 has no {mode.name}"):
        ModuleBench().up().slic.set_linefeed(mode)


def test_tones_are_refused() -> None:
    with pytest.raises(ChipError, match="makes no tones"):
        ModuleBench().up().slic.play_tone([450], -10)


# the hook


@pytest.mark.parametrize("bounce_ms", [0, 1, 5, 9])
def test_a_bouncing_hook_is_one_change_from_its_first_edge(bounce_ms: float) -> None:
    """D01: SHK chatters for up to 20 ms when it changes; the level is the truth."""
    bench = ModuleBench().up()
    bench.model.faults = ModuleFaults(shk_bounce_ms=2 * bounce_ms)
    for off_hook in (True, False):
        bench.told.clear()
        at = bench.card.now
        (bench.phone.lift if off_hook else bench.phone.hang_up)()
        bench.run(0.3)
        ((told, event),) = bench.told
        assert isinstance(event, HookChanged)
        assert (event.off_hook, event.ring_trip) == (off_hook, False)
        assert event.at == pytest.approx(at + 0.002, abs=0.001)
        assert told - at <= 0.002 + 2 * bounce_ms / 1000 + 0.012


def test_without_edges_the_slow_poll_finds_the_level() -> None:
    """D09: no edge is told at all, nor kept; the level is the truth."""
    bench = ModuleBench(edges=False).up()
    bench.asks = False
    for off_hook in (True, False):
        (bench.phone.lift if off_hook else bench.phone.hang_up)()
        bench.run(0.25)
    assert bench.hooks() == [(True, False), (False, False)]


def test_a_handset_that_is_off_at_the_start_is_told_without_error() -> None:
    bench = ModuleBench()
    bench.phone.lift()
    bench.up()
    bench.run(0.1)
    assert bench.hooks() == [(True, False)]


@pytest.mark.parametrize("stuck", [True, False])
def test_a_stuck_switch_hook_is_what_the_driver_has_to_believe(stuck: bool) -> None:
    """D08: stuck off-hook; the line above locks it out, as it does a handset left off."""
    bench = ModuleBench()
    bench.model.faults = ModuleFaults(shk_stuck=stuck)
    bench.up()
    bench.phone.lift()
    bench.run(0.2)
    bench.phone.hang_up()
    bench.run(0.2)
    assert bench.hooks() == ([(True, False)] if stuck else [])


def test_an_edge_of_another_clock_counts_from_now() -> None:
    bench = ModuleBench().up()
    bench.wires._edges.append((1e9, True))
    bench.phone.lift()
    bench.run(0.1)
    ((_, event),) = bench.told
    assert isinstance(event, HookChanged)
    assert event.at is not None
    assert event.at < 1.0


# ringing


@pytest.mark.parametrize(
    ("ring", "hz", "bursts"), [(CHINA, 25, 6), (UNITED_STATES, 20, 5), (JAPAN, 20, 10)]
)
def test_a_cadence_is_kept_within_what_the_module_bears(
    ring: RingSpec, hz: float, bursts: int
) -> None:
    """Half a minute: bursts of as many periods as there should be, none forbidden."""
    bench = ModuleBench().up()
    rung(bench, ring, 30.0)
    assert not bench.model.broken
    assert len(bench.model.bursts) == bursts
    for rang, begin, end in bench.model.bursts:
        assert rang == pytest.approx(hz, abs=0.1)
        assert (end - begin) * hz == pytest.approx(ring.cadence_ms[0] / 1000 * hz, abs=1.5)
    begins = [begin for _, begin, _ in bench.model.bursts]
    period = sum(ring.cadence_ms) / 1000
    assert [b - a for a, b in pairwise(begins)] == pytest.approx([period] * (bursts - 1), abs=0.05)


def test_a_cadence_that_rings_too_long_is_refused_before_the_line_is_fed() -> None:
    loud = RingSpec(25, 60, (3000, 3000))
    with pytest.raises(BringUpError, match="3000/3000 ms rings 50 % of the time, 33 % may be"):
        ModuleBench().up(LineSettings(ring=loud))
    with pytest.raises(ChipError, match="33 % may be"):
        ModuleBench().up().slic.start_ringing(loud)


def test_a_burst_that_nobody_ends_ends_by_itself() -> None:
    """D08: a dead-man in the driver; the module may not ring for more than 3 s."""
    bench = ModuleBench().up()
    bench.slic.start_ringing(RingSpec(25, 60, (60_000, 200_000)))
    bench.asks = False
    bench.run(5.0)
    ((_, begin, end),) = bench.model.bursts
    assert end - begin < 3.2
    assert not bench.phone.state().sounding


def test_a_telephone_that_is_called_again_and_again_is_not_rung_to_death() -> None:
    """RM may be high for a third of any half minute."""
    bench = ModuleBench().up()
    for _ in range(30):
        bench.slic.start_ringing(UNITED_STATES)
        bench.run(1.9)
        bench.slic.stop_ringing()
        bench.run(0.2)
    assert not bench.model.broken
    assert 9.0 <= sum(e - b for _, b, e in bench.model.bursts if b < 30) <= 10.1


@pytest.mark.parametrize("after", [0.02, 0.3, 0.7, 0.97, 1.5, 4.5])
def test_a_lift_in_ringing_is_told_within_200_ms(after: float) -> None:
    """D03: in burst and pause; the voltage is gone, and it does not come back."""
    bench = ModuleBench().up()
    bench.slic.start_ringing(CHINA)
    bench.run(after)
    if after > 1:
        bench.slic.ring_burst(False)
    at = bench.card.now
    bench.phone.lift()
    bench.run(0.2)
    assert bench.hooks() == [(True, True)]
    assert bench.told[0][0] - at <= 0.2
    assert not bench.phone.state().sounding
    bench.slic.ring_burst(True)
    bench.run(1.0)
    assert not bench.model.ringing
    assert not bench.model.broken


def test_what_f_r_couples_into_the_switch_hook_is_no_lift() -> None:
    """D03: glitches of 1 to 3 ms at every edge; the bell rings its whole cadence."""
    bench = ModuleBench().up()
    bench.model.faults = ModuleFaults(shk_coupling=True)
    rung(bench, CHINA, 14.0)
    assert bench.told == []
    assert len(bench.model.bursts) == 3
    assert bench.slic.false_trips == 0


@pytest.mark.parametrize("ms", [11, 14, 30])
def test_a_false_ring_trip_goes_on_ringing(ms: float) -> None:
    """D03: SHK is high long enough in a burst, and low again with RM low."""
    bench = ModuleBench().up()
    bench.slic.start_ringing(CHINA)
    bench.run(0.3)
    bench.model.faults = ModuleFaults(shk_stuck=True)
    bench.run(ms / 1000)
    bench.model.faults = ModuleFaults()
    bench.run(0.2)
    assert bench.told == []
    assert bench.slic.false_trips == 1
    assert bench.phone.state().sounding
    bench.run(1.0)
    assert len(bench.model.bursts) == 2
    assert not bench.model.broken


def test_a_supply_that_breaks_down_in_ringing_shows_the_lift_in_the_pause() -> None:
    bench = ModuleBench().up()
    bench.model.faults = ModuleFaults(supply_drop=True)
    bench.slic.start_ringing(CHINA)
    bench.run(0.5)
    bench.phone.lift()
    bench.run(0.6)
    bench.slic.ring_burst(False)
    bench.run(0.2)
    assert bench.hooks() == [(True, True)]


def test_a_caller_who_gives_up_while_the_handset_is_lifted() -> None:
    """D03: a ring trip during CANCEL; the lift is told once, as a lift."""
    bench = ModuleBench().up()
    bench.slic.start_ringing(CHINA)
    bench.run(0.5)
    bench.phone.lift()
    bench.run(0.020)
    bench.slic.stop_ringing()
    bench.run(0.3)
    assert [off_hook for off_hook, _ in bench.hooks()] == [True]


def test_shutting_down_in_a_burst_leaves_no_voltage() -> None:
    bench = ModuleBench().up()
    bench.slic.start_ringing(CHINA)
    bench.run(0.5)
    bench.slic.shut_down()
    assert not bench.model.ringing
    assert not bench.model.powered
    assert bench.slic.poll() == []
    assert not bench.model.broken
    bench.up()
    rung(bench, CHINA, 6.0)
    assert not bench.model.broken
