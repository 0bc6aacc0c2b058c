"""Two user agents, the owners' whims, and a network that loses, doubles and delays.

Everything is decided by one seed, in virtual time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from firmware.sip.agent import UserAgent
from firmware.sip.events import (
    Accept,
    Address,
    AgentSettings,
    Alert,
    Datagram,
    Ended,
    Established,
    HangUp,
    Input,
    Invite,
    LineIdentity,
    LocalMedia,
    MediaChanged,
    MediaPlan,
    Offered,
    Output,
    Refuse,
    Send,
    Server,
)

HERE, THERE = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)


@dataclass(frozen=True, slots=True)
class Network:
    """What happens to a datagram."""

    loss: float = 0.0
    doubling: float = 0.0
    delay: tuple[float, float] = (0.001, 0.02)
    """s, least and most: datagrams overtake each other."""


@dataclass
class World:
    """Two agents, each the server of the other."""

    seed: int
    network: Network = field(default_factory=Network)
    whims: bool = True
    """The callee does what it likes; False: only what is planned."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Of both agents."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  reproducible on purpose
        self.now = 0.0
        dice = [random.Random(self.seed + n) for n in (1, 2)]  # noqa: S311  reproducible on purpose
        self.agents = {
            HERE: UserAgent(_settings(HERE, THERE, "101", self.settings), dice[0]),
            THERE: UserAgent(_settings(THERE, HERE, "102", self.settings), dice[1]),
        }
        self.said: dict[Address, list[tuple[float, Output]]] = {HERE: [], THERE: []}
        self.datagrams = 0
        self._due: list[tuple[float, int, Address, Input]] = []
        self._number = count()
        for where, agent in self.agents.items():
            self._out(where, agent.start(0.0))

    def plans(self, at: float, where: Address, event: Input) -> None:
        heappush(self._due, (at, next(self._number), where, event))

    def calls(self, at: float, *, offers: bool = True) -> int:
        call = self.agents[HERE].new_call()
        media = LocalMedia(HERE.host, 10000)
        self.plans(at, HERE, Invite(call, 1, "102", media, offers=offers))
        return call

    def runs(self, until: float) -> None:
        while True:
            ticks = [
                (due, where) for where, a in self.agents.items() if (due := a.deadline) is not None
            ]
            event_at = self._due[0][0] if self._due else float("inf")
            tick_at = min((due for due, _ in ticks), default=float("inf"))
            if min(event_at, tick_at) > until:
                break
            if event_at <= tick_at:
                _, _, where, event = heappop(self._due)
                self.now = max(self.now, event_at)
                self._out(where, self.agents[where].feed(event, self.now))
            else:
                where = min(ticks, key=lambda tick: tick[0])[1]
                self.now = max(self.now, tick_at)
                self._out(where, self.agents[where].tick(self.now))
                after = self.agents[where].deadline
                assert after is None or after > self.now, "the pump would spin"
        self.now = until

    def ends(self, where: Address) -> dict[int, int]:
        """How often each call was said to have ended."""
        ends: dict[int, int] = {}
        for _, output in self.said[where]:
            if isinstance(output, Ended):
                ends[output.call] = ends.get(output.call, 0) + 1
        return ends

    def offered(self) -> set[int]:
        return {o.call for _, o in self.said[THERE] if isinstance(o, Offered)}

    def established(self, where: Address) -> list[int]:
        return [o.call for _, o in self.said[where] if isinstance(o, Established)]

    def plan(self, where: Address) -> MediaPlan | None:
        """What voice does there by the last word that was said of it."""
        told = [
            output.media
            for _, output in self.said[where]
            if isinstance(output, Established | MediaChanged)
        ]
        return told[-1] if told else None

    def _out(self, where: Address, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self._carry(where, output)
                continue
            self.said[where].append((self.now, output))
            if isinstance(output, Offered) and self.whims:
                self._answers(where, output.call)

    def _carry(self, source: Address, output: Send) -> None:
        self.datagrams += 1
        copies = 0 if self.chance.random() < self.network.loss else 1
        if self.chance.random() < self.network.doubling:
            copies += 1
        for _ in range(copies):
            at = self.now + self.chance.uniform(*self.network.delay)
            self.plans(at, output.target, Datagram(output.data, source))

    def _answers(self, where: Address, call: int) -> None:
        """The callee: lets it ring or not, lifts or refuses or ignores it, hangs up some time."""
        at = self.now
        if self.chance.random() < 0.9:
            at += self.chance.uniform(0, 0.4)
            self.plans(at, where, Alert(call, LocalMedia(where.host, 20000)))
        does = self.chance.random()
        at += self.chance.choice([0.0, 0.05, 1.0, 20.0])
        if does < 0.7:
            self.plans(at, where, Accept(call, LocalMedia(where.host, 20000)))
        elif does < 0.85:
            self.plans(at, where, Refuse(call, 486))
        if self.chance.random() < 0.5:
            self.plans(at + self.chance.choice([0.0, 0.01, 0.5, 30.0]), where, HangUp(call))


def _settings(local: Address, server: Address, number: str, more: dict[str, Any]) -> AgentSettings:
    return AgentSettings(
        "dom",
        (Server(server.host, server.port),),
        (LineIdentity(1, number, number, "secret"),),
        local,
        contact_token=False,
        no_answer_s=50.0,
        give_up_s=120.0,
        **more,
    )
