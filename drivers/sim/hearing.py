"""What a person would hear on a line, judged from the audio alone.

The loudness over time gives the cadence, the frequencies of each burst tell a tone from a
voice, and the table of `tone_plans` gives it a name. Nothing of the gateway is asked.

Run as a program it judges the linear 8 kHz samples on its standard input and prints JSON;
a frequency as argument has the level and purity of that one sine measured, too. The board
process has its listening done that way, because it must not stop for it.
"""

from __future__ import annotations

import audioop
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from drivers.sim.levels import FLOOR_DBM0, RATE, ZERO_DBM0_RMS, dbm0, ratio
from drivers.sim.spectrum import Spectrum, spectrum, tone_level_and_snr
from drivers.sim.tone_plans import INFORMATION_OFF_BY_HZ, KNOWN, SPECIAL_INFORMATION, Known

FRAME_MS = 5
FRAME = RATE * FRAME_MS // 1000
QUIET_DBM0 = -48.0
"""Softer than this is silence."""
BELOW_LOUDEST_DB = 18.0
"""So much softer than the loudest is no part of it: echo and noise in the pauses."""
BRIDGED_MS = 25
"""Shorter pauses are the beat of two frequencies (440 + 480 Hz: 25 ms from dip to dip)."""
SHORTEST_MS = 25
"""Shorter bursts are clicks."""
LOOKS = 12
"""Spectra taken at the most: what bounds the time it takes."""

PURE = 0.85
"""Part of the power in its frequencies from which a burst is a tone."""
MOST_OF = 0.8
"""Part of the bursts that have to be tones for changing tones to be no voice."""
OFF_BY_HZ = 10
OFF_BY_MS = 30
OFF_BY_PART = 0.1
"""What a tone may be off its cadence; GB/T 3380 allows 10 %."""
STEADY_MS = 1200
"""A burst without cadence lasts at least so long, or has just begun."""
SWELLS_HZ = 12, 60
"""Two frequencies as far as this on either side of a third: they are its swelling and fading."""
EVEN_HZ = 4
"""The one may be so much farther from it than the other."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person would say was on the line."""

    heard: str
    """``dial-tone``, ``ringback``, ``busy``, ``congestion``, ``unobtainable``, ``howler``,
    ``call-waiting``, ``silence``, ``voice`` or ``tone``."""
    frequencies_hz: tuple[int, ...] = ()
    level_dbm0: float = FLOOR_DBM0
    """While it sounds, pauses not counted."""
    cadence_ms: tuple[int, ...] = ()
    """On, off, on, off ... of one turn; empty when no pause or only part of a turn was heard."""
    modulation_hz: int = 0
    """How often a second the loudness of the one frequency swells and fades; 0: it is steady."""


@dataclass(frozen=True, slots=True)
class Run:
    """A burst or a pause."""

    on: bool
    start_ms: int
    length_ms: int
    whole: bool
    """Both its ends were heard."""


def listen(samples: bytes) -> Heard:
    """Judge linear 16-bit samples at 8 kHz, in the machine's byte order."""
    runs = bursts_and_pauses(samples)
    bursts = [run for run in runs if run.on]
    if not bursts:
        return Heard("silence", level_dbm0=round(dbm0(audioop.rms(samples, 2)), 1))
    level = _level(samples, bursts)
    looks = _looks(samples, bursts)
    tones = [look.frequencies_hz for look in looks if look.purity >= PURE]
    if 2 * len(tones) <= len(looks):
        return Heard("voice", level_dbm0=level)
    cadence = one_turn(runs)
    if _rising(tones):
        return Heard("unobtainable", (950, 1400, 1800), level, cadence)
    frequencies = _commonest(tones)
    alike = sum(_same(each, frequencies) for each in tones)
    if 2 * alike <= len(looks):  # keys being pressed, or somebody singing
        keys = sum(len(each) <= 2 for each in tones)
        name = "tone" if keys >= MOST_OF * len(looks) else "voice"
        return Heard(name, frequencies if name == "tone" else (), level, cadence)
    frequencies, swell = demodulated(frequencies)
    name = _name(frequencies, runs, swells=swell > 0)
    return Heard(name, frequencies, level, cadence, swell)


