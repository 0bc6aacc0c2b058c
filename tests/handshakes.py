"""What stands in for the process that shakes hands, in worlds whose time is virtual.

Two ends of one world meet by the addresses of their sockets, as on a wire; each must have been
told the other's certificate, and one of them has to begin. A far end that is a script meets
nobody.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firmware.dtls.messages import Agree, Agreed, Command, Failed, Leave, Ready, Record, Report
from firmware.dtls.messages import Refused as NoKeys
from firmware.errors import MediaError

STARTS_IN = 0.5
"""Seconds: aiortc is large."""
TAKES = 0.05
SUITE, OCTETS = "AEAD_AES_256_GCM", 44


@dataclass
class _Waiting:
    order: Agree
    at: tuple[str, int]


class Handshakes:
    """All processes of a world, one after another.

    Attributes:
        started: how many there have been.
        broken: why the next cannot work; empty: it can.
        orders: what they were told.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.started = 0
        self.broken = ""
        self.orders: list[Command] = []
        self.running: _Process | None = None
        self.dice = random.Random(4)  # noqa: S311 - a test wants the same dice each time

    def open(self, report: Callable[[Report], None], ended: Callable[[int], None]) -> _Process:
        self.running = _Process(self, report, ended)
        return self.running

    def dies(self) -> None:
        """The process is killed."""
        assert self.running is not None
        self.running.alive = False
        self.running.ended(-9)


class _Process:
    def __init__(
        self,
        all_: Handshakes,
        report: Callable[[Report], None],
        ended: Callable[[int], None],
    ) -> None:
        self._all = all_
        self._report = report
        self.ended = ended
        self.alive = False
        self._waiting: dict[int, _Waiting] = {}
        self._fingerprint = ""

    def start(self) -> None:
        self.alive = True
        self._all.started += 1
        octets = self._all.dice.randbytes(32)
        self._fingerprint = "sha-256 " + ":".join(f"{octet:02X}" for octet in octets)
        self._all.loop.call_later(STARTS_IN, self._begin)

    def _begin(self) -> None:
        if self._all.broken:
            self.tell(Failed(reason=self._all.broken))
            self.alive = False
            self.ended(1)
        else:
            self.tell(Ready(fingerprint=self._fingerprint))

    def send(self, command: Command, *sockets: Any) -> None:
        if not self.alive:
            raise MediaError("it does not run")
        self._all.orders.append(command)
        match command:
            case Agree(number=number):
                self._waiting[number] = _Waiting(command, sockets[0].getsockname())
                self._all.loop.call_later(TAKES, self._meet, number)
            case Leave(number=number):
                self._waiting.pop(number, None)
            case Record():
                pass

    def tell(self, report: Report) -> None:
        if self.alive:
            self._report(report)

    def _meet(self, number: int) -> None:
        here = self._waiting.get(number)
        if here is None:
            return
        for other, there in self._waiting.items():
            aims = (there.order.host, there.order.port), (here.order.host, here.order.port)
            if other != number and aims == (here.at, there.at):
                del self._waiting[number], self._waiting[other]
                self._shake(here.order, there.order)
                return

    def _shake(self, here: Agree, there: Agree) -> None:
        assert here.active is not there.active, "both begin, or neither"
        keys = self._all.dice.randbytes(OCTETS), self._all.dice.randbytes(OCTETS)
        for order, (sends, receives) in ((here, keys), (there, keys[::-1])):
            if self._fingerprint not in order.theirs:
                self.tell(NoKeys(number=order.number, why="another certificate"))
                continue
            self.tell(Agreed(number=order.number, suite=SUITE, sends=sends, receives=receives))

    async def closed(self) -> None:
        self.alive = False
