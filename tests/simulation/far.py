"""The far end: telephones behind the server that do what telephones and their networks do.

Answered calls and refused ones, early media, forks, answers without a usable description,
late ones and none, calls given up at any moment, holds, voices that stop, ends from either
side. Each call draws its mood from the seed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from firmware.sip.events import Address
from firmware.sip.message import Request, respond
from tests.simulation import confirming
from tests.simulation.endpoint import Endpoint
from tests.simulation.far_called import Called
from tests.simulation.far_calling import Calling
from tests.simulation.session import SDP, Session, offer
from tests.simulation.voice import Voices
from tests.simulation.weather import RoughNetwork

DOMAIN = "ims.example.net"
CHANGES = {"agrees": 85, "491": 5, "500": 3, "is silent": 3, "knows nothing": 4}
"""What the far end does with a re-INVITE or UPDATE of the gateway."""
LINGERS = 64.0
"""Seconds that a call which is over is still known, so that what comes late is answered."""


class Far:
    """All telephones at the other side of the server.

    Args:
        network: to talk through.
        voices: to be heard through.
        address: of the far end.
        chance: draws the moods.
        route: where calls to a line go: request URI and address; None: it cannot be called.

    Attributes:
        spared: from now on the far end behaves: it answers, and starts nothing.
        other: takes requests that are not for telephones (REGISTER); says whether it did.
    """

    def __init__(
        self,
        network: RoughNetwork,
        voices: Voices,
        address: Address,
        chance: random.Random,
        route: Callable[[str], tuple[str, Address] | None],
    ) -> None:
        self.endpoint = Endpoint(network, address, chance, self._request)
        self.chance = chance
        self.route = route
        self.spared = False
        self.other: Callable[[Request, Address], bool] = lambda *_: False
        self._loop = network.loop
        self._voices = voices
        self._ringing: dict[str, Called] = {}
        self._early: dict[tuple[str, str], Called] = {}
        self._sessions: dict[str, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._rtp = 20000

    @property
    def busy(self) -> bool:
        """Something is still going on."""
        return bool(self._tasks)

    def goes_home(self) -> None:
        """End all calls, begin none."""
        self.spared = True
        for session in tuple(self._sessions.values()):
            self.spawn(self.ends(session))

    async def calls(self, number: str) -> None:
        """Call a line; returns when all is over."""
        way = self.route(number)
        if way is not None and not self.spared:
            session = await Calling(self, number, *way).rings()
            if session is not None:
                await self.talks(session)

    # what calls need

    def draws(self, moods: Mapping[str, int]) -> str:
        """One of the moods, by their weights."""
        (mood,) = self.chance.choices(list(moods), list(moods.values()))
        return mood

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def answer(
        self, request: Request, status: int, source: Address, *, tag: str = "",
        more: Sequence[tuple[str, str]] = (), body: bytes = b"",
    ) -> None:  # fmt: skip
        """Answer a request, and its repetitions."""
        headers = [*more, SDP] if body else list(more)
        to_tag = None if status == 100 else (tag or self.endpoint.token())
        response = respond(request, status, to_tag=to_tag, headers=headers, body=body)
        self.endpoint.answers(request, response, source)

    def next_rtp(self) -> tuple[str, int]:
        self._rtp += 2
        return self.endpoint.address.host, self._rtp

    def speak(self, session: Session) -> None:
        if session.heard:
            self._voices.speaks(session.rtp, session.heard)

    def hush(self, session: Session) -> None:
        self._voices.hushes(session.rtp)

    def _speaks_on(self, session: Session) -> None:
        """Whoever speaks does so to where it is heard now."""
        if self._voices.far.get(session.rtp, session.heard) != session.heard:
            self.speak(session)

    # requests that come

    def _request(self, request: Request, source: Address) -> None:
        if self.other(request, source):
            return
        match request.method:
            case "INVITE" if not request.to.tag:
                self.spawn(self._called(request, source))
            case "INVITE" | "UPDATE":
                self._changes(request, source)
            case "CANCEL":
                ringing = self._ringing.get(request.via.branch)
                self.answer(request, 200 if ringing else 481, source)
                if ringing:
                    ringing.cancelled.set()
            case "ACK":
                pass
            case "BYE":
                self._bye(request, source)
            case "PRACK":
                early = self._early.get((request.call_id, request.to.tag))
                self.answer(request, early.acknowledged(request) if early else 481, source)
            case "OPTIONS":
                self.answer(request, 200, source)
            case _:
                self.answer(request, 481, source)

    async def _called(self, invite: Request, source: Address) -> None:
        called = self._ringing[invite.via.branch] = Called(self, invite, source)
        self._early[called.name] = called
        session = await called.rings()
        del self._ringing[invite.via.branch]
        del self._early[called.name]
        if session is not None:
            await self.talks(session)

    def _bye(self, request: Request, source: Address) -> None:
        session = self._sessions.get(request.call_id)
        if session is None or session.over:
            self.answer(request, 481, source)
            return
        self._over(session)
        self.answer(request, 200, source)

    def _changes(self, request: Request, source: Address) -> None:
        """The gateway confirms a session, or wants it otherwise."""
        session = self._sessions.get(request.call_id)
        mood = "agrees" if self.spared else self.draws(CHANGES)
        if session is None or session.over or mood == "knows nothing":
            self.answer(request, 481, source)
        elif mood == "agrees":
            session.refreshed(request)
            self._speaks_on(session)
            describes = request.body or request.method == "INVITE"
            session.version += bool(describes)
            body = offer(*session.rtp, version=session.version) if describes else b""
            more = ("Contact", session.contact), *confirming.confirmed(request)
            self.answer(request, 200, source, more=more, body=body)
        elif mood != "is silent":
            self.answer(request, int(mood), source)

    # talking

    def began(self, session: Session) -> None:
        """There is a call now."""
        self._sessions[session.call_id] = session
        self.speak(session)
        if session.confirms_every and self.chance.random() < 0.9:
            self.spawn(self._confirms(session))

    async def _confirms(self, session: Session) -> None:
        """Say from time to time that the call is still there."""
        method = self.draws({"UPDATE": 2, "INVITE": 1})
        while not session.over and not self.spared:
            await asyncio.sleep(session.confirms_every)
            if session.over or self.spared:
                break
            session.version += method == "INVITE"
            body = offer(*session.rtp, version=session.version) if method == "INVITE" else b""
            await session.asks(method, body=body, more=confirming.confirmation(session))
            self._speaks_on(session)

    async def talks(self, session: Session) -> None:
        """Until somebody ends it; both can."""
        ends = self._loop.time() + self.chance.uniform(0.0, 120.0)
        while not session.over and not self.spared:
            left = ends - self._loop.time()
            if left <= 0:
                break
            await asyncio.sleep(min(left, self.chance.uniform(0.5, 30.0)))
            if not session.over and not self.spared:
                await self._does_something(session)
        await self.ends(session)

    async def _does_something(self, session: Session) -> None:
        whim = self.chance.random()
        if whim < 0.15:
            await self._holds(session, "UPDATE" if whim < 0.05 else "INVITE")
        elif whim < 0.25:
            await session.asks("OPTIONS")
        elif whim < 0.30:
            await session.asks("INFO")
        elif whim < 0.40:
            self.hush(session)
        elif whim < 0.45:
            self.endpoint.says(session.request("BYE"), session.next_hop)  # once, and is gone
            self._over(session)

    async def _holds(self, session: Session, method: str) -> None:
        for direction in ("sendonly", "sendrecv"):
            session.version += 1
            body = offer(*session.rtp, version=session.version, direction=direction)
            answer = await session.asks(method, body=body)
            self._speaks_on(session)
            if answer is None or answer.status in {408, 481}:
                await self.ends(session)
            if session.over or self.spared:
                return
            await asyncio.sleep(self.chance.uniform(0.1, 10.0))

    async def ends(self, session: Session) -> None:
        if not session.over:
            self._over(session)
            await session.asks("BYE")

    def _over(self, session: Session) -> None:
        session.over = True
        self.hush(session)
        self._loop.call_later(LINGERS, self._sessions.pop, session.call_id, None)
