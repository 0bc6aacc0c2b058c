"""What libspeexdsp writes to standard error becomes a report; standard error stays ours."""

from __future__ import annotations

import audioop
import os

import numpy as np
import pytest

from firmware.media import echo_filter
from firmware.media.echo_filter import CALM, Filter

RAIL = (32767).to_bytes(2, "little")
"""The library learns nothing of a block that has one."""


def test_a_filter_that_loses_its_way_is_told_of_and_nothing_is_written(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The echo turns round, and for fifty blocks the library may not learn that it did."""
    echo_filter.told()
    dice, line = np.random.default_rng(1), Filter(CALM, 256)
    for n in range(160):
        heard = dice.normal(0, 3000, 160).astype("<i2").tobytes()
        echo = audioop.mul(heard, 2, 0.5 if n < 100 else -0.5)
        line.run(echo if n < 100 else echo[:4] + RAIL + echo[6:], heard)
    told = echo_filter.told()
    assert told == ["an echo canceller had lost its way: it forgot its line and learns it anew"]
    assert echo_filter.told() == []
    os.write(2, b"real")
    assert capfd.readouterr().err == "real"
