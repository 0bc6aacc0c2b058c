"""One DTLS association: aiortc's, over the socket of a call; the only file that imports it.

The class is made for ICE and for browsers. Of ICE it wants an object that takes and gives
datagrams; of what it agrees on we want the keys, which it keeps for itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
    State,
)
from OpenSSL import SSL
from OpenSSL._util import ffi, lib

if TYPE_CHECKING:
    from aiortc import RTCIceTransport

SUITES = {
    b"SRTP_AEAD_AES_256_GCM": ("AEAD_AES_256_GCM", 32, 12),
    b"SRTP_AEAD_AES_128_GCM": ("AEAD_AES_128_GCM", 16, 12),
    b"SRTP_AES128_CM_SHA1_80": ("AES_CM_128_HMAC_SHA1_80", 16, 14),
}
"""OpenSSL's name of a suite to its name in descriptions, octets of key and salt (RFC 5764
section 4.1.2, RFC 7714 section 14.2)."""
LABEL = b"EXTRACTOR-dtls_srtp"
"""By which the keys are derived (RFC 5764 section 4.2)."""
CIPHERS = [
    b"ECDHE-%s-%s" % (signed, cipher)
    for cipher in (b"AES128-GCM-SHA256", b"CHACHA20-POLY1305", b"AES256-GCM-SHA384")
    for signed in (b"ECDSA", b"RSA")
]
"""Of the handshake itself (RFC 9325 section 4.2); up to DTLS 1.2."""
WAITING = 32
"""Datagrams that wait for the library; what more comes is lost, as on any way."""
NOBODY = "nobody came to the handshake in {seconds:g} s"
UNFINISHED = "the handshake was not finished in {seconds:g} s"
OTHER = "the far end showed another certificate than it had named"
NO_SUITE = "no cipher for voice in common"
BROKEN = "the handshake failed: {reason}"


@dataclass(frozen=True, slots=True)
class Secret:
    """What was agreed on."""

    suite: str
    sends: bytes = field(repr=False)
    """Master key and salt of what we send."""
    receives: bytes = field(repr=False)


class RefusedError(Exception):
    """There are no keys, in words."""


_anybody = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)(lambda *_: 1)
"""Nobody has signed the far end's certificate: its fingerprint is looked at afterwards."""


class _Certificate(RTCCertificate):
    """The library's, with two differences.

    Far ends that are no browsers may show a certificate with an RSA key. And what OpenSSL calls
    back is made by ctypes: cffi's would need memory that can be written and executed, which the
    service is denied (MemoryDenyWriteExecute).
    """

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_options(SSL.OP_NO_TICKET)
        context.use_certificate(self._cert)
        context.use_privatekey(self._key)
        context.set_cipher_list(b":".join(CIPHERS))
        context.set_tlsext_use_srtp(b":".join(one.openssl_profile for one in srtp_profiles))
        place = ctypes.cast(_anybody, ctypes.c_void_p).value
        called_back = ffi.cast("int (*)(int, X509_STORE_CTX *)", place)
        must_show_one = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        lib.SSL_CTX_set_verify(context._context, must_show_one, called_back)  # noqa: SLF001 - no other way
        return context


class Certificate:
    """What we show to far ends: made here, known to nobody, good for its fingerprint only."""

    def __init__(self) -> None:
        self.held = _Certificate.generateCertificate()
        prints = {one.algorithm: one.value for one in self.held.getFingerprints()}
        self.fingerprint = f"sha-256 {prints['sha-256']}"


class Way:
    """What the library takes for its ICE transport.

    Args:
        send: puts a datagram on the wire.
    """

    state = "completed"
    role = "controlling"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._out = send
        self._in = asyncio.Queue[bytes](WAITING)
        self.heard = False
        """Somebody has spoken."""

    def take(self, data: bytes) -> None:
        """A datagram of the far end."""
        self.heard = True
        if not self._in.full():
            self._in.put_nowait(data)

    async def _recv(self) -> bytes:
        return await self._in.get()

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Association(RTCDtlsTransport):
    """The library's, from which the keys can be had.

    Args:
        certificate: ours.
        send: puts a datagram on the wire.
        left: called when the far end has said goodbye.
    """

    def __init__(
        self, certificate: Certificate, send: Callable[[bytes], None], left: Callable[[], None]
    ) -> None:
        self.way = Way(send)
        super().__init__(cast("RTCIceTransport", self.way), [certificate.held])
        self._told_left = left
        self._why = BROKEN
        self._reason = ""
        self._secret: Secret | None = None
        self._leaving = False

    async def agree(self, theirs: tuple[str, ...], *, active: bool, patience: float) -> Secret:
        """Shake hands.

        Args:
            theirs: fingerprints of the far end's certificate.
            active: we begin.
            patience: seconds.

        Raises:
            RefusedError: it came to nothing.
        """
        self._set_role("client" if active else "server")
        named = [RTCDtlsFingerprint(*one.split(" ", 1)) for one in theirs]
        try:
            await asyncio.wait_for(self.start(RTCDtlsParameters(fingerprints=named)), patience)
        except TimeoutError:
            why = UNFINISHED if self.way.heard else NOBODY
            raise RefusedError(why.format(seconds=patience)) from None
        if self._secret is None:
            raise RefusedError(self._why.format(reason=self._reason or "OpenSSL gives no reason"))
        return self._secret

    async def leave(self) -> None:
        """Say goodbye to the far end (close_notify)."""
        self._leaving = True
        await self.stop()

    def _validate_peer_identity(self, remoteParameters: RTCDtlsParameters) -> None:  # noqa: N803 - theirs
        self._why = OTHER
        super()._validate_peer_identity(remoteParameters)

    def _setup_srtp(self) -> None:
        self._why = NO_SUITE
        super()._setup_srtp()
        if self._state is State.FAILED or self._ssl is None:
            return
        suite, key, salt = SUITES[self._ssl.get_selected_srtp_profile()]
        made = self._ssl.export_keying_material(LABEL, 2 * (key + salt))
        keys, salts = made[: 2 * key], made[2 * key :]
        client, server = keys[:key] + salts[:salt], keys[key:] + salts[salt:]
        ours, others = (client, server) if self._role == "client" else (server, client)
        self._secret = Secret(suite, ours, others)

    def _set_state(self, state: State) -> None:
        super()._set_state(state)
        if state is State.FAILED:
            self._reason = _reason(sys.exc_info()[1])
        elif state is State.CLOSED and not self._leaving:
            self._told_left()


def _reason(error: BaseException | None) -> str:
    """OpenSSL's own words, such as ``no shared cipher``."""
    if error is None or not error.args or not isinstance(error.args[0], list):
        return ""
    return ", ".join(str(entry[-1]) for entry in error.args[0])
