"""Which flows a test proves, and against whom: what docs/reference/interop.md is made of."""

from __future__ import annotations

import pytest

PEERS = (
    "Kamailio", "Kamailio TCP", "Kamailio TLS", "SIPp", "SIPp TCP", "baresip",
    "PJSUA2", "PJSUA2 TCP", "PJSUA2 TLS", "Sippy",
)  # fmt: skip
FLOWS = (
    "REG-04 registration with digest",
    "REG-06 the nonce is used again",
    "REG-06 the nonce has grown old",
    "REG-02 the registrar sets the lifetime",
    "REG-10 refresh",
    "REG-12 de-registration",
    "REG-07 wrong password",
    "REG-14 refused registration",
    "REG-15 423 interval too brief",
    "REG-16 503 with Retry-After",
    "HB-09 OPTIONS of the server",
    "HB-01 OPTIONS to the server",
    "HB-04 the server dies, all lines go to the other",
    "HB-05 a talk outlives its server",
    "HB-06 back to the preferred server",
    "BW-03 one INVITE goes to the next server",
    "IA-01 407 to INVITE",
    "IA-03 credentials without being asked",
    "IA-03 a nonce that has grown old in a call",
    "IA-04 two realms ask in turn",
    "IA-05 wrong password in a call",
    "IA-07 who always asks",
    "IA-08 407 to BYE",
    "REG-22 a talk at another address of ours",
    "CO-01 call to the peer",
    "CO-01 call from the peer",
    "voice both ways, measured",
    "voice by G.722",
    "voice by Opus",
    "RTCP both ways",
    "SRTP, keys by SDES",
    "DTLS-SRTP",
    "RFC 4733 digits to the peer",
    "digits by INFO, both ways",
    "CO-03 the caller releases",
    "CO-03 the callee releases",
    "CO-05 late ACK",
    "CO-07 several telephones answer",
    "CO-08 several early dialogs",
    "CO-14 hold and resume",
    "CO-14 a flash holds and takes back",
    "CO-14 delayed offer",
    "CO-14 re-INVITE",
    "CO-14 UPDATE",
    "T.38 by re-INVITE, asked for by the peer",
    "T.38 by re-INVITE, asked for by us",
    "T.38 refused, the talk goes on",
    "G.711 by re-INVITE for a modem, asked for by us",
    "CO-14 glare",
    "CO-11 BYE in an early dialog",
    "CO-12 Reason",
    "CLI-07 who calls",
    "OPTIONS and other methods in a talk",
    "one Call-ID on both legs",
    "long headers",
    "BW-BUSY called user busy",
    "BW-NA-NET no answer, released by the network",
    "BW-01 other failures of set-up",
    "BW-01 redirection",
    "BW-02 an announcement before the refusal",
    "BW-01 503 with Retry-After",
    "FW-CANCEL the caller gives up",
    "FC-01 giving up before any answer",
    "FC-02 the answer crosses CANCEL",
    "PR 183 and 180 reliably, to us",
    "PR 180 reliably, by us",
    "PR-01 out of order, and again",
    "PR-02 no PRACK comes",
    "PR-06 100rel is off here",
    "RFC 4028 a session with a timer",
    "RFC 4028 422 too short",
    "RFC 4028 confirmed by the peer",
    "RFC 4028 confirmed by us",
    "RFC 4028 confirmed by nobody",
    "the server restarts, a talk outlives its connection",
    "C10 a certificate that is not to be trusted",
    "requests that are too large for a datagram",
    "RFC 3842 messages that wait",
)


def proves(peer: str, *flows: str) -> pytest.MarkDecorator:
    """Mark a test that needs `peer`, a program we did not write, and proves `flows` with it.

    Args:
        peer: one of PEERS, with the transport if it is not UDP.
        flows: some of FLOWS.

    Raises:
        ValueError: a peer or a flow without a place on the page.
    """
    unknown = {peer} - set(PEERS) | set(flows) - set(FLOWS)
    if unknown or not flows:
        raise ValueError(f"not in tests/interop/flows.py: {unknown or 'nothing at all'}")
    return pytest.mark.interop(peer=peer, flows=flows)
