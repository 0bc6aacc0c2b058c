"""Copper to highway and back: a whole card under the real driver, in virtual time."""

from __future__ import annotations

import audioop
import time
from itertools import pairwise

import pytest

from drivers.sim.card import SimCard, pclk_for, width_for
from drivers.sim.hearing import bursts_and_pauses, listen
from drivers.sim.line_audio import IDLE_PERIOD
from drivers.sim.phone import PhoneEvent
from drivers.sim.pins import SimPins
from drivers.sim.sounds import Sound, pause, tone
from drivers.sim.spandsp import CallerId, CallerIdReceiver, modulate, parse
from drivers.sim.spectrum import tone_level_and_snr
from drivers.slic import HookChanged, Linefeed, RingSpec
from tests.sim.card_bench import CardBench, feed_line

DIAL = tone(((450, -10),), 1.0).cut(0, 160)
PLAYED = b"".join(bytes([code]) * 96 for code in audioop.lin2alaw(DIAL, 2))
"""A period of dial tone for each of 96 ports."""
CALLER = bytes((0x80, 23)) + b"\x01\x0811220930\x02\x03101\x07\x06" + "前台".encode("gb2312") * 2
CALLER = CALLER[: 2 + 23]


def test_a_line_in_service_has_its_voltage_and_current() -> None:
    bench = CardBench()
    phone = bench.card.phones[0]
    assert phone.state().line_v == pytest.approx(48, abs=2)
    assert phone.state().loop_ma == 0.0
    phone.lift()
    bench.run(0.1)
    assert phone.state().loop_ma == pytest.approx(20, abs=2)
    assert bench.slics[0].off_hook
    assert not bench.slics[1].off_hook
    bench.slics[0].set_linefeed(Linefeed.REVERSE_ACTIVE)
    assert phone.state().polarity == "reversed"


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_a_tone_crosses_the_card_in_both_directions_at_its_level(law: str) -> None:
    bench = CardBench(law=law)
    phone = bench.card.phones[1]
    phone.lift()
    bench.run(0.2)
    phone.say_tone(1000, 1.0, -10)
    bench.captured.clear()
    bench.run(0.5)
    sent = tone_level_and_snr(bench.captured_of(2)[640:], 1000)
    assert sent.level_dbm0 == pytest.approx(-10, abs=0.2)
    assert sent.snr_db > 30
    phone.mouth.hush()
    bench.play(2, tone(((1000, -10),), 1.0))
    bench.run(1.0)
    heard = tone_level_and_snr(bench.heard(2, 0.5), 1000)
    assert heard.level_dbm0 == pytest.approx(-10, abs=0.2)
    assert heard.snr_db > 30


def test_the_network_hears_itself_20_db_softer_through_the_hybrid() -> None:
    bench = CardBench()
    bench.card.phones[0].lift()
    bench.run(0.2)
    bench.play(1, tone(((1000, -6),), 2.0))
    bench.captured.clear()
    bench.run(1.0)
    assert tone_level_and_snr(bench.captured_of(1)[1600:], 1000).level_dbm0 == pytest.approx(
        -26, abs=0.5
    )
    bench.card.audio[0].trans_hybrid_loss_db = 12.0
    bench.captured.clear()
    bench.run(0.5)
    assert tone_level_and_snr(bench.captured_of(1)[640:], 1000).level_dbm0 == pytest.approx(
        -18, abs=0.5
    )


def test_an_on_hook_port_sends_idle_codes_and_hears_nothing() -> None:
    bench = CardBench()
    bench.play(1, tone(((1000, -6),), 1.0))
    bench.captured.clear()
    bench.run(0.5)
    assert all(frames[0 :: bench.card.width] == IDLE_PERIOD["PCMA"] for frames in bench.captured)
    assert listen(bench.heard(1, 0.5)).heard == "silence"


