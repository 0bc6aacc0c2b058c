"""The transaction layer: all transactions, and which of them a message belongs to.

A response belongs to the client transaction with its branch and CSeq method (RFC 3261 section
17.1.3). A request belongs to the server transaction with its branch, sent-by and method, where ACK
counts as INVITE (section 17.2.3). A message that belongs to none comes out as new. The layer knows
nothing of its users: whoever asks is told what comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from firmware.sip.agenda import Agenda
from firmware.sip.carriage import Carriage, carried, way_back
from firmware.sip.client import Client
from firmware.sip.events import Address
from firmware.sip.invite_client import InviteClient
from firmware.sip.invite_client import State as InviteState
from firmware.sip.invite_server import InviteServer
from firmware.sip.layer import (
    Arrived,
    Closed,
    NoReply,
    Output,
    Overloaded,
    Pending,
    Reply,
    Stray,
    Wire,
)
from firmware.sip.matching import Key, client_key, invite_key, server_key, speaks_of
from firmware.sip.message import Request, Response, respond, stamped
from firmware.sip.server import Server
from firmware.sip.timing import STANDARD, Timing
from firmware.sip.transaction import (
    Acknowledged,
    ClientOutput,
    Enough,
    Failed,
    Received,
    ServerOutput,
    Transmit,
    Unreachable,
)

MOST = 1000
"""Most requests of others that are remembered, each for half a minute after its answer.

