"""Gain of a port by table, where its line circuit has none: an octet becomes another."""

from __future__ import annotations

import audioop
from functools import cache

from firmware.media.g711 import from_linear, to_linear

_ALL = bytes(range(256))


@cache
def table(law: str, db: float) -> bytes:
    """For `bytes.translate`; what would be louder than full scale is cut off there."""
    return from_linear(law, audioop.mul(to_linear(law, _ALL), 2, 10 ** (db / 20)))
