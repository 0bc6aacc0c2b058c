"""I2, I9 and I12: two calls a port at most, the status table tells the truth, digits arrive."""

from __future__ import annotations

from collections import Counter

from drivers.sim.si321x_linefeed import RINGING
from firmware.control.connection import Handler
from firmware.desk.desk import Desk
from firmware.gateway import Gateway
from firmware.line.events import CallStatus, Summons
from firmware.port.port import Port
from firmware.sip.agent import UserAgent
from firmware.sip.events import RegisterStatus
from firmware.sip.message import Request, parse
from firmware.sip.uri import SipUri, parse_uri
from firmware.status import Direction, PhysicalStatus, PortStatus
from firmware.trace.marks import Lane, Mark
from tests.simulation.laws.law import Law, Passing, begins_a_call
from tests.simulation.laws.liveness import NOTICED
from tests.simulation.servers import HERE, OURS

SETTLES = 1.2
SELDOM = 10.0
"""Seconds until the table is looked at again when nothing happens."""
LOOKS = SETTLES + 0.05
ON_THE_WAY = 37.0
"""By so much the gateway's idea of a binding may be later than the server's: 64*T1 until an
answer comes through, and a detour."""
OUTGOING = {CallStatus.CALLING, CallStatus.RINGBACK}
IN_CALL = {
    *OUTGOING, CallStatus.RINGING, CallStatus.TALKING, CallStatus.HELD, CallStatus.CALL_WAIT,
}  # fmt: skip


