"""``python -m tests.media.echo_report``: measure the canceller, write docs/reference/echo.md."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", message="'audioop' is deprecated")

import numpy as np  # noqa: E402 - the warning comes with an import

from firmware.media.echo import DEVICE_TAIL_MS, TAIL_MS  # noqa: E402
from tests.media.hybrid import (  # noqa: E402
    HYBRIDS,
    LOOPS,
    RATE,
    Samples,
    lag_of,
    level,
    reflected,
    speech,
    tone,
)
from tests.media.test_echo import erle, high_passed, part, run  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "echo.md"
SEEDS = (7, 1, 2)
USUAL = "900 ohms on 600, 14 dB"

TEXT = """\
# Echo canceller: what is left of an echo

Measured by `make echo` on the canceller of a call (`firmware/media/echo.py`: libspeexdsp with a
tail of {tail} ms, {device} ms behind a sound device), in A-law and periods of 20 ms as in service,
with noise that has the spectrum and the rhythm of speech. The tests are those of ITU-T G.168 in
kind; no conformance is claimed. Of {seeds} talkers the worst is told. What is left cannot be
softer than what A-law makes of it: about -64 dBm0.

## Convergence (as in G.168 test 2)

Far end at -15 dBm0. The first ten are reflections computed from impedances at a line circuit that
expects 600 ohms, the rest are random responses that decay.

| at the end of the wires | loses, dB | 0.5 to 1 s: dB softer | 1 to 2 s | 2 to 4 s | left, dBm0 |
|---|---|---|---|---|---|
{convergence}

## Level (test 2)

On *{usual}*, from 2 to 6 s.

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

## Narrow band (test 6)

Speech for 3 s, a tone for 3 s, speech again: dB softer in the tone, in the half second after it,
and from a second after it on.

| tone | in it | just after | later |
|---|---|---|---|
{narrow}

Fax and modem tones end the canceller for the rest of the call (G.168 test 10 asks for a disabler).
It works in calls only, and is off with `[rtp] echo_canceller = false`.
"""


def softer(
    spans: list[tuple[float, float]], hybrid: Samples, lag: int
) -> tuple[list[float], float]:
    """The worst of the talkers in each span, and what is left in the last."""
    found, left_dbm0 = [], -99.0
    for seed in SEEDS:
        echoed, left = run(speech(4.0, -15, seed=seed), hybrid, lag=lag)
        found.append([erle(echoed, left, *span) for span in spans])
        left_dbm0 = max(left_dbm0, level(part(left, *spans[-1])))
    return [min(column) for column in zip(*found, strict=True)], left_dbm0


def convergence() -> str:
    spans = [(0.5, 1.0), (1.0, 2.0), (2.0, 4.0)]
    ways = [(name, reflected(loop), 1) for name, loop in LOOPS.items()]
    ways += [(name, hybrid, lag_of(name)) for name, hybrid in HYBRIDS.items()]
    rows = []
    for name, hybrid, lag in ways:
        figures, left = softer(spans, hybrid, lag)
        loses = -10 * np.log10(float(np.sum(hybrid**2)))
        cells = " | ".join(f"{figure:.0f}" for figure in figures)
        rows.append(f"| {name.replace('||', 'par.')} | {loses:.0f} | {cells} | {left:.0f} |")
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


def narrow() -> str:
    rows = []
    for hz in (300, 425, 1000, 2400):
        heard = np.concatenate([speech(3.0, -15), tone(hz, 3.0, -10), speech(3.0, -15, seed=3)])
        echoed, left = run(heard, HYBRIDS[USUAL])
        spans = [(3.5, 6.0), (6.0, 6.5), (7.0, 9.0)]
        cells = " | ".join(f"{erle(echoed, left, *span):.0f}" for span in spans)
        rows.append(f"| {hz} Hz | {cells} |")
    return "\n".join(rows)


def main() -> None:
    PAGE.write_text(
        TEXT.format(
            tail=TAIL_MS, device=DEVICE_TAIL_MS, seeds=len(SEEDS), usual=USUAL,
            convergence=convergence(), levels=levels(), double=double(), narrow=narrow(),
        )
    )  # fmt: skip
    sys.stdout.write(f"written: {PAGE}\n")


if __name__ == "__main__":
    main()
