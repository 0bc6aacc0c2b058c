"""Packets of voice and their reports, encrypted and authenticated (SRTP, RFC 3711).

The keys come with `Open`, agreed on by signalling. What counts packets beyond 65 536 (the
roll-over counter, see rollover.py) is nowhere on the wire: it lives in the context of a key, and
is kept here for as long as the key may come back: a call that is held and taken back goes on
where it was. The library is loaded with the first call that wants it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from firmware.errors import MediaError
from firmware.media.messages import Protection
from firmware.media.rollover import CYCLE, Stood, follow, wind
from firmware.media.rtp import RTCP_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pylibsrtp import Session

PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": ("SRTP_PROFILE_AES128_CM_SHA1_80", 30),
    "AES_CM_128_HMAC_SHA1_32": ("SRTP_PROFILE_AES128_CM_SHA1_32", 30),
    "AEAD_AES_128_GCM": ("SRTP_PROFILE_AEAD_AES_128_GCM", 28),
    "AEAD_AES_256_GCM": ("SRTP_PROFILE_AEAD_AES_256_GCM", 44),
}
"""Name of the suite (RFC 4568 section 6.2, RFC 7714 section 14.2) to the library's, and octets of
a master key and its salt. Those with GCM are agreed on by DTLS only."""
HANDSHAKE = range(20, 64)
"""First octet of a record of DTLS (RFC 5764 section 5.1.2)."""
MOST = 64
"""Records of a stretch of voice that are told of: a handshake has a dozen."""
KEPT = 4
"""Contexts of a port that are remembered each way: for two calls at a time, and keys before."""


@dataclass(frozen=True, slots=True)
class Master:
    """The master key of one direction, with its salt.

    Raises:
        MediaError: the suite or the key is none.
    """

    suite: str
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != PROFILES.get(self.suite, ("", -1))[1]:
            what = f"{self.suite[:40]!a} with {len(self.key)} octets of key"
            raise MediaError(f"SRTP: {what} is none of ours")

    def begin(self, *, outward: bool) -> Session:
        """A context in which no packet has gone or come.

        Raises:
            MediaError: the library is missing.
        """
        try:
            from pylibsrtp import Policy, Session
        except ImportError as error:
            raise MediaError(f"SRTP: {error}") from error
        ssrc = Policy.SSRC_ANY_OUTBOUND if outward else Policy.SSRC_ANY_INBOUND
        profile: int = getattr(Policy, PROFILES[self.suite][0])
        return Session(Policy(key=self.key, ssrc_type=ssrc, srtp_profile=profile))

    def resume(self, stood: Stood) -> Session:
        """The way in, as it stood when that was told last; raises as above."""
        return wind(self.begin(outward=True), self.begin(outward=False), stood)


class Inward:
    """What comes by one key.

    Args:
        master: the far end's.
        stood: where its stream stood when that was told last; None: it begins.
        before: where it stood by the key before this: who changes the key may count on (section
            3.3.1) or begin anew. Whichever proves authentic first is right.

    Raises:
        MediaError: the library is missing.
    """

    def __init__(
        self, master: Master, stood: Stood | None = None, before: Stood | None = None
    ) -> None:
        self._context = master.resume(stood) if stood else master.begin(outward=False)
        self._other = master.resume(before) if before and before[1] >= CYCLE else None
        self._before = before
        self._stood = stood
        self._newest = b""
        """The last authentic packet that was not counted yet."""

    @property
    def stood(self) -> Stood | None:
        """Where the stream stands; who asks less often than every half cycle loses count."""
        if self._newest:
            self._stood = follow(self._stood, self._newest)
            self._newest = b""
        return self._stood

    def open(self, packet: bytes, refusals: tuple[type[Exception], ...]) -> bytes:
        """The RTP that was protected; raises one of `refusals` if it is not authentic."""
        try:
            plain = self._context.unprotect(packet)
        except refusals:
            if self._other is None:
                raise
            plain = self._other.unprotect(packet)
            self._context, self._stood = self._other, self._before
        self._other = None
        self._newest = plain
        return plain

    def open_report(self, packet: bytes) -> bytes:
        """The same of RTCP, which says its index itself (section 3.4)."""
        return self._context.unprotect_rtcp(packet)


Kept = TypeVar("Kept")


class _Shelf(Generic[Kept]):
    """The last few, by their key."""

    def __init__(self) -> None:
        self._kept: dict[Master, Kept] = {}

    def take(self, master: Master) -> Kept | None:
        return self._kept.pop(master, None)

    def put(self, master: Master, one: Kept) -> Kept:
        self._kept[master] = one
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return one


class Vault:
    """The contexts of a port: one a key and direction, the oldest forgotten first."""

    def __init__(self) -> None:
        self._outward: _Shelf[Session] = _Shelf()
        self._inward: _Shelf[Inward] = _Shelf()

    def outward(self, master: Master) -> Session:
        """What we send by that key, as it stood when it was used last.

        Raises:
            MediaError: the library is missing.
        """
        return self._outward.put(master, self._outward.take(master) or master.begin(outward=True))

    def inward(
        self, master: Master, stood: Stood | None = None, before: Stood | None = None
    ) -> Inward:
        """The same of what comes; `stood` and `before` are for a key that is not known here."""
        return self._inward.put(master, self._inward.take(master) or Inward(master, stood, before))


class Guard:
    """Protects what one call sends and examines what it receives.

    Args:
        vault: of the port.
        protection: what was agreed on.
        stood: where the far end's stream stood, if another process has heard it so far.

    Raises:
        MediaError: it cannot be done.
    """

    def __init__(self, vault: Vault, protection: Protection, stood: Stood | None = None) -> None:
        self._vault = vault
        self.forged = 0
        """Packets whose authentication failed."""
        self.replayed = 0
        """Packets that had come before."""
        self._outward = vault.outward(Master(protection.suite, protection.sends))
        self._inward = vault.inward(Master(protection.suite, protection.receives), stood)
        from pylibsrtp import Error  # it is loaded by now

        self._refusals = Error, ValueError  # the latter: longer than any packet of voice
        self.on_record: Callable[[bytes], object] | None = None
        """Is given what belongs to the handshake that made the keys; None: there was none."""
        self._records = MOST

    def use(self, protection: Protection) -> bool:
        """Go on with these keys; those that stay keep their counts of packets.

        Returns:
            Whether what we send has another key now.

        Raises:
            MediaError: it cannot be done, and the keys before stay.
        """
        sends = Master(protection.suite, protection.sends)
        receives = Master(protection.suite, protection.receives)
        outward, before = self._vault.outward(sends), self._outward
        self._inward = self._vault.inward(receives, before=self._inward.stood)
        self._outward = outward
        return outward is not before

    @property
    def stood(self) -> Stood | None:
        """Where the far end's stream stands; None: nothing of it was authentic yet."""
        return self._inward.stood

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

    def examine(self, packet: bytes) -> bytes:
        """What a packet holds; empty: it is not from who has the key, or has come before."""
        return self._opened(packet, report=len(packet) > 1 and packet[1] in RTCP_TYPES)

    def examine_report(self, data: bytes) -> bytes:
        """The RTCP in a datagram; empty as above."""
        return self._opened(data, report=True)

    def _opened(self, data: bytes, *, report: bool) -> bytes:
        try:
            if report:
                return self._inward.open_report(data)
            return self._inward.open(data, self._refusals)
        except self._refusals as error:
            if self.on_record is not None and data and data[0] in HANDSHAKE and self._records:
                self._records -= 1
                self.on_record(data)
            elif "replay" in str(error):
                self.replayed += 1
            else:
                self.forged += 1
        return b""