def test_timeslots_do_not_mix() -> None:
    bench = CardBench(ports=10)
    assert bench.card.width == 16
    for n in (2, 9):
        bench.card.phones[n].lift()
    bench.run(0.2)
    bench.card.phones[2].say_tone(700, 1.0)
    bench.play(10, tone(((450, -10),), 1.0))
    bench.captured.clear()
    bench.run(0.6)
    assert listen(bench.captured_of(3)).frequencies_hz == (700,)
    assert listen(bench.heard(10, 0.5)).heard == "dial-tone"
    assert listen(bench.heard(3, 0.5)).heard == "silence"
    assert listen(bench.captured_of(4)).heard == "silence"


def test_the_chip_s_own_tone_is_heard_in_the_earpiece() -> None:
    bench = CardBench()
    bench.card.phones[0].lift()
    bench.run(0.2)
    bench.slics[0].play_tone([450.0], -10.0)
    bench.run(1.0)
    heard = listen(bench.heard(1, 0.9))
    assert (heard.heard, heard.frequencies_hz) == ("dial-tone", (450,))
    assert heard.level_dbm0 == pytest.approx(-10, abs=0.5)


def test_ringing_is_noticed_to_the_millisecond_and_ends_when_the_handset_is_lifted() -> None:
    bench = CardBench()
    phone = bench.card.phones[1]
    events: list[PhoneEvent] = []
    phone.watch(events.append)
    start = bench.card.now
    bench.slics[1].start_ringing(RingSpec(hz=25.0, vrms=60.0, cadence_ms=(1000, 4000)))
    bench.card.advance(start + 6.5)
    state = phone.state()
    assert (state.ringing, state.sounding, state.rings) == (True, False, 2)
    assert state.ring_hz == pytest.approx(25, abs=0.2)
    assert state.ring_vrms == pytest.approx(58, abs=4)
    edges = [event.at - start for event in events]
    assert edges == pytest.approx([0.0, 1.0, 5.0, 6.0], abs=0.002)
    bench.card.advance(start + 10.2)
    phone.lift()
    bench.card.advance(start + 10.5)
    assert HookChanged(off_hook=True, ring_trip=True) in bench.slics[1].poll()
    assert not phone.state().ringing
    assert not phone.bell.sounding


