"""A whole world from one plan: a gateway, people at its telephones, a server, a far end.

Everything between the chips' registers and the datagrams is the real gateway. Whatever
happens, the laws are watched; the first that is broken ends the world.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Container, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.config.load import parse as parse_config
from firmware.desk.desk import Desk
from firmware.gateway import Gateway
from firmware.profiles import load as load_profile
from firmware.seams import Media, Seams
from firmware.trace.ladder import render
from firmware.trace.marks import Mark
from tests.simulation.copper import Copper
from tests.simulation.far import DOMAIN
from tests.simulation.faults import Faults
from tests.simulation.handset import Handset
from tests.simulation.laws import Broken, Court, fallen_at
from tests.simulation.loop import WorldLoop
from tests.simulation.operator import FAR_NUMBERS, Operator
from tests.simulation.person import Person
from tests.simulation.plan import Plan
from tests.simulation.proof import password_of
from tests.simulation.servers import GATEWAY, SERVERS
from tests.simulation.tape import Tape
from tests.simulation.voice import Voices
from tests.simulation.weather import NAMES, RoughNetwork

NUMBERS = (*FAR_NUMBERS, "8999", "90", "90011#", "0755#", "5", "110", "109")
"""What people call besides each other: some do not exist, some have no end, some are nonsense."""
FAR_PACE = 1.5
"""The far end calls a port so much less often than somebody at a telephone does something."""
LEAVING = 1800.0
"""Seconds in which everybody has ended what was begun, and gone home."""
MARKS = 60
"""How much of the ladder before its end is shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A world that has come to its end, and kept the laws."""

    plan: Plan
    digest: str
    """Of everything that happened."""
    seconds: float
    """That it lived, in its own time."""
    events: int
    """Things noted on the tape."""
    datagrams: int
    calls: int
    """Records of calls, and of attempts."""
    talks: int
    """Those that were answered."""


class SimWorld:
    """One world; `run` it once.

    Args:
        plan: what it is made of.
        more: more of the configuration file.
        meddle: called when the first gateway has started; for those who want to break a law.
        laws: those that count; None: all.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        more: str = "",
        meddle: Callable[[SimWorld], None] = lambda _: None,
        laws: Container[str] | None = None,
    ) -> None:
        self.plan = plan
        self._more = more
        self._meddle = meddle
        self.loop = WorldLoop()
        asyncio.set_event_loop(self.loop)
        self.born = self.loop.time()
        self.tape = Tape()
        self.numbers = {port: str(100 + port) for port in range(1, plan.ports + 1)}
        self.network = RoughNetwork(
            self.loop, self._dice("network"), self.tape, self._dice("connections")
        )
        self.copper = Copper(self.loop, plan.ports, plan.seed)
        self.profile = load_profile("cn")
        self.voices = Voices(self.loop, self.copper, self.profile.tones, audio=plan.audio)
        self.handsets = {
            port: Handset(port, self.copper, self.voices, audio=plan.audio)
            for port in self.numbers
        }
        self.gateway: Gateway | None = None
        self.desk: Desk | None = None
        self.own_tasks: set[asyncio.Task[Any] | None] = set()
        """Those that the world itself is made of."""
        self.lives = 0
        """Gateways there have been."""
        self._end = asyncio.Event()
        """All faults are over, everybody goes home."""
        self.operator = Operator(
            plan, self.network, self.voices, self.numbers.values(), self._dice
        )
        self.court = Court(self, laws)
        self.faults: Faults
        self._people: list[Person] = []
        self._jobs: list[asyncio.Task[None]] = []
        self._records = self._talks = 0
        self._marks: list[Mark] = []

    # life

    def run(self) -> Outcome:
        """Live to the end.

        Raises:
            Broken: a law was; it says which, and shows the ladder.
        """
        handler = self.court.ear
        log, level = logging.getLogger("tipring"), logging.getLogger("tipring").level
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        self.loop.set_exception_handler(self.court.unhandled)
        self.loop.at_rest = self.court.happened
        try:
            self.loop.run_until_complete(self._until_broken())
            ended = self.loop.time()
        except Broken as broken:
            broken.picture = self.picture
            raise
        except Exception as error:
            fallen = Broken("unhandled", fallen_at(error), self.loop.time() - self.born)
            fallen.picture = self.picture
            raise fallen from error
        finally:
            self.loop.at_rest = lambda: None
            self._abandon()
            log.removeHandler(handler)
            log.setLevel(level)
            asyncio.set_event_loop(None)
        return Outcome(
            self.plan, self.tape.digest, ended - self.born, self.tape.notes,
            self.court.datagrams, self._records, self._talks,
        )  # fmt: skip

    async def _until_broken(self) -> None:
        story: asyncio.Task[Any] = self.loop.create_task(self._story())
        self.own_tasks = {story, asyncio.current_task()}
        await asyncio.wait({story, self.court.broken}, return_when=asyncio.FIRST_COMPLETED)
        if self.court.broken.done():
            story.cancel()
            raise self.court.broken.result()
        await story

    async def _story(self) -> None:
        self.operator.starts()
        self.faults = Faults(self)
        await self._starts()
        self._meddle(self)
        for port in self.plan.people:
            self._lives_at(port)
        if self.plan.far:
            for port in self.numbers:
                self._begin(self._calls_to(port))
        await asyncio.sleep(self.born + self.plan.lives - self.loop.time())
        await self._comes_to_rest()
        await self._stops()
        self.court.ends()

    def _lives_at(self, port: int) -> None:
        others = [n for p, n in self.numbers.items() if p != port or self.plan.seed % 5 == 0]
        numbers = (*others * (20 if self.plan.audio else 2), *NUMBERS)
        dice = self._dice(f"person {port}")
        person = Person(self.handsets[port], dice, numbers, self.plan.pace)
        self._people.append(person)
        self._begin(person.lives())

    def _begin(self, job: Coroutine[Any, Any, None]) -> None:
        """Somebody begins with what goes on until all go home; to fall over is a failure."""
        task = self.loop.create_task(job)
        task.add_done_callback(self._is_over)
        self._jobs.append(task)

    def _is_over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.court.breaks("unhandled", fallen_at(error))

    async def _calls_to(self, port: int) -> None:
        chance, pace = self._dice(f"calls to {port}"), FAR_PACE * self.plan.pace
        while not await self._healed_within(chance.expovariate(1 / pace)):
            await chance.choice(self.operator.fars).calls(self.numbers[port])

    async def _healed_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._end.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _comes_to_rest(self) -> None:
        """Everybody goes home, and all that was begun must come to an end."""
        self.happens("everybody goes home")
        self._end.set()
        self.court.healed()
        self.operator.goes_home()
        for person in self._people:
            person.sent_home()
        if self._jobs and (await asyncio.wait(self._jobs, timeout=LEAVING))[1]:
            self.court.breaks("LIVE2", f"somebody has not gone home after {LEAVING:g} s")
        await self._looks_until(lambda: not self.operator.busy)
        self.court.all_down()
        await self._looks_until(self.court.at_rest)

    async def _looks_until(self, what: Callable[[], bool]) -> None:
        """Look once a second."""
        while not what():  # noqa: ASYNC110 - nobody says when nothing happens any more
            await asyncio.sleep(1.0)

    # the gateway

    async def _starts(self) -> None:
        self.lives += 1
        self.network.told.clear()
        seams = Seams(
            network=self.network,
            open_media=self._open_media,
            open_card=self.copper.open_card,
            dice=self._dice(f"gateway {self.lives}"),
            local_time=lambda: "11220914",
            wall_clock=lambda: 1_795_000_000.0 + self.loop.time(),
            realtime=False,
        )
        gateway = Gateway(parse_config(self._text(), "world.toml", Path()).config, seams)
        gateway.trace.subscribe(self._mark)
        self.court.begins(gateway)
        self.gateway = gateway
        self.copper.watched(gateway.rack._poll_later, gateway.rack._check_later)
        await gateway.start()
        self.desk = Desk(gateway)

    async def _stops(self) -> None:
        gateway, self.gateway, self.desk = self.gateway, None, None
        if gateway:
            await gateway.stop()
            records = gateway.history.calls()
            self._records += len(records)
            self._talks += sum(bool(record.answered) for record in records)
            self.court.stopped()

    def restarts(self, pause: float) -> None:
        """The service is stopped in good order, and started again a little later."""
        self._begin(self._restart(pause))

    async def _restart(self, pause: float) -> None:
        if self.desk is None or self._end.is_set():
            return  # it is still starting
        await self._stops()
        await asyncio.sleep(pause)
        await self._starts()

    def _open_media(self, report: Any, ended: Any) -> Media:
        return self.voices.open_media(report, ended)

    def _dice(self, whose: str) -> random.Random:
        """Everybody has dice of their own, so that one less changes nothing for the others."""
        return random.Random(f"{self.plan.seed} {whose}")  # noqa: S311  it has to repeat itself

    def _text(self) -> str:
        """The configuration file."""
        plan = self.plan
        listen = "0.0.0.0:5060" if plan.anywhere else str(GATEWAY)
        lines = [
            f'[[card]]\nnumber = 1\nports = {plan.ports}\n\n[sip]\ndomain = "{DOMAIN}"',
            f'transport = "{plan.transport}"',
            f'listen = "{listen}"\nexpires = {plan.expires}\ndial_tone = "{plan.dial_tone}"',
            f'failover = {plan.failover}\nprack = "{plan.prack}"',
            f"session_expires = {plan.session}",
            *(
                f'[[sip.server]]\nhost = "{name if plan.named else address.host}"'
                for name, address in zip(NAMES[: plan.servers], SERVERS, strict=False)
            ),
            f'[sip.heartbeat]\ninterval = {plan.beat}\nfailback = "{plan.fail_back}"',
            f'judge = "{plan.judge}"',
            '[dialling]\ndigit_map = "10x|8xxx|9xxx.|0x."',
        ]
        lines += [self._more]
        lines += [
            f'[[line]]\nport = {port}\nnumber = "{number}"\npassword = "{password_of(number)}"'
            for port, number in self.numbers.items()
        ]
        return "\n".join(lines)

    # what is seen

    def happens(self, what: str) -> None:
        """Note something that nobody else notes."""
        self.tape.note(self.loop.time(), what)

    def _mark(self, mark: Mark) -> None:
        self.tape.note(mark.at, mark.port, mark.lane.value, mark.what, mark.outward)
        self._marks.append(mark)
        del self._marks[:-4000]
        self.court.marked(mark)

    @property
    def picture(self) -> str:
        """The end of the ladder."""
        return render(self._marks[-MARKS:], ports=sorted(self.numbers))

    def _abandon(self) -> None:
        """Let nothing of this world live on."""
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
