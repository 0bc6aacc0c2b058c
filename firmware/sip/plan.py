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
    """Of the certificate that a handshake about it shows; empty: there is none."""


@word
class Protection:
    """Voice is encrypted and authenticated (SRTP); each end has a key for what it sends."""

    suite: str
    """Cipher and authentication, as RFC 4568 section 6.2 calls them."""
    sends: bytes = field(repr=False)
    """Our master key and salt."""
    receives: bytes = field(repr=False)
    """Theirs."""


@word
class Handshake:
    """The two ends make the keys by a handshake where voice comes (DTLS-SRTP, RFC 5764).

    Another fingerprint or name means another handshake, and other keys.
    """

    active: bool
    """We begin it."""
    ours: str
    """Fingerprint of our certificate."""
    theirs: tuple[str, ...]
    """Those of the certificate that the far end has to show."""
    association: str = ""
    """What the far end calls it (RFC 8842); empty: it does not."""


@word
class FaxPlan:
    """A fax by T.38 in place of voice: what the far end takes."""

    largest: int
    """Octets of a datagram."""
    repeats: bool
    """Packets go along with those that follow."""
    bit_rate: int
    """bit/s of pages, at the most."""


@word
class MediaPlan:
    """What offer and answer agreed on (RFC 3264), in the words of the voice path."""

    host: str
    """Where to send RTP; empty: do not send."""
    port: int
    payload_type: int
    """Of voice that we send; the peer chose the number, unless it is static."""
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
    """Where the peer wants RTCP (RFC 3605 section 2.1); empty: where it wants RTP."""
    rtcp_port: int | None = None
    """None: the port above that of RTP."""
    rtcp_mux: bool = False
    """RTCP and RTP share a port, both ways (RFC 5761)."""
    comfort_noise: bool = False
    """Both of us know comfort noise, and we may be silent (RFC 3389)."""
    protection: Protection | Handshake | None = None
    """None: voice goes as it is."""
    payload_type_rx: int | None = None
    """Of voice that comes, if it is another: the number that we chose."""
    event_rate: int = 8000
    """Hz of the clock that events are measured by."""
    fax: FaxPlan | None = None
    """None: it is voice."""
