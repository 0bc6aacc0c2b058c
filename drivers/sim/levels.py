"""Levels on the line: dBm0, and the 16-bit linear samples that stand for them.

0 dBm0 is fixed by ITU-T G.711: a sine that just fills the A-law is +3.14 dBm0. The
expanders of `audioop` put the A-law's virtual end of scale at 32768. The mu-law's
+3.17 dBm0 at 32636 lies 0.06 dB beside that, which is below what a telephone can tell.
"""

from __future__ import annotations

import math

RATE = 8000
"""Samples a second on every line."""
PERIOD = 160
"""Samples in 20 ms."""
PERIOD_S = PERIOD / RATE
SILENCE = bytes(2 * PERIOD)
"""A period of nothing, linear."""

FLOOR_DBM0 = -99.0
"""What is printed for no sound at all."""

ZERO_DBM0_RMS = 32768 / math.sqrt(2) * 10 ** (-3.14 / 20)
"""Root mean square of 0 dBm0 in 16-bit linear samples."""


def ratio(db: float) -> float:
    """The factor on a voltage for `db`."""
    return float(10.0 ** (db / 20))


def peak(dbm0: float) -> float:
    """Amplitude of a sine of that level, in 16-bit steps."""
    return ZERO_DBM0_RMS * math.sqrt(2) * ratio(dbm0)


def dbm0(rms: float) -> float:
    """Level of samples with that root mean square; `FLOOR_DBM0` at the lowest."""
    if rms < 0.5:
        return FLOOR_DBM0
    return max(FLOOR_DBM0, 20 * math.log10(rms / ZERO_DBM0_RMS))
