"""Digest authentication, the answering side (RFC 7616, RFC 8760, RFC 3261 section 22)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from firmware.errors import SipError
from firmware.sip.challenge import Challenge, Credentials, read_list
from firmware.sip.grammar import lower, remembered

Hash = Callable[[bytes], str]
"""In lower-case hex."""


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data, usedforsecurity=False).hexdigest()


def _sha512_256(data: bytes) -> str:
    """OpenSSL's gift, which is fetched when somebody asks for it (`firmware.late`)."""
    return str(import_module("_hashlib").new("sha512_256", data).hexdigest())


_HASHES: Final[dict[str, Hash]] = {"md5": _md5, "sha-256": _sha256}
if find_spec("_hashlib"):
    _HASHES["sha-512-256"] = _sha512_256
_STRENGTH: Final = {"md5": 1, "sha-256": 2, "sha-512-256": 3}
_MODERN: Final = 2

MAX_PER_REALM: Final = 2
MAX_ROUNDS: Final = 4
MAX_SECRETS: Final = 16
"""Realms and algorithms for which the password is kept hashed."""
MAX_USED: Final = 16
"""Nonces dropped whose uses are remembered."""


ALGORITHMS: Final = frozenset(_HASHES)
"""The algorithms that can be answered, in lower case and without ``-sess``."""


@remembered
def base_of(algorithm: str) -> str:
    """``MD5-sess`` is MD5."""
    return lower(algorithm).removesuffix("-sess")


def digest_response(
    algorithm: str,
    *,
    secret: tuple[str, str, str],
    nonce: str,
    request: tuple[str, str, bytes],
    qop: str | None = None,
    nc: str = "",
    cnonce: str = "",
) -> str:
    """The `response` parameter (RFC 7616 section 3.4.1), in lower-case hex.

    Args:
        algorithm: one of `ALGORITHMS`, also with ``-sess``, in any case.
        secret: user, realm, password.
        nonce: of the challenge.
        request: method, digest-uri, body; the body counts for ``auth-int`` only.
        qop: ``auth``, ``auth-int``, or None for the manner of RFC 2069.
        nc: eight hex digits.
        cnonce: ours; needed with a qop and for ``-sess``.
    """
    return answer_to(
        algorithm,
        hashed_secret(algorithm, *secret),
        nonce=nonce,
        request=request,
        qop=qop,
        nc=nc,
        cnonce=cnonce,
    )


def hashed_secret(algorithm: str, user: str, realm: str, password: str) -> str:
    """All that a password is needed for: the hash that is HA1 unless it is of one session."""
    return _HASHES[base_of(algorithm)](_text(user, realm, password))


def answer_to(
    algorithm: str,
    secret: str,
    *,
    nonce: str,
    request: tuple[str, str, bytes],
    qop: str | None,
    nc: str,
    cnonce: str,
) -> str:
    """The same as `digest_response`, from the `hashed_secret`."""
    h = _HASHES[base_of(algorithm)]
    method, uri, body = request
    ha1 = h(_text(secret, nonce, cnonce)) if lower(algorithm).endswith("-sess") else secret
    ha2 = h(_text(method, uri, h(body)) if qop == "auth-int" else _text(method, uri))
    if qop is None:
        return h(_text(ha1, nonce, ha2))
    return h(_text(ha1, nonce, nc, cnonce, qop, ha2))


def _text(*parts: str) -> bytes:
    return ":".join(parts).encode("utf-8", "surrogateescape")


def usable(challenge: Challenge) -> bool:
    """Whether we could answer: Digest, a nonce, a known algorithm and quality of protection."""
    return (
        challenge.scheme == "digest"
        and bool(challenge.nonce)
        and base_of(challenge.algorithm) in ALGORITHMS
        and (not challenge.qop or _qop(challenge) is not None)
    )


