"""What a listener would say of a call, from its figures: the E-model (ITU-T G.107).

Everything but delay, loss and codec is at the recommendation's default: no noise, no echo (it is
cancelled at both ends). What a codec takes, and how it stands loss, is said in `firmware.codecs`.
"""

from __future__ import annotations

import math

UNIMPAIRED = 93.2
"""R with every parameter at its default (G.107 table 3)."""
G711 = (0.0, 25.1)
"""Equipment impairment of G.711 without loss, and how robust it is with concealment (4.3
without): G.113 appendix I."""


def rating(
    lost: float,
    burst_ratio: float = 1.0,
    delay_ms: float = 0.0,
    codec: tuple[float, float] = G711,
) -> float:
    """R, 0 to 93.2: 80 and more satisfies, below 60 hardly anybody is content.

    Args:
        lost: share of the packets that were not played, 0 to 1.
        burst_ratio: 1: they were lost at random; more: together.
        delay_ms: from mouth to ear.
        codec: its Ie and Bpl.
    """
    percent, (equipment, robustness) = 100 * lost, codec
    if percent:
        equipment += (95 - equipment) * percent / (percent / burst_ratio + robustness)
    return max(0.0, UNIMPAIRED - _delay_impairment(delay_ms) - equipment)


def _delay_impairment(delay_ms: float) -> float:
    """Idd: too long a delay although nothing echoes (G.107 clause 7.4)."""
    if delay_ms <= 100:
        return 0.0
    x = math.log2(delay_ms / 100)
    return 25 * (math.pow(1 + x**6, 1 / 6) - 3 * math.pow(1 + (x / 3) ** 6, 1 / 6) + 2)


def opinion(r: float) -> float:
    """The mean opinion score of a rating, 1 (bad) to 4.5 (G.107 annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
