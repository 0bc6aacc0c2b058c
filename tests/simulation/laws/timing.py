"""I8: repetitions come when the timers of RFC 3261 say, and nobody is flooded."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from firmware.gateway import Gateway
from firmware.sip.events import Address
from firmware.sip.message import Message, Request, Response
from firmware.sip.uri import SipUri, parse_uri
from tests.simulation.laws.law import A_HAIR, Law, Passing

INVITE = 0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5
OTHER = 0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5
"""Seconds after the first sending (timers A and E; a 2xx is repeated like the second)."""
ONCE = (0.0,)
T1 = 0.5
TO_THE_END = "BYE", "CANCEL"
"""Nothing cuts these short; a server that is found dead is asked no more for the others."""
PATIENCE = 32.0
WINDOW = 10.0
MOST = 200
"""Messages of one line within the window: 20 a second."""


@dataclass(slots=True)
class _Sent:
    """A request or a 2xx, as often as it was sent."""

    first: float
    data: Message
    invite: bool
    peer: Address | None = None
    """Where a request went."""
    times: list[float] = field(default_factory=list)
    provisional: bool = False
    over: bool = False
    patient: bool = False
    """Its connection was lost, and it has to get there all the same: by another, later."""


class Timing(Law):
    """Watches every repetition."""

    def begins(self, gateway: Gateway) -> None:  # noqa: ARG002 - a new one knows nothing
        self._reliable_way = self.world.plan.transport == "tcp"
        self._requests: dict[tuple[str, str], _Sent] = {}
        self._answers: dict[tuple[str, int], _Sent] = {}
        self._reliable: dict[tuple[str, int], _Sent] = {}
        self._invited: set[str] = set()
        self._repeated = False
        """An INVITE has come again: so does its answer, whatever its timer says."""
        self._lines: defaultdict[str, deque[float]] = defaultdict(deque)

    def sent(self, passing: Passing) -> None:
        message, now = passing.message, passing.at
        if message is not None:
            self._count(now, message)
        if isinstance(message, Request):
            if message.method != "ACK":
                self._asked(now, message, passing.peer)
            if message.method == "BYE":
                self._ended(message, message.from_.tag)
        elif message and message.cseq.method == "INVITE":
            self._answered(now, message)

    def _answered(self, now: float, message: Response) -> None:
        """A 2xx is repeated until its ACK, a reliable provisional answer until its PRACK."""
        if 200 <= message.status < 300:
            key = message.call_id, message.cseq.number
            entry = self._answers.setdefault(key, _Sent(now, message, invite=False))
            self._repeats(now, entry, message, OTHER)
        elif message.status < 200 and message.rseq:
            name = message.call_id, message.rseq
            entry = self._reliable.setdefault(name, _Sent(now, message, invite=False))
            if not self._repeated:
                self._repeats(now, entry, message, INVITE)

    def refused(self, passing: Passing) -> None:
        self.sent(passing)
        for entry in self._requests.values():
            entry.over = entry.over or entry.peer == passing.peer  # all that went there has failed

    def lost(self, peer: Address) -> None:
        for entry in self._requests.values():
            if entry.peer == peer and not entry.over:
                insists = isinstance(entry.data, Request) and entry.data.method == "BYE"
                entry.patient, entry.over = insists, not insists

    def coming(self, passing: Passing) -> None:
        message = passing.message
        if isinstance(message, Request) and message.method == "INVITE":
            branch = message.via.branch
            self._repeated = branch in self._invited
            self._invited.add(branch)

    def came(self, passing: Passing) -> None:
        message, self._repeated = passing.message, False
        if isinstance(message, Response):
            entry = self._requests.get((message.via.branch, message.cseq.method))
            if entry is not None:
                entry.provisional = True
                entry.over = entry.over or message.status >= 200
        elif isinstance(message, Request) and message.method == "ACK":
            answer = self._answers.get((message.call_id, message.cseq.number))
            if answer is not None and answer.data.to.tag == message.to.tag:  # not of a refusal
                answer.over = True
        elif isinstance(message, Request) and message.method == "PRACK":
            said = self._reliable.get((message.call_id, message.rack.rseq))
            if said is not None:
                said.over = True
        elif isinstance(message, Request) and message.method == "BYE":
            self._ended(message, message.to.tag)

    def _ended(self, bye: Request, ours: str) -> None:
        """Nothing is repeated in a dialog that is over; the other leg here may not know yet."""
        for (call_id, _), answer in self._answers.items():
            same = call_id == bye.call_id and answer.data.to.tag == ours
            answer.over = answer.over or same

    def _asked(self, now: float, request: Request, peer: Address) -> None:
        key = request.via.branch, request.method
        invite = request.method == "INVITE"
        entry = self._requests.setdefault(key, _Sent(now, request, invite, peer))
        if entry.patient:
            self._insists(now, entry, request)
        elif entry.provisional and not invite and not self._reliable_way:
            self._slowly(now, entry, request)
        else:
            self._repeats(now, entry, request, self._table(entry))

    def _table(self, entry: _Sent) -> tuple[float, ...]:
        """When it is sent: by a connection a request goes once, a 2xx all the same."""
        if self._reliable_way and isinstance(entry.data, Request):
            return ONCE
        return INVITE if entry.invite else OTHER

    def _repeats(
        self, now: float, entry: _Sent, message: Message, table: tuple[float, ...]
    ) -> None:
        what = _name(message)
        if message != entry.data:
            self.breaks("I8", f"{what}: the repetition differs")
        if entry.times and (entry.over or (entry.invite and entry.provisional)):
            self.breaks("I8", f"{what}: repeated after it was answered")
        entry.times.append(now)
        nth = len(entry.times) - 1
        if nth >= len(table) or abs(now - entry.first - table[nth]) > A_HAIR:
            after = now - entry.first
            self.breaks("I8", f"{what}: sending {nth + 1} came {after:.3f} s after the first")

    def _slowly(self, now: float, entry: _Sent, request: Request) -> None:
        """Somebody works on it: every T2 at most, once the running timer has fired."""
        pause = now - entry.times[-1]
        entry.times.append(now)
        if entry.over or pause > 4.0 + A_HAIR or now - entry.first > PATIENCE:
            self.breaks("I8", f"{_name(request)}: repeated after {pause:.3f} s")

    def _insists(self, now: float, entry: _Sent, request: Request) -> None:
        """By whatever connection there is by then; T1 apart at least, and not for ever."""
        pause = now - entry.times[-1]
        entry.times.append(now)
        if entry.over or pause < T1 - A_HAIR or now - entry.first > 2 * PATIENCE:
            self.breaks("I8", f"{_name(request)}: repeated after {pause:.3f} s")

    def _count(self, now: float, message: Message) -> None:
        address = message.from_ if isinstance(message, Request) else message.to
        uri = parse_uri(address.uri)
        line = self._lines[uri.user_text if isinstance(uri, SipUri) else ""]
        line.append(now)
        while line[0] < now - WINDOW:
            line.popleft()
        if len(line) > MOST:
            self.breaks("I8", f"{len(line)} messages in {WINDOW:g} s")

    def ends(self) -> None:
        """What nobody answered was repeated to the end."""
        for entry in (*self._requests.values(), *self._answers.values()):
            if isinstance(entry.data, Request) and entry.data.method not in TO_THE_END:
                continue
            table = self._table(entry)
            missed = not entry.over and not entry.provisional and len(entry.times) < len(table)
            if missed and self.world.loop.time() > entry.first + PATIENCE:
                times = len(entry.times)
                self.breaks("I8", f"{_name(entry.data)}: {times} sendings, {len(table)} are due")


def _name(message: Message) -> str:
    if isinstance(message, Request):
        return f"{message.method} {message.cseq.number}"
    return f"{message.status} to {message.cseq}"
