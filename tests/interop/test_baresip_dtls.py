"""Voice whose keys are agreed on with baresip by DTLS (RFC 5764), measured both ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.baresip import Baresip
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import hear_each_other
from tests.interop.settings import Line
from tests.interop.talk import is_called, is_held_and_resumed, talk_encrypted
from tests.interop.waiting import until
from tests.wire.stage import children

FAR = "8010"
SUITE = "AEAD_AES_256_GCM"


@pytest.fixture(scope="module")
def house() -> Iterator[Lab[Baresip]]:
    with (
        Kamailio() as kamailio,
        Baresip(FAR, kamailio.at, plays_hz=800, encrypts="dtls_srtp") as baresip,
        Box(kamailio.at, [Line("8001")], rtp='srtp = "dtls"') as box,
    ):
        box.registered(1)
        until("a binding of baresip", lambda: kamailio.contacts(FAR))
        until("the process that shakes hands", box.shakes_hands)
        yield Lab(box, baresip)


@proves(
    "baresip",
    "DTLS-SRTP",
    "CO-01 call to the peer",
    "voice both ways, measured",
    "CO-03 the caller releases",
)
def test_a_call_to_baresip_is_encrypted_by_a_handshake(lab: Lab[Baresip]) -> None:
    """C22: it answers; who of us begins the handshake, it has chosen."""
    talk_encrypted(lab.box, lab.peer, FAR, SUITE)


def test_what_shakes_hands_is_loaded_where_hands_are_shaken_only(lab: Lab[Baresip]) -> None:
    """Neither signalling nor the voice process has it; see tests/wire/test_light.py."""
    gateway = lab.box.daemon.process.pid
    (voice,), (hands,) = (children(gateway, f"firmware.{name}") for name in ("media", "dtls"))
    maps = {pid: Path(f"/proc/{pid}/maps").read_text() for pid in (gateway, voice, hands)}
    assert [pid for pid, files in maps.items() if "/cryptography/" in files] == [hands]


@proves("baresip", "DTLS-SRTP", "CO-01 call from the peer", "CO-14 hold and resume")
def test_a_call_from_baresip_keeps_its_keys_over_a_hold(lab: Lab[Baresip]) -> None:
    """RFC 8842: its re-INVITEs name the same certificate, so there is no other handshake."""
    anna = is_called(lab.box, lab.peer)
    hear_each_other(anna, lab.peer)
    is_held_and_resumed(lab.box, lab.peer, anna)
    anna.hangs_up()
    lab.peer.is_released()
    said = [mark.what for mark in lab.box.voice(1)]
    assert said.count("DTLS handshake") == said.count("keys agreed") == 1
