"""SIPp calls a fax, which goes over to T.38 and back (T.38 annex D), and a modem (V.152)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fax.machine import FaxMachine, tone
from tests.interop.flows import proves
from tests.interop.lab import Lab, beside_sipp
from tests.interop.person import Person
from tests.interop.script import (
    CONTACT,
    FAX,
    Step,
    asks,
    calls,
    gets,
    hears,
    says,
    scenario,
    sdp,
    waits,
)
from tests.interop.sipp import Sipp
from tests.voice import speech

RELEASED = (asks("BYE", 9, repeats=True), hears(200))
VOICE_AS_FAX = ("UDPTLPacket Seq=32",)
"""Our voice before an answer, and after a refusal, goes by the port that T.38 was offered for, and
tshark takes its first octets, 80 08, for a number of UDPTL."""
IMAGE = "m=image [0-9]+ udptl t38"


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Sipp]]:
    with beside_sipp(odd=VOICE_AS_FAX, rtp='codecs = ["PCMA", "G722"]') as lab:
        yield lab


def plays(lab: Lab[Sipp], *steps: Step) -> Person:
    """SIPp calls, by these steps, and the telephone is lifted."""
    lab.peer.plays(scenario("fax", *steps), against=lab.box, user=lab.box.token(1))
    anna = lab.box.person(1)
    anna.is_called()
    anna.lifts()
    return anna


ANSWERED = (calls(body=sdp()), hears(200), asks("ACK", 1))


@proves("SIPp", "T.38 by re-INVITE, asked for by the peer")
def test_the_peer_asks_for_t38_and_for_voice_again(lab: Lab[Sipp]) -> None:
    anna = plays(
        lab, *ANSWERED,
        asks("INVITE", 2, body=FAX.format(version=2), repeats=True), hears(100, perhaps=True),
        hears(200, body=IMAGE), asks("ACK", 2), waits(0.5),
        asks("INVITE", 3, body=sdp(version=3), repeats=True), hears(100, perhaps=True),
        hears(200, body="m=audio [0-9]+ RTP/AVP 8"), asks("ACK", 3), waits(0.3),
        *RELEASED,
    )  # fmt: skip
    lab.peer.finished()
    anna.hangs_up()
    wire = [word for word in lab.box.wire(1) if word != ">100"]
    change = ["<INVITE", ">200", "<ACK"]
    assert wire == ["<INVITE", ">180", ">200", "<ACK", *change, *change, "<BYE", ">200"]


@proves("SIPp", "T.38 by re-INVITE, asked for by us")
def test_a_called_fax_asks_for_t38(lab: Lab[Sipp], tmp_path: Path) -> None:
    """Its tones and its preamble, on the copper of a box in real time."""
    machine = FaxMachine(calls=False)
    said = speech.write(b"".join(machine.says() for _ in range(300)), tmp_path / "fax.wav")
    anna = plays(
        lab, *ANSWERED,
        gets("INVITE", body=IMAGE), says(100, tag=""),
        says(200, CONTACT, tag="", body=FAX.format(version=2), repeats=True), gets("ACK"),
        waits(0.3), *RELEASED,
    )  # fmt: skip
    anna.plays(said)
    lab.peer.finished()
    anna.hangs_up()
    assert lab.box.saw(1, ">INVITE", "<200", ">ACK", "<BYE", ">200")
    assert lab.box.last_call(1).codec == "T.38"


@proves("SIPp", "T.38 refused, the talk goes on")
def test_a_peer_without_t38_has_sound(lab: Lab[Sipp], tmp_path: Path) -> None:
    machine = FaxMachine(calls=False)
    said = speech.write(b"".join(machine.says() for _ in range(300)), tmp_path / "fax.wav")
    anna = plays(
        lab, *ANSWERED,
        gets("INVITE", body=IMAGE), says(488, tag=""), gets("ACK"),
        waits(0.3), *RELEASED,
    )  # fmt: skip
    anna.plays(said)
    lab.peer.finished()
    anna.hangs_up()
    assert lab.box.saw(1, ">INVITE", "<488", ">ACK", "<BYE", ">200")
    assert lab.box.last_call(1).fax == "voice-band data (T.38 refused)"


@proves("SIPp", "G.711 by re-INVITE for a modem, asked for by us")
def test_a_modem_in_a_call_by_g722_gets_g711(lab: Lab[Sipp], tmp_path: Path) -> None:
    """ANSam with phase reversals on the copper of a box in real time."""
    wide = sdp().replace("AVP 8", "AVP 9").replace("8 PCMA", "9 G722")
    anna = plays(
        lab, calls(body=wide), hears(200, body="RTP/AVP 9"), asks("ACK", 1),
        gets("INVITE", body="m=audio [0-9]+ RTP/AVP 8 101"), says(100, tag=""),
        says(200, CONTACT, tag="", body=sdp(version=2), repeats=True), gets("ACK"),
        waits(0.3), *RELEASED,
    )  # fmt: skip
    anna.plays(speech.write(tone(5, 3.3), tmp_path / "ansam.wav"))
    lab.peer.finished()
    anna.hangs_up()
    assert lab.box.saw(1, ">INVITE", "<200", ">ACK", "<BYE", ">200")
    assert (lab.box.last_call(1).codec, lab.box.last_call(1).fax) == ("PCMA", "voice-band data")
