"""A telephone and its user, on a timeline of their own."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.ear import Ear
from drivers.sim.hearing import bursts_and_pauses, listen
from drivers.sim.loop import LineSnapshot
from drivers.sim.phone import Phone, PhoneError, PhoneEvent
from drivers.sim.sounds import HIGH_DBM0, KEYS, LOW_DBM0, Mouth, SoundError, recording, tone
from drivers.sim.spectrum import spectrum, tone_level_and_snr
from drivers.sim.timeline import Timeline

QUIET_LINE = LineSnapshot(48.0, 0.0, False, False, 0.0, 0.0)


class Desk:
    """A telephone with nothing but a record of its hook contact."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.contact: list[tuple[float, bool]] = []
        self.line = QUIET_LINE
        self.phone = Phone(1, self.timeline, self._switched, lambda: self.line)
        self.events: list[PhoneEvent] = []
        self.phone.watch(self.events.append)

    def _switched(self, closed: bool) -> None:
        self.contact.append((round(self.timeline.now, 6), closed))

    def spoken(self, seconds: float) -> bytes:
        audio = b""
        for _ in range(round(seconds * 50)):
            self.timeline.run(self.timeline.now + 0.02)
            audio += self.phone.speak(self.timeline.now) or bytes(320)
        return audio


def test_lifting_and_hanging_up_move_the_contact_at_once() -> None:
    desk = Desk()
    desk.timeline.run(1.0)
    desk.phone.lift()
    desk.timeline.run(2.0)
    desk.phone.hang_up()
    assert desk.contact == [(1.0, True), (2.0, False)]
    assert [(event.event, event.on) for event in desk.events] == [("hook", True), ("hook", False)]


def test_a_flash_opens_the_contact_for_its_time() -> None:
    desk = Desk()
    desk.phone.lift()
    desk.phone.flash(200)
    desk.timeline.run(1.0)
    assert desk.contact == [(0.0, True), (0.0, False), (0.2, True)]


@given(st.sampled_from("1234567890"), st.integers(7, 22), st.floats(0.5, 2.5))
def test_a_dialled_digit_has_as_many_breaks_of_the_right_length(
    digit: str, pps: int, ratio: float
) -> None:
    desk = Desk()
    desk.phone.lift()
    desk.contact.clear()
    desk.phone.pulse(digit, pps=pps, ratio=ratio)
    desk.timeline.run(5.0)
    opened = [at for at, closed in desk.contact if not closed]
    closed = [at for at, closed in desk.contact if closed]
    assert len(opened) == len(closed) == (int(digit) or 10)
    for open_at, close_at in zip(opened, closed, strict=True):
        assert close_at - open_at == pytest.approx(ratio / (1 + ratio) / pps, abs=1e-5)
    for first, second in pairwise(opened):
        assert second - first == pytest.approx(1 / pps, abs=1e-5)


def test_a_bouncing_contact_settles_closed() -> None:
    desk = Desk()
    desk.phone.bounce_ms = 5
    desk.phone.lift()
    desk.timeline.run(1.0)
    assert [closed for _, closed in desk.contact] == [True, False, True, False, True]
    assert desk.contact[-1][0] == pytest.approx(0.004)


def test_hanging_up_gives_up_what_was_still_to_be_dialled() -> None:
    desk = Desk()
    desk.phone.lift()
    desk.phone.pulse("90")
    desk.phone.say_tone(1000, 1.0)
    desk.timeline.run(0.25)
    desk.phone.hang_up()
    count = len(desk.contact)
    desk.timeline.run(10.0)
    assert len(desk.contact) == count
    assert desk.phone.speak(10.0) is None


def test_keys_have_their_two_frequencies_levels_and_times() -> None:
    desk = Desk()
    desk.phone.lift()
    seconds = desk.phone.dial("19#")
    audio = desk.spoken(0.6)
    assert seconds == pytest.approx(0.42)
    bursts = [run for run in bursts_and_pauses(audio) if run.on]
    assert [run.length_ms for run in bursts] == [70, 70, 70]
    for run, key in zip(bursts, "19#", strict=True):
        cut = audio[16 * run.start_ms : 16 * (run.start_ms + run.length_ms)]
        low, high = KEYS[key]
        assert spectrum(cut).frequencies_hz == pytest.approx((low, high), abs=3)
    one = tone(((697, LOW_DBM0), (1209, HIGH_DBM0)), 1.0).cut(0, 8000)
    assert tone_level_and_snr(one, 697).level_dbm0 == pytest.approx(-9, abs=0.1)
    assert tone_level_and_snr(one, 1209).level_dbm0 == pytest.approx(-7, abs=0.1)


def test_pulses_and_keys_come_one_after_the_other() -> None:
    desk = Desk()
    desk.phone.lift()
    desk.phone.pulse("2")
    total = desk.phone.dial("5")
    desk.phone.flash(100)
    audio = desk.spoken(2.0)
    (burst,) = [run for run in bursts_and_pauses(audio) if run.on]
    assert burst.start_ms == pytest.approx(1000, abs=25), "after 0.2 s of pulses and a pause"
    assert desk.contact[-2][0] >= total - 0.001


