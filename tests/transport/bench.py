"""The connections on a bench: no sockets, and time is a number."""

from __future__ import annotations

import random
from typing import Any

from firmware.sip.events import Address, Transport
from firmware.transport.connections import Connections
from firmware.transport.words import Came, Input, Open, Opened, Output, Submit, Write

SERVER = Address("192.0.2.10", 5060, Transport.TCP)
ELSEWHERE = Address("192.0.2.77", 5060, Transport.TCP)
PEER = Address("192.0.2.10", 40123, Transport.TCP)
MESSAGE = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
PING = b"\r\n\r\n"


class Bench:
    """Connections that keep those to `SERVER`, and what they have wanted done."""

    def __init__(self, seed: int = 1) -> None:
        dice = random.Random(seed)  # noqa: S311  reproducible on purpose
        self.kept = {SERVER}
        self.machine = Connections(dice, lambda target: target in self.kept)
        self.now = 0.0
        self.did: list[Any] = []
        self.times: list[float] = []

    def feeds(self, event: Input) -> list[Any]:
        return self._note(self.machine.feed(event, self.now))

    def until(self, end: float) -> list[Any]:
        """Let time pass; what was done meanwhile."""
        before = len(self.did)
        while (due := self.machine.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self._note(self.machine.tick(self.now))
        self.now = end
        return self.did[before:]

    def sends(self, data: bytes = MESSAGE, target: Address = SERVER) -> list[Any]:
        return self.feeds(Submit(data, target))

    def opens(self, target: Address = SERVER) -> int:
        """A connection of ours that stands; its number."""
        (wanted,) = self.sends(target=target)
        assert isinstance(wanted, Open)
        self.feeds(Opened(wanted.flow))
        return wanted.flow

    def hears(self, flow: int, data: bytes) -> list[Any]:
        return self.feeds(Came(flow, data))

    def last(self, kind: type[Any]) -> Any:
        return next(output for output in reversed(self.did) if isinstance(output, kind))

    def all(self, kind: type[Any]) -> list[Any]:
        return [output for output in self.did if isinstance(output, kind)]

    def moments(self, kind: type[Any]) -> list[float]:
        pairs = zip(self.did, self.times, strict=True)
        return [at for output, at in pairs if isinstance(output, kind)]

    def written(self, flow: int) -> bytes:
        return b"".join(output.data for output in self.all(Write) if output.flow == flow)

    def _note(self, outputs: list[Output]) -> list[Any]:
        self.did += outputs
        self.times += [self.now] * len(outputs)
        return outputs
