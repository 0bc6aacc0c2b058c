"""``python -m tests.media.echo_report``: measure the canceller, write docs/reference/echo.md."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

warnings.filterwarnings("ignore", message="'audioop' is deprecated")

import numpy as np  # noqa: E402 - the warning comes with an import

from firmware.media.echo import DEVICE_TAIL_MS, TAIL_MS, EchoCanceller  # noqa: E402
from firmware.media.echo_study import AT_ONCE  # noqa: E402
from tests.media.hybrid import (  # noqa: E402
    HYBRIDS,
    RATE,
    VOICES,
    Samples,
    coded,
    composite,
    lag_of,
    level,
    read_out,
    speech,
    tone,
)
from tests.media.test_echo import WAYS, best, erle, high_passed, part, run  # noqa: E402
from tests.media.test_echo_tones import keys  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "echo.md"
SEEDS = (7, 1, 2)
SOURCES = ((speech, SEEDS), (composite, SEEDS), (read_out, range(len(VOICES))))
USUAL = "900 ohms on 600, 14 dB"

TEXT = """\
# Echo canceller: what is left of an echo

Measured by `make echo` on the canceller of a call (`firmware/media/echo.py`: libspeexdsp with a
tail of {tail} ms, {device} ms behind a sound device), in A-law and periods of 20 ms as in service.
The tests are those of ITU-T G.168 in kind; no conformance is claimed. There is no non-linear
processor: nothing is muted, so soft speech is not clipped and no comfort noise is needed. What is
left cannot be softer than what A-law makes of silence: about -66 dBm0.

Three signals: noise with the spectrum and the rhythm of speech ({seeds} talkers), a composite
source signal after P.501 (voiced sound, noise, pause), and sentences read out by espeak-ng
({voices} voices). Of each the worst is told.

## Convergence (as in G.168 test 2)

A canceller that has heard nothing yet; far end at -15 dBm0. The first ten are reflections computed
from impedances at a line circuit that expects 600 ohms, the rest are random responses that decay.
In dB softer: A from half a second to one, B from one second to four. In brackets, where that is
less than 33: what a canceller that knows the hybrid would leave, since A-law tells no more of a
soft echo.

| at the end of the wires | loses, dB | noise, A | B | composite, A | B | read out, A | B |
|---|---|---|---|---|---|---|---|
{convergence}

A filter that hears all this once would be at 18 dB (composite) and 20 dB (read out) in the second
half second: the first three seconds of the far end's voice that a port hears are gone over again
and again (`firmware/media/echo_study.py`). In the next call the line is known from the first word.

## Level (test 2)

On *{usual}*, noise, from 2 to 6 s.

| far end, dBm0 | echo, dBm0 | dB softer | left, dBm0 |
|---|---|---|---|
{levels}

Below -47 dBm0 nothing is taken out: what comes back of that is 6 dB softer at least, in the noise
of a room, and what is heard then is noise of the far end or what its own canceller has left of us;
a canceller that adapts to it harms what is said (P.862: 4.3 becomes 3.3).

## Double talk (test 3)

Three seconds in which both speak, after four in which the far end did. The error is what the
telephone says, less what leaves; afterwards the far end speaks alone, and its echo is softer by:

| far end, near end, dBm0 | error, dB below the voice | on a bridged tap, 6 dB | afterwards, dB |
|---|---|---|---|
{double}

Where the far end is 9 dB softer than what is said, its echo is drowned and nothing is taken out:
it may be that very voice, returned.

Both speak from the first word on, for two seconds, noise and read out, on *900 ohms*: the worst
and the mean of the echo after the voice has ended.

| far end, near end, dBm0 | 0.1 to 1 s after, dB softer | mean | 1 to 3 s after | mean |
|---|---|---|---|---|
{both}

## Narrow band (test 6)

Noise for 4 s, a tone or digits of -10 dBm0 for 3 s, noise again: dB softer in the tone, in the
half second after it, and later.

| sound | in it | just after | later |
|---|---|---|---|
{narrow}

A tone is cancelled by a filter of its own, and the one that knows the line learns nothing of it
(`firmware/media/echo_tone.py`). The tone of a fax machine or modem, 2100 Hz with phase reversals
or without, ends the canceller for the rest of the call (G.168 asks for a disabler):
[fax](../how-to/send-a-fax.md). It works in calls only, and is off with
`[rtp] echo_canceller = false`.

## What it costs