def test_the_microphone_is_cut_off_while_keys_are_pressed() -> None:
    desk = Desk()
    desk.phone.lift()
    desk.phone.say_tone(1000, 2.0)
    desk.phone.dial("5", on_ms=400, off_ms=100)
    audio = desk.spoken(1.5)
    assert spectrum(audio[: 16 * 400]).frequencies_hz == (770, 1336)
    assert spectrum(audio[16 * 600 : 16 * 1000]).frequencies_hz == (1000,)


def test_what_nobody_fetches_is_said_all_the_same() -> None:
    mouth = Mouth()
    mouth.say([tone(((500, -10),), 1.0)], 0.0)
    assert mouth.take(0.02) is not None
    assert mouth.take(0.98) is not None
    assert mouth.take(1.10) is None
    assert not mouth.busy


@pytest.mark.parametrize("digits", ["12a", "", "٣", "1 2"])
def test_a_rotary_dial_has_ten_digits_and_no_more(digits: str) -> None:
    desk = Desk()
    desk.phone.lift()
    with pytest.raises(PhoneError, match="rotary"):
        desk.phone.pulse(digits)


def test_what_a_person_cannot_do_is_refused() -> None:
    desk = Desk()
    with pytest.raises(PhoneError, match="the handset is down"):
        desk.phone.dial("1")
    desk.phone.lift()
    with pytest.raises(SoundError, match="no key 'X'"):
        desk.phone.dial("1x")
    with pytest.raises(SoundError, match="5000 Hz"):
        desk.phone.say_tone(5000, 1)
    with pytest.raises(SoundError, match="at most 600 s"):
        desk.phone.say_tone(500, 6000)
    with pytest.raises(PhoneError, match="flash"):
        desk.phone.flash(0)
    with pytest.raises(PhoneError, match="pulses a second"):
        desk.phone.pulse("1", pps=0)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 1), (44100, 2)])
def test_a_wav_file_is_brought_to_line_rate(tmp_path: Path, rate: int, channels: int) -> None:
    audio = tone(((500, -10),), 1.0).cut(0, 8000)
    path = tmp_path / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        at_rate = [audio[2 * (n * 8000 // rate) :][:2] for n in range(rate)]
        file.writeframes(b"".join(sample * channels for sample in at_rate))
    sound = recording(path)
    assert sound.samples == pytest.approx(8000, abs=2)
    assert spectrum(sound.cut(1000, 4000)).frequencies_hz == (500,)


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    desk = Desk()
    desk.phone.lift()
    with pytest.raises(SoundError, match=r"missing\.wav"):
        desk.phone.say_file(tmp_path / "missing.wav")
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(SoundError, match=r"text\.wav"):
        desk.phone.say_file(tmp_path / "text.wav")


def test_the_ear_fills_gaps_and_joins_periods_that_are_almost_in_step() -> None:
    ear = Ear()
    period = tone(((450, -10),), 0.02).cut(0, 160)
    for n in range(1, 101):
        ear.hear(period, 1.0 + 0.02 * n + (0.0004 if n % 2 else 0.0))
    ear.hear(None, 3.02)
    audio = ear.between(0.5, 3.02)
    gap, burst, *_ = bursts_and_pauses(audio)
    assert (gap.on, burst.on) == (False, True)
    assert (gap.length_ms, burst.length_ms) == pytest.approx((500, 2000), abs=5)
    assert listen(ear.between(1.2, 2.9)).heard == "dial-tone"


def test_the_bell_counts_bursts_and_knows_the_pauses_from_the_end() -> None:
    desk = Desk()
    ringing = LineSnapshot(0.0, 0.0, False, True, 25.0, 60.0)
    for start in (1.0, 6.0):
        desk.timeline.run(start)
        desk.line = ringing
        desk.phone.look_at_line(start)
        desk.timeline.run(start + 1.0)
        desk.line = QUIET_LINE
        desk.phone.look_at_line(start + 1.0)
    state = desk.phone.state()
    assert (state.ringing, state.sounding, state.rings) == (True, False, 2)
    assert (state.ring_hz, state.ring_vrms, state.ringing_since_s) == (25.0, 60.0, 6.0)
    assert [(event.at, event.on) for event in desk.events] == [
        (1.0, True),
        (2.0, False),
        (6.0, True),
        (7.0, False),
    ]
    desk.timeline.run(14.0)
    state = desk.phone.state()
    assert (state.ringing, state.ring_hz, state.ring_vrms) == (False, 0.0, 0.0)


def test_lifting_ends_the_ringing() -> None:
    desk = Desk()
    desk.line = LineSnapshot(0.0, 0.0, False, True, 25.0, 60.0)
    desk.phone.look_at_line(0.0)
    desk.timeline.run(0.5)
    desk.phone.lift()
    assert not desk.phone.state().ringing
