"""Two gateways' media with a fax machine at each copper, and a bad way between them."""

from __future__ import annotations

import random
from typing import Protocol

from firmware.media.fax_messages import Fax, FaxReport
from firmware.media.g711 import from_linear, to_linear
from firmware.media.messages import Close, Command
from tests.fax.machine import FaxMachine
from tests.media.fakes import PEER, Bench, FakeRtpSocket, opened

LONGEST = 90.0
"""s; a small page takes 20."""


class Loses(Protocol):
    """Whether the way loses the next datagram."""

    def __call__(self) -> bool: ...


def nothing() -> bool:
    return False


def some(share: float, seed: int) -> Loses:
    """Each by chance."""
    dice = random.Random(seed)  # noqa: S311 - a test wants the same dice each time
    return lambda: dice.random() < share


def in_a_row(count: int, every: int) -> Loses:
    """So many together, again and again."""
    turn = iter(range(1 << 30))
    return lambda: next(turn) % every < count


class End:
    """One of the two: a telephone socket, and what the network does with it."""

    def __init__(self, *, calls: bool, seed: int, **how: bool) -> None:
        self.machine = FaxMachine(calls=calls)
        self.bench = Bench(seed=seed)
        self.socket = FakeRtpSocket()
        self.bench.engine.command(opened(**how), [self.socket])

    def obeys(self, command: Command) -> None:
        self.bench.engine.command(command)

    def speaks_t38(self, *, largest: int = 400, bit_rate: int = 14400) -> None:
        host, port = PEER
        fax = Fax(port=1, host=host, udptl_port=port, largest=largest, bit_rate=bit_rate)
        self.obeys(fax)

    def tick(self) -> None:
        heard = self.bench.tick(from_linear("PCMA", self.machine.says()))
        self.machine.hears(to_linear("PCMA", heard))

    def ends(self) -> FaxReport:
        self.obeys(Close(port=1))
        return [r for r in self.bench.reports() if isinstance(r, FaxReport)][-1]


class Joined:
    """Both, and the way between: what one sends the other finds in its next period."""

    def __init__(self, one: End, other: End, loses: Loses = nothing) -> None:
        self.one, self.other = one, other
        self._loses = loses
        self.seconds = 0.0

    def tick(self) -> None:
        self.one.tick()
        self.other.tick()
        for source, target in ((self.one, self.other), (self.other, self.one)):
            for data, _ in source.socket.sent:
                if not self._loses():
                    target.socket.arrive(data)
            source.socket.sent.clear()
        self.seconds += 0.02

    def runs(self) -> tuple[int | None, int | None]:
        """Until both machines have hung up, or one of them 5 s ago; how it ended for each."""
        ends, patience = (self.one.machine, self.other.machine), 5.0
        while self.seconds < LONGEST and patience > 0:
            self.tick()
            over = [end.result is not None for end in ends]
            patience = 0.0 if all(over) else patience - 0.02 * any(over)
        return self.one.machine.result, self.other.machine.result