{steady} microseconds of a core for each period of 20 ms and port, and {study} for those that are
studied: the first 150 in which a port's far end can be heard, once for as long as the service
runs. {ports} ports study in one period, the others wait for their turn and cancel meanwhile.
"""

Source = Callable[..., Samples]


def softer(source: Source, seeds: Sequence[int], hybrid: Samples, lag: int) -> list[str]:
    """The worst of the talkers in each span, and the best that could be."""
    cells = []
    found = [run(source(4.0, -15, seed=seed), hybrid, lag=lag) for seed in seeds]
    for span in ((0.5, 1.0), (1.0, 4.0)):
        worst = min(erle(echoed, left, *span) for echoed, left in found)
        most = min(best(echoed, *span) for echoed, _ in found)
        cells.append(f"{worst:.0f}" + (f" ({most:.0f})" if most < 33 else ""))
    return cells


def convergence() -> str:
    rows = []
    for name, hybrid in WAYS.items():
        cells: list[str] = []
        for source, seeds in SOURCES:
            cells += softer(source, seeds, hybrid, lag_of(name))
        loses = -10 * np.log10(float(np.sum(hybrid**2)))
        rows.append(f"| {name.replace('||', 'par.')} | {loses:.0f} | {' | '.join(cells)} |")
    return "\n".join(rows)


def levels() -> str:
    rows = []
    for dbm0 in (0, -5, -10, -15, -20, -25, -30, -40):
        echoed, left = run(speech(6.0, dbm0), HYBRIDS[USUAL])
        before, after = level(part(echoed, 2, 6)), level(part(left, 2, 6))
        rows.append(f"| {dbm0} | {before:.0f} | {before - after:.0f} | {after:.0f} |")
    return "\n".join(rows)


def double() -> str:
    rows = []
    for far, near in ((-15, -15), (-20, -15), (-25, -15), (-15, -20), (-10, -20)):
        cells, afterwards = [], []
        for name in (USUAL, "a bridged tap, 6 dB"):
            errors = []
            for seed in (9, 10, 11):
                voice = np.zeros(9 * RATE)
                voice[4 * RATE : 7 * RATE] = speech(3.0, near, seed=seed)
                echoed, left = run(speech(9.0, far), HYBRIDS[name], voice)
                clean = high_passed(voice)
                error = level(part(left - clean, 4.1, 7.0))
                errors.append(level(part(clean, 4.1, 7.0)) - error)
                afterwards.append(erle(echoed, left, 7.2, 9.0))
            cells.append(f"{min(errors):.0f}")
        rows.append(f"| {far}, {near} | {' | '.join(cells)} | {min(afterwards):.0f} |")
    return "\n".join(rows)


def both() -> str:
    """They talk from the beginning."""
    rows = []
    for far, near in ((-15, -15), (-20, -15), (-15, -20), (-10, -20)):
        soon, late = [], []
        for seed, source in product((9, 10, 11), (speech, read_out)):
            voice = np.concatenate([source(2.0, near, seed=seed), np.zeros(3 * RATE)])
            echoed, left = run(source(5.0, far, seed=seed - 5), WAYS["900 ohms"], voice)
            soon.append(erle(echoed, left, 2.1, 3.0))
            late.append(erle(echoed, left, 3.0, 5.0))
        cells = " | ".join(f"{min(them):.0f} | {np.mean(them):.0f}" for them in (soon, late))
        rows.append(f"| {far}, {near} | {cells} |")
    return "\n".join(rows)


def narrow() -> str:
    rows = []
    sounds = {f"{hz} Hz": tone(hz, 3.0, -10) for hz in (300, 425, 1000, 2100, 2400)}
    sounds["440 and 480 Hz"] = tone(440, 3.0, -13) + tone(480, 3.0, -13)
    sounds["digits, 100 ms each"] = keys(3.0, 0.1)
    for name, sound in sounds.items():
        heard = np.concatenate([speech(4.0, -15), sound, speech(2.0, -15, seed=3)])
        echoed, left = run(heard, HYBRIDS[USUAL])
        spans = [(4.5, 7.0), (7.0, 7.5), (7.5, 9.0)]
        cells = " | ".join(f"{erle(echoed, left, *span):.0f}" for span in spans)
        rows.append(f"| {name} | {cells} |")
    return "\n".join(rows)


def microseconds(first: int, last: int) -> float:
    """CPU of a period, from that one to that: the least of some runs."""
    heard = speech(8.0, -15)
    echoed = np.convolve(heard, HYBRIDS[USUAL])[: len(heard)]
    pairs, least = list(zip(coded(heard), coded(echoed), strict=True)), 1e9
    for _ in range(9):
        canceller, began = EchoCanceller("PCMA"), 0.0
        for count, (given, captured) in enumerate(pairs[:last]):
            began = time.process_time() if count == first else began
            canceller.played(given)
            canceller.cancel(captured)
        least = min(least, (time.process_time() - began) / (last - first) * 1e6)
    return least


def main() -> None:
    PAGE.write_text(
        TEXT.format(
            tail=TAIL_MS, device=DEVICE_TAIL_MS, seeds=len(SEEDS), usual=USUAL,
            convergence=convergence(), levels=levels(), double=double(), both=both(),
            narrow=narrow(), voices=len(VOICES), ports=AT_ONCE,
            steady=round(microseconds(250, 399)), study=round(microseconds(5, 150)),
        )
    )  # fmt: skip
    sys.stdout.write(f"written: {PAGE}\n")


if __name__ == "__main__":
    main()