That is twenty a second for so long, and half as many more. Whoever sends more gets 503, and is not
remembered. Requests that belong to a call of ours may go up to twice as many.
"""
A_LINE = 350
"""The same for each line, if that is more: five calls a second, which no line can have."""

U = TypeVar("U")


_BRANCH = re.compile(rb"^Via:[^\r\n]*?;branch=([^;,\s]+)", re.MULTILINE)


@dataclass(eq=False, slots=True)
class _Asked(Generic[U]):
    """A client transaction, and what the layer has to know of it."""

    machine: InviteClient | Client
    target: Address
    user: U
    key: Key
    request: Request
    """The request as the user knows it; on the wire its Via may name another transport."""
    instead: Address | None = None
    """Address to send it to by UDP, if nobody takes it by TCP."""
    patient: bool = False
    """There was no connection, so it is sent again and again as a datagram would be."""

    @property
    def deadline(self) -> float | None:
        return self.machine.deadline


@dataclass(eq=False, slots=True)
class _Answering(Generic[U]):
    """A server transaction, and what the layer has to know of it."""

    machine: InviteServer | Server
    target: Address
    key: Key
    user: U | None = None

    @property
    def deadline(self) -> float | None:
        return self.machine.deadline


@dataclass(slots=True)
class Transactions(Generic[U]):
    """The transaction layer of one signalling address."""

    timing: Timing = STANDARD
    proxy: bool = False
    """Take responses with more than one Via; an agent drops them (section 8.1.3.3)."""
    most: int = MOST
    """Most requests of others that are remembered at a time."""
    _asked: dict[Key, _Asked[U]] = field(default_factory=dict)
    _answering: dict[Key, _Answering[U]] = field(default_factory=dict)
    _agenda: Agenda[_Asked[U] | _Answering[U]] = field(default_factory=Agenda)
    _carriage: Carriage = field(default_factory=Carriage)

    def __len__(self) -> int:
        return len(self._asked) + len(self._answering)

    @property
    def deadline(self) -> float | None:
        return self._agenda.next

    # for the transaction users

    def ask(self, request: Request, target: Address, user: U, now: float) -> list[Output[U]]:
        """Begin a client transaction."""
        way = self._way(request, target, now)
        machine = self._client(request, way)
        instead = target if way != target else None
        asked = _Asked(machine, way, user, client_key(request), request, instead)
        self._asked[asked.key] = asked
        return self._asked_did(asked, machine.start(now))

    def pass_on(self, ack: Request, target: Address, now: float) -> Wire:
        """Send the ACK to a 2xx, which is no part of a transaction (section 13.2.2.4)."""
        way = self._way(ack, target, now)
        return Wire(carried(ack, way.transport), way)

    def answer(self, key: Key, response: Response, now: float) -> list[Output[U]]:
        """Respond within a server transaction; nothing happens if that has ended."""
        answering = self._answering.get(key)
        if answering is None:
            return []
        return self._answering_did(answering, answering.machine.feed(response, now))

    def own(self, key: Key, user: U) -> None:
        """Say who uses a server transaction, and hears of `Closed`."""
        if key in self._answering:
            self._answering[key].user = user

    def abandon(self, request: Request) -> list[Output[U]]:
        """Forget a client transaction that gets no final response any more (section 9.1)."""
        asked = self._asked.pop(client_key(request), None)
        return [] if asked is None else [Closed(asked.user)]

    def forget(self, key: Key) -> None:
        """Let a server transaction end without an answer (RFC 4320 section 4.2)."""
        self._answering.pop(key, None)

    def hush(self, invite: Request, now: float) -> list[Output[U]]:
        """Do not send this INVITE again, but take responses to it."""
        asked = self._asked.get(client_key(invite))
        if asked is None or not isinstance(asked.machine, InviteClient):
            return []
        return self._asked_did(asked, asked.machine.feed(Enough(), now))

    def unanswered(self, invite: Request) -> bool:
        """Whether this INVITE of ours was sent, and nothing at all has come back."""
        asked = self._asked.get(client_key(invite))
        return asked is not None and asked.machine.state is InviteState.CALLING

    def invite_of(self, cancel: Request) -> Pending[U] | None:
        """The transaction of the INVITE that a CANCEL means (section 9.2); None: not known."""
        answering = self._answering.get(server_key(cancel, "INVITE"))
        return None if answering is None else Pending(answering.user)

    # for the transport

    def awaits(self, data: bytes) -> bool:
        """Whether unread bytes hold a branch of a request of ours, which nobody can guess."""
        return speaks_of(data, self._asked)

    def receive(
        self, message: Request | Response, source: Address, now: float, *, urgent: bool = False
    ) -> list[Output[U]]:
        """Take a message; `urgent`: it belongs to a call, so it is let in even when overloaded."""
        if isinstance(message, Response):
            return self._receive_response(message, source, now)
        return self._receive_request(message, source, now, urgent=urgent)

    def unreachable(
        self, target: Address, now: float, why: str = "", sent: bytes = b""
    ) -> list[Output[U]]:
        """Nothing that we sent there arrives: what waits for a reply from there has failed.

        Args:
            target: where to.
            now: monotonic seconds.
            why: in words.
            sent: it is this message alone. Who forges such news has to know its branch.
        """
        outputs: list[Output[U]] = []
        waiting = [asked for asked in self._asked.values() if asked.target == target]
        if sent:
            found = _BRANCH.search(sent)
            branch = found[1].decode("latin-1") if found else ""
            waiting = [asked for asked in waiting if asked.key[0] == branch]
        for asked in waiting:
            if asked.instead is not None and asked.machine.unanswered:
                self._carriage.refused(target, now)
                outputs += self._by_datagram(asked, asked.instead, now)
            elif asked.request.method == "BYE" and target.transport.reliable:
                self._be_patient(asked, now)
            else:
                did = asked.machine.feed(Unreachable(), now)
                outputs += self._asked_did(asked, did, why)
        return outputs

    def tick(self, now: float) -> list[Output[U]]:
        outputs: list[Output[U]] = []
        while (due := self._agenda.pop_due(now)) is not None:
            if isinstance(due, _Asked):
                if self._asked.get(due.key) is due:
                    outputs += self._asked_did(due, due.machine.tick(now))
            elif self._answering.get(due.key) is due:
                outputs += self._answering_did(due, due.machine.tick(now))
        return outputs

    def _receive_response(
        self, response: Response, source: Address, now: float
    ) -> list[Output[U]]:
        asked = self._asked.get((response.via.branch, response.cseq.method))
        if asked is None or (len(response.vias) > 1 and not self.proxy):
            return [Stray(response, source)]
        return self._asked_did(asked, asked.machine.feed(response, now))

    def _receive_request(
        self, request: Request, source: Address, now: float, *, urgent: bool
    ) -> list[Output[U]]:
        key = server_key(request)
        answering = self._answering.get(key)
        if answering is not None:
            return self._answering_did(answering, answering.machine.feed(request, now))
        request = stamped(request, source.host, source.port)
        if request.method == "ACK":
            return [Arrived(key, request, source)]
        back = way_back(request, source)
        urgent = urgent or (request.method == "CANCEL" and self.invite_of(request) is not None)
        if len(self._answering) >= (2 * self.most if urgent else self.most):
            return [Wire(respond(request, 503), back), Overloaded(request, source)]
        machine = self._server(request, source)
        answering = self._answering[key] = _Answering(machine, back, key)
        outputs = self._answering_did(answering, machine.start(now))
        return [*outputs, Arrived(key, request, source)]

    def _way(self, request: Request, target: Address, now: float) -> Address:
        """Address and transport of a request; a CANCEL goes the way of its INVITE (9.1)."""
        if request.method == "CANCEL" and (asked := self._asked.get(invite_key(request))):
            return asked.target
        return self._carriage.way(request, target, now)

    def _client(self, request: Request, way: Address) -> InviteClient | Client:
        message, reliable = carried(request, way.transport), way.transport.reliable
        if request.method == "INVITE":
            return InviteClient(message, reliable=reliable, timing=self.timing)
        return Client(message, reliable=reliable, timing=self.timing)

    def _server(self, request: Request, source: Address) -> InviteServer | Server:
        reliable = source.transport.reliable
        if request.method == "INVITE":
            return InviteServer(request, reliable=reliable, timing=self.timing)
        return Server(request, reliable=reliable, timing=self.timing)

    def _by_datagram(self, asked: _Asked[U], target: Address, now: float) -> list[Output[U]]:
        """Send by UDP after all: nobody takes TCP there, and a large datagram may arrive."""
        asked.machine = self._client(asked.request, target)
        asked.target, asked.instead = target, None
        return self._asked_did(asked, asked.machine.start(now))

    def _be_patient(self, asked: _Asked[U], now: float) -> None:
        """Send a BYE again and again like a datagram: the server may be back in time.

        A far end that is not told of the end would talk on alone, and nobody else tells it.
        """
        if asked.patient:
            return
        asked.patient = True
        asked.machine = Client(asked.machine.request, timing=self.timing)
        asked.machine.start(now)  # what it wants to send has just failed
        self._agenda.note(asked)

    def _asked_did(
        self, asked: _Asked[U], did: Sequence[ClientOutput], why: str = ""
    ) -> list[Output[U]]:
        outputs: list[Output[U]] = []
        for output in did:
            match output:
                case Transmit():
                    outputs.append(Wire(output.message, asked.target))
                case Received():
                    got = Reply(asked.user, asked.request, output.response, asked.target)
                    outputs.append(got)
                case Failed():
                    outputs.append(NoReply(asked.user, asked.request, output.status, why))
        if asked.machine.over:
            del self._asked[asked.key]
            outputs.append(Closed(asked.user))
        self._agenda.note(asked)
        return outputs

    def _answering_did(
        self, answering: _Answering[U], did: Sequence[ServerOutput]
    ) -> list[Output[U]]:
        outputs: list[Output[U]] = []
        for output in did:
            match output:
                case Transmit():
                    outputs.append(Wire(output.message, answering.target))
                case Acknowledged():
                    outputs.append(Arrived(answering.key, output.ack, answering.target))
        if answering.machine.over:
            del self._answering[answering.key]
            if answering.user is not None:
                outputs.append(Closed(answering.user))
        self._agenda.note(answering)
        return outputs
