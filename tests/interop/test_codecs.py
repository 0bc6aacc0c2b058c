"""Voice by G.722 and Opus with baresip, which works them by libraries of its own.

Two of them at one Kamailio, and one gateway that would speak either. Its G.726 is none to compare
with: it is named as that of RFC 3551 and packed as that of AAL2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.interop.baresip import Baresip
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.person import hear_each_other
from tests.interop.settings import Line
from tests.interop.waiting import until

SPOKEN = {
    "8031": ("G722/16000/1", "g722", "G722"),
    "8032": ("opus/48000/2", "opus", "opus"),
}
"""Codec and module as baresip calls them, and our name, by number."""
OURS = 'codecs = ["G722", "opus", "PCMA"]'


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Box, dict[str, Baresip]]]:
    with ExitStack() as started:
        kamailio = started.enter_context(Kamailio())
        peers = {
            number: started.enter_context(
                Baresip(number, kamailio.at, plays_hz=800, codec=codec, module=module)
            )
            for number, (codec, module, _) in SPOKEN.items()
        }
        box = started.enter_context(Box(kamailio.at, [Line("8001")], rtp=OURS))
        box.registered(1)
        until("both are bound", lambda: all(kamailio.contacts(number) for number in SPOKEN))
        yield box, peers


def both_hear_each_other(box: Box, peer: Baresip, codec: str) -> None:
    """Its 800 Hz on our copper, our 1000 Hz in its recording, both as loud as they were said."""
    anna = box.person(1)
    anna.is_("Talking")
    hear_each_other(anna, peer)
    anna.hangs_up()
    peer.is_released()
    assert until("a record", lambda: box.last_call(1)).codec == codec


@proves("baresip", "voice by G.722")
def test_baresip_is_called_and_speaks_g722(house: tuple[Box, dict[str, Baresip]]) -> None:
    box, peers = house
    box.quiet()
    peer = peers["8031"]
    box.person(1).calls("8031")
    peer.answers()
    both_hear_each_other(box, peer, "G722")


@proves("baresip", "voice by Opus")
def test_baresip_calls_and_speaks_opus(house: tuple[Box, dict[str, Baresip]]) -> None:
    """RFC 7587: its number for it, and digits of 48 kHz."""
    box, peers = house
    box.quiet()
    peer, anna = peers["8032"], box.person(1)
    peer.calls("8001")
    anna.is_called()
    anna.lifts()
    peer.talks()
    both_hear_each_other(box, peer, "opus")
