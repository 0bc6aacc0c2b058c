"""Ringback or the network: what a caller hears before the answer (C23, RFC 3960 section 3.2)."""

from __future__ import annotations

import pytest

from firmware.port.ringback import NETWORK, NOTHING, TONE, Ringback
from firmware.sip.events import MediaPlan, Proceeding

PLAN = MediaPlan("192.0.2.9", 20000, 8)
SAID = {
    "180": Proceeding(1, 180),
    "180 sdp": Proceeding(1, 180, PLAN),
    "181": Proceeding(1, 181, rings=False),
    "183": Proceeding(1, 183, rings=False),
    "183 sdp": Proceeding(1, 183, PLAN, rings=False),
    "183 sdp, rings": Proceeding(1, 183, PLAN),
    "183 sdp, plays": Proceeding(1, 183, PLAN, authorised=True, rings=False),
    "180 sdp, plays": Proceeding(1, 180, PLAN, authorised=True),
    "180, plays": Proceeding(1, 180, authorised=True),
    "183 sdp, mute": Proceeding(1, 183, PLAN, authorised=False, rings=False),
    "180 sdp, mute": Proceeding(1, 180, PLAN, authorised=False),
    "gone": Proceeding(1, 199, rings=False),
}
HEARD = {NOTHING: "nothing", NETWORK: "network", TONE: "ringback"}


@pytest.mark.parametrize(
    ("story", "heard"),
    [
        ("180", "ringback"),
        ("180 sdp", "ringback"),
        ("183", "nothing"),
        ("181", "nothing"),
        ("183 sdp", "network"),
        ("183 sdp > 180", "ringback"),
        ("183 sdp > +RTP > 180 sdp", "network"),
        ("183 sdp > +RTP > 180 sdp > -RTP", "ringback"),
        ("183 sdp > +RTP > 180 sdp > -RTP > +RTP", "network"),
        ("183 sdp > +RTP > -RTP", "network"),
        ("180 > 183 sdp, rings", "ringback"),
        ("180 > 183 sdp, rings > +RTP", "network"),
        ("180 > 183 sdp, rings > +RTP > -RTP", "network"),
        ("180 > 180 > 180", "ringback"),
        ("180 sdp > +RTP", "network"),
        ("180 > gone", "nothing"),
        ("180 > 183 sdp, rings > +RTP > 180", "ringback"),
        ("180 > 181", "nothing"),
        ("183 sdp, plays", "network"),
        ("183 sdp, plays > 180 sdp, plays", "network"),
        ("180 sdp, plays", "network"),
        ("180, plays", "ringback"),
        ("183 sdp, mute", "nothing"),
        ("183 sdp, mute > +RTP", "nothing"),
        ("180 sdp, mute", "ringback"),
        ("180 sdp, mute > +RTP", "ringback"),
        ("180 sdp, mute > +RTP > 180 sdp, plays", "network"),
        ("180 sdp, plays > 180 sdp, mute", "ringback"),
    ],
)
def test_what_is_heard_after_this_has_happened(story: str, heard: str) -> None:
    """C23, and RFC 5009: if the network says whether it plays, its word decides."""
    ringback = Ringback()
    for step in story.split(" > "):
        if step in SAID:
            ringback.progressed(SAID[step])
        else:
            ringback.arriving = step == "+RTP"
    assert HEARD[ringback.progress] == heard


def test_what_the_network_forbids_is_not_let_through() -> None:
    """RFC 5009 section 8: the path is there, and nothing comes out of it."""
    plan = Ringback().progressed(SAID["183 sdp, mute"])
    assert plan is not None
    assert (plan.host, plan.receives) == ("192.0.2.9", False)
