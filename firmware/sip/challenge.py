"""Challenges and credentials as they stand in headers (RFC 3261 section 22, RFC 7616).

The lists are read element after element, so that a comma inside quotes
(``qop="auth,auth-int"``, ``realm="a, b"``) is never taken for the end of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from typing import Final

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.grammar import (
    MAX_PARAMS,
    QUOTED,
    TOKEN,
    lower,
    malformed,
    quoted,
    unquoted,
    words,
)
from firmware.sip.headerlist import Headers

_PAIR = re.compile(rf'({TOKEN})[ \t]*=[ \t]*({QUOTED}|[^", \t]+)?(?=[ \t]*(?:,|\Z))', re.DOTALL)
_SCHEME = re.compile(rf"({TOKEN})(?=[ \t,]|\Z)")
_BLOB = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|\Z))")

MAX_CHALLENGES: Final = 16


@word
class Challenge:
    """One challenge of a WWW-Authenticate or Proxy-Authenticate header.

    Attributes:
        scheme: in lower case; only ``digest`` is ever answered.
        values: names in lower case, values without quotes.
        proxy: it came as Proxy-Authenticate.
    """

    scheme: str
    values: dict[str, str] = field(hash=False)
    proxy: bool = False

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    @property
    def realm(self) -> str:
        return self.get("realm") or ""

    @property
    def nonce(self) -> str:
        return self.get("nonce") or ""

    @property
    def algorithm(self) -> str:
        """In lower case; MD5 when the challenge does not say."""
        return lower(self.get("algorithm") or "md5")

    @property
    def qop(self) -> tuple[str, ...]:
        """The qualities of protection on offer; empty: the manner of RFC 2069."""
        offered = self.get("qop")
        return () if offered is None else words(offered)

    @property
    def stale(self) -> bool:
        return lower(self.get("stale") or "") == "true"


@word
class Credentials:
    """The answer to a Digest challenge; None: the parameter is not there.

    `nc` is the text of eight hex digits; `algorithm` is echoed as the challenge wrote it.
    """

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str | None = None
    cnonce: str | None = None
    opaque: str | None = None
    qop: str | None = None
    nc: str | None = None
    proxy: bool = False

    @property
    def header(self) -> str:
        return "Proxy-Authorization" if self.proxy else "Authorization"

    @classmethod
    def parse(cls, text: str, *, proxy: bool = False) -> Credentials:
        """Read the value of an Authorization header.

        Raises:
            SipError: it is not Digest, or lacks one of its mandatory parameters.
        """
        found = read_list((text,))
        if len(found) != 1 or found[0][0] != "digest":
            raise malformed("not Digest credentials", text)
        values = dict(reversed(found[0][1]))
        try:
            return cls(
                values["username"],
                values["realm"],
                values["nonce"],
                values["uri"],
                values["response"],
                values.get("algorithm"),
                values.get("cnonce"),
                values.get("opaque"),
                values.get("qop"),
                values.get("nc"),
                proxy,
            )
        except KeyError as error:
            raise SipError(f"credentials without {error.args[0]}") from None

    def __str__(self) -> str:
        text = (
            f"Digest username={quoted(self.username)}, realm={quoted(self.realm)}"
            f", nonce={quoted(self.nonce)}, uri={quoted(self.uri)}"
            f", response={quoted(self.response)}"
        )
        if self.algorithm is not None:
            text += f", algorithm={self.algorithm}"
        if self.cnonce is not None:
            text += f", cnonce={quoted(self.cnonce)}"
        if self.opaque is not None:
            text += f", opaque={quoted(self.opaque)}"
        if self.qop is not None:
            text += f", qop={self.qop}"
        return text if self.nc is None else f"{text}, nc={self.nc}"


def read_list(lines: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Scheme and parameters of every challenge in `lines`, in order.

    Raises:
        SipError: a line is not a list of challenges, or there are too many.
    """
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for text in lines:
        at = _after_separators(text, 0)
        current: list[tuple[str, str]] | None = None
        while at < len(text):
            if current == [] and (blob := _BLOB.match(text, at)) is not None:
                current.append(("", blob[0]))  # what Negotiate has in place of parameters
                at = blob.end()
            elif current is not None and (pair := _PAIR.match(text, at)) is not None:
                current.append((lower(pair[1]), unquoted(pair[2] or "")))
                at = pair.end()
            elif (scheme := _SCHEME.match(text, at)) is not None:
                current = []
                found.append((lower(scheme[1]), current))
                at = scheme.end()
            else:
                raise malformed("not a challenge", text[at:])
            if len(found) > MAX_CHALLENGES or len(current or ()) > MAX_PARAMS:
                raise SipError("too many challenges, or parameters in one")
            at = _after_separators(text, at)
    return found


def _after_separators(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t,":
        at += 1
    return at


def read_challenges(headers: Headers) -> tuple[Challenge, ...]:
    """Every challenge of both headers, in the order of the message."""
    www = [(headers.all("www-authenticate"), False), (headers.all("proxy-authenticate"), True)]
    return tuple(
        [
            Challenge(scheme, dict(reversed(values)), proxy)  # of two the first counts
            for lines, proxy in www
            for scheme, values in read_list(lines)
        ]
    )


def read_credentials(headers: Headers) -> tuple[Credentials, ...]:
    """The Digest credentials of both headers; what is not Digest is not ours to judge."""
    both = [(headers.all("authorization"), False), (headers.all("proxy-authorization"), True)]
    return tuple(
        [
            Credentials.parse(line, proxy=proxy)
            for lines, proxy in both
            for line in lines
            if lower(line[:7]) in {"digest ", "digest\t"}
        ]
    )
