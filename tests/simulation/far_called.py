"""The far end is called: what its telephones, or the networks before them, may answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from firmware.sip.events import Address
from firmware.sip.message import Request, respond
from tests.simulation import confirming
from tests.simulation.reliable import Insisting, wishes
from tests.simulation.session import SDP, Session, offer, voice_of

if TYPE_CHECKING:
    from tests.simulation.far import Far

MOODS = {
    "answers": 34, "answers without ringing": 7, "answers elsewhere": 4, "forks": 4,
    "plays, then answers": 10, "plays, then refuses": 3, "refuses": 16, "rings only": 5,
    "says 100 only": 3, "is silent": 3, "hears no CANCEL": 4, "has no description": 2,
    "has no codec": 3, "moved": 2,
}  # fmt: skip
REFUSALS = 404, 480, 484, 486, 486, 486, 488, 500, 503, 600, 603, 604
ELSEWHERE = Address("10.0.0.30", 5060)
"""A telephone that wants to be spoken to directly; nobody is there."""
FOR_EVER = 150.0
"""Seconds; longer than any caller waits."""


class Called:
    """One INVITE that came."""

    def __init__(self, far: Far, invite: Request, source: Address) -> None:
        self.cancelled = asyncio.Event()
        self._far = far
        self._invite = invite
        self._source = source
        self._mood = "answers" if far.spared else far.draws(MOODS)
        self._tag = far.endpoint.token()
        elsewhere = ELSEWHERE if self._mood == "answers elsewhere" else None
        contact = far.endpoint.contact("far", elsewhere)
        self._contact = "Contact", contact
        self._session = Session.called(far.endpoint, invite, self._tag, contact)
        self._session.rtp = far.next_rtp()
        self._session.heard = voice_of(invite.body)
        understands, insists = wishes(invite)
        self._insisting: Insisting | None = None
        if insists or (understands and far.chance.random() < 0.5):
            self._insisting = Insisting(far.endpoint, far.chance.randrange(1, 10000))

    @property
    def name(self) -> tuple[str, str]:
        """Call-ID and tag: what a PRACK names."""
        return self._invite.call_id, self._tag

    def acknowledged(self, prack: Request) -> int:
        """A PRACK has come; the status of its answer."""
        return self._insisting.acknowledged(prack) if self._insisting else 481

    async def rings(self) -> Session | None:
        """Up to the final answer; the call that comes of it."""
        mood, uniform = self._mood, self._far.chance.uniform
        if mood == "is silent":
            return None
        if mood != "answers without ringing":
            await asyncio.sleep(uniform(0.0, 1.5))
            self._answer(100)
        if mood == "says 100 only":
            await self._waits(FOR_EVER)
            return None
        await asyncio.sleep(uniform(0.0, 3.0))
        if not await self._alerts():
            self._far.hush(self._session)
            self._answer(504)
            return None
        if mood == "hears no CANCEL":
            await asyncio.sleep(uniform(0.05, 25.0))
        elif await self._waits(FOR_EVER if mood == "rings only" else uniform(0.05, 25.0)):
            self._far.hush(self._session)
            return None
        return self._decides()

    async def _alerts(self) -> bool:
        """Tell the caller that it rings; False: nobody confirms to have heard it."""
        mood, more = self._mood, (self._contact,)
        if mood == "answers without ringing":
            return True
        status, body = (183, offer(*self._session.rtp)) if mood.startswith("plays") else (180, b"")
        insisting = self._insisting
        said = (*more, *insisting.headers) if insisting else more

        def say() -> None:
            self._answer(status, more=said, body=body)

        say()
        if body:
            self._far.speak(self._session)
        if mood == "forks":
            self._answer(180, more=more, tag=f"{self._tag}f")
        return insisting is None or await insisting.repeats(say, self.cancelled)

    async def _waits(self, seconds: float) -> bool:
        """Ring for so long; whether the caller has given up meanwhile, and was told 487."""
        try:
            await asyncio.wait_for(self.cancelled.wait(), seconds)
        except TimeoutError:
            return False
        self._answer(487)
        return True

    def _decides(self) -> Session | None:
        status, more = self._refusal()
        if status:
            self._far.hush(self._session)
            self._answer(status, more=more)
            return None
        body = offer(*self._session.rtp, codec=9 if self._mood == "has no codec" else 8)
        body = b"" if self._mood == "has no description" else body
        self._far.began(self._session)
        timer = confirming.answer(self._invite, self._session, self._far.chance)
        self._answer(200, more=(self._contact, *timer), body=body)
        if self._mood == "forks":
            self._twin_answers(body)
        return self._session

    def _refusal(self) -> tuple[int, tuple[tuple[str, str], ...]]:
        if self._mood == "moved":
            return 302, (("Contact", "<sip:8999@10.0.0.66>"),)
        if self._mood == "rings only":
            return 408, ()
        if "refuses" not in self._mood:
            return 0, ()
        status = self._far.chance.choice(REFUSALS)
        return status, (("Retry-After", "7"),) if status == 503 else ()

    def _twin_answers(self, body: bytes) -> None:
        """A second telephone has answered too: one that had rung, or one that had not."""
        chance = self._far.chance
        tag = f"{self._tag}f" if chance.random() < 0.5 else self._far.endpoint.token()
        response = respond(self._invite, 200, to_tag=tag, headers=[self._contact, SDP], body=body)
        self._far.endpoint.says(response, self._source)

    def _answer(
        self, status: int, *, tag: str = "", more: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> None:  # fmt: skip
        self._far.answer(
            self._invite, status, self._source, tag=tag or self._tag, more=more, body=body
        )
