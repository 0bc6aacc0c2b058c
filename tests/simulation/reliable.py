"""Reliable provisional answers of the far end, in both roles (RFC 3262)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from firmware.sip.message import Request, Response
from tests.simulation.endpoint import PATIENCE, T1, Endpoint
from tests.simulation.session import Session, offer

OPTION = "100rel"


class Prompted:
    """A caller that acknowledges what it is told before the answer.

    Args:
        endpoint: the caller's.
        contact: of the caller.
        rtp: where it is heard.
        spawn: runs what takes time.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        contact: str,
        rtp: tuple[str, int],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._endpoint = endpoint
        self._contact = contact
        self._rtp = rtp
        self._spawn = spawn
        self._early: dict[str, Session] = {}
        self._last: dict[str, int] = {}
        self.described = b""
        """The last description that came before the answer."""

    def told(self, invite: Request, response: Response) -> None:
        """A provisional answer has come."""
        tag, number = response.to.tag, response.rseq
        if not number or OPTION not in response.require or not response.contacts:
            return
        last = self._last.get(tag)
        if last is not None and number != last + 1:
            return
        self._last[tag] = number
        self.described = response.body or self.described
        if tag not in self._early:
            self._early[tag] = Session.calling(self._endpoint, invite, response, self._contact)
        answers = response.body and not invite.body
        body = offer(*self._rtp) if answers else b""
        rack = "RAck", f"{number} {invite.cseq.number} INVITE"
        self._spawn(self._acknowledges(self._early[tag], rack, body))

    async def _acknowledges(self, early: Session, rack: tuple[str, str], body: bytes) -> None:
        await early.asks("PRACK", body=body, more=(rack,))

    def went_on(self, session: Session, tag: str) -> None:
        """The dialog goes on where it was before the answer."""
        if tag in self._early:
            session.cseq = max(session.cseq, self._early[tag].cseq)


class Insisting:
    """A callee that wants to know whether its ringing was heard.

    Args:
        endpoint: the callee's.
        number: the first RSeq.
    """

    def __init__(self, endpoint: Endpoint, number: int) -> None:
        self.rseq = number
        self._endpoint = endpoint
        self._heard = asyncio.Event()

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Of the provisional answer."""
        return ("Require", OPTION), ("RSeq", str(self.rseq))

    def acknowledged(self, prack: Request) -> int:
        """A PRACK has come; the status of its answer."""
        if prack.rack.rseq != self.rseq or self._heard.is_set():
            return 481
        self._heard.set()
        return 200

    async def repeats(self, say: Callable[[], None], given_up: asyncio.Event) -> bool:
        """Repeat the answer until its PRACK comes.

        Args:
            say: says it again.
            given_up: nobody waits for it any more.

        Returns:
            False: there was no PRACK in 64*T1.
        """
        pause, ends = T1, self._endpoint.loop.time() + PATIENCE
        while self._endpoint.loop.time() < ends and not given_up.is_set():
            try:
                await asyncio.wait_for(self._heard.wait(), pause)
            except TimeoutError:
                pause *= 2
                if not given_up.is_set():
                    say()
            else:
                return True
        return given_up.is_set()


def wishes(invite: Request) -> tuple[bool, bool]:
    """Whether a caller understands reliable answers, and whether it insists on them."""
    return OPTION in invite.supported or OPTION in invite.require, OPTION in invite.require
