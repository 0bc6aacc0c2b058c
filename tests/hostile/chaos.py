"""A server that has lost its mind, and the owner of a user agent that has lost his.

Whatever has been said so far may be answered, repeated, mixed up or taken back, in any
order. What happens is decided by a list of steps, each two numbers, so that hypothesis (or
a fuzzer) can look for the shortest list that does harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.errors import SipError
from firmware.sip.events import (
    Accept,
    Address,
    Alert,
    Datagram,
    Deregister,
    HangUp,
    Hold,
    Invite,
    Leave,
    Output,
    Refuse,
    Register,
    Resolved,
    Resume,
    Send,
    Server,
    TransportFailed,
)
from firmware.sip.message import Message, Request, Response, parse, respond
from firmware.sip.servers import Drill, GoBack
from firmware.sip.settings import Prack
from tests.hostile.mutation import mutated
from tests.hostile.scene import Scene
from tests.sip.bench import ANSWER, CONTACT, HELD, MEDIA, OFFER, SDP, SERVER, US, swapped, within

Step = tuple[int, int, int]
METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "OPTIONS", "PRACK", "INFO", "REGISTER", "X"]
STATUSES = [100, 180, 183, 200, 202, 299, 301, 401, 407, 408, 422, 423, 481, 486, 487, 491, 500]
STATUSES += [405, 503, 603, 699, 199, 302, 305, 380]
BODIES = [b"", OFFER, ANSWER, HELD, OFFER.replace(b"8 0 101", b"18"), b"v=0\r\nm=\r\n", b"x"]
PAUSES = [0.0, 0.1, 0.5, 2.0, 6.0, 33.0, 65.0, 200.0]
MORE = [
    (),
    (("Require", "100rel"),),
    (("Require", "100rel"), ("RSeq", "1"), ("Supported", "100rel")),
    (("Require", "100rel"), ("RSeq", "2")),
    (("Session-Expires", "90;refresher=uac"), ("Supported", "timer"), ("Allow", "UPDATE")),
    (("Session-Expires", "95;refresher=uas"), ("Min-SE", "120")),
    (("Session-Expires", "30"), ("Supported", "timer, 100rel")),
    (("Record-Route", "<sip:192.0.2.12>, <sip:192.0.2.13;lr>"),),
    (("WWW-Authenticate", 'Digest realm="dom", nonce="a", qop="auth"'),),
    (("Proxy-Authenticate", 'Digest realm="x, y", nonce="b", algorithm=SHA-256'),),
    (("Retry-After", "0"), ("Min-Expires", "7200")),
    (("Service-Route", "<sip:203.0.113.1;lr>"),),
    (("P-Early-Media", "sendrecv, gated"),),
    (("P-Early-Media", "inactive"), ("Reason", "Q.850;cause=17")),
    (("Contact", "<sip:8009@dom>;q=0.5, <tel:8008>, <sip:x@evil.example>"),),
    (("Privacy", "id;critical"), ("P-Asserted-Identity", "<tel:+1-2>, <sip:a@b;user=phone>")),
]


SERVERS = (Server("192.0.2.10"), Server("192.0.2.11"))


class Chaos(Scene):
    """What both sides have said, and what may come next."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.ours: list[Message] = []
        """What the agent has sent."""
        self.theirs: list[bytes] = []
        """What the server has."""
        self.steps: list[Callable[[int, int], None]] = [
            self.passes,
            self.begins,
            self.begins,
            self.answers,
            self.answers,
            self.answers,
            self.continues,
            self.continues,
            self.continues,
            self.acknowledges,
            self.pracks,
            self.goes_well,
            self.goes_well,
            self.goes_well,
            self.goes_well,
            self.cancels,
            self.repeats,
            self.garbles,
            self.garbles,
            self.owner_acts,
            self.owner_acts,
            self.owner_acts,
            self.network_fails,
            self.servers_change,
        ]

    def does(self, step: Step) -> None:
        what, a, b = step
        self.steps[what % len(self.steps)](a, b)

    # the network

    def brings(self, data: bytes, source: Address = SERVER) -> None:
        self.theirs.append(data)
        agent, bench = self.bench.agent, self.bench
        outputs = agent.feed(Datagram(data, source), bench.now)
        self.hears(outputs)
        assert sum(isinstance(o, Send) for o in outputs) <= 4, "one datagram causes no storm"

    def hears(self, outputs: list[Output]) -> None:
        self._heard(outputs)
        for output in outputs:
            if isinstance(output, Send):
                try:
                    message = parse(output.data)
                    message.check()
                    self.ours.append(message)
                except SipError:  # the echo of something that cannot be read
                    assert output.data.startswith(b"SIP/2.0 ")

    def passes(self, a: int, _b: int) -> None:
        """Time."""
        bench, agent = self.bench, self.bench.agent
        until = bench.now + PAUSES[a % len(PAUSES)]
        while (due := agent.deadline) is not None and due <= until:
            bench.now = max(bench.now, due)
            self.hears(agent.tick(bench.now))
            after = agent.deadline
            assert after is None or after > bench.now, "the pump would spin"
        bench.now = until

    def begins(self, a: int, b: int) -> None:
        method = METHODS[b % len(METHODS)] if b % 3 == 0 else "INVITE"
        token = (self.token, self.other)[a % 2]
        body, more = BODIES[a % len(BODIES)], (CONTACT, *MORE[b % len(MORE)])
        request = self.bench.request(
            method, f"sip:{token}@192.0.2.1", call_id=f"c{a % 5}", cseq=b % 3, more=more, body=body
        )
        self.brings(request.encode())

    def answers(self, a: int, b: int) -> None:
        asked = [m for m in self.ours if isinstance(m, Request) and m.method != "ACK"]
        if not asked:
            return
        request = asked[-1 - a % len(asked)]
        status, body = STATUSES[b % len(STATUSES)], BODIES[(a + b) % len(BODIES)]
        contact = request.headers.get("Contact")
        own = ("Contact", f"{contact};expires={b}") if request.method == "REGISTER" else CONTACT
        more = (own, *MORE[a % len(MORE)], *((SDP,) if body else ()))
        tag = None if status == 100 else f"t{a % 3}"
        self.brings(respond(request, status, to_tag=tag, headers=more, body=body).encode())

    def continues(self, a: int, b: int) -> None:
        """A request within some dialog, real or imagined."""
        said = [m for m in self.ours if m.headers.get("Call-ID")]
        if not said:
            return
        message = said[-1 - a % len(said)]
        cseq = max(0, message.cseq.number + b % 4 - 1)
        names = within(message, cseq) if isinstance(message, Response) else swapped(message, cseq)
        method, body = METHODS[b % len(METHODS)], BODIES[(a + b) % len(BODIES)]
        more = (CONTACT, *MORE[(a // 2) % len(MORE)])
        self.brings(self.bench.request(method, US, **names, more=more, body=body).encode())

    def acknowledges(self, a: int, b: int) -> None:
        finals = [m for m in self.ours if isinstance(m, Response) and m.status >= 200]
        if not finals:
            return
        final = finals[-1 - a % len(finals)]
        branch = final.via.branch if b % 2 else ""
        names = within(final, final.cseq.number)
        body = ANSWER if b % 3 == 0 else b""
        self.brings(self.bench.request("ACK", US, **names, branch=branch, body=body).encode())

    def pracks(self, a: int, b: int) -> None:
        """A PRACK of what was said reliably, or nearly."""
        said = [m for m in self.ours if isinstance(m, Response) and m.rseq]
        if not said:
            return
        ringing = said[-1 - a % len(said)]
        number = (ringing.rseq or 0) + (b % 7 == 0)
        rack = ("RAck", f"{number} {ringing.cseq.number} INVITE")
        names = within(ringing, ringing.cseq.number + b % 4)
        body = BODIES[(a + b) % len(BODIES)]
        more = (CONTACT, rack, *((SDP,) if body else ()))
        self.brings(self.bench.request("PRACK", US, **names, more=more, body=body).encode())

    def goes_well(self, a: int, b: int) -> None:
        """Somebody does what is right, so that there is something to spoil."""
        if a % 3 == 0 or not self.ours:
            self.owner_goes_on(a, b)
            return
        said = self.ours[-1 - (b // 7) % min(3, len(self.ours))]
        match said:
            case Request(method="INVITE"):
                timer = ("Session-Expires", f"{90 + b % 9};refresher={('uac', 'uas')[b % 2]}")
                reliably = ("Require", "100rel"), ("RSeq", str(1 + b % 2))
                status = (200, 200, 180, 183)[b % 4]
                more = (timer, ("Allow", "UPDATE")) if status == 200 else reliably
                body = b"" if status == 180 else ANSWER if said.body else OFFER
                kind = (SDP,) if body else ()
                answer = respond(
                    said, status, to_tag="t1", headers=(CONTACT, *more, *kind), body=body
                )
                self.brings(answer.encode())
            case Request(method="ACK"):
                pass
            case Request():
                self.brings(respond(said, 200, to_tag="t1", headers=(CONTACT,)).encode())
            case Response(status=200) if said.cseq.method == "INVITE":
                self.acknowledges(0, 2 * b)
            case Response() if said.rseq:
                self.pracks(0, 7 * b + 1)
            case Response():
                self.continues(0, b)

    def owner_goes_on(self, a: int, b: int) -> None:
        """With the last call, ours or theirs."""
        agent, now = self.bench.agent, self.bench.now
        call = agent.board.last_call
        wants = (Alert(call, MEDIA), Accept(call, MEDIA), Hold(call), Resume(call))
        if call:
            self.hears(agent.feed(wants[(a // 3 + b) % len(wants)], now))

    def cancels(self, a: int, _b: int) -> None:
        invites = [data for data in self.theirs if data.startswith(b"INVITE ")]
        if invites:
            data = invites[-1 - a % len(invites)]
            self.brings(
                data.replace(b"INVITE ", b"CANCEL ", 1).replace(b" INVITE\r", b" CANCEL\r")
            )

    def repeats(self, a: int, b: int) -> None:
        """Anything that was said comes again, from either side, from anywhere."""
        source = Address(("203.0.113.66", *(s.host for s in SERVERS))[b % 3], 5060)
        if b % 3 and self.theirs:
            self.brings(self.theirs[-1 - a % len(self.theirs)], source)
        elif self.ours:
            self.brings(self.ours[-1 - a % len(self.ours)].encode(), source)

    def garbles(self, a: int, b: int) -> None:
        said = self.theirs[-20:]
        if said:
            self.brings(mutated(said[a % len(said)], a // 3, b, said))

    # the owner

    def owner_acts(self, a: int, b: int) -> None:
        agent, now = self.bench.agent, self.bench.now
        last = agent.board.last_call
        call = last - b % 4
        match a % 13:
            case 0 | 1:
                number = f"80{b % 3}"
                wanted = Invite(agent.new_call(), 1 + b % 2, number, MEDIA, offers=b % 5 > 0)
                self.hears(agent.feed(wanted, now))
            case 2:
                self.hears(agent.feed(Alert(call, MEDIA if b % 3 else None), now))
            case 3 | 4:
                self.hears(agent.feed(Accept(call, MEDIA), now))
            case 5:
                self.hears(agent.feed(Refuse(call, 486), now))
            case 6:
                self.hears(agent.feed(HangUp(call), now))
            case 7 | 8:
                self.hears(agent.feed(Hold(call), now))
            case 9:
                self.hears(agent.feed(Resume(call), now))
            case 10:
                self.hears(agent.feed(Leave(), now))
            case 11:
                self.hears(agent.feed(Register(1 + b % 2), now))
            case _:
                self.hears(agent.feed(Deregister(1 + b % 2), now))

    def servers_change(self, a: int, b: int) -> None:
        agent, now = self.bench.agent, self.bench.now
        seconds = float(PAUSES[b % len(PAUSES)])
        change = GoBack() if a % 3 == 0 else Drill(1 + a % 2, seconds)
        self.hears(agent.feed(change, now))

    def network_fails(self, a: int, b: int) -> None:
        agent, now = self.bench.agent, self.bench.now
        if a % 2:
            target = Address(SERVERS[b % 2].host, 5060)
            self.hears(agent.feed(TransportFailed(target, "refused"), now))
        else:
            found = (SERVER,) if b % 2 else ()
            self.hears(agent.feed(Resolved("192.0.2.10", 5060, found, "gone"), now))


class ReliableChaos(Chaos):
    """The same with reliable ringing and session timers."""

    def __init__(self) -> None:
        super().__init__(prack=Prack.SUPPORTED, session_expires_s=90)


class StrictChaos(Chaos):
    """The same for who insists on it."""

    def __init__(self) -> None:
        super().__init__(prack=Prack.REQUIRED, session_expires_s=600)


class BeatingChaos(Chaos):
    """The same with two servers, whose hearts are listened to."""

    def __init__(self) -> None:
        super().__init__(servers=SERVERS, heartbeat_s=30.0)

    def register(self) -> None:
        self.bench.starts()
        for request in list(self.bench.wire):
            assert isinstance(request, Request)
            if request.method == "REGISTER":
                contact = ("Contact", f"{request.headers.get('Contact')};expires=3600")
                self.bench.replies(request, 200, more=(contact,))
