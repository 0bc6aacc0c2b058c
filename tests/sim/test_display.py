"""The display of a simulated telephone: what it understands, and what it does for it."""

from __future__ import annotations

import pytest

from drivers.sim.contact import Contact
from drivers.sim.display import BRITISH, DUTCH, PLAIN, AlertTone, Display, Habits
from drivers.sim.levels import PERIOD, PERIOD_S
from drivers.sim.sounds import Mouth, Sound, dtmf, tone
from drivers.sim.spandsp import CallerId, Lamp, modulate, parse, parse_keys, parse_lamp
from drivers.sim.timeline import Timeline

CALLER = b"\x80\x0d\x01\x0811220930\x02\x01" + b"7"
LAMP = b"\x82\x06\x0b\x01\xff\x13\x01\x03"


class Bench:
    """A display on a wire: sounds go in by periods, contact and keys come out."""

    def __init__(self, habits: Habits | None = None) -> None:
        self.timeline = Timeline()
        self.contact = Contact(self.timeline, lambda closed: self._moved("hook", closed))
        self.keypad = Mouth()
        self.moves: list[tuple[float, str, bool]] = []
        self.told: list[tuple[str, str]] = []
        self.display = Display(
            self.timeline,
            self.contact,
            lambda closed: self._moved("loop", closed),
            self.keypad,
            lambda event, words: self.told.append((event, words)),
        )
        if habits:
            self.display.habits = habits

    def _moved(self, what: str, closed: bool) -> None:
        self.moves.append((round(self.timeline.now, 3), what, closed))

    def plays(self, *parts: bytes) -> list[bytes | None]:
        """Let it hear linear audio, then a fifth of a second of silence; what an ear heard."""
        audio, heard = b"".join(parts), []
        for at in range(0, len(audio) + 3200, 2 * PERIOD):
            samples = audio[at : at + 2 * PERIOD]
            samples += bytes(2 * PERIOD - len(samples))
            self.timeline.run(self.timeline.now + PERIOD_S)
            now, period = self.timeline.now, samples if any(samples) else None
            if self.contact.closed:
                heard.append(self.display.hear_off_hook(period, now))
            else:
                self.display.hear_on_hook(period, now)
        return heard

    def rings(self, seconds: float) -> None:
        """A burst of ringing, from end to end."""
        self.timeline.run(self.timeline.now + seconds)
        self.display.rang(self.timeline.now, seconds)

    def turns(self) -> None:
        self.display.turned(self.timeline.now)


def cut(sounds: list[Sound]) -> bytes:
    return b"".join(sound.cut(0, sound.samples) for sound in sounds)


def alert(ms: int = 100) -> bytes:
    both = tone(((2130, -15.0), (2750, -15.0)), ms / 1000)
    return cut([both]) + bytes(2 * 8 * 150)


def fsk(message: bytes = CALLER, standard: str = "v23") -> bytes:
    return modulate(message, standard)


@pytest.mark.parametrize("standard", ["bell202", "v23"])
def test_fsk_of_either_standard_is_shown_on_hook(standard: str) -> None:
    bench = Bench()
    bench.plays(fsk(standard=standard))
    assert bench.display.caller == CallerId("11220930", "7")
    assert bench.told == [("caller-id", "7")]


def test_a_british_display_wants_the_wires_exchanged_and_the_tone() -> None:
    """SIN 227: it is asleep otherwise."""
    for turned, toned in [(False, False), (False, True), (True, False), (True, True)]:
        bench = Bench(BRITISH)
        if turned:
            bench.turns()
        bench.plays(alert() if toned else b"", fsk())
        assert (bench.display.caller is not None) is (turned and toned)


def test_a_british_display_closes_the_loop_for_15_ms_after_the_tone() -> None:
    bench = Bench(BRITISH)
    bench.turns()
    bench.plays(alert())
    (closed_at, _, closed), (opened_at, _, still) = bench.moves
    assert (closed, still) == (True, False)
    assert opened_at - closed_at == pytest.approx(0.015, abs=0.001)
    assert 0.1 < closed_at < 0.16
    assert not bench.contact.closed


def test_keys_are_shown_after_the_wires_were_exchanged() -> None:
    for turned in (False, True):
        bench = Bench(DUTCH)
        if turned:
            bench.turns()
        bench.plays(cut(dtmf("D0201234567C")))
        assert bench.display.caller == (CallerId(number="0201234567") if turned else None)