@pytest.mark.parametrize("standard", ["bell202", "v23"])
def test_caller_id_between_two_rings_is_shown(standard: str) -> None:
    bench = CardBench()
    phone = bench.card.phones[1]
    if not CallerIdReceiver().available:
        pytest.skip("libspandsp is not installed")
    bench.slics[1].start_ringing(RingSpec(hz=25.0, vrms=60.0, cadence_ms=(1000, 4000)))
    bench.run(1.5)
    burst = modulate(CALLER, standard)
    bench.play(2, Sound(burst, len(burst) // 2))
    bench.run(2.0)
    state = phone.state()
    assert (state.caller_id, state.caller_date) == ("101", "11220930")
    bench.run(8.0)
    assert phone.state().caller_id == "101"
    bench.slics[1].stop_ringing()
    bench.run(10.0)
    bench.slics[1].start_ringing(RingSpec(hz=25.0, vrms=60.0, cadence_ms=(1000, 4000)))
    bench.run(0.5)
    assert phone.state().caller_id == "", "another call: the display is blank until told"


@pytest.mark.parametrize(
    ("message", "caller"),
    [
        (CALLER, CallerId("11220930", "101", CALLER[19:].decode("gb2312"))),
        (b"\x80\x0d\x01\x0811220930\x04\x01P", CallerId("11220930", withheld="P")),
        (b"\x04\x0b11220930101", CallerId("11220930", "101")),
        (b"\x04\x0911220930P", CallerId("11220930", withheld="P")),
        (b"\x82\x03\x0b\x01\xff", None),
        (b"\x80", None),
        (b"\x80\x05\x02\xff12", CallerId(number="12")),
    ],
)
def test_caller_id_messages_are_read(message: bytes, caller: CallerId | None) -> None:
    assert parse(message) == caller


def test_hook_changes_reach_the_chip_at_their_instant() -> None:
    bench = CardBench()
    phone = bench.card.phones[0]
    phone.lift()
    bench.run(0.5)
    bench.slics[0].poll()
    phone.pulse("3", pps=10, ratio=1.6)
    seen: list[tuple[float, bool]] = []
    start = bench.card.now
    for _ in range(500):  # a gateway that looks every millisecond
        bench.card.advance(bench.card.now + 0.001)
        at = bench.card.now - start
        seen += [(at, e.off_hook) for e in bench.slics[0].poll() if isinstance(e, HookChanged)]
    lengths = [b[0] - a[0] for a, b in pairwise(seen)]
    assert [off for _, off in seen] == [False, True] * 3
    assert lengths == pytest.approx([0.0615, 0.0385] * 2 + [0.0615], abs=0.003)


def test_keys_reach_the_chip_s_own_decoder() -> None:
    bench = CardBench()
    bench.card.phones[0].lift()
    bench.run(0.2)
    bench.card.phones[0].dial("5")
    bench.run(0.06)
    assert bench.card.phones[0].key == "5"
    bench.run(0.1)
    assert bench.card.phones[0].key == ""


def test_interrupts_are_one_wire_for_all_chips() -> None:
    bench = CardBench()
    for slic in bench.slics:
        slic.poll()
    edges: list[bool] = []
    bench.card.on_interrupt = edges.append
    for phone in bench.card.phones:
        phone.lift()
    bench.run(0.1)
    assert edges == [True]
    bench.slics[0].poll()
    assert bench.card.interrupt_asserted
    bench.slics[1].poll()
    assert edges == [True, False]


def test_reset_takes_the_voltage_off_all_lines() -> None:
    bench = CardBench()
    SimPins(bench.card).assert_reset()
    assert bench.card.chips[0].linefeed == 0
    assert bench.card.phones[0].state().line_v == 0.0


def test_when_the_clock_stops_nobody_hears_anything() -> None:
    bench = CardBench()
    bench.card.phones[0].lift()
    bench.run(0.2)
    bench.card.set_clock(running=False)
    bench.play(1, tone(((450, -10),), 1.0), pause(0.1))
    bench.run(0.5)
    assert listen(bench.heard(1, 0.4)).heard == "silence"
    assert not [run for run in bursts_and_pauses(bench.captured_of(1)[-3200:]) if run.on]


@pytest.mark.parametrize(("ports", "width", "hz"), [(1, 8, 1), (8, 8, 1), (9, 16, 2), (96, 96, 8)])
def test_the_highway_is_as_wide_and_fast_as_the_ports_need(
    ports: int, width: int, hz: int
) -> None:
    assert width_for(ports) == width
    assert pclk_for(width) == 1_024_000 * hz


def test_more_slots_than_a_frame_has_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        SimCard(128)


def test_96_ports_fit_into_a_period_with_ease() -> None:
    """20 us a silent port and period; 96 talking ports in 5 ms."""
    card = SimCard(96)
    card.set_clock(running=True)
    for n in range(96):
        feed_line(card.spi(n), timeslot=n)
    card.advance(1.0)
    assert _cpu(card, 25) < 96 * 20e-6
    for phone in card.phones:
        phone.lift()
        phone.say_tone(1000, 10)
    card.advance(card.now + 0.2)
    assert _cpu(card, 25) < 5e-3
    assert len({card.run(PLAYED)[n::96] for n in range(96)}) == 1
    assert listen(card.phones[95].ear.between(card.now - 0.4, card.now)).heard == "dial-tone"


def test_who_is_interrupted_may_speak_to_the_chips_at_once() -> None:
    bench = CardBench()
    bench.slics[0].poll()
    events: list[object] = []
    pins = SimPins(bench.card)
    pins.release_reset()
    feed_line(bench.card.spi(0), timeslot=0)
    bench.card.advance(bench.card.now + 0.5)
    pins.watch(lambda: events.extend(bench.slics[0].poll()))
    bench.card.phones[0].lift()
    bench.card.advance(bench.card.now + 0.1)
    assert events == [HookChanged(off_hook=True)]
    assert not pins.interrupt_asserted


def _cpu(card: SimCard, periods: int) -> float:
    start = time.process_time()
    for _ in range(periods):
        card.run(PLAYED)
    return (time.process_time() - start) / periods
