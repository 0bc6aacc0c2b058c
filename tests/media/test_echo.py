"""Echo of the hybrid: how much is left, how soon, and that a voice comes through unharmed (C25).

The figures are those of ITU-T G.168 in kind (levels, convergence, double talk, narrow band), on
signals of our own; no conformance is claimed.
"""

from __future__ import annotations

import numpy as np
import pytest

from firmware.errors import MediaError
from firmware.media import echo_filter
from firmware.media.echo import EchoCanceller
from firmware.media.echo_study import AT_ONCE, Turns
from firmware.media.messages import Play
from firmware.tone import Segment, ToneSpec
from tests.media.fakes import Bench, FakeRtpSocket, opened
from tests.media.hybrid import (
    HYBRIDS,
    LATE,
    LOOPS,
    PERIOD,
    RATE,
    VOICES,
    Samples,
    coded,
    composite,
    lag_of,
    level,
    linear,
    read_out,
    reflected,
    response,
    speech,
    tone,
)
from tests.voice import speech as sentences

SILENCE = bytes([0xD5]) * PERIOD


def run(
    heard: Samples, hybrid: Samples, near: Samples | None = None, lag: int = 1
) -> tuple[Samples, Samples]:
    """What comes back from the hybrid, and what is left of it and the voice; A-law on the way."""
    played = coded(heard)
    echoed = np.convolve(linear(played), hybrid)[: len(heard)]
    said = coded(echoed if near is None else echoed + near)
    canceller = EchoCanceller("PCMA", lag)
    left = []
    for given, captured in zip(played, said, strict=True):
        canceller.played(given)
        left.append(canceller.cancel(captured))
    return echoed, linear(left)


def part(samples: Samples, since: float, until: float) -> Samples:
    return samples[int(since * RATE) : int(until * RATE)]


def erle(echoed: Samples, left: Samples, since: float, until: float) -> float:
    """Echo return loss enhancement, dB."""
    return level(part(echoed, since, until)) - level(part(left, since, until))


def high_passed(samples: Samples, radius: float = 0.9) -> Samples:
    """What the canceller does to a voice besides: hum and direct current are taken out."""
    out, first, second = np.empty_like(samples), 0.0, 0.0
    for at, value in enumerate(samples):
        passed = first + value
        first = second + 2 * (radius * passed - value)
        second = value - (radius**2 + 0.7 * (1 - radius) ** 2) * passed
        out[at] = radius * passed
    return out


WAYS = {name: reflected(loop) for name, loop in LOOPS.items()} | HYBRIDS


def best(echoed: Samples, since: float, until: float) -> float:
    """What one leaves that knows the hybrid: A-law does not tell more of a soft echo."""
    left = linear(coded(linear(coded(echoed)) - echoed))
    return erle(echoed, left, since, until)


@pytest.mark.parametrize("name", WAYS)
def test_within_a_second_the_echo_is_30_db_softer(name: str) -> None:
    """C25: speech at -15 dBm0, the usual level of a talker, from the second half second on.

    Loops that are not 600 ohms are computed from impedances: of countries, cable, two telephones.
    A sound device takes some periods more: it is looked for 64 ms.
    """
    echoed, left = run(speech(4.0, -15), WAYS[name], lag=lag_of(name))
    for span in ((0.75 if name == LATE else 0.5, 1.0), (1.0, 2.0), (2.0, 4.0)):
        assert erle(echoed, left, *span) >= min(30, best(echoed, *span) - 1), span


@pytest.mark.parametrize("name", WAYS)
def test_the_signal_of_g168_is_30_db_softer_too(name: str) -> None:
    """C25, G.168 test 2: the composite source signal has pauses, and ten harmonics of a voice."""
    if name == LATE:
        pytest.skip("behind a sound device it takes three seconds")
    echoed, left = run(composite(4.0, -15), WAYS[name])
    assert erle(echoed, left, 0.5, 1.0) >= min(28, best(echoed, 0.5, 1.0) - 3)
    assert erle(echoed, left, 1.0, 4.0) >= min(30, best(echoed, 1.0, 4.0) - 3)


