"""Data for displays as sound, judged by receivers that are not ours (libspandsp)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.sim.spandsp import CallerId, CallerIdReceiver
from firmware.errors import MediaError
from firmware.line.caller_message import Caller, Form, call_setup
from firmware.media.display import PATIENCE, WaitingDisplay, burst
from firmware.media.g711 import from_linear, level_of, to_linear
from firmware.media.messages import DataSent, Failed, Listen, Play, SendData
from firmware.media.tones import dtmf
from firmware.tone import Segment, ToneSpec
from tests.media.fakes import Bench, FakeRtpSocket, opened

IDLE = b"\xd5" * 160
WHO = Caller("11220930", "8001", b"Desk")
WAITING = SendData(
    port=1, modem="v23", message=call_setup(Form.MULTIPLE, WHO), alert_ms=80, waiting=True, tag=3
)


def read(codes: bytes, *standards: str) -> object:
    """What a receiver makes of it."""
    receiver = CallerIdReceiver(standards)
    shown = None
    linear = to_linear("PCMA", codes + IDLE * 10)
    for at in range(0, len(linear), 320):
        shown = shown or receiver.feed(linear[at : at + 320])
    return shown


@pytest.mark.parametrize("keys", ["D0201234567C", "A12345678#", "B10C", "D1#"])
def test_keys_are_read(keys: str) -> None:
    made = burst("PCMA", SendData(port=1, modem="dtmf", message=keys.encode()))
    assert read(made, "dtmf") == read_keys(keys)
    assert len(made) == len(keys) * 140 * 8, "70 ms of tone, 70 of silence"


def read_keys(keys: str) -> CallerId:
    number = keys[1:-1]
    return CallerId(number=number) if len(number) > 2 else CallerId(withheld="P")


@pytest.mark.parametrize("digits", [1, 10, 11, 13, 15, 16, 20])
def test_a_japanese_frame_is_read(digits: int) -> None:
    """Header, parity and CRC-16; 14 digits make a length of DLE, which this receiver misreads."""
    message = call_setup(Form.NTT, Caller(number="7" * digits))
    made = burst("PCMA", SendData(port=1, modem="ntt", message=message))
    assert read(made, "ntt") == CallerId(number="7" * digits)


def test_the_alerting_tone_is_both_frequencies_as_long_as_ordered() -> None:
    made = burst("PCMA", SendData(port=1, modem="", alert_ms=100))
    assert len(made) == 800
    assert level_of("PCMA", made) == pytest.approx(-12.0, abs=0.2)


def run(display: WaitingDisplay, says: Callable[[int], bytes], ticks: int = 80) -> bytes:
    """Let a telephone say `says(tick)`; what it hears."""
    heard = b""
    for tick in range(ticks):
        if display.over:
            break
        heard += display.tick(says(tick))
    return heard


def answer(key: str, at: int) -> Callable[[int], bytes]:
    """The key, 65 ms long, from period `at` on."""
    sound = IDLE * at + dtmf(key, 65, "PCMA")
    sound += b"\xd5" * (-len(sound) % 160)
    return lambda tick: sound[160 * tick : 160 * tick + 160] or IDLE


@pytest.mark.parametrize("at", [5, 6, 8, 9])
@pytest.mark.parametrize("key", ["D", "A"])
def test_a_telephone_that_answers_gets_the_data(key: str, at: int) -> None:
    """EN 300 659-2: the answer begins up to 100 ms after the tone; data 50 to 500 ms after it."""
    display = WaitingDisplay("PCMA", WAITING, lag=0)
    heard = run(display, answer(key, at))
    assert display.taken
    assert read(heard, "v23") == CallerId("11220930", "8001", "Desk")
    assert level_of("PCMA", heard[:640]) == pytest.approx(-12.0, abs=0.3)
    assert heard[640 : 160 * at] == b"\xd5" * (160 * at - 640)
    ended = 160 * at + 65 * 8
    begins = next(n for n in range(ended, len(heard)) if heard[n] not in (0xD5, 0x55))
    assert 0.050 <= (begins - ended) / 8000 <= 0.5


def test_a_telephone_that_does_not_answer_gets_nothing() -> None:
    display = WaitingDisplay("PCMA", WAITING, lag=0)
    heard = run(display, lambda _: IDLE)
    assert (display.over, display.taken) == (True, False)
    assert len(heard) <= 160 * (4 + 1 + PATIENCE)
    assert set(heard[800:]) == {0xD5}


@pytest.mark.parametrize("key", ["1", "C", "#"])
def test_another_key_is_no_answer(key: str) -> None:
    display = WaitingDisplay("PCMA", WAITING, lag=0)
    run(display, answer(key, 6))
    assert not display.taken


def test_a_slow_sound_device_is_waited_for() -> None:
    """What is played is heard some periods later, and so is the answer."""
    for lag, taken in [(0, False), (6, True)]:
        display = WaitingDisplay("PCMA", WAITING, lag)
        run(display, answer("D", 15))
        assert display.taken is taken


def test_the_call_waiting_tone_sounds_before_it_and_goes_on_after_it() -> None:
    bench = Bench()
    tone = ToneSpec((Segment((450,), 400), Segment((), 4000)))
    bench.engine.command(Play(port=1, tone=tone))
    bench.engine.command(
        SendData(port=1, modem="v23", message=b"\x80\x00", alert_ms=80, after_ms=400, waiting=True)
    )
    heard = bench.ticks(20)
    assert level_of("PCMA", heard) == pytest.approx(-10.0, abs=0.2)
    assert level_of("PCMA", bench.ticks(4)) == pytest.approx(-12.0, abs=0.3)
    assert bench.ticks(30) == bench.idle * 30
    assert bench.reports() == [DataSent(port=1, taken=False)]


def test_nothing_of_it_is_heard_by_the_far_end_and_no_digit_is_told() -> None:
    bench, rtp = Bench(), FakeRtpSocket()
    bench.engine.command(opened(event_tx=101), [rtp])
    bench.engine.command(Listen(port=1, on=True))
    bench.engine.command(WAITING)
    says = answer("D", 7)
    for tick in range(20):
        bench.tick(says(tick))
    assert {data[12:] for data, _ in rtp.sent} == {bench.idle}
    assert len(rtp.sent) == 20
    assert bench.reports() == []


def test_it_ends_with_the_call() -> None:
    bench = Bench()
    bench.engine.command(opened(), [FakeRtpSocket()])
    bench.engine.command(WAITING)
    assert bench.tick() != bench.idle
    bench.engine.command(opened(), [FakeRtpSocket()])
    assert bench.ticks(10) == bench.idle * 10


def test_what_cannot_be_sent_is_told_at_once() -> None:
    bench = Bench()
    bench.engine.command(
        SendData(port=1, modem="pigeon", message=b"\x80\x00", waiting=True, tag=9)
    )
    failed, sent = bench.reports()
    assert isinstance(failed, Failed)
    assert sent == DataSent(port=1, tag=9, taken=False)
    with pytest.raises(MediaError):
        burst("PCMA", SendData(port=1, modem="pigeon"))


def test_laws_are_kept_apart() -> None:
    message = call_setup(Form.MULTIPLE, WHO)
    made = burst("PCMU", SendData(port=1, modem="v23", message=message))
    assert read(from_linear("PCMA", to_linear("PCMU", made)), "v23") == CallerId(
        "11220930", "8001", "Desk"
    )