def demodulated(frequencies: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """Carrier and modulation in place of a carrier between two side frequencies."""
    if len(frequencies) == 3:
        low, carrier, high = frequencies
        swell = round((high - low) / 2)
        even = abs(high + low - 2 * carrier) <= EVEN_HZ
        if even and SWELLS_HZ[0] <= swell <= SWELLS_HZ[1]:
            return (round((low + carrier + high) / 3),), swell
    return frequencies, 0


def bursts_and_pauses(samples: bytes) -> list[Run]:
    """Cut at the edges of loudness; in frames of 5 ms."""
    size = 2 * FRAME
    rms = [audioop.rms(samples[n : n + size], 2) for n in range(0, len(samples) - size + 1, size)]
    if not rms:
        return []
    loudest = sorted(rms)[-1 - len(rms) // 50]
    quiet = ratio(QUIET_DBM0) * ZERO_DBM0_RMS
    threshold = max(loudest * ratio(-BELOW_LOUDEST_DB), quiet)
    flags = [value > threshold for value in rms]
    lengths = _lengths(flags)
    lengths = _absorb(lengths, on=False, shorter_ms=BRIDGED_MS)
    lengths = _absorb(lengths, on=True, shorter_ms=SHORTEST_MS)
    first, end = _ends(lengths)
    runs, start = [], 0
    for n, (on, length) in enumerate(lengths):
        runs.append(Run(on, start, length, first < n < end))
        start += length
    return runs


def _ends(lengths: Sequence[tuple[bool, int]]) -> tuple[int, int]:
    """Number of the first and the last run, which may have been cut off.

    A pause at either end that is no longer than a dip may be one: then the burst beside it
    is not whole either.
    """
    first, end = 0, len(lengths) - 1
    if lengths and lengths[0] < (False, BRIDGED_MS):
        first += 1
    if lengths and lengths[-1] < (False, BRIDGED_MS):
        end -= 1
    return first, end


def one_turn(runs: Sequence[Run]) -> tuple[int, ...]:
    """The cadence: the shortest pattern that explains every whole burst and pause, averaged.

    It begins after the longest pause. When the pattern has not been heard to its end, what
    was heard of it; empty for a tone without a whole pause.
    """
    whole = [run for run in runs if run.whole]
    lengths = [run.length_ms for run in whole]
    for turn in range(2, len(lengths) + 1, 2):
        phases = [lengths[n::turn] for n in range(turn)]
        if all(max(phase) - min(phase) <= OFF_BY_MS for phase in phases):
            means = [round(sum(phase) / len(phase)) for phase in phases]
            pauses = range(1 if whole[0].on else 0, turn, 2)
            last = max(pauses, key=means.__getitem__)
            return tuple(means[last + 1 :] + means[: last + 1])
    return tuple(lengths[0 if whole[0].on else 1 :]) if whole else ()


def _name(frequencies: tuple[int, ...], runs: Sequence[Run], *, swells: bool) -> str:
    best, name = 0, "tone"
    for known in KNOWN:
        if _same(known.frequencies_hz, frequencies) and known.swells is swells:
            evidence = _fit(known, runs)
            if evidence > best:
                best, name = evidence, known.name
    return name


def _fit(known: Known, runs: Sequence[Run]) -> int:
    """How much speaks for `known`: 0 when something speaks against it.

    A burst or pause heard from end to end must have its length; one that was cut off by
    the beginning or the end of listening may be shorter.
    """
    if not known.cadence_ms:
        bursts = [run for run in runs if run.on]
        last = bursts[-1]
        lasting = last.length_ms >= STEADY_MS
        begins_or_goes_on = last is runs[-1] and (lasting or len(bursts) == 1)
        return 2 if begins_or_goes_on or (lasting and len(bursts) == 1) else 0
    cycle = known.cadence_ms
    return max(_fit_from(cycle, first, runs) for first in range(len(cycle)))


def _fit_from(cycle: tuple[int, ...], first: int, runs: Sequence[Run]) -> int:
    """As `_fit`, when the first run is number `first` of the cadence."""
    if (first % 2 == 0) is not runs[0].on:
        return 0
    evidence = 1
    for n, run in enumerate(runs):
        due = cycle[(first + n) % len(cycle)]
        spare = max(OFF_BY_MS, OFF_BY_PART * due)
        if run.length_ms > due + spare or (run.whole and run.length_ms < due - spare):
            return 0
        evidence += 2 * run.whole
    return evidence


def _looks(samples: bytes, bursts: Sequence[Run]) -> list[Spectrum]:
    """Spectra of the bursts, long ones at three places, evenly chosen when there are many."""
    places: list[tuple[int, int]] = []
    for run in bursts:
        parts = 3 if run.length_ms >= 600 else 1
        step = run.length_ms // parts
        places += [(run.start_ms + n * step + 5, step - 10) for n in range(parts) if step > 20]
    chosen = places[:: math.ceil(len(places) / LOOKS)] if places else []
    per_ms = 2 * RATE // 1000
    return [spectrum(samples[at * per_ms : (at + long) * per_ms]) for at, long in chosen]


def _rising(tones: Sequence[tuple[int, ...]]) -> bool:
    """Whether the special information tone was among them."""
    for n in range(len(tones) - 2):
        three = tones[n : n + 3]
        pairs = zip(three, SPECIAL_INFORMATION, strict=True)
        if all(_same(a, b, INFORMATION_OFF_BY_HZ) for a, b in pairs):
            return True
    return False


def _commonest(tones: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return max(tones, key=lambda one: sum(_same(one, other) for other in tones))


def _same(one: tuple[int, ...], other: tuple[int, ...], off_by: int = OFF_BY_HZ) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) <= off_by for a, b in zip(one, other, strict=True)
    )


def _level(samples: bytes, bursts: Sequence[Run]) -> float:
    per_ms = 2 * RATE // 1000
    power = length = 0.0
    for run in bursts:
        part = samples[run.start_ms * per_ms : (run.start_ms + run.length_ms) * per_ms]
        power += audioop.rms(part, 2) ** 2 * len(part)
        length += len(part)
    return round(dbm0(math.sqrt(power / length)), 1)


def _lengths(flags: Sequence[bool]) -> list[tuple[bool, int]]:
    lengths: list[tuple[bool, int]] = []
    for on in flags:
        if lengths and lengths[-1][0] is on:
            lengths[-1] = (on, lengths[-1][1] + FRAME_MS)
        else:
            lengths.append((on, FRAME_MS))
    return lengths


def _absorb(
    lengths: Sequence[tuple[bool, int]], *, on: bool, shorter_ms: int
) -> list[tuple[bool, int]]:
    """Let runs of `on` that are too short become part of their neighbours."""
    kept: list[tuple[bool, int]] = []
    for n, (state, length) in enumerate(lengths):
        inside = 0 < n < len(lengths) - 1
        now = not state if state is on and length < shorter_ms and inside else state
        if kept and kept[-1][0] is now:
            kept[-1] = (now, kept[-1][1] + length)
        else:
            kept.append((now, length))
    return kept


def main() -> None:
    samples = sys.stdin.buffer.read()
    result: dict[str, object] = asdict(listen(samples))
    if len(sys.argv) > 1:
        tone = tone_level_and_snr(samples, int(sys.argv[1]))
        result |= {"tone_dbm0": round(tone.level_dbm0, 2), "snr_db": round(tone.snr_db, 1)}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
