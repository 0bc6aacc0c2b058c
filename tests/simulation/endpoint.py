"""A user agent's transport, written anew: repeats what is not answered, answers repeats.

It shares no transaction or dialog code with the gateway, so that both cannot be wrong in
the same way; only the message syntax is common.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from firmware.errors import SipError
from firmware.sip.events import Address
from firmware.sip.message import Headers, Message, Request, Response
from tests.simulation.reading import read
from tests.simulation.weather import RoughNetwork

T1, T2 = 0.5, 4.0
PATIENCE = 64 * T1
RINGS_AT_MOST = 200.0
"""Seconds that an INVITE is waited for once it has got a provisional answer."""

Unacked = tuple[str, int]
"""Call-ID and CSeq number of an INVITE that has been answered."""


class Endpoint:
    """One signalling address.

    Args:
        network: with the socket.
        address: of the socket.
        chance: for branches and tags.
        called: called with each new request and where it came from; ACK and CANCEL too.
    """

    def __init__(
        self,
        network: RoughNetwork,
        address: Address,
        chance: random.Random,
        called: Callable[[Request, Address], None],
    ) -> None:
        self.address = address
        self.loop = network.loop
        self.mute = False
        """Says nothing and hears nothing."""
        self._network = network
        self._chance = chance
        self._called = called
        self._mail: dict[tuple[str, str], asyncio.Queue[Response]] = {}
        self._answers: dict[tuple[str, str], Response | None] = {}
        self._since: dict[tuple[str, str], float] = {}
        self._acks: dict[tuple[str, int, str], tuple[Request, Address]] = {}
        self._repeats: dict[Unacked, asyncio.TimerHandle] = {}
        network.attach(address, self.received)

    @property
    def reliable(self) -> bool:
        """Nothing that was sent has to be sent again, but for a 2xx (RFC 3261 section 17)."""
        return self.address.transport.reliable

    def contact(self, user: str, place: Address | None = None) -> str:
        """Of a telephone here, or elsewhere."""
        return f"<sip:{user}@{place or self.address}{self.address.transport.param}>"

    def moves(self, address: Address) -> None:
        """Be somewhere else from now on."""
        self._network.detach(self.address)
        self.address = address
        self._network.attach(address, self.received)

    def token(self) -> str:
        """Something that nobody else has drawn."""
        return f"{self._chance.getrandbits(48):012x}"

    # what comes

    def received(self, data: bytes, source: Address) -> None:
        if self.mute:
            return
        try:
            message = read(data)
        except SipError:
            return
        if isinstance(message, Response):
            self._response(message)
        else:
            self._request(message, source)

    def _response(self, response: Response) -> None:
        box = self._mail.get((response.via.branch, response.cseq.method))
        if box is not None:
            box.put_nowait(response)
        elif response.cseq.method == "INVITE" and response.status >= 200:
            again = self._acks.get(_acked(response))
            if again:
                self.says(*again)

    def _request(self, request: Request, source: Address) -> None:
        if request.method == "ACK":
            self.hush(request)
        key = request.via.branch, request.method
        if key not in self._answers:
            self._forget()
            self._answers[key] = None
            self._since[key] = self.loop.time()
            self._called(request, source)
            return
        answer = self._answers[key]
        if answer is not None:
            self.says(answer, source)

    def _forget(self) -> None:
        """What was asked long ago will not be asked again."""
        old = self.loop.time() - 2 * PATIENCE
        for key in [key for key, since in self._since.items() if since < old]:
            del self._since[key]
            self._answers.pop(key, None)

    # what it says

    def says(self, message: Message, target: Address) -> None:
        if not self.mute:
            self._network.send(message.encode(), self.address, target)

    def answers(self, request: Request, response: Response, target: Address) -> None:
        """Answer, also when the request comes again; a final answer to INVITE until its ACK."""
        self._answers[request.via.branch, request.method] = response
        self.says(response, target)
        repeated = 200 <= response.status < (300 if self.reliable else 700)
        if request.method == "INVITE" and repeated:
            ends = self.loop.time() + PATIENCE
            self._repeat(response, target, T1, ends)

    def hush(self, ack: Request) -> None:
        """The ACK to an answer has come."""
        timer = self._repeats.pop((ack.call_id, ack.cseq.number), None)
        if timer:
            timer.cancel()

    def _repeat(self, response: Response, target: Address, pause: float, ends: float) -> None:
        key = response.call_id, response.cseq.number
        if self.loop.time() + pause > ends:
            self._repeats.pop(key, None)
            return

        def again() -> None:
            self.says(response, target)
            self._repeat(response, target, min(2 * pause, T2), ends)

        self._repeats[key] = self.loop.call_later(pause, again)

    async def asks(
        self,
        request: Request,
        target: Address,
        told: Callable[[Response], None] = lambda _: None,
    ) -> Response | None:
        """Ask until the final answer comes; None: it never does.

        Args:
            request: with its Via.
            target: where it goes.
            told: called with provisional answers.
        """
        key = request.via.branch, request.method
        box = self._mail[key] = asyncio.Queue()
        invite = request.method == "INVITE"
        ends, pause, proceeding = self.loop.time() + PATIENCE, T1, False
        again = self.loop.time()
        try:
            while self.loop.time() < ends:
                if self.loop.time() >= again and not (invite and proceeding):
                    self.says(request, target)
                    again = self.loop.time() + pause
                    pause = 2 * pause if invite else min(2 * pause, T2)
                    again = ends if self.reliable else again
                until = min(again, ends) if not (invite and proceeding) else ends
                response = await _take(box, max(until - self.loop.time(), 0.0))
                if response is None:
                    continue
                if response.status >= 200:
                    return response
                told(response)
                if invite and not proceeding:
                    proceeding, ends = True, self.loop.time() + RINGS_AT_MOST
        finally:
            del self._mail[key]
        return None

    def acks(self, ack: Request, answer: Response, target: Address) -> None:
        """Acknowledge a final answer, now and whenever it comes again."""
        key = _acked(answer)
        self._acks[key] = ack, target
        self.says(ack, target)

    def ack_of(self, invite: Request, answer: Response) -> Request:
        """The ACK to a refusal, which belongs to the INVITE's transaction (section 17.1.1.3)."""
        kept = [("Via", invite.headers.all("Via")[0])]
        kept += [(name, str(invite.headers.get(name))) for name in ("From", "Call-ID")]
        kept += [("To", str(answer.headers.get("To"))), ("Max-Forwards", "70")]
        kept += [("CSeq", f"{invite.cseq.number} ACK")]
        kept += [("Route", value) for value in invite.headers.all("Route")]
        return Request("ACK", invite.uri, Headers(kept))

    def via(self) -> tuple[str, str]:
        """A Via line with a new branch."""
        by = self.address.transport.via
        return "Via", f"SIP/2.0/{by} {self.address};branch=z9hG4bK{self.token()};rport"


async def _take(box: asyncio.Queue[Response], seconds: float) -> Response | None:
    try:
        return await asyncio.wait_for(box.get(), seconds)
    except TimeoutError:
        return None


def _acked(response: Response) -> tuple[str, int, str]:
    return response.call_id, response.cseq.number, response.to.tag
