"""Which transaction a message belongs to, as keys (RFC 3261 sections 17.1.3 and 17.2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from firmware.sip.message import Request
from firmware.sip.tokens import MAGIC

SOON = 4096
"""Bytes within which the top Via of an answer to us has to end."""
_BRANCH = re.compile(MAGIC.encode() + rb"[0-9a-f]{24}")

Key = tuple[str, ...]


def client_key(request: Request) -> Key:
    """The key of a request of ours: its branch and method."""
    return request.via.branch, request.method


def invite_key(cancel: Request) -> Key:
    """The key of the INVITE that a CANCEL of ours belongs to."""
    return cancel.via.branch, "INVITE"


def server_key(request: Request, method: str = "") -> Key:
    """Of a request of theirs, old clients included; ACK counts as INVITE.

    Args:
        request: as it came.
        method: of the request that is meant, if it is not this one.
    """
    via = request.via
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    branch = via.branch
    if branch.startswith(MAGIC) and branch != MAGIC:
        return branch, via.sent_by, method
    number = str(request.cseq.number)
    return request.uri, request.from_.tag, request.call_id, number, str(via), method


def speaks_of(data: bytes, keys: Iterable[Key]) -> bool:
    """Whether unread bytes hold the branch of a request of ours, which none can guess."""
    found = _BRANCH.search(data, 0, SOON)
    return found is not None and any(key[0] == found[0].decode() for key in keys)
