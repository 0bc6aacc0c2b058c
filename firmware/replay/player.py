"""Live through a record again: a gateway in virtual time, told what it was told then."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf

from drivers.board import CardSettings
from firmware.card.words import card_settings
from firmware.dtls import messages as dtls
from firmware.errors import CommandError, ConfigError
from firmware.gateway import Gateway
from firmware.log import LOGGER
from firmware.media import messages as media
from firmware.replay.circuits import CardOnStage, circuits
from firmware.replay.judge import Difference, Judge
from firmware.replay.likeness import Likeness, nonces_of
from firmware.replay.plan import WIRE, Plan, plan
from firmware.replay.record import Record
from firmware.replay.stage import (
    Dice,
    HandshakesOnStage,
    HelperOnStage,
    NetworkOnStage,
    SoundOnStage,
    hosts_of,
)
from firmware.replay.standby import Standby, place
from firmware.replay.teller import Teller
from firmware.replay.virtual import VirtualLoop
from firmware.seams import Seams
from firmware.signalling import LOOK_OUT
from firmware.sip.events import Address
from firmware.trace.marks import Lane, Mark

TOLERANCE = 0.5
"""s: a gateway on a busy machine may have been late by so much."""
BEFORE = 60.0
"""s in which the state is brought about that a record from the middle begins with."""
BEHIND = 1.0
"""s that go on behind the last mark."""
NEAR = 1.0
"""s by which the network may have been there before somebody could use it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replay."""

    record: Record
    plan: Plan
    fed: int
    as_recorded: int
    difference: Difference | None
    marks: list[Mark]
    """Of this time, on the clock of the record."""


def replay(
    record: Record,
    *,
    tolerance: float = TOLERANCE,
    progress: Callable[[float], object] = lambda _share: None,
) -> Outcome:
    """Live through a record.

    Args:
        record: of a bundle.
        tolerance: seconds that something may come too early or too late.
        progress: told how much of it is over, 0 to 1, now and then.

    Raises:
        CommandError: it cannot be replayed; says why.
    """
    return _Player(record, tolerance, progress).play()


class _Player:
    def __init__(
        self, record: Record, tolerance: float, progress: Callable[[float], object]
    ) -> None:
        self._record = record
        self._progress = progress
        self._plan = plan(record)
        self._standby = None if self._plan.whole else Standby(record)
        self._loop = VirtualLoop(self._plan.begin if self._plan.whole else self._before())
        self._likeness = Likeness()
        self._likeness.nonces = nonces_of(
            [mark.detail for mark in self._plan.fed if mark.lane in WIRE]
        )
        self._judge = Judge(self._plan.expected, self._likeness, tolerance, self._release)
        self._tolerance = tolerance
        self._held: list[Mark] = []
        """What answers a request that has not been sent yet this time."""
        config = record.config
        self._card = card_settings(config)
        self.circuits = circuits(self._card, self._works_at(), self._loop.time)
        self.network = NetworkOnStage(
            record.local,
            hosts_of(
                (
                    (server.host, row.address)
                    for server in config.sip.server
                    for row in record.life.state.servers
                    if row.server == config.sip.name_of(server)
                ),
                record.local.transport,
            ),
            _moves(record),
            -inf if self._standby else (record.life.speaks or 0.0) - NEAR,
            self._loop.time,
        )
        self.network.sent = self._sent
        self.sound: SoundOnStage | None = None
        self.voice_ends: Callable[[int], None] = lambda _status: None
        self.hands: HandshakesOnStage | None = None
        self._shaking = 0
        """The port whose call agrees on keys now."""
        self._marks: list[Mark] = []
        self._gateway: Gateway | None = None

    def _before(self) -> float:
        """When to begin for a record from the middle: looks at our address come as they came."""
        latest, first = self._plan.begin - BEFORE, self._record.life.speaks or 0.0
        return latest - (latest - first) % LOOK_OUT

    def _works_at(self) -> dict[int, list[tuple[float, str]]]:
        found: dict[int, list[tuple[float, str]]] = {}
        for number, mark in enumerate(self._record.marks):
            if mark.lane is Lane.HOUSE and mark.what == "in service" and self._standby is None:
                at = mark.at + number * 1e-6  # one after the other, as then
                found.setdefault(mark.port, []).append((at, mark.detail))
        return found

    # the stage

    def _seams(self) -> Seams:
        record = self._record
        share = record.life.quiet_s / (record.config.sip.start_delay or 1.0)
        begin = self._plan.begin - 1e-6
        whole = self._standby is None
        drawn = [
            value
            for at, value in record.life.draws
            if whole or (at >= begin and value == int(value))  # not those of the upkeep
        ]
        tokens = [record.life.tokens.get(str(line.port), "") for line in record.config.line]
        return Seams(
            network=self.network,
            open_media=self._open_media,
            open_card=self._open_card,
            dice=Dice(
                [share, *drawn] if whole else drawn,
                tokens if all(tokens) else (),
                random.Random(0),  # noqa: S311 - nothing of it has to be guessed by anybody
            ),
            local_time=lambda: (
                datetime.fromtimestamp(self._wall()).astimezone().strftime("%m%d%H%M")
            ),
            wall_clock=self._wall,
            realtime=False,
            uptime=lambda: 0.0 if whole and share else inf,
            open_handshakes=self._open_handshakes,
            open_helper=HelperOnStage,
        )

    def _wall(self) -> float:
        return self._loop.time() + self._record.life.offset

    def _open_media(
        self, report: Callable[[media.Report], None], ended: Callable[[int], None]
    ) -> SoundOnStage:
        self.voice_ends = ended
        self.sound = SoundOnStage(report, self._loop)
        return self.sound

    def _open_handshakes(
        self, report: Callable[[dtls.Report], None], _ended: Callable[[int], None]
    ) -> HandshakesOnStage:
        self.hands = HandshakesOnStage(report, self._loop, lambda: self._shaking)
        return self.hands

    def _open_card(self, settings: CardSettings) -> CardOnStage:
        return CardOnStage(settings.number, self.circuits)

    # playing

    def play(self) -> Outcome:
        asyncio.set_event_loop(self._loop)
        try:
            with _silent():
                self._loop.run_until_complete(self._play())
        except ConfigError as error:
            raise CommandError(f"{self._record.name}: {error}") from error
        finally:
            self._loop.close()
            asyncio.set_event_loop(None)
        return Outcome(
            record=self._record,
            plan=self._plan,
            fed=len(self._plan.fed),
            as_recorded=self._judge.as_recorded,
            difference=self._judge.first(self._plan.end),
            marks=self._marks,
        )

    async def _play(self) -> None:
        gateway = self._gateway = Gateway(self._record.config, self._seams())
        gateway.trace.subscribe(self._came)
        starting = self._loop.create_task(gateway.start())
        if self._standby:
            self._loop.call_at(self._plan.begin - BEFORE / 2, self._standby.prepare, gateway)
            for number, mark in enumerate(self._plan.before):
                at = self._plan.begin - BEFORE / 4 + number * 1e-6
                self._loop.call_at(at, self._standby.told, gateway, mark)
        teller = Teller(self._record, self._plan, gateway, self, self._standby)
        for at, what in sorted(teller.schedule(self.circuits), key=lambda one: one[0]):
            self._loop.call_at(at, what)
        last = self._plan.end + BEHIND + self._tolerance
        begin, whole = self._loop.time(), max(last - self._loop.time(), 1e-3)
        for step in range(1, 21):
            await asyncio.sleep(max(0.0, begin + whole * step / 20 - self._loop.time()))
            self._progress(step / 20)
        starting.cancel()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _came(self, mark: Mark) -> None:
        if self._standby is None or mark.at >= self._plan.begin - 1e-6:
            self._marks.append(mark)
        if mark.lane is Lane.VOICE:
            self._shaking = mark.port  # its handshake begins, if one does
        if self._plan.judges(mark):
            self._judge.came(mark)

    # the wire

    def _sent(self, data: bytes, target: Address) -> None:
        if self._standby and (answer := self._standby.answers(data)):
            self._loop.call_soon(self._arrives, answer, target)

    def receive(self, mark: Mark) -> None:
        if self._likeness.awaited(mark.detail):
            self._held.append(mark)
            self._loop.call_later(self._tolerance, self._forget, mark)
            return
        self._arrives(
            self._likeness.told_now(mark.detail).encode(), place(mark.peer, self._record.local)
        )

    def _release(self) -> None:
        """A message of ours was recognised: perhaps its answer has been waiting."""
        held, self._held = self._held, []
        for mark in held:
            self._loop.call_soon(self.receive, mark)

    def _forget(self, mark: Mark) -> None:
        if mark in self._held:
            self._held.remove(mark)

    def _arrives(self, data: bytes, source: Address) -> None:
        if self.network.ears:
            self.network.ears.received(data, source)


def _moves(record: Record) -> list[tuple[float, str]]:
    """When our own address changed, and what it was before: the present one is the last."""
    return [
        (mark.at, mark.detail.partition(" is ")[0])
        for mark in record.marks
        if mark.lane is Lane.HOUSE and mark.what == "address" and mark.detail.endswith(" now")
    ]


@contextmanager
def _silent() -> Iterator[None]:
    """What is logged meanwhile happens to nobody."""
    before, LOGGER.disabled = LOGGER.disabled, True
    try:
        with _quiet("tipring.pump"):
            yield
    finally:
        LOGGER.disabled = before


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
