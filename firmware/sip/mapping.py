"""How a server sees us: the address that its answers carry (RFC 3581), and when it has changed.

A NAT that forgets (C06) gives our socket another port, and calls go to the old one until the
next REGISTER. A new port that two answers in a row have named is worth a REGISTER at once;
an address that a meddling gateway (ALG) has made worse is not (C07).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

from firmware.sip.events import Address
from firmware.sip.headers import Via

_INNER = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
        "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""Private addresses, which many have (RFC 1918, RFC 6598, RFC 3927, RFC 4193)."""

Seen = tuple[str, int]


class Mapping:
    """How each address of a server sees us: a NAT may map us differently for each."""

    def __init__(self) -> None:
        self._known: dict[Address, Seen] = {}
        self._doubted: dict[Address, Seen] = {}

    def changed(self, at: Address, via: Via) -> bool:
        """Take the top Via of an answer from the server at `at`.

        Returns:
            Whether we are to be seen elsewhere than before, beyond doubt. Said once a change.
        """
        if via.transport.upper() != "UDP" or via.rport is None or not via.received:
            return False
        seen = via.received, via.rport
        if _private(seen[0]) and not _private(at.host):
            return False  # nobody out there could have seen us so
        known = self._known.setdefault(at, seen)
        if seen == known:
            self._doubted.pop(at, None)
            return False
        if self._doubted.get(at) != seen:
            self._doubted[at] = seen
            return False
        del self._doubted[at]
        self._known[at] = seen
        return True

    def forget(self) -> None:
        """Forget all that was seen: our own address has changed."""
        self._known.clear()
        self._doubted.clear()


@lru_cache(maxsize=64)
def _private(host: str) -> bool:
    """Whether an address means nothing outside its own network; nonsense counts as such."""
    try:
        address = ip_address(host)
    except ValueError:
        return True
    return any(address in network for network in _INNER if network.version == address.version)
