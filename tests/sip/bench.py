"""A user agent on the bench: the owner on one side, a scripted server on the other.

Time is virtual. `said` is what the agent tells its owner, `wire` what it sends; both are
compared as whole sequences and forgotten.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from typing import Any

from firmware.sip.agent import UserAgent
from firmware.sip.events import (
    Address,
    AgentSettings,
    Datagram,
    Dropped,
    Input,
    Invite,
    LineIdentity,
    LocalMedia,
    Offered,
    Output,
    RegistrationReport,
    Send,
    Server,
)
from firmware.sip.message import Headers, Message, Request, Response, parse, respond

SERVER = Address("192.0.2.10", 5060)
STRANGER = Address("203.0.113.66", 5060)
LOCAL = Address("192.0.2.1", 5060)
US = "sip:x@192.0.2.1:5060"
MEDIA = LocalMedia("192.0.2.1", 10000)

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
    b"m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
HELD = OFFER + b"a=sendonly\r\n"
ANSWER = (
    b"v=0\r\no=- 7 7 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
    b"m=audio 20000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
G729 = OFFER.replace(b"8 0 101", b"18").replace(b"a=rtpmap:101 telephone-event/8000\r\n", b"")
SDP = ("Content-Type", "application/sdp")
CONTACT = ("Contact", "<sip:b@192.0.2.20:5070>")

LINES = (
    LineIdentity(1, "101", "101", "secret", "Front desk"),
    LineIdentity(2, "102", "102", "secret"),
)
SETTINGS = AgentSettings("dom", (Server("192.0.2.10"),), LINES, LOCAL)


def name_of(message: Message) -> str:
    if isinstance(message, Request):
        return message.method
    return f"{message.status} {message.cseq.method}"


class Bench:
    """The agent, virtual time, and what has come out."""

    def __init__(self, *, seed: int = 1, **settings: Any) -> None:
        dice = random.Random(seed)  # noqa: S311  reproducible on purpose
        self.busy: set[int] = set()
        """Lines whose telephones are in use."""
        self.agent = UserAgent(replace(SETTINGS, **settings), dice, self.busy.__contains__)
        self.now = 0.0
        self.wire: list[Message] = []
        self.times: list[float] = []
        self.targets: list[Address] = []
        self.said: list[Output] = []
        self.reports: list[RegistrationReport] = []
        self.dropped: list[Dropped] = []
        self._branches = count(1)

    # the owner

    def starts(self) -> None:
        self._out(self.agent.start(self.now))

    def feeds(self, event: Input) -> None:
        self._out(self.agent.feed(event, self.now))

    def calls(self, number: str = "8001", line: int = 1, **more: Any) -> int:
        call = self.agent.new_call()
        self.feeds(Invite(call, line, number, MEDIA, **more))
        return call

    def hears(self, *outputs: Output) -> None:
        assert tuple(self.said) == outputs
        self.said.clear()

    def last(self, kind: type[Any]) -> Any:
        """The last thing said, which must be of this kind; all that was said is forgotten."""
        assert self.said, f"nothing said, {kind.__name__} expected"
        assert isinstance(self.said[-1], kind), self.said
        output = self.said[-1]
        self.said.clear()
        return output

    # the network

    def gets(self, *names: str) -> list[Any]:
        """Exactly these messages have been sent since the last look."""
        sent = self.wire[:]
        assert tuple(name_of(m) for m in sent) == names
        self.wire.clear()
        self.times.clear()
        self.targets.clear()
        return sent

    def one(self, name: str) -> Any:
        return self.gets(name)[0]

    def brings(self, message: Message, source: Address = SERVER) -> None:
        self.feeds(Datagram(message.encode(), source))

    def replies(
        self,
        request: Request,
        status: int,
        *,
        tag: str = "b",
        more: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Response:
        if body:
            more = (*more, SDP)
        response = respond(
            request, status, to_tag=None if status == 100 else tag, headers=more, body=body
        )
        self.brings(response)
        return response

    def request(
        self,
        method: str,
        uri: str,
        *,
        to: str = "<sip:101@dom>",
        from_: str = "<sip:8001@dom>;tag=peer",
        call_id: str = "theirs",
        cseq: int = 1,
        branch: str = "",
        more: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Request:
        branch = branch or f"z9hG4bKp{next(self._branches)}"
        if body:
            more = (*more, SDP)
        headers = (
            ("Via", f"SIP/2.0/UDP 192.0.2.10;branch={branch};rport"),
            ("Max-Forwards", "69"),
            ("From", from_),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            *more,
        )
        return Request(method, uri, Headers(headers), body)

    # time

    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.agent.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self._out(self.agent.tick(self.now))
            after = self.agent.deadline
            assert after is None or after > self.now, "the pump would spin"
        self.now = until

    def waits_for(self, name: str, at_most: float) -> Any:
        """Let time pass until the next message is sent, which must be this one."""
        until = self.now + at_most
        while not self.wire and (due := self.agent.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self._out(self.agent.tick(self.now))
        return self.one(name)

    # in one go

    def registers(self) -> str:
        """Start, and have line 1 and line 2 registered; the token of line 1."""
        self.starts()
        tokens = []
        for register in list(self.wire):
            assert isinstance(register, Request)
            contact = register.contacts[0]
            self.replies(register, 200, more=(("Contact", f"{contact};expires=3600"),))
            tokens.append(contact.uri.partition(":")[2].partition("@")[0])
        self.clears()
        return tokens[0]

    def clears(self) -> None:
        self.wire.clear()
        self.times.clear()
        self.targets.clear()
        self.said.clear()
        self.reports.clear()
        self.dropped.clear()

    def rings(self, token: str, *, body: bytes = OFFER, **more: Any) -> tuple[Request, Offered]:
        """An INVITE comes in and is offered."""
        invite = self.request(
            "INVITE", f"sip:{token}@192.0.2.1:5060", more=(CONTACT,), body=body, **more
        )
        self.brings(invite)
        return invite, self.last(Offered)

    def _out(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send(data, target):
                    self.wire.append(parse(data))
                    self.times.append(round(self.now, 3))
                    self.targets.append(target)
                case RegistrationReport():
                    self.reports.append(output)
                case Dropped():
                    self.dropped.append(output)
                case _:
                    self.said.append(output)


def swapped(ours: Request, cseq: int) -> dict[str, Any]:
    """How the peer names both in a dialog in which we have sent `ours`."""
    return {
        "to": ours.headers.get("From"),
        "from_": ours.headers.get("To"),
        "call_id": ours.call_id,
        "cseq": cseq,
    }


def within(ours: Response, cseq: int) -> dict[str, Any]:
    """How the peer names both in a dialog in which we have answered `ours`."""
    return {
        "to": ours.headers.get("To"),
        "from_": ours.headers.get("From"),
        "call_id": ours.call_id,
        "cseq": cseq,
    }
