"""Packets of voice and their reports, encrypted and authenticated (SRTP, RFC 3711).

The keys come with `Open`, agreed on by signalling. What counts packets beyond 65 536 (the
roll-over counter, section 3.3.1) is nowhere on the wire: it lives in the context of a key, and
is kept here for as long as the key may come back: a call that is held and taken back goes on
where it was. The library is loaded with the first call that wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.errors import MediaError
from firmware.media.messages import Protection
from firmware.media.rtp import RTCP_TYPES

if TYPE_CHECKING:
    from pylibsrtp import Session

PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": "SRTP_PROFILE_AES128_CM_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32": "SRTP_PROFILE_AES128_CM_SHA1_32",
}
"""Name of the suite (RFC 4568 section 6.2) to the library's."""
MASTER = 30
"""Octets of a master key and its salt, for both suites."""
KEPT = 8
"""Contexts of a port that are remembered: two calls at a time have four, eight with new keys."""


class Vault:
    """The contexts of a port: one a key and direction, the oldest forgotten first."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[bool, str, bytes], Session] = {}

    def context(self, suite: str, key: bytes, *, outward: bool) -> Session:
        """That of the key, as it stood when it was used last.

        Raises:
            MediaError: the suite or the key is none, or the library is missing.
        """
        if suite not in PROFILES or len(key) != MASTER:
            raise MediaError(f"SRTP: {suite[:40]!a} with {len(key)} octets of key is none of ours")
        place = outward, suite, key
        context = self._contexts.pop(place, None) or _begun(suite, key, outward=outward)
        self._contexts[place] = context
        if len(self._contexts) > KEPT:
            del self._contexts[next(iter(self._contexts))]
        return context


def _begun(suite: str, key: bytes, *, outward: bool) -> Session:
    try:
        from pylibsrtp import Policy, Session
    except ImportError as error:
        raise MediaError(f"SRTP: {error}") from error
    ssrc = Policy.SSRC_ANY_OUTBOUND if outward else Policy.SSRC_ANY_INBOUND
    profile: int = getattr(Policy, PROFILES[suite])
    return Session(Policy(key=key, ssrc_type=ssrc, srtp_profile=profile))


class Guard:
    """Protects what one call sends and examines what it receives.

    Args:
        vault: of the port.
        protection: what was agreed on.

    Raises:
        MediaError: it cannot be done.
    """

    def __init__(self, vault: Vault, protection: Protection) -> None:
        self._vault = vault
        self.forged = 0
        """Packets whose authentication failed."""
        self.replayed = 0
        """Packets that had come before."""
        self.use(protection)
        from pylibsrtp import Error  # it is loaded by now

        self._refusals = Error, ValueError  # the latter: longer than any packet of voice

    def use(self, protection: Protection) -> None:
        """Go on with these keys; those that stay keep their counts of packets.

        Raises:
            MediaError: it cannot be done, and the keys before stay.
        """
        suite = protection.suite
        outward = self._vault.context(suite, protection.sends, outward=True)
        inward = self._vault.context(suite, protection.receives, outward=False)
        self._outward, self._inward = outward, inward

    def protect(self, packet: bytes) -> bytes:
        """RTP, or RTCP by the same port; empty: it cannot be protected, so it must not leave."""
        if packet[1] in RTCP_TYPES:
            return self.protect_report(packet)
        try:
            return self._outward.protect(packet)
        except self._refusals:
            return b""

    def protect_report(self, packet: bytes) -> bytes:
        """RTCP; empty as above."""
        try:
            return self._outward.protect_rtcp(packet)
        except self._refusals:
            return b""

    def examine(self, buffer: bytearray, size: int) -> int:
        """Put what the packet in the buffer holds in its place.

        Returns:
            Its octets; 0: it is not from who has the key, or has come before.
        """
        packet = bytes(buffer[:size])
        report = size > 1 and packet[1] in RTCP_TYPES
        plain = self._opened(packet, report=report)
        buffer[: len(plain)] = plain
        return len(plain)

    def examine_report(self, data: bytes) -> bytes:
        """The RTCP in a datagram; empty as above."""
        return self._opened(data, report=True)

    def _opened(self, data: bytes, *, report: bool) -> bytes:
        try:
            return self._inward.unprotect_rtcp(data) if report else self._inward.unprotect(data)
        except self._refusals as error:
            if "replay" in str(error):
                self.replayed += 1
            else:
                self.forged += 1
        return b""
