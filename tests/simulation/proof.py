"""Digest credentials (RFC 7616), made of hashlib alone."""

from __future__ import annotations

import hashlib

from firmware.sip.message import Request, Response


def proof(challenge: Response, request: Request, user: str, cnonce: str) -> tuple[str, str]:
    """The header line that answers the MD5 challenge of a 401 or 407; qop auth, used once."""
    asked = next(c for c in challenge.challenges if c.algorithm == "md5")
    secret = _md5(f"{user}:{asked.realm}:{password_of(user)}")
    what = _md5(f"{request.method}:{request.uri}")
    response = _md5(f"{secret}:{asked.nonce}:00000001:{cnonce}:auth:{what}")
    name = "Proxy-Authorization" if challenge.status == 407 else "Authorization"
    value = (
        f'Digest username="{user}", realm="{asked.realm}", nonce="{asked.nonce}", '
        f'uri="{request.uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, '
        f'cnonce="{cnonce}"'
    )
    return name, value


def password_of(user: str) -> str:
    """Everybody's password is this."""
    return f"secret-{user}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  what RFC 7616 says
