"""Digest authentication, the asking side: what the embedded exchange challenges with."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final

from firmware.errors import SipError
from firmware.sip.challenge import Credentials
from firmware.sip.digest import ALGORITHMS, base_of, digest_response
from firmware.sip.grammar import lower, quoted
from firmware.sip.uri import parse_uri

MAX_NONCES: Final = 4096
_NC = re.compile(r"[0-9A-Fa-f]{8}")


class Verdict(Enum):
    """What the credentials of a request are worth."""

    ACCEPTED = "accepted"
    ABSENT = "no credentials for this realm"
    STALE = "right once, but the nonce is used up: challenge again, with stale"
    REFUSED = "wrong"


class DigestServer:
    """Makes challenges and judges what comes back.

    Nonces hold the time they were made at and a seal, so that none has to be remembered;
    only how often a nonce was used is kept, against replay.

    Args:
        realm: the protection domain.
        secret: seals the nonces; random at each start.
        password: gives the password of a user, None if there is no such user.
        algorithms: offered in this order, as they are to be written.
        lifetime: seconds that a nonce is good for.
    """

    def __init__(
        self,
        realm: str,
        secret: bytes,
        password: Callable[[str], str | None],
        *,
        algorithms: Sequence[str] = ("SHA-256", "MD5"),
        lifetime: float = 300.0,
    ) -> None:
        self.realm = realm
        self._secret = secret
        self._password = password
        self._algorithms = tuple(a for a in algorithms if base_of(a) in ALGORITHMS)
        self._lifetime = lifetime
        self._used: OrderedDict[str, int] = OrderedDict()
        self._made = 0

    def challenges(self, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """Header values, one an algorithm, the preferred first (RFC 8760 section 2.3)."""
        self._made += 1
        nonce = self._nonce(f"{int(now * 1000):x}-{self._made:x}")
        again = ", stale=true" if stale else ""
        return tuple(
            f"Digest realm={quoted(self.realm)}, nonce={quoted(nonce)},"
            f' qop="auth,auth-int", algorithm={algorithm}{again}'
            for algorithm in self._algorithms
        )

    def verify(
        self,
        credentials: Iterable[Credentials],
        request: tuple[str, str, bytes],
        now: float,
    ) -> tuple[Verdict, str]:
        """Judge a request by its credentials; the second value is the user they are of.

        Args:
            credentials: those of the request, of either header.
            request: method, Request-URI, body.
            now: monotonic seconds.
        """
        mine = next((c for c in credentials if c.realm == self.realm), None)
        if mine is None:
            return Verdict.ABSENT, ""
        return self._judge(mine, request, now), mine.username

    def _judge(self, given: Credentials, request: tuple[str, str, bytes], now: float) -> Verdict:
        method, uri, body = request
        password = self._password(given.username)
        known = any(lower(given.algorithm or "MD5") == lower(a) for a in self._algorithms)
        if password is None or not known or given.qop not in {None, "auth", "auth-int"}:
            return Verdict.REFUSED
        if not _same_uri(given.uri, uri):
            return Verdict.REFUSED
        expected = digest_response(
            given.algorithm or "MD5",
            secret=(given.username, self.realm, password),
            nonce=given.nonce,
            request=(method, given.uri, body),
            qop=given.qop,
            nc=given.nc or "",
            cnonce=given.cnonce or "",
        )
        if not hmac.compare_digest(
            expected.encode(), lower(given.response).encode(errors="replace")
        ):
            return Verdict.REFUSED
        fresh = self._fresh(given.nonce, now) and self._counts(given)
        return Verdict.ACCEPTED if fresh else Verdict.STALE

    def _nonce(self, made: str) -> str:
        """A nonce from its time and number: two of the same instant are two."""
        seal = hmac.new(self._secret, f"{made}:{self.realm}".encode(), hashlib.sha256)
        return f"{made}.{seal.hexdigest()[:32]}"

    def _fresh(self, nonce: str, now: float) -> bool:
        if not nonce.isascii():
            return False
        made = nonce.partition(".")[0]
        if not hmac.compare_digest(self._nonce(made), nonce):
            return False
        made_at = int(made.partition("-")[0], 16) / 1000
        return 0 <= now - made_at <= self._lifetime

    def _counts(self, given: Credentials) -> bool:
        """Whether this use of the nonce is a new one (RFC 7616 section 3.4, `nc`)."""
        if given.qop is None:
            return True
        if _NC.fullmatch(given.nc or "") is None:
            return False
        count = int(given.nc or "", 16)
        if count <= self._used.get(given.nonce, 0):
            return False
        self._used[given.nonce] = count
        self._used.move_to_end(given.nonce)
        if len(self._used) > MAX_NONCES:
            self._used.popitem(last=False)
        return True


def _same_uri(given: str, asked: str) -> bool:
    if given == asked:
        return True
    try:
        return parse_uri(given).equivalent(parse_uri(asked))
    except SipError:
        return False
