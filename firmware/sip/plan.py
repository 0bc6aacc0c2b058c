"""Media, as far as signalling speaks of it: where voice comes in, and what was agreed on."""

from __future__ import annotations

from dataclasses import field

from firmware.machine import word


@word
class LocalMedia:
    """Where we receive voice for one call."""

    host: str
    port: int
    fingerprint: str = ""
    """Fingerprint of our certificate for a handshake; empty: there is none."""


@word
class Protection:
    """Voice is encrypted and authenticated (SRTP); each end has a key for what it sends."""

    suite: str
    """Cipher and authentication, by their name in RFC 4568 section 6.2."""
    sends: bytes = field(repr=False)
    """Our master key and salt."""
    receives: bytes = field(repr=False)
    """The far end's master key and salt."""


@word
class Handshake:
    """Keys are made by a handshake on the way of voice (DTLS-SRTP, RFC 5764).

    Another fingerprint or name means another handshake, and other keys.
    """

    active: bool
    """We begin the handshake."""
    ours: str
    """Fingerprint of our certificate."""
    theirs: tuple[str, ...]
    """Fingerprints of the certificate that the far end has to show."""
    association: str = ""
    """The far end's name for the handshake (RFC 8842); empty: it gives none."""


@word
class FaxPlan:
    """What the far end takes for a fax by T.38, in place of voice."""

    largest: int
    """Most octets of a datagram."""
    repeats: bool
    """Each packet is sent again with those that follow it (redundancy)."""
    bit_rate: int
    """Highest bit rate of pages, in bit/s."""


@word
class MediaPlan:
    """What offer and answer agreed on (RFC 3264), in the words of the voice path."""

    host: str
    """Where to send RTP; empty: do not send."""
    port: int
    payload_type: int
    """Payload type of voice that we send; the peer chose it, unless it is static."""
    codec: str = "PCMA"
    ptime_ms: int = 20
    event_tx: int | None = None
    """Payload type of telephone-event that the peer wants to receive; None: it cannot."""
    event_rx: int | None = None
    """Payload type of telephone-event that we told the peer."""
    sends: bool = True
    """We may send: the peer is not holding us (RFC 3264 section 6.1)."""
    receives: bool = True
    rtcp_host: str = ""
    """Host to send RTCP to (RFC 3605 section 2.1); empty: the host of RTP."""
    rtcp_port: int | None = None
    """Port to send RTCP to; None: the port above that of RTP."""
    rtcp_mux: bool = False
    """RTCP and RTP share a port, both ways (RFC 5761)."""
    comfort_noise: bool = False
    """Both ends know comfort noise, so we may send nothing in silence (RFC 3389)."""
    protection: Protection | Handshake | None = None
    """How voice is encrypted; None: it is not."""
    payload_type_rx: int | None = None
    """Payload type of voice that comes in, if it is another one: we chose it."""
    event_rate: int = 8000
    """Clock of telephone-events, in Hz."""
    fax: FaxPlan | None = None
    """What carries a fax; None: the call is voice."""
