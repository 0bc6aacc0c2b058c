"""What signalling costs: a message read and written, and a whole call between two agents.

The agents are joined by nothing but this loop, in virtual time; the CPU of each is counted
apart. A call is INVITE, 100, 180, 200, ACK, BYE, 200, with the registration's Contact and
SDP at both ends.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from benchmarks.figures import Sample
from firmware.dice import SystemDice
from firmware.sip.agent import UserAgent
from firmware.sip.events import (
    Accept,
    Address,
    AgentSettings,
    Alert,
    Datagram,
    Ended,
    Established,
    HangUp,
    Input,
    Invite,
    LineIdentity,
    LocalMedia,
    Offered,
    Output,
    Send,
    Server,
)
from firmware.sip.message import Request, parse

Said = TypeVar("Said")

EACH = 300
"""Messages of a round."""
CALLER, CALLEE = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
INVITE = (
    b"INVITE sip:t1@192.0.2.1:5060 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK4711;received=192.0.2.20\r\n"
    b"Record-Route: <sip:192.0.2.10;lr>\r\nMax-Forwards: 69\r\n"
    b'From: "Caller" <sip:8001@ims.example.net>;tag=1928301774\r\n'
    b"To: <sip:101@ims.example.net>\r\nCall-ID: a84b4c76e66710@192.0.2.20\r\n"
    b"CSeq: 314159 INVITE\r\nContact: <sip:8001@192.0.2.20:5060>\r\n"
    b"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, PRACK, UPDATE\r\nSupported: timer, 100rel\r\n"
    b"User-Agent: bench\r\nContent-Type: application/sdp\r\nContent-Length: 183\r\n\r\n"
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
    b"m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)


def _whole(invite: bytes) -> bytes:
    head, _, body = invite.partition(b"\r\n\r\n")
    return head.replace(b"Length: 183", b"Length: %d" % len(body)) + b"\r\n\r\n" + body


@dataclass
class Costs:
    parse: Sample
    views: Sample
    encode: Sample
    call_out: Sample
    call_in: Sample
    message: Sample

    def all(self) -> list[Sample]:
        return list(self.__dict__.values())


WHY = "the interpreter: names looked up, frames made; compiled it takes half (`core`)"


def measure(rounds: int) -> Costs:
    message = parse(_whole(INVITE))
    assert isinstance(message, Request)
    costs = Costs(
        Sample("parse an INVITE with SDP", "us"),
        Sample("parse it and read Via, From, To, CSeq, Contact, routes", "us", most=60, why=WHY),
        Sample("encode it", "us"),
        Sample("a call set up and torn down: the caller's agent", "us"),
        Sample("the same: the callee's agent", "us"),
        Sample("the same, per message in or out", "us"),
    )
    gc.collect()
    gc.disable()
    for turn in range(rounds):
        strangers = [_of_another_call(2 * turn * EACH + n) for n in range(2 * EACH)]
        costs.parse.add(_each(parse, strangers[:EACH]))
        costs.views.add(_each(lambda data: _viewed(parse(data)), strangers[EACH:]))
        fresh = [replace(message) for _ in range(EACH)]  # what is encoded once stays encoded
        costs.encode.add(_each(Request.encode, fresh))
    gc.enable()
    pair = Pair()
    for _ in range(3):
        pair.call()
    for _ in range(rounds):
        pair.forget()
        for _ in range(20):
            pair.call()
        costs.call_out.add(pair.spent[CALLER] / 20 / 1000)
        costs.call_in.add(pair.spent[CALLEE] / 20 / 1000)
        total = pair.spent[CALLER] + pair.spent[CALLEE]
        costs.message.add(total / 1000 / (2 * pair.datagrams))
    return costs


def _viewed(message: object) -> None:
    assert isinstance(message, Request)
    _ = (message.via, message.from_, message.to, message.cseq, message.contacts, message.uri)


def _of_another_call(number: int) -> bytes:
    """An INVITE none of whose lines that tell calls apart was ever seen."""
    data = _whole(INVITE).replace(b"z9hG4bK776asdhds", b"z9hG4bK776a%06d" % number)
    data = data.replace(b"tag=1928301774", b"tag=1928%06d" % number)
    return data.replace(b"8001@", b"8%06d@" % number).replace(b"a84b4c76", b"a8%06d" % number)


def _each(action: Callable[[Said], object], messages: list[Said]) -> float:
    """Microseconds of CPU of one of many."""
    began = time.thread_time_ns()
    for message in messages:
        action(message)
    return (time.thread_time_ns() - began) / len(messages) / 1000


class Pair:
    """Two agents, each the server of the other; the network takes no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.spent = {CALLER: 0, CALLEE: 0}
        self.datagrams = 0
        self._waiting: deque[tuple[Address, Input]] = deque()
        self._said: list[Output] = []
        self._agents = {
            CALLER: _agent(CALLER, CALLEE, "101"),
            CALLEE: _agent(CALLEE, CALLER, "102"),
        }
        for where, agent in self._agents.items():
            self._out(where, agent.start(0.0, lines=()))
        self._run()

    def forget(self) -> None:
        self.spent = dict.fromkeys(self.spent, 0)
        self.datagrams = 0

    def call(self) -> None:
        """One call from beginning to end, and all its timers."""
        call = self._agents[CALLER].new_call()
        self._does(CALLER, Invite(call, 1, "102", LocalMedia(CALLER.host, 10000)))
        offered = self._last(Offered)
        self._does(CALLEE, Alert(offered.call))
        self._does(CALLEE, Accept(offered.call, LocalMedia(CALLEE.host, 20000)))
        self._last(Established)
        self._does(CALLER, HangUp(call))
        self._last(Ended)
        self._said.clear()
        self._pass(40.0)

    def _last(self, kind: type[Said]) -> Said:
        found = [output for output in self._said if isinstance(output, kind)]
        assert found, f"no {kind.__name__}"
        return found[-1]

    def _does(self, where: Address, event: Input) -> None:
        self._waiting.append((where, event))
        self._run()

    def _run(self) -> None:
        while self._waiting:
            where, event = self._waiting.popleft()
            agent = self._agents[where]
            began = time.thread_time_ns()
            outputs = agent.feed(event, self.now)
            self.spent[where] += time.thread_time_ns() - began
            self._out(where, outputs)

    def _pass(self, seconds: float) -> None:
        until = self.now + seconds
        for where, agent in self._agents.items():
            while (due := agent.deadline) is not None and due <= until:
                began = time.thread_time_ns()
                outputs = agent.tick(max(due, self.now))
                self.spent[where] += time.thread_time_ns() - began
                self._out(where, outputs)
        self.now = until
        self._run()

    def _out(self, where: Address, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self.datagrams += 1
                self._waiting.append((output.target, Datagram(output.data, where)))
            else:
                self._said.append(output)


def _agent(local: Address, server: Address, number: str) -> UserAgent:
    return UserAgent(
        AgentSettings(
            "ims.example.net", (Server(server.host, server.port),),
            (LineIdentity(1, number, number, "secret"),), local, contact_token=False,
        ),
        SystemDice(),
    )  # fmt: skip
