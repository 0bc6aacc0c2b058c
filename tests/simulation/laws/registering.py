"""I5 and I6: one REGISTER at a time, nonces counted up, credentials for the server only."""

from __future__ import annotations

from firmware.gateway import Gateway
from firmware.sip.events import Address
from firmware.sip.message import Request, Response
from tests.simulation.laws.law import A_HAIR, Law, Passing
from tests.simulation.servers import OURS

PATIENCE = 32.0
FAREWELL = 2.0
"""A removal that nobody answers is waited for so long: a line that has left wants to come back."""
CREDENTIALS = "Authorization", "Proxy-Authorization"


class Registering(Law):
    """Watches REGISTER and all credentials."""

    def begins(self, gateway: Gateway) -> None:  # noqa: ARG002 - a new one knows nothing
        self._out: dict[tuple[str, str, Address], tuple[str, float]] = {}
        """By line, address of ours and server: the REGISTER without an answer, and until when it
        is waited for. None can come to an address that we have left."""
        self._leaving: dict[tuple[str, str, Address], float] = {}
        """When the removal that is out was sent first: to be challenged makes it no younger."""
        self._cut_at = float("-inf")
        self._counts: dict[tuple[str, str], int] = {}
        self._seen: set[tuple[str, str]] = set()

    def sent(self, passing: Passing) -> None:
        message, target = passing.message, passing.peer
        if not isinstance(message, Request):
            return
        # lines of one gateway call each other while no server lives
        listed = target in self.world.operator.listed or target in OURS
        if not listed and any(name in message.headers for name in CREDENTIALS):
            self.breaks("I6", f"credentials in a {message.method} to {target}")
        key = message.via.branch, message.method
        if key in self._seen:
            return
        self._seen.add(key)
        if message.method == "REGISTER" and message.headers.all("Contact"):
            self._registers(passing.at, message, target)
        if message.method != "ACK":  # it has those of its INVITE (section 22.1)
            self._counted(message)

    def refused(self, passing: Passing) -> None:
        message = passing.message
        if isinstance(message, Request) and message.method == "REGISTER":
            key = message.via.branch, message.method
            if key not in self._seen:
                self._seen.add(key)
                self._counted(message)
        self._out.clear()

    def lost(self, peer: Address) -> None:
        self._out = {key: out for key, out in self._out.items() if key[2] != peer}

    def coming(self, passing: Passing) -> None:
        message = passing.message
        if isinstance(message, Response) and message.cseq.method == "REGISTER":
            key = message.to.uri, message.via.host, passing.peer
            branch, _ = self._out.get(key, ("", 0.0))
            if branch == message.via.branch and message.status >= 200:
                del self._out[key]
                if message.status not in {401, 407}:
                    self._leaving.pop(key, None)

    def _registers(self, now: float, request: Request, target: Address) -> None:
        if self.world.network.cut_at > self._cut_at:  # what was asked before is given up
            self._cut_at = self.world.network.cut_at
            self._out.clear()
        key = request.to.uri, request.via.host, target
        _, until = self._out.get(key, ("", now))
        if now < until - A_HAIR:
            early = f"{until - now:.3f} s before the first is given up"
            self.breaks("I5", f"a second REGISTER of {request.to.uri} {early}")
        if request.expires:
            self._leaving.pop(key, None)
            until = now + PATIENCE
        else:
            began = self._leaving.get(key, now)
            if now >= began + PATIENCE:
                began = now  # another one
            self._leaving[key] = began
            until = began + FAREWELL
        self._out[key] = request.via.branch, until

    def _counted(self, request: Request) -> None:
        for given in request.credentials:
            if given.nc is None:
                continue
            key, count = (given.username, given.nonce), int(given.nc, 16)
            if count <= self._counts.get(key, 0):
                self.breaks("I5", f"nc {count} of {key} after {self._counts[key]}")
            self._counts[key] = count
