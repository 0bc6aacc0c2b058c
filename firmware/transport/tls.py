"""TLS: whom we believe, what we show, and in words why a connection was refused.

A server must show a certificate of an authority that we know, made out to the domain or to
the name or address that leads to it (RFC 5922). It is judged by its subjectAltName alone:
wildcards and common names count for nothing (section 7.2). There is no way around it:
neither without verification nor without TLS.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.errors import GatewayError
from firmware.sip.targets import bare

NOT_BEFORE = 1735689600.0
"""2025-01-01: a clock that shows less was never set, and cannot judge a certificate (C11)."""

_SIP_NAME = re.compile(r"sips?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?:[:;].*)?", re.ASCII)

# what X509_V_ERR_... of OpenSSL means, for those that people meet
_VERDICTS = {
    2: "its issuer is not among the authorities of ca_file",
    7: "its signature is wrong",
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is signed by itself, and ca_file does not hold it",
    19: "its chain ends with an authority that ca_file does not hold",
    20: "its issuer is not among the authorities of ca_file",
    21: "the server does not send the chain to an authority of ca_file",
    24: "an authority in its chain is none",
    26: "it is not meant for servers",
}
_CLOCK = frozenset({9, 10})
_SAID = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS at this port",
    "UNSUPPORTED_PROTOCOL": "the server speaks no TLS of version 1.2 or later",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server speaks no TLS of version 1.2 or later",
    "NO_SHARED_CIPHER": "no cipher in common",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the server refuses what we offer (cipher or certificate)",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server wants a certificate of ours: cert_file",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the server does not take our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the server says that our certificate has expired",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the server does not take our certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "the server does not know the authority of our certificate",
}


class TlsError(GatewayError):
    """A file cannot be used, or a certificate is not to be trusted."""


@dataclass(frozen=True, slots=True)
class Files:
    """Names of PEM files."""

    ca: str
    """Certificates of the authorities that we trust; empty: those of the system."""
    cert: str = ""
    """Our certificate and its chain; empty: we show none."""
    key: str = ""
    """Key of our certificate; empty: it is in the same file."""


class Trust:
    """What a TLS connection is made and judged by.

    Args:
        files: which authorities, which certificate.
        domain: ours, which every server may be certified for.
        clock: wall time, as `time.time`.

    Raises:
        TlsError: a file cannot be used.
    """

    def __init__(self, files: Files, domain: str, clock: Callable[[], float] = time.time) -> None:
        for _, reason in mistakes(files):
            raise TlsError(reason)
        self.domain = domain
        self._clock = clock
        self._client = _verifying(ssl.PROTOCOL_TLS_CLIENT, files)
        self._server = _verifying(ssl.PROTOCOL_TLS_SERVER, files) if files.cert else None

    @property
    def client(self) -> ssl.SSLContext:
        """For connections of ours.

        Raises:
            TlsError: the clock has not been set, so nothing can be judged.
        """
        if self._clock() < NOT_BEFORE:
            raise TlsError(
                f"the clock says {_date(self._clock())}: no certificate can be judged before "
                "it is set"
            )
        return self._client

    @property
    def server(self) -> ssl.SSLContext | None:
        """For connections of peers; None: we have no certificate to show."""
        return self._server

    def check(self, certificate: dict[str, Any] | None, name: str, address: str) -> None:
        """Judge to whom a verified certificate is made out (RFC 5922 section 7.2).

        Args:
            certificate: as `ssl.SSLObject.getpeercert` gives it.
            name: what the server is called in the configuration or in a URI; may be an
                address or empty.
            address: its numeric address, which counts if it has no other name.

        Raises:
            TlsError: it is somebody else's.
        """
        wanted = {_canonical(self.domain), _canonical(name)} - {""}
        if not name or bare(name) == bare(address):
            wanted.add(bare(address))
        found = tuple(identities(certificate or {}))
        if not wanted & set(found):
            whom = ", ".join(found) or "nobody (it has no subjectAltName)"
            raise TlsError(
                f"its certificate is made out to {whom}, not to {' or '.join(sorted(wanted))}"
            )


def words(error: BaseException, clock: Callable[[], float] = time.time) -> str:
    """Why a connection failed, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        verdict = _VERDICTS.get(error.verify_code, error.verify_message)
        said = f" (our clock says {_date(clock())})" if error.verify_code in _CLOCK else ""
        return f"its certificate: {verdict}{said}"
    if isinstance(error, ConnectionAbortedError):
        return "no answer to the TLS handshake: perhaps the server does not speak TLS at this port"
    if isinstance(error, ssl.SSLEOFError | EOFError):
        return "the peer hangs up in the middle of TLS"
    if isinstance(error, ssl.SSLError):
        return _SAID.get(error.reason or "", f"TLS: {error.reason or error}")
    if isinstance(error, OSError):
        return error.strerror or str(error) or "the connection is lost"
    return str(error)


def mistakes(files: Files) -> Iterator[tuple[str, str]]:
    """What cannot be used: which of ``ca_file``, ``cert_file``, ``key_file``, and why."""
    if files.ca:
        yield from _ca_mistakes(files.ca)
    if files.key and not files.cert:
        yield "key_file", "a key without cert_file"
    if files.cert:
        yield from _own_mistakes(files)


def _ca_mistakes(path: str) -> Iterator[tuple[str, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        yield "ca_file", _problem(path, error, "no certificates in it")
    else:
        if not context.get_ca_certs():
            yield "ca_file", f"{path}: none of its certificates is an authority's"


def _own_mistakes(files: Files) -> Iterator[tuple[str, str]]:
    for key, path in (("cert_file", files.cert), ("key_file", files.key or files.cert)):
        try:
            Path(path).open("rb").close()
        except OSError as error:
            yield key, _problem(path, error, "")
            return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            files.cert, files.key or None, password=_locked
        )
    except _LockedError:
        yield "key_file", f"{files.key or files.cert}: the key has a pass phrase; give one without"
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            yield "key_file", f"{files.key or files.cert}: not the key of {files.cert}"
        else:
            yield "cert_file", _problem(files.cert, error, "no certificate with its key in it")


class _LockedError(Exception):
    """The key is protected by a pass phrase."""


def _locked() -> str:
    raise _LockedError


def _problem(path: str, error: OSError, meaning: str) -> str:
    if isinstance(error, ssl.SSLError):
        return f"{path}: {meaning}"
    return f"{path}: {error.strerror}"


def _verifying(protocol: int, files: Files) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # by rules of the web; ours are in `Trust.check`
    if files.ca:
        context.load_verify_locations(files.ca)
    else:
        context.load_default_certs()
    if protocol == ssl.PROTOCOL_TLS_CLIENT:
        context.verify_mode = ssl.CERT_REQUIRED
    if files.cert:
        context.load_cert_chain(files.cert, files.key or None, password=_locked)
    return context


def identities(certificate: dict[str, Any]) -> Iterator[str]:
    """The domains and addresses that a certificate is made out to (subjectAltName)."""
    names: Iterable[tuple[str, str]] = certificate.get("subjectAltName", ())
    for kind, value in names:
        match kind:
            case "DNS":
                yield _canonical(value)
            case "URI" if (name := _SIP_NAME.fullmatch(value)) is not None:
                yield _canonical(name[1])  # one with a user part is a person's (section 7.1)
            case "IP Address":
                yield bare(value)


def _canonical(name: str) -> str:
    return bare(name).removesuffix(".")


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
