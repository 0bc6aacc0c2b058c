"""A line is made louder or softer by its configuration: in its line circuit, or by a table."""

from __future__ import annotations

import pytest

from tests.flows.scenes import talk
from tests.gateway.test_port_suite import gateway

GAINS = "rx_gain_db = -6.0\ntx_gain_db = 3.5"


@pytest.mark.parametrize("kind", ["si3210", "si3215", "ag1171"])
def test_both_directions_have_their_gain(kind: str) -> None:
    """Each line has both, so what is said at one is 3.5 dB up and then 6 dB down."""
    with gateway(kind, exchange=True, line=GAINS) as world:
        a, b = talk(world)
        for speaker, listener in ((a, b), (b, a)):
            speaker.says(1000, 0.8)
            world.waits(0.3)
            assert listener.hears_tone(1000, 0.4).level_dbm0 == pytest.approx(-12.5, abs=0.5)
            world.waits(0.3)