@pytest.mark.skipif(not sentences.installed(), reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", range(len(VOICES)))
def test_the_echo_of_read_out_sentences_is_30_db_softer_after_a_second(voice: int) -> None:
    """C25: vowels sound at few frequencies, so of a voice less is learnt than of noise."""
    for name in ("370 + 620 || 310 nF (UK)", "3 km of loaded cable, 10 dB"):
        echoed, left = run(read_out(4.0, -15, seed=voice), WAYS[name])
        assert erle(echoed, left, 0.5, 1.0) >= 27
        assert erle(echoed, left, 1.0, 4.0) >= 30


def test_who_speaks_from_the_first_word_on_harms_nothing() -> None:
    """G.168 test 3: what is gone over again holds a voice of this end, and is no echo."""
    hybrid = WAYS["220 + 820 || 115 nF (Germany)"]
    voice = np.concatenate([speech(2.0, -15, seed=9), np.zeros(3 * RATE)])
    echoed, left = run(speech(5.0, -15), hybrid, voice)
    clean = high_passed(voice)
    error = level(part(left - clean, 0.5, 2.0))
    assert level(part(clean, 0.5, 2.0)) - error >= 15, "the echo is 11 dB softer than the voice"
    assert erle(echoed, left, 2.1, 3.0) >= 22
    assert erle(echoed, left, 3.0, 5.0) >= 29


def test_so_many_ports_study_at_once_that_no_tick_is_late() -> None:
    turns = Turns()
    for _ in range(2):
        turns.begin_period()
        assert [turns.take() for _ in range(5)].count(True) == AT_ONCE


def test_a_port_that_has_to_wait_for_its_turn_learns_all_the_same() -> None:
    """The filter that serves learns from each period, as it does once the line is known."""
    played = coded(heard := speech(6.0, -15))
    echoed = np.convolve(heard, WAYS["900 ohms"])[: len(heard)]
    turns = (period > 100 for period in range(1000))
    canceller, left = EchoCanceller("PCMA", 1, lambda: next(turns)), []
    for given, captured in zip(played, coded(echoed), strict=True):
        canceller.played(given)
        left.append(canceller.cancel(captured))
    assert erle(echoed, linear(left), 1.0, 2.0) >= 28
    assert erle(echoed, linear(left), 4.0, 6.0) >= 31


@pytest.mark.parametrize("dbm0", [-5.0, -15.0, -25.0, -30.0])
def test_at_any_level_what_is_left_is_30_db_softer_or_the_noise_of_the_law(dbm0: float) -> None:
    """G.168 test 2: below -62 dBm0 lies what A-law itself makes of silence and small samples."""
    echoed, left = run(speech(6.0, dbm0), HYBRIDS["900 ohms on 600, 14 dB"])
    rest = level(part(left, 2.0, 6.0))
    assert rest <= -62 or level(part(echoed, 2.0, 6.0)) - rest >= 30


@pytest.mark.parametrize(
    ("far", "near"),
    [(-15.0, -15.0), (-20.0, -15.0), (-15.0, -20.0), (-25.0, -15.0), (-10.0, -20.0)],
)
def test_a_voice_comes_through_while_the_far_end_speaks(far: float, near: float) -> None:
    """G.168 test 3: three seconds of double talk; what is learnt does not get lost."""
    voice = np.zeros(10 * RATE)
    voice[4 * RATE : 7 * RATE] = speech(3.0, near, seed=9)
    echoed, left = run(speech(10.0, far), HYBRIDS["900 ohms on 600, 14 dB"], voice)
    clean = high_passed(voice)
    error = level(part(left - clean, 4.1, 7.0))
    assert level(part(clean, 4.1, 7.0)) - error >= 29, "the voice is itself"
    assert erle(echoed, left, 7.2, 10.0) >= min(30, level(part(echoed, 7.2, 10.0)) + 62)


def test_another_telephone_is_learnt_anew() -> None:
    first, second = (HYBRIDS[name] for name in ("matched, 20 dB", "a bridged tap, 6 dB"))
    heard = speech(8.0, -15)
    echoed = np.convolve(heard, first)[: len(heard)]
    echoed[4 * RATE :] = np.convolve(heard, second)[4 * RATE : len(heard)]
    canceller, left = EchoCanceller("PCMA"), []
    for given, captured in zip(coded(heard), coded(echoed), strict=True):
        canceller.played(given)
        left.append(canceller.cancel(captured))
    assert erle(echoed, linear(left), 6.0, 8.0) >= 28


@pytest.mark.parametrize("lag", [1, 3])
def test_the_echo_is_that_of_the_period_played_so_many_ticks_ago(lag: int) -> None:
    heard = speech(4.0, -15)
    echoed = np.convolve(heard, response(2, 0.8, 14))[: len(heard)]
    echoed = np.concatenate([np.zeros((lag - 1) * PERIOD), echoed])[: len(heard)]
    canceller, left = EchoCanceller("PCMA", lag), []
    for given, captured in zip(coded(heard), coded(echoed), strict=True):
        canceller.played(given)
        left.append(canceller.cancel(captured))
    assert erle(echoed, linear(left), 2.0, 4.0) >= 30


def test_where_nothing_is_heard_a_voice_is_not_touched() -> None:
    canceller = EchoCanceller("PCMA")
    for said in coded(speech(1.0, -15)):
        canceller.played(SILENCE)
        assert canceller.cancel(said) == said


class Telephone:
    """One end of a call: a hybrid that returns half of what is heard, and a canceller."""

    def __init__(self) -> None:
        self._hybrid = np.concatenate([np.zeros(40), [0.5]])
        self._canceller = EchoCanceller("PCMA")
        self._echo = np.zeros(PERIOD + 40)
        self.heard: list[bytes] = []

    def says(self, voice: Samples) -> bytes:
        return self._canceller.cancel(coded(voice + self._echo[:PERIOD])[0])

    def hears(self, period: bytes) -> None:
        self._canceller.played(period)
        self.heard.append(period)
        lasts = np.concatenate([self._echo[PERIOD:], np.zeros(PERIOD)])
        self._echo = lasts + np.convolve(linear([period]), self._hybrid)


@pytest.mark.parametrize("hz", [425, 1000])
@pytest.mark.parametrize("periods", [2, 3, 5])
def test_a_tone_settles_between_two_telephones_with_a_canceller_each(
    hz: int, periods: int
) -> None:
    """One person whistles: after some seconds the other hears it as it was, and steadily.

    What comes back to the first is his own tone, softer. Believed to be the cause of what he
    says, it would be taken out of that, and the two cancellers would never come to rest.
    """
    here, there = Telephone(), Telephone()
    out, back = [SILENCE] * periods, [SILENCE] * periods
    said = tone(hz, 12.0, -10)
    for voice in said.reshape(-1, PERIOD):
        out.append(here.says(voice))
        back.append(there.says(np.zeros(PERIOD)))
        there.hears(out.pop(0))
        here.hears(back.pop(0))
    seconds = linear(there.heard)[5 * RATE :].reshape(-1, RATE)
    assert [level(second) for second in seconds] == pytest.approx([-10] * 7, abs=0.5)
    assert all(level(second - fitted(second, hz)) < -35 for second in seconds)


def fitted(samples: Samples, hz: float) -> Samples:
    """The sine of that frequency in it."""
    turn = np.exp(2j * np.pi * hz * np.arange(len(samples)) / RATE)
    return np.asarray(2 * np.real(np.mean(samples * np.conj(turn)) * turn))


def test_what_was_learnt_in_one_call_holds_in_the_next() -> None:
    hybrid, canceller = HYBRIDS["900 ohms on 600, 14 dB"], EchoCanceller("PCMA")
    for seed in (1, 2):
        heard = speech(3.0, -15, seed=seed)
        echoed = np.convolve(heard, hybrid)[: len(heard)]
        left = []
        for given, captured in zip(coded(heard), coded(echoed), strict=True):
            canceller.played(given)
            left.append(canceller.cancel(captured))
        canceller.rest()
    assert erle(echoed, linear(left), 0.1, 0.5) >= 28, "from the first words"


def test_a_missing_library_is_named_with_its_package() -> None:
    with pytest.raises(MediaError, match="install the Debian package libspeexdsp1"):
        echo_filter.speexdsp("libspeexdsp-is-not-here.so")
    assert echo_filter.available()


def test_echo_is_cancelled_only_while_a_call_is_up() -> None:
    """A dial tone's echo stays, for nobody hears it; nor does it teach anything of the line."""
    bench = Bench()
    channel = bench.engine._channels[1]
    bench.engine.command(Play(port=1, tone=ToneSpec((Segment((425,), 0, -10.0),))))
    for _ in range(10):
        bench.tick()
    assert channel._echo is None
    bench.engine.command(opened(), [FakeRtpSocket()])
    assert channel._echo is not None
