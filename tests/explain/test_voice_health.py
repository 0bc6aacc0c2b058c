"""How a call is heard, in words: direction, share, pattern and suspect (features U21)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.explain.voice_health import health
from firmware.media.messages import Statistics


def figures(**changes: Any) -> Statistics:
    usual: dict[str, Any] = {
        "port": 1, "sent": 5000, "received": 5000, "lost": 0, "late": 0, "duplicate": 0,
        "reordered": 0, "jitter_ms": 0.5, "delay_ms": 20.0, "underruns": 0,
        "mos": 4.41, "r_factor": 93.2,
    }  # fmt: skip
    return Statistics(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["Heard here: MOS 4.4, good."]),
        ({"far_mos": 3.2}, [..., "Heard at the far end: MOS 3.2, many complain."]),
        (
            {"received": 4895, "lost": 105, "missing": 105, "bursts": 5, "burst_missing": 105,
             "burst_ms": 420, "mos": 3.9},
            ["Heard here: MOS 3.9, some are not content.",
             "2.1 % of the far end's voice lost, all of it in bursts (5 bursts of 420 ms on"
             " average): an overloaded or a radio link."],
        ),
        (
            {"received": 4900, "lost": 100, "missing": 100, "bursts": 1, "burst_missing": 10},
            [..., "2.0 % of the far end's voice lost, here and there: errors on a line, or a rate"
             " limit."],
        ),
        (
            {"late": 100, "missing": 100, "bursts": 1, "burst_missing": 80, "burst_ms": 2000,
             "jitter_ms": 61.0, "delay_ms": 120.0},
            [..., "2.0 % of the far end's voice came too late, most of it in bursts (one burst of"
             " 2000 ms): an overloaded or a radio link.",
             "Packets come unevenly (jitter 61 ms); 120 ms wait to even them out."],
        ),
        (
            {"far_lost": 100, "far_discarded": 0.012},
            [..., "2.0 % of our voice is lost on the way to the far end.",
             "1.2 % of our voice comes too late at the far end."],
        ),
        (
            {"far_lost": 4900},
            [..., "The far end gets next to nothing of us: one-way voice, a NAT or firewall"
             " suspected."],
        ),
        (
            {"one_way_ms": 220.0, "rtt_ms": 380.0},
            [..., "Each hears the other 220 ms late (380 ms there and back on the network)."],
        ),
        (
            {"received": 0, "forged": 900, "mos": None},
            ["900 packets failed authentication (SRTP) and were not heard: the far end has other"
             " keys than it told, or somebody forges its voice."],
        ),
        (
            {"received": 9, "looped": 500, "mos": None},
            ["500 of our own packets came back and were not heard: a loop on the way, or an echo"
             " test that returns them as they are (RFC 3550 section 8.2)."],
        ),
        ({"forged": 99}, ["Heard here: MOS 4.4, good."]),
        ({"rejected": 150}, [..., "150 datagrams were none of this call and were ignored."]),
        ({"received": 10, "sent": 10}, []),
        ({"received": 0, "sent": 10, "mos": None}, []),
        (
            {"received": 0, "mos": None, "far_lost": 0},
            ["No voice packet of the far end came, ours were sent: one-way voice. Suspect: NAT or"
             " firewall on the way to us, or a wrong address in our SDP.",
             "The far end reports by RTCP, so the way to us is open for that."],
        ),
    ],
)  # fmt: skip
def test_a_call_is_described_by_what_was_measured(
    changes: dict[str, Any], said: list[Any]
) -> None:
    told = list(health(figures(**changes)))
    if said[:1] == [...]:
        told, said = told[1:], said[1:]
    assert told == said
