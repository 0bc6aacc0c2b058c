"""PJSUA2 that takes no call without encrypted voice; TLS to Kamailio, which stands between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.certificates import Authority
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.lab import Lab
from tests.interop.person import hear_each_other
from tests.interop.pjsua import Pjsua
from tests.interop.settings import DOMAIN, Line
from tests.interop.talk import is_called, is_held_and_resumed, talk_encrypted
from tests.interop.test_transports import KERNEL, tls

FAR = "8022"
SUITE = "AES_CM_128_HMAC_SHA1_80"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab[Pjsua]]:
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    shows = authority.certifies("kamailio", f"DNS:{DOMAIN}")
    with (
        Kamailio(speaks="tls", shows=shows) as kamailio,
        Pjsua(FAR, kamailio.at, plays_hz=800, transport="TLS", srtp="MANDATORY") as pjsua,
        Box(
            kamailio.at,
            [Line("8001")],
            odd=KERNEL,
            sip='transport = "tls"',
            rtp='srtp = "required"',
            more=tls(authority),
        ) as box,
    ):
        box.registered(1)
        yield Lab(box, pjsua)


@proves(
    "PJSUA2 TLS",
    "SRTP, keys by SDES",
    "CO-01 call to the peer",
    "voice both ways, measured",
    "CO-03 the caller releases",
)
def test_a_call_to_pjsua_is_encrypted_both_ways(lab: Lab[Pjsua]) -> None:
    """C22: each hears the other's tone; it takes the first of our two keys."""
    talk_encrypted(lab.box, lab.peer, FAR, SUITE)


@proves("PJSUA2 TLS", "SRTP, keys by SDES", "CO-01 call from the peer", "CO-14 hold and resume")
def test_a_call_from_pjsua_is_encrypted_also_after_its_hold(lab: Lab[Pjsua]) -> None:
    """C22: whatever keys its re-INVITEs bring, both are heard afterwards."""
    anna = is_called(lab.box, lab.peer)
    anna.hears_well(800, 0.4)
    is_held_and_resumed(lab.box, lab.peer, anna)
    hear_each_other(anna, lab.peer)
    anna.hangs_up()
    lab.peer.is_released()
    offers = [mark.detail for mark in lab.box.marks(1) if "a=crypto:" in mark.detail]
    assert offers
    assert all("inline:******" in offer for offer in offers)