def strongest(challenges: Iterable[Challenge]) -> Challenge | None:
    """The usable challenge with the strongest algorithm; of equals the topmost."""
    fit = [challenge for challenge in challenges if usable(challenge)]
    return max(fit, key=lambda c: _STRENGTH[base_of(c.algorithm)], default=None)


class Outcome(Enum):
    """What to do about a 401 or 407."""

    RETRY = "send again, with credentials"
    WRONG_PASSWORD = "credentials refused"  # noqa: S105  a sentence, not a secret
    TOO_MANY = "challenged too often"
    UNSUPPORTED = "no challenge that we can answer"
    DOWNGRADED = "weaker algorithm than before"
    FOREIGN_REALM = "realm is not ours"


class Tries:
    """How often one request has been challenged, over all its retries."""

    def __init__(self) -> None:
        self._rounds = 0
        self._realms: dict[tuple[bool, str], int] = {}

    def more(self, groups: Iterable[tuple[bool, str]]) -> bool:
        """Count a round that challenges `groups`; False if that is one too many."""
        self._rounds += 1
        for group in groups:
            self._realms[group] = self._realms.get(group, 0) + 1
        return self._rounds <= MAX_ROUNDS and max(self._realms.values()) <= MAX_PER_REALM


@dataclass(slots=True)
class _Known:
    """A realm's challenge in use; `count` requests have used the nonce."""

    challenge: Challenge
    nonce: str
    qop: str | None
    secret: str
    """Hashed for this realm."""
    count: int = 0
    cnonce: str = ""


