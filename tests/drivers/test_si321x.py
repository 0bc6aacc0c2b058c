"""The Si321x driver at work, against the chip model with a telephone on its loop."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.errors import (
    ChipError,
    ChipResetError,
    LinefeedRefusedError,
    PowerAlarmError,
)
from drivers.sim.loop import Loop
from drivers.sim.si321x_faults import Faults
from drivers.slic import (
    ChipReset,
    DtmfDigit,
    HookChanged,
    Linefeed,
    LineSettings,
    PowerAlarm,
    RingSpec,
)
from tests.drivers.bench import Bench, RecordingSpi

LIFTED = HookChanged(off_hook=True)
HUNG_UP = HookChanged(off_hook=False)
ANSWERED = HookChanged(off_hook=True, ring_trip=True)
CHINA = RingSpec(hz=25, vrms=60, cadence_ms=(1000, 4000))
BRITAIN = RingSpec(hz=25, vrms=60, cadence_ms=(400, 200, 400, 2000))

both_families = pytest.mark.parametrize("variant", ["Si3210", "Si3215"])


def ringing(variant: str = "Si3210", ring: RingSpec = CHINA, loop: Loop | None = None) -> Bench:
    bench = Bench(variant, loop=loop).up()
    bench.slic.start_ringing(ring)
    return bench


# supervision


@both_families
def test_lifting_and_hanging_up_are_reported_once_each(variant: str) -> None:
    bench = Bench(variant).up()
    bench.loop.set_hook(True)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.020)
    assert bench.slic.poll() == [LIFTED]
    assert bench.slic.poll() == []
    assert bench.slic.off_hook
    bench.loop.set_hook(False)
    bench.wait_until(lambda: bench.chip.int_asserted, 0.030)
    assert bench.slic.poll() == [HUNG_UP]
    assert bench.slic.poll() == []
    assert not bench.chip.undefined


def test_the_interrupt_is_released_by_a_poll() -> None:
    bench = Bench().up()
    bench.loop.set_hook(True)
    bench.run(0.050)
    assert bench.chip.int_asserted
    bench.slic.poll()
    assert not bench.chip.int_asserted


def test_a_hook_change_without_an_interrupt_is_found_by_the_level() -> None:
    bench = Bench().up()
    bench.slic._direct.line_enable = type(bench.slic._direct.line_enable)(0)
    bench.loop.set_hook(True)
    bench.run(0.050)
    assert not bench.chip.int_asserted
    assert bench.slic.poll() == [LIFTED]


def test_an_idle_poll_moves_less_than_400_bytes_a_second() -> None:
    bench = Bench().up()
    for _ in range(10):
        bench.run(0.100)
        assert bench.slic.poll() == []
    assert len(bench.spi.bytes) == 80
    assert [access[0] for access in bench.spi.accesses] == ["r"] * 40


def test_two_changes_between_two_polls_are_no_change() -> None:
    bench = Bench().up()
    for closed in (True, False):
        bench.loop.set_hook(closed)
        bench.run(0.100)
    assert bench.slic.poll() == []


@pytest.mark.parametrize("per_second", [8, 10, 20])
def test_dial_pulses_pass_the_debounce(per_second: int) -> None:
    bench = Bench().up()
    bench.loop.set_hook(True)
    bench.run(0.500)
    bench.slic.poll()
    seen = []
    for _ in range(5):
        for closed, share in ((False, 1.6 / 2.6), (True, 1 / 2.6)):
            bench.loop.set_hook(closed)
            until = bench.chip.now + share / per_second
            while bench.chip.now < until:
                bench.run(0.001)
                seen += bench.slic.poll()
    assert seen == [HUNG_UP, LIFTED] * 5


def test_a_chip_that_vanishes_is_an_error_and_no_hook_change() -> None:
    bench = Bench().up()
    bench.chip.faults = replace(Faults(), missing=True)
    with pytest.raises(ChipError, match="port 1: registers 18 to 20 read 0xff: no chip answers"):
        bench.slic.poll()
    with pytest.raises(ChipError, match="register 68 reads 0xff"):
        _ = bench.slic.off_hook
    bench.slic.shut_down()


# ringing


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
    bench.run(0.050)
    assert bench.slic.poll() == [ANSWERED]
    bench.slic.ring_burst(True)
    assert bench.chip.ring is None, "a burst that comes too late does not ring an ear"
    assert not bench.chip.undefined


def test_ringing_that_the_chip_cannot_make_is_refused() -> None:
    bench = Bench().up()
    with pytest.raises(ChipError, match="port 1: ringing: 90 V RMS is above 70 V"):
        bench.slic.start_ringing(RingSpec(vrms=90))
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


# battery


def test_every_linefeed_mode_is_entered_and_confirmed() -> None:
    bench = Bench().up()
    for mode in Linefeed:
        bench.slic.set_linefeed(mode)
        assert bench.slic.linefeed is mode
        bench.run(0.1)
    assert not bench.chip.undefined


def test_a_mode_that_does_not_stick_is_reported() -> None:
    bench = Bench().up()

    class Stuck(RecordingSpi):
        """LFS says OPEN whatever is asked for."""

        def xfer2(self, values: list[int], /) -> list[int]:
            answer = super().xfer2(values)
            return [0] if self.bytes[-2:-1] and self.bytes[-2][0] == 0xC0 else answer

    bench.slic._chip.bus.spi = Stuck(bench.chip)
    with pytest.raises(
        LinefeedRefusedError, match="register 64: wanted REVERSE_ON_HOOK_TRANSMISSION, is OPEN"
    ) as caught:
        bench.slic._enter(Linefeed.REVERSE_ON_HOOK_TRANSMISSION)
    assert caught.value.port == 1


def test_shutting_down_opens_the_line_and_stops_the_battery() -> None:
    bench = Bench().up()
    bench.slic.shut_down()
    assert (bench.chip.peek(64), bench.chip.peek(14)) == (0x00, 0x10)
    assert not bench.chip.int_asserted
    bench.slic.check()


# health


def test_a_healthy_chip_passes_the_check_cheaply() -> None:
    bench = Bench().up()
    bench.slic.check()
    assert len(bench.spi.bytes) == 4


def test_a_chip_reset_is_found_and_told() -> None:
    bench = Bench().up()
    bench.chip.chip_reset()
    with pytest.raises(ChipResetError, match="port 1: register 8 reads 0x02: the chip has been"):
        bench.slic.check()
    assert bench.slic.poll() == [ChipReset()]
    assert bench.slic.poll() == []


def test_a_chip_that_lost_step_needs_its_registers_again() -> None:
    bench = Bench().up()
    bench.chip.spi_slip()
    with pytest.raises(ChipResetError, match="lost step"):
        bench.slic.check()
    bench.do(bench.slic.bring_up(LineSettings()))
    bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE


def test_a_missing_chip_fails_the_check() -> None:
    bench = Bench().up()
    bench.chip.faults = replace(Faults(), missing=True)
    with pytest.raises(ChipError, match="register 11 reads 0xff, wants 0x33"):
        bench.slic.check()


def test_a_power_alarm_names_the_transistors_and_the_check_feeds_the_line_again() -> None:
    bench = Bench().up()
    bench.chip.power_alarm(1)
    bench.chip.power_alarm(5)
    assert bench.slic.poll() == [PowerAlarm(("Q1", "Q5"))]
    assert bench.chip.peek(64) == 0x00
    with pytest.raises(PowerAlarmError, match="power alarm 1, line fed again"):
        bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    assert bench.slic.telemetry().power_alarms == 1
    bench.slic.check()


def test_a_power_alarm_in_ringing_leaves_the_line_fed_and_quiet() -> None:
    bench = ringing()
    bench.run(0.5)
    bench.chip.power_alarm(6)
    with pytest.raises(PowerAlarmError):
        bench.slic.check()
    assert bench.slic.linefeed is Linefeed.FORWARD_ACTIVE
    bench.run(6)
    assert bench.chip.ring is None


def test_the_tenth_power_alarm_is_the_last() -> None:
    bench = Bench().up()
    for count in range(1, 11):
        bench.chip.power_alarm(2)
        with pytest.raises(PowerAlarmError, match="stays open" if count == 10 else "fed again"):
            bench.slic.check()
    assert bench.slic.linefeed is Linefeed.OPEN


def test_power_alarms_are_forgotten_slowly() -> None:
    bench = Bench().up()
    for _ in range(15):
        bench.chip.power_alarm(2)
        with pytest.raises(PowerAlarmError, match="alarm 1, line fed again"):
            bench.slic.check()
        for _ in range(10):
            bench.slic.check()
    assert bench.slic.telemetry().power_alarms == 15


# tones and digits


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("Si3210", [(13, 0x7817), (14, 0x0143)]),
        ("Si3215", [(0, 0x7E02), (1, 0x00A0)]),
    ],
)
def test_a_tone_is_made_at_the_clock_of_the_family(
    variant: str, words: list[tuple[int, int]]
) -> None:
    bench = Bench(variant).up()
    bench.slic.play_tone([450], -10)
    assert bench.spi.indirect_writes == words
    assert bench.chip.peek(32) & 0x7F == 0x06
    assert bench.chip.peek(33) & 0x7F == 0x00
    bench.slic.stop_tone()
    assert bench.chip.peek(32) & 0x7F == 0x00


def test_two_frequencies_share_the_level() -> None:
    bench = Bench().up()
    bench.slic.play_tone([350, 440], -10)
    written = dict(bench.spi.indirect_writes)
    assert (written[13], written[16]) == (0x7B32, 0x786F)
    assert written[14] == pytest.approx(0xFA / 2**0.5, abs=1)
    assert bench.chip.peek(33) & 0x7F == 0x06


def test_no_tone_is_played_into_ringing_and_ringing_ends_a_tone() -> None:
    bench = Bench().up()
    bench.slic.play_tone([350, 440], -13)
    bench.slic.start_ringing(CHINA)
    assert bench.chip.peek(33) & 0x04 == 0
    with pytest.raises(ChipError, match="no tones during ringing"):
        bench.slic.play_tone([450], -10)
    assert not bench.chip.undefined


@pytest.mark.parametrize(
    ("frequencies", "level", "says"),
    [([450], 12, "full scale"), ([1, 2, 3], -10, "3 frequencies"), ([5000], -10, "voice")],
)
def test_a_tone_that_the_oscillators_cannot_make_is_refused(
    frequencies: list[float], level: float, says: str
) -> None:
    bench = Bench().up()
    with pytest.raises(ChipError, match=says):
        bench.slic.play_tone(frequencies, level)


def test_dtmf_is_reported_only_when_asked_for() -> None:
    bench = Bench("Si3210").up()
    bench.chip.dtmf_heard("5")
    assert bench.slic.poll() == []
    bench.slic.listen_dtmf(True)
    seen = []
    for digit in "1234567890*#ABCD":
        bench.chip.dtmf_heard(digit)
        seen += bench.slic.poll()
        bench.chip.dtmf_heard(None)
        seen += bench.slic.poll()
    assert seen == [DtmfDigit(digit) for digit in "1234567890*#ABCD"]
    bench.slic.listen_dtmf(False)
    bench.chip.dtmf_heard("5")
    assert bench.slic.poll() == []


def test_the_si3215_decodes_no_dtmf() -> None:
    with pytest.raises(ChipError, match="Si3215 rev E decodes no DTMF"):
        Bench("Si3215").up().slic.listen_dtmf(True)


# telemetry

GOLDEN = [
    # mode, loop resistance off-hook, registers 78 to 81
    (Linefeed.FORWARD_ACTIVE, None, (0x20, 0x00, 0x08, 0x88)),
    (Linefeed.REVERSE_ACTIVE, None, (0x60, 0x00, 0x88, 0x08)),
    (Linefeed.FORWARD_ACTIVE, 200, (0x02, 0x10, 0x08, 0x13)),
    (Linefeed.FORWARD_ACTIVE, 600, (0x08, 0x10, 0x08, 0x28)),
    (Linefeed.REVERSE_ACTIVE, 600, (0x48, 0x50, 0x28, 0x08)),
]


@pytest.mark.parametrize(("mode", "ohms", "registers"), GOLDEN)
def test_telemetry_reads_what_the_sheet_says(
    mode: Linefeed, ohms: int | None, registers: tuple[int, ...]
) -> None:
    bench = Bench(loop=Loop(wire_ohms=0, telephone_ohms=ohms or 200)).up()
    bench.slic.set_linefeed(mode)
    bench.loop.set_hook(ohms is not None)
    bench.run(2)
    seen = tuple(bench.chip.peek(address) for address in range(78, 82))
    for got, wanted in zip(seen, registers, strict=True):
        assert abs(got - wanted) <= 2, f"{seen} against {registers}"
    telemetry = bench.slic.telemetry()
    sign = -1 if mode is Linefeed.REVERSE_ACTIVE else 1
    assert telemetry.linefeed is mode
    assert telemetry.off_hook is (ohms is not None)
    assert telemetry.loop_v == pytest.approx(sign * (registers[0] & 0x3F) * 1.5, abs=3)
    assert telemetry.loop_ma == pytest.approx(sign * (20 if ohms else 0), abs=2.5)
    assert telemetry.tip_v == pytest.approx(-0.376 * registers[2], abs=0.8)
    assert telemetry.ring_v == pytest.approx(-0.376 * registers[3], abs=0.8)
    tip_to_ring = telemetry.tip_v - telemetry.ring_v
    assert tip_to_ring == pytest.approx(telemetry.loop_v, abs=2)


def test_the_battery_follows_the_line() -> None:
    bench = Bench(loop=Loop(wire_ohms=0)).up()
    bench.run(3)
    assert bench.slic.telemetry().battery_v == pytest.approx(-60, abs=1)
    bench.slic.set_linefeed(Linefeed.OPEN)
    bench.run(1)
    assert bench.slic.telemetry().battery_v == pytest.approx(-93, abs=1)
