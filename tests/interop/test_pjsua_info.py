"""PJSUA2 and digits by INFO; packets of 40 ms. Kamailio stands between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.pjsua import Pjsua
from tests.interop.settings import Line
from tests.interop.waiting import until

FAR = "8021"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab[Pjsua]]:
    rtp = 'dtmf = "info"\nptime = 40\nrtcp_mux = "offer"'
    with (
        Kamailio() as kamailio,
        Pjsua(FAR, kamailio.at, plays_hz=800) as pjsua,
        Box(kamailio.at, [Line("8001")], rtp=rtp) as box,
    ):
        box.registered(1)
        yield Lab(box, pjsua)


def told(lab: Lab[Pjsua]) -> str:
    """The digits that the far end has told of."""
    marks = [m.what for m in lab.box.voice(1) if m.detail == "by INFO"]
    return "".join(what.removeprefix("digit ") for what in marks)


@proves("PJSUA2", "digits by INFO, both ways")
def test_digits_go_by_info_both_ways_and_voice_goes_on(lab: Lab[Pjsua]) -> None:
    anna = lab.box.person(1)
    anna.calls(FAR)
    lab.peer.answers()
    anna.hears_well(800, 0.4)
    anna.presses("1*#")
    until("the digits", lambda: lab.peer.digits, lambda digits: digits == "1*#")
    lab.peer.does("tell", keys="9")
    until("the far end's digit", lambda: told(lab), lambda digits: digits == "9")
    anna.hears_well(800, 0.4)
    anna.says(1000, 5)
    until("our tone", lambda: lab.peer.heard(1000), lambda voice: voice is not None and voice.good)
    anna.hangs_up()
    lab.peer.is_released()
    assert until("a record", lambda: lab.box.last_call(1)).cause == "NORMAL"
