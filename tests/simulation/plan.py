"""What a world is made of, all of it drawn from one seed, and each part can be taken away.

A failure is reported as a plan: the seed, and the faults and people without which it no
longer happens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self


class Kind(Enum):
    """What can go wrong, or be done by somebody else than the people at the telephones."""

    LOSS = "loss"
    DOUBLES = "doubles"
    DETOURS = "detours"
    SERVER_DOWN = "server down"
    NO_WAY_IN = "nothing comes in"
    NO_WAY_OUT = "nothing goes out"
    NO_ADDRESS = "no address"
    WE_MOVE = "our address changes"
    NO_NAMES = "no names"
    REGISTRAR_REFUSES = "registrar refuses"
    SERVER_FORGETS = "server forgets"
    SERVER_MOVES = "server moves"
    MEDIA_DIES = "media dies"
    CHIP_RESET = "chip reset"
    POWER_ALARM = "power alarm"
    SPI_SLIP = "SPI slip"
    DISABLED = "disabled"
    DEREGISTERED = "deregistered"
    RESTART = "restart"
    STRANGER = "stranger"
    CUT = "connections cut"
    HALF_OPEN = "connections half open"


MANY = {
    Kind.LOSS: 4, Kind.DOUBLES: 3, Kind.DETOURS: 3, Kind.SERVER_DOWN: 3, Kind.NO_WAY_IN: 1,
    Kind.NO_WAY_OUT: 1, Kind.NO_ADDRESS: 2, Kind.WE_MOVE: 2, Kind.NO_NAMES: 2,
    Kind.REGISTRAR_REFUSES: 2,
    Kind.SERVER_FORGETS: 1, Kind.SERVER_MOVES: 2, Kind.MEDIA_DIES: 1, Kind.CHIP_RESET: 1,
    Kind.POWER_ALARM: 1, Kind.SPI_SLIP: 1, Kind.DISABLED: 1, Kind.DEREGISTERED: 1,
    Kind.RESTART: 1, Kind.STRANGER: 2,
}  # fmt: skip
"""How often each kind is drawn."""
PIPED = {Kind.CUT: 5, Kind.HALF_OPEN: 5}
"""The same of those that only connections know."""
SHARES = {Kind.LOSS: (0.01, 0.4), Kind.DOUBLES: (0.01, 0.3), Kind.DETOURS: (0.01, 0.2)}
LENGTHS = {
    Kind.LOSS: (30, 1200), Kind.DOUBLES: (30, 1200), Kind.DETOURS: (30, 1200),
    Kind.MEDIA_DIES: (0, 5), Kind.RESTART: (0, 10), Kind.STRANGER: (5, 60),
}  # fmt: skip
TCP = 0.3
"""The share of worlds that speak it."""
LENGTH = 0.5, 400.0
"""Seconds that any other fault lasts."""
REFUSALS = 0, 200, 403, 404, 423, 500, 503, 600
"""Of the registrar; 0: it is silent, 200: it grants somebody else's Contact."""
AT_ONCE = {
    Kind.CHIP_RESET, Kind.POWER_ALARM, Kind.SPI_SLIP, Kind.SERVER_FORGETS, Kind.CUT,
    Kind.HALF_OPEN,
}  # fmt: skip
AT_A_SERVER = {
    Kind.SERVER_DOWN, Kind.NO_WAY_IN, Kind.NO_WAY_OUT, Kind.REGISTRAR_REFUSES,
    Kind.SERVER_FORGETS, Kind.SERVER_MOVES, Kind.CUT, Kind.HALF_OPEN,
}  # fmt: skip
AT_A_PORT = {Kind.CHIP_RESET, Kind.POWER_ALARM, Kind.SPI_SLIP, Kind.DISABLED, Kind.DEREGISTERED}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, and when it is right again; seconds from the beginning."""

    kind: Kind
    at: float
    until: float
    port: int = 0
    server: int = 0
    """Counted from 0."""
    amount: float = 0.0
    """A share of datagrams, a status; 0 where nothing is measured."""

    def __str__(self) -> str:
        where = f" port {self.port}" if self.port else ""
        where += f" of server {self.server + 1}" if self.kind in AT_A_SERVER else ""
        how = f" {self.amount:g}" if self.amount else ""
        return f"{self.at:8.1f} - {self.until:6.1f} s  {self.kind.value}{where}{how}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One world."""

    seed: int
    seconds: float
    """How long people live in it; then all is put right, and must come to rest."""
    until: float = 0.0
    """If not 0: it ends so early, and what goes wrong later never happens."""
    ports: int = 2
    exchange: bool = True
    """The embedded exchange is the server, telephones behind it; else the server itself."""
    transport: str = "udp"
    """What the gateway and its servers speak."""
    servers: int = 1
    """They do not know of each other: a line is bound where it has registered."""
    fail_back: str = "auto"
    beat: float = 30.0
    """Seconds between two heartbeats; 0: there are none."""
    judge: str = "options"
    """What tells whether a server lives."""
    failover: float = 4.0
    """Seconds after which a call goes to the next server; 0: 64*T1."""
    named: bool = False
    """The configuration has the servers' names, not their addresses."""
    anywhere: bool = False
    """The gateway listens on every address and finds out its own."""
    expires: int = 3600
    """Seconds that a binding is asked for."""
    dial_tone: str = "always"
    prack: str = "off"
    """What the gateway thinks of reliable provisional answers."""
    session: int = 0
    """Seconds after which it wants a call confirmed; 0: only if somebody else does."""
    pace: float = 60.0
    """Mean seconds between two things that somebody does with a telephone; the far end calls
    each of them a little less often."""
    people: tuple[int, ...] = (1, 2)
    """Ports with somebody at the telephone."""
    far: bool = True
    """The far end calls; it can always be called."""
    audio: bool = False
    """Samples are carried; slow."""
    faults: tuple[Fault, ...] = ()

    @classmethod
    def draw(cls, seed: int, seconds: float = 3600.0, *, audio: bool = False) -> Self:
        """The world of a seed."""
        dice = random.Random(f"plan {seed}")  # noqa: S311  a world has to repeat itself
        ports = 2 if audio else dice.randint(1, 4)
        exchange = dice.random() < 0.6 or audio
        servers = 1 if audio else dice.choice((1, 2, 2, 3))
        beat = dice.choice((30.0, 30.0, 30.0, 10.0, 0.0))
        judges = ("options", "options", "options", "register", "invite")
        many = dice.choice((0, 0, 1, 2, 4, 8, 12)) * seconds / 3600
        count = int(many) + (dice.random() < many % 1)
        transport = "tcp" if dice.random() < TCP and not audio else "udp"
        return cls(
            seed,
            seconds,
            ports=ports,
            exchange=exchange,
            transport=transport,
            servers=servers,
            named=dice.random() < 0.3,
            anywhere=dice.random() < 0.5,
            expires=dice.choice((60, 120, 600, 3600)),
            dial_tone=dice.choice(("always", "always", "registered", "alive")),
            prack=dice.choice(("off", "off", "supported", "supported", "required")),
            session=dice.choice((0, 0, 90, 180)),
            fail_back=dice.choice(("auto", "auto", "manual", "never")),
            beat=beat,
            judge=dice.choice(judges) if beat else "options",
            failover=dice.choice((4.0, 4.0, 1.0, 0.0)),
            pace=10.0 if audio else dice.choice((120.0, 300.0, 600.0)),
            people=tuple(range(1, ports + 1)),
            far=not audio,
            audio=audio,
            faults=_faults(
                dice, count, cls(seed, seconds, 0.0, ports, exchange, transport, servers)
            ),
        )

    def without(self, index: int) -> Self:
        """The same world without one of its faults."""
        return replace(self, faults=self.faults[:index] + self.faults[index + 1 :])

    def cut(self, until: float) -> Self:
        """The same world with an earlier end."""
        faults = (replace(f, until=min(f.until, until)) for f in self.faults if f.at < until)
        return replace(self, until=until, faults=tuple(faults))

    @property
    def lives(self) -> float:
        """Seconds until everybody goes home."""
        return self.until or self.seconds

    @property
    def arguments(self) -> str:
        """What brings this world about again, on the command line."""
        drawn = type(self).draw(self.seed, self.seconds, audio=self.audio)
        words = [f"--seed {self.seed} --seconds {self.seconds:g}"]
        if self.audio:
            words.append("--audio")
        drawn = drawn.cut(self.until) if self.until else drawn
        if self.until:
            words.append(f"--until {self.until:g}")
        if self.faults != drawn.faults:
            kept = (str(i) for i, fault in enumerate(drawn.faults) if fault in self.faults)
            words.append(f"--faults {','.join(kept) or ','}")
        if self.people != drawn.people:
            words.append(f"--people {','.join(map(str, self.people)) or ','}")
        if self.far != drawn.far:
            words.append("--nobody-calls")
        return " ".join(words)

    def __str__(self) -> str:
        server = "exchange" if self.exchange else "script"
        words = [
            f"seed {self.seed}: {self.lives:g} s, {self.ports} ports, people at",
            ", ".join(map(str, self.people)) or "none",
            f"; {self.servers} {server}{' by name' if self.named else ''} by {self.transport}",
            f"; expires {self.expires}, dial tone {self.dial_tone}, prack {self.prack}",
            f", session {self.session}",
            f", fail-back {self.fail_back}",
            f", heartbeat {self.beat:g} by {self.judge}, fail-over {self.failover:g}",
            f", pace {self.pace:g}",
            "" if self.far else "; the far end does not call",
            "; listening anywhere" if self.anywhere else "",
            "; with audio" if self.audio else "",
        ]
        lines = ["".join((words[0], " ", *words[1:])), *(f"  {fault}" for fault in self.faults)]
        return "\n".join(lines)


def _faults(dice: random.Random, count: int, plan: Plan) -> tuple[Fault, ...]:
    """As many, in order; they strike what the plan has."""
    weights = MANY if plan.transport == "udp" else {**MANY, **PIPED}
    kinds = dice.choices(list(weights), list(weights.values()), k=count)
    return tuple(sorted((_fault(dice, kind, plan) for kind in kinds), key=lambda f: f.at))


def _fault(dice: random.Random, kind: Kind, plan: Plan) -> Fault:
    seconds = plan.seconds
    at = dice.uniform(0.0, 0.9 * seconds) if dice.random() < 0.9 else 0.0
    length = 0.0 if kind in AT_ONCE else dice.uniform(*LENGTHS.get(kind, LENGTH))
    port = dice.randint(1, plan.ports) if kind in AT_A_PORT else 0
    server = dice.randrange(plan.servers) if kind in AT_A_SERVER else 0
    amount = 0.0
    if kind in SHARES:
        amount = round(dice.uniform(*SHARES[kind]), 3)
    elif kind is Kind.REGISTRAR_REFUSES:
        amount = dice.choice(REFUSALS)
    return Fault(kind, round(at, 3), round(min(at + length, seconds), 3), port, server, amount)
