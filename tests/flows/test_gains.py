"""A line is made louder or softer by its configuration, where its line circuit can."""

from __future__ import annotations

import pytest

from tests.flows.scenes import talk
from tests.gateway.test_port_suite import gateway

GAINS = "rx_gain_db = -6.0\ntx_gain_db = 3.5"


@pytest.mark.parametrize("kind", ["si3210", "si3215"])
def test_both_directions_have_their_gain(kind: str) -> None:
    """Each line has both, so what is said at one is 3.5 dB up and then 6 dB down."""
    with gateway(kind, exchange=True, line=GAINS) as world:
        a, b = talk(world)
        for speaker, listener in ((a, b), (b, a)):
            speaker.says(1000, 0.8)
            world.waits(0.3)
            assert listener.hears_tone(1000, 0.4).level_dbm0 == pytest.approx(-12.5, abs=0.5)
            world.waits(0.3)


def test_a_line_circuit_that_has_none_says_so() -> None:
    with gateway("ag1171", exchange=True, line=GAINS) as world:
        a, b = talk(world)
        a.says(1000, 0.8)
        world.waits(0.3)
        assert b.hears_tone(1000, 0.4).level_dbm0 == pytest.approx(-10, abs=0.5)
        line = world.asks("line", port=1)
        assert "gains are those of the codec: an Ag1171 has none" in line.notes  # type: ignore[attr-defined] # a LineStatus