def test_a_japanese_display_goes_off_hook_for_data_and_down_again() -> None:
    bench = Bench()
    bench.turns()
    bench.rings(0.5)
    bench.plays(bytes(3200))
    assert bench.contact.closed
    heard = bench.plays(fsk(b"\x40\x03\x02\x017", "ntt"))
    assert set(heard) == {None}, "nobody hears the data"
    assert bench.display.caller == CallerId(number="7")
    assert [(what, closed) for _, what, closed in bench.moves] == [("hook", True), ("hook", False)]


@pytest.mark.parametrize(
    ("turned", "seconds", "habits"), [(False, 0.5, None), (True, 1.0, None), (True, 0.5, PLAIN)]
)
def test_it_stays_on_hook_for_other_ringing(
    turned: bool, seconds: float, habits: Habits | None
) -> None:
    bench = Bench(habits)
    if turned:
        bench.turns()
    bench.rings(seconds)
    bench.plays(bytes(3200))
    assert bench.moves == []


def test_a_person_who_lifts_while_it_takes_data_keeps_the_line() -> None:
    bench = Bench()
    bench.turns()
    bench.rings(0.5)
    bench.plays(bytes(3200))
    bench.display.lifted()
    bench.plays(fsk(b"\x40\x03\x02\x017", "ntt"), bytes(32000))
    assert bench.contact.closed


def test_in_a_call_the_alerting_tone_is_answered_with_d_and_data_shown_but_not_heard() -> None:
    bench = Bench()
    bench.contact.close()
    bench.plays(alert(80))
    assert bench.keypad.busy
    assert bench.display.busy
    heard = bench.plays(fsk())
    assert bench.display.waiting == CallerId("11220930", "7")
    assert bench.display.caller is None
    assert set(heard) == {None}
    assert not bench.display.busy
    assert bench.told == [("waiting-caller", "7")]


def test_a_telephone_that_gets_no_data_lets_its_owner_hear_again() -> None:
    bench = Bench()
    bench.contact.close()
    bench.plays(alert(80), bytes(32000))
    assert not bench.display.busy


@pytest.mark.parametrize(
    ("what", "rings"),
    [
        (cut([tone(((2130, -15.0),), 0.2)]), False),
        (cut([tone(((2130, -15.0), (2750, -15.0), (600, -12.0)), 0.2)]), False),
        (cut([tone(((2130, -15.0), (2750, -15.0)), 0.04)]), False),
        (cut([tone(((2130, -45.0), (2750, -45.0)), 0.2)]), False),
        (cut(dtmf("D", 0.2)), False),
        (fsk(), False),
        (cut([tone(((2120, -15.0), (2740, -15.0)), 0.08)]), True),
        (cut([tone(((2130, -32.0), (2750, -32.0)), 0.08)]), True),
    ],
)
def test_the_alerting_tone_is_told_from_other_sounds(what: bytes, rings: bool) -> None:
    listener, audio = AlertTone(), what + bytes(1600)
    periods = [audio[at : at + 320] for at in range(0, len(audio) - 319, 320)]
    assert any(listener.ended(period) for period in periods) is rings


def test_the_lamp_is_lit_and_put_out() -> None:
    bench = Bench()
    bench.plays(fsk(LAMP))
    assert (bench.display.lamp, bench.display.messages) == (True, 3)
    bench.plays(fsk(b"\x82\x03\x0b\x01\x00"))
    assert (bench.display.lamp, bench.display.messages) == (False, None)
    bench.plays(fsk(b"\x06\x03BBB", "bell202"))
    assert bench.display.lamp
    assert bench.told == [("lamp", "on"), ("lamp", "off"), ("lamp", "on")]


@pytest.mark.parametrize(
    ("message", "lamp"),
    [
        (LAMP, Lamp(lit=True, count=3)),
        (b"\x06\x03ooo", Lamp(lit=False)),
        (b"\x06\x03bbb", None),
        (CALLER, None),
        (b"\x82", None),
    ],
)
def test_lamp_messages_are_read(message: bytes, lamp: Lamp | None) -> None:
    assert parse_lamp(message) == lamp


@pytest.mark.parametrize(
    ("keys", "caller"),
    [
        ("A0812345C", CallerId(number="0812345")),
        ("D0812345C", CallerId(number="0812345")),
        ("A12345678#", CallerId(number="12345678")),
        ("B10C", CallerId(withheld="P")),
        ("B00C", CallerId(withheld="O")),
        ("D1#", CallerId(withheld="P")),
        ("D3#", CallerId(withheld="O")),
        ("123C", None),
        ("AC", None),
        ("C", None),
    ],
)
def test_keys_are_read(keys: str, caller: CallerId | None) -> None:
    assert parse_keys(keys) == caller
    assert parse(keys.encode()) in {caller, None}
