"""The far end calls a line: as usual, or giving up, or in one of the ways of bad citizens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from firmware.sip.events import Address
from firmware.sip.message import Headers, Request, Response
from tests.simulation import confirming
from tests.simulation.proof import proof
from tests.simulation.reliable import OPTION, Prompted
from tests.simulation.session import SDP, Session, offer, voice_of

if TYPE_CHECKING:
    from tests.simulation.far import Far

MOODS = {
    "as usual": 50, "gives up": 20, "gives up at once": 5, "offers late": 6,
    "offers no codec": 3, "never acknowledges": 4, "dies": 3, "strange name": 9,
}  # fmt: skip
NAMES = '"J\u00f6rg \u6f58"', '"a\\"b\\\\c"', "", '"' + "x" * 90 + '"', "Plain Words", '"\x1b[2J"'
CALLERS = [str(number) for number in range(2001, 2009)]
DOMAIN = "ims.example.net"


class Calling:
    """One call of the far end, up to its answer."""

    def __init__(self, far: Far, number: str, uri: str, target: Address) -> None:
        chance, endpoint = far.chance, far.endpoint
        self._far = far
        self._uri = uri
        self._target = target
        self._mood = mood = far.draws(MOODS)
        self._user = chance.choice(CALLERS)
        name = chance.choice(NAMES) if mood == "strange name" else '"Caller"'
        self._contact = endpoint.contact("far")
        self._rtp = far.next_rtp()
        codec = 9 if mood == "offers no codec" else 8
        self._body = b"" if mood == "offers late" else offer(*self._rtp, codec=codec)
        self._headers = [
            ("Max-Forwards", "70"),
            ("From", f"{name} <sip:{self._user}@{DOMAIN}>;tag={endpoint.token()}".strip()),
            ("To", f"<sip:{number}@{DOMAIN}>"),
            ("Call-ID", f"{endpoint.token()}@{endpoint.address.host}"),
            ("Contact", self._contact),
        ]  # fmt: skip
        reliable = far.chance.choice((None, None, "Supported", "Supported", "Require"))
        if reliable:
            self._headers.append((reliable, OPTION))
        self._headers += confirming.wish(far.chance)
        self._prompted = Prompted(endpoint, self._contact, self._rtp, far.spawn)
        self._acknowledging = far.chance.random() < 0.95
        self._patience = 120.0
        if mood == "gives up":
            self._patience = chance.uniform(0.2, 40.0)
        elif mood == "gives up at once":
            self._patience = chance.uniform(0.0, 0.3)
        self._proceeding = asyncio.Event()
        self._invite = self._next_invite(1, ())

    async def rings(self) -> Session | None:
        """Call; the call that comes of it."""
        answer = await self._asks()
        if answer is not None and answer.status in {401, 407}:
            self._acknowledges(answer)
            credentials = proof(answer, self._invite, self._user, self._far.endpoint.token())
            self._invite = self._next_invite(2, (credentials,))
            answer = await self._asks()
        if answer is None or self._mood == "dies":
            return None
        if answer.status >= 300:
            self._acknowledges(answer)
            return None
        session = Session.calling(self._far.endpoint, self._invite, answer, self._contact)
        self._prompted.went_on(session, answer.to.tag)
        confirming.answered(answer, session)
        described = answer.body or self._prompted.described
        session.rtp, session.heard = self._rtp, voice_of(described)
        if self._mood == "never acknowledges":
            return None
        answers = not self._body and not self._prompted.described
        session.acks(self._invite, answer, offer(*self._rtp) if answers else b"")
        self._far.began(session)
        return session

    def _next_invite(self, number: int, more: tuple[tuple[str, str], ...]) -> Request:
        headers = [self._far.endpoint.via(), *self._headers, ("CSeq", f"{number} INVITE"), *more]
        if self._body:
            headers.append(SDP)
        return Request("INVITE", self._uri, Headers(headers), self._body)

    async def _asks(self) -> Response | None:
        """Send the INVITE and wait, as long as patience lasts; then CANCEL."""
        far, loop = self._far, asyncio.get_running_loop()
        self._proceeding.clear()
        if self._mood == "dies" and len(self._invite.headers.all("Proxy-Authorization")):
            far.endpoint.says(self._invite, self._target)
            return None
        asking = loop.create_task(far.endpoint.asks(self._invite, self._target, self._told))
        waited = 0.0
        while not asking.done() and waited < self._patience and not far.spared:
            await asyncio.wait([asking], timeout=min(1.0, self._patience - waited))
            waited += 1.0
        if not asking.done():
            await self._cancels(asking)
        return await asking

    def _told(self, response: Response) -> None:
        self._proceeding.set()
        if self._acknowledging:
            self._prompted.told(self._invite, response)

    async def _cancels(self, asking: asyncio.Task[Response | None]) -> None:
        """CANCEL, but not before a provisional answer has come (RFC 3261 section 9.1)."""
        waiting = asyncio.get_running_loop().create_task(self._proceeding.wait())
        await asyncio.wait([asking, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if asking.done():
            return
        kept = [("Via", self._invite.headers.all("Via")[0]), *self._headers[:4]]
        cseq = "CSeq", f"{self._invite.cseq.number} CANCEL"
        cancel = Request("CANCEL", self._uri, Headers([*kept, cseq]))
        await self._far.endpoint.asks(cancel, self._target)

    def _acknowledges(self, answer: Response) -> None:
        ack = self._far.endpoint.ack_of(self._invite, answer)
        self._far.endpoint.acks(ack, answer, self._target)