class Status(Law):
    """Looks at the table as the operator does, whenever something that happened has settled."""

    def begins(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._desk: Desk | None = None
        self._rows: Handler = lambda _: []
        self._stirred: set[int] = set()
        """Ports that something has happened to since they were looked at; 0: to all of them."""
        self._next = 0.0
        self._all_at = 0.0
        """When all ports are to be looked at next, whatever has stirred."""
        self._changed = 0.0
        self._called: dict[str, set[str]] = {}
        """By our number, whom it has called since it was lifted from rest."""
        self._caller: dict[str, set[str]] = {}
        """By our number, who has called it since it rested, and was let ring or wait."""
        self._moved: dict[int, float] = {}
        self._forgotten: set[str] = set()
        self._seen: set[str] = set()

    def marked(self, mark: Mark) -> None:
        if mark.lane is not Lane.HEARTBEAT:  # what comes of it has a mark of its own
            self._moved[mark.port] = mark.at
            self._stirs(mark.port)
        if mark.what == "INVITE" and mark.peer in HERE and mark.port in self.world.numbers:
            self._among_us(mark)

    def _among_us(self, mark: Mark) -> None:
        """Two telephones of a box that is cut off: by TCP, no network sees their call."""
        invite = parse(mark.detail.encode())
        if isinstance(invite, Request) and not invite.to.tag:
            known, who = (
                (self._called, invite.to) if mark.outward else (self._caller, invite.from_)
            )
            known.setdefault(self.world.numbers[mark.port], set()).add(_user(who.uri))

    def acted(self, port: int, what: str) -> None:
        found = self._gateway.ports.get(port)
        if what == "lifts" and found and found.line.status is CallStatus.IDLE:
            self._called.pop(self.world.numbers[port], None)
        self._stirs(port)

    def _stirs(self, port: int) -> None:
        self._stirred.add(port)
        self._changed = self.now
        self._next = min(self._next, self.now + LOOKS)

    # the wire

    def sent(self, passing: Passing) -> None:
        message = passing.message
        if isinstance(message, Request) and _removes(message):
            for server in self.world.operator.servers:
                server.forgotten.add(_user(message.to.uri))  # as soon as it gets there
        if isinstance(message, Request) and message.method == "INVITE" and not message.to.tag:
            number = _user(message.from_.uri)
            dialled = _user(message.to.uri)
            if message.call_id not in self._seen:
                self._seen.add(message.call_id)
                self._called.setdefault(number, set()).add(dialled)
                self._judge_digits(number, dialled)

    def refused(self, passing: Passing) -> None:
        self.sent(passing)

    def coming(self, passing: Passing) -> None:
        if not begins_a_call(passing.message):
            return  # nobody asks who could take one
        ports = self._gateway.ports.values()
        self._idle = {p.number for p in ports if _takes_a_call(p)}
        self._more = {p.number for p in ports if p.line.lets_wait}

    def came(self, passing: Passing) -> None:
        message = passing.message
        known = passing.peer in OURS or self.world.operator.known(passing.peer)
        if not known or not isinstance(message, Request):
            return
        if begins_a_call(message):
            number = _user(message.to.uri)
            for port, own in self.world.numbers.items():
                if own != number or port not in self._idle | self._more:
                    continue
                if port in self._idle:
                    self._caller.pop(number, None)
                self._caller.setdefault(number, set()).add(_user(message.from_.uri))

    def _judge_digits(self, number: str, called: str) -> None:
        """What was dialled is what was called (I12), the ending ``#`` left out."""
        port = next((p for p, own in self.world.numbers.items() if own == number), 0)
        handset = self.world.handsets.get(port)
        if handset and handset.careful and not handset.dialled.startswith(called):
            self.breaks("I12", f"port {port}: dialled {handset.dialled}, called {called}")

    # the table

    def happened(self) -> None:
        agent = self._gateway.signalling._agent
        if agent is not None and len(agent.board.calls) > 1:
            self._judge_calls(agent)
        now = self.world.loop.now
        if now >= self._next and self.world.desk is not None:
            self._look(now, self.world.desk)

    def _judge_calls(self, agent: UserAgent) -> None:
        live = [m.call.party.line for m in agent.board.calls if m.call.live]
        if len(live) == len(set(live)):
            return
        for line, calls in Counter(live).items():
            port = self._gateway.ports.get(line)
            if calls > (2 if port and port.legs.aside else 1):
                self.breaks("I2", f"port {line}: {calls} calls")

    def _look(self, now: float, desk: Desk) -> None:
        """At the rows of ports that something has happened to; now and then at all."""
        if desk is not self._desk:
            self._desk, self._rows = desk, desk.handlers["ports"]
        busy = now < self._changed + LOOKS
        self._next = self._changed + LOOKS if busy else now + SELDOM
        everybody = 0 in self._stirred or now >= self._all_at
        if everybody:
            self._all_at = now + SELDOM
        for which in [{}] if everybody else [{"port": port} for port in sorted(self._stirred)]:
            rows = self._rows(which)
            assert isinstance(rows, list)
            for row in rows:
                self._judge(now, row)
        if not busy:
            self._stirred.clear()

    def _judge(self, now: float, row: PortStatus) -> None:
        port = self._gateway.ports[row.port]
        moved = max(self._moved.get(row.port, 0.0), self._moved.get(0, 0.0))
        if not port.in_service or port.disabled or now - moved < SETTLES:
            return
        hand = self.world.handsets[row.port]
        if hand.still(SETTLES) and now - self.world.faults.hit(row.port) > NOTICED:
            self._judge_copper(row)
        self._judge_call(row)
        if row.register_status is RegisterStatus.REGISTERED:
            self._judge_binding(now, row)

    def _judge_copper(self, row: PortStatus) -> None:
        chip = self.world.copper.card.chips[row.port - 1]
        truth = PhysicalStatus.ON_HOOK
        if self.world.copper.card.phones[row.port - 1].off_hook:
            truth = PhysicalStatus.OFF_HOOK
        elif chip._core.wanted_linefeed == RINGING:
            truth = PhysicalStatus.RINGING
        if row.physical_status is not truth:
            self.breaks("I9", f"port {row.port}: {row.physical_status}, truly {truth}")
        down = row.call_status in {CallStatus.IDLE, CallStatus.RINGING}
        if down is (truth is PhysicalStatus.OFF_HOOK):
            self.breaks("I9", f"port {row.port}: {row.call_status}, truly {truth}")

    def _judge_call(self, row: PortStatus) -> None:
        shown = row.call_direction, row.peer_number
        if row.call_status not in IN_CALL:
            if row.call_status is CallStatus.IDLE and shown != (Direction.NONE, ""):
                self.breaks("I9", f"port {row.port}: idle, but {shown}")
            return
        if row.call_status is CallStatus.RINGING and row.house_call == Summons.RINGING.value:
            if shown != (Direction.NONE, ""):
                self.breaks("I9", f"port {row.port}: the house calls, but {shown}")
            return
        if row.call_direction is Direction.OUTGOING:
            truth = self._called.get(row.number, set())
        else:
            truth = self._caller.get(row.number, set())
        if row.peer_number not in truth:
            self.breaks("I9", f"port {row.port}: {shown}, truly {' or '.join(truth)!r}")

    def _judge_binding(self, now: float, row: PortStatus) -> None:
        until = self.world.operator.bound_until(row.number)
        if until < now - ON_THE_WAY and not self.world.operator.forgotten(row.number):
            self.breaks("I9", f"port {row.port}: reg-ok, but the server has no binding")


def _takes_a_call(port: Port) -> bool:
    """Nobody uses it; a house call gives way."""
    line = port.line
    return line.status is CallStatus.IDLE or line.summons is Summons.RINGING


def _user(text: str) -> str:
    uri = parse_uri(text)
    return uri.user_text if isinstance(uri, SipUri) else ""


def _removes(request: Request) -> bool:
    binds = request.method == "REGISTER" and request.headers.all("Contact")
    return bool(binds) and not request.expires