class Authenticator:
    """The credentials of one line: answers challenges, counts the uses of each nonce.

    Args:
        user: the authentication name.
        password: only ever hashed.
        cnonce: gives a fresh random text of at least 64 bits.
        minimum: ``sha256`` refuses MD5; ``md5`` accepts it always; "" accepts it until the
            realm has offered better.
        realms: those that may be answered; empty: the first that asks, registrar and proxy
            each.
    """

    def __init__(
        self,
        user: str,
        password: str,
        *,
        cnonce: Callable[[], str],
        minimum: str = "",
        realms: Collection[str] = (),
    ) -> None:
        self._user = user
        self._password = password
        self._cnonce = cnonce
        self._minimum = minimum
        self._realms = frozenset(realms)
        self._learned: dict[bool, str] = {}
        self._known: dict[tuple[bool, str], _Known] = {}
        self._secrets: dict[tuple[str, str], str] = {}
        self._used: OrderedDict[str, int] = OrderedDict()
        self._modern: set[str] = set()

    def challenged(
        self, challenges: Iterable[Challenge], sent: Iterable[Credentials], tries: Tries
    ) -> Outcome:
        """Take in the challenges of a 401 or 407.

        The same nonce again, and not stale, means that the password is wrong; another
        nonce is a fresh challenge, whether it says stale or not.

        Args:
            challenges: of the response.
            sent: the credentials of the request that was refused.
            tries: of that request and all it was a retry of.
        """
        groups: dict[tuple[bool, str], list[Challenge]] = {}
        for challenge in challenges:
            groups.setdefault((challenge.proxy, challenge.realm), []).append(challenge)
        ours = {group: these for group, these in groups.items() if self._is_ours(*group)}
        if not ours:
            return Outcome.FOREIGN_REALM if groups else Outcome.UNSUPPORTED
        answered = {(c.proxy, c.realm, c.nonce) for c in sent}
        chosen: dict[tuple[bool, str], Challenge] = {}
        refusal = Outcome.UNSUPPORTED
        for group, these in ours.items():
            best = strongest(these)
            if best is None:
                continue
            if self._too_weak(best):
                refusal = Outcome.DOWNGRADED
            elif (*group, best.nonce) in answered and not best.stale:
                return Outcome.WRONG_PASSWORD
            else:
                chosen[group] = best
        if not chosen:
            return refusal
        if not tries.more(chosen):
            return Outcome.TOO_MANY
        for group, best in chosen.items():
            self._adopt(group, best)
        return Outcome.RETRY

    def credentials(self, method: str, uri: str, body: bytes = b"") -> tuple[tuple[str, str], ...]:
        """Header lines (name, value) for a request, one a realm that has challenged us.

        Each call is one use of every nonce: call it once for each request sent, with the
        Request-URI exactly as sent. Empty before the first challenge.
        """
        made = [self._answer(known, method, uri, body) for known in self._known.values()]
        return tuple((c.header, str(c)) for c in made)

    def informed(self, value: str, *, proxy: bool = False) -> None:
        """Take in an Authentication-Info: a `nextnonce` replaces the nonce (section 3.5)."""
        try:
            values = read_list(("Digest " + value,))[0][1]
        except SipError:
            return
        nextnonce = dict(values).get("nextnonce")
        for (through_proxy, _), known in self._known.items():
            if nextnonce and through_proxy == proxy:
                known.nonce, known.count, known.cnonce = nextnonce, 0, ""

    def forget(self) -> None:
        """Drop every nonce, as after a change of server; what was pinned stays pinned.

        How often each was used is kept: a server may give the same one again, and counts on.
        """
        for known in self._known.values():
            self._used[known.nonce] = known.count
        while len(self._used) > MAX_USED:
            self._used.popitem(last=False)
        self._known.clear()

    def _is_ours(self, proxy: bool, realm: str) -> bool:
        if self._realms:
            return realm in self._realms
        return self._learned.get(proxy, realm) == realm

    def _too_weak(self, challenge: Challenge) -> bool:
        if _STRENGTH[base_of(challenge.algorithm)] >= _MODERN or self._minimum == "md5":
            return False
        return self._minimum == "sha256" or challenge.realm in self._modern

    def _adopt(self, group: tuple[bool, str], challenge: Challenge) -> None:
        proxy, realm = group
        self._learned.setdefault(proxy, realm)
        if _STRENGTH[base_of(challenge.algorithm)] >= _MODERN:
            self._modern.add(realm)
        known, nonce = self._known.get(group), challenge.nonce
        made = _Known(challenge, nonce, _qop(challenge), self._secret(challenge))
        if known is not None and known.nonce == nonce:
            made.count, made.cnonce = known.count, known.cnonce
        else:
            made.count = self._used.get(nonce, 0)
        self._known[group] = made

    def _secret(self, challenge: Challenge) -> str:
        """The password, hashed once for each realm."""
        key = base_of(challenge.algorithm), challenge.realm
        if key not in self._secrets:
            if len(self._secrets) >= MAX_SECRETS:
                self._secrets.clear()
            self._secrets[key] = hashed_secret(key[0], self._user, key[1], self._password)
        return self._secrets[key]

    def _answer(self, known: _Known, method: str, uri: str, body: bytes) -> Credentials:
        challenge, algorithm, qop = known.challenge, known.challenge.algorithm, known.qop
        session = algorithm.endswith("-sess")
        known.count += 1
        if not known.cnonce or not session:  # -sess keeps it for the life of the nonce
            known.cnonce = self._cnonce()
        nc = known.count.to_bytes(4, "big").hex()
        response = answer_to(
            algorithm,
            known.secret,
            nonce=known.nonce,
            request=(method, uri, body),
            qop=qop,
            nc=nc,
            cnonce=known.cnonce,
        )
        return Credentials(
            self._user,
            challenge.realm,
            known.nonce,
            uri,
            response,
            challenge.get("algorithm"),
            known.cnonce if qop or session else None,
            challenge.get("opaque"),
            qop,
            nc if qop else None,
            challenge.proxy,
        )


def _qop(challenge: Challenge) -> str | None:
    """The quality of protection we choose; None if there is none that we know."""
    return next((q for q in ("auth", "auth-int") if q in challenge.qop), None)
