"""Three telephones at the embedded exchange, all of them mad."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

from firmware.errors import SipError
from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.exchange.registrar import MOST_BINDINGS
from firmware.sip.digest import digest_response
from firmware.sip.digest_server import MAX_NONCES
from firmware.sip.events import Address, Datagram, Send, TransportFailed
from firmware.sip.message import Headers, Message, Request, Response, parse, respond
from tests.hostile.mutation import mutated
from tests.sip.bench import ANSWER, OFFER, SDP

HERE = Address("192.0.2.9", 5060)
USERS = {"101": "one", "102": "two", "103": "three"}
PHONES = {Address(f"192.0.2.{user}", 5060): user for user in USERS}
METHODS = ["INVITE", "INVITE", "REGISTER", "BYE", "OPTIONS", "MESSAGE", "UPDATE", "ACK", "X"]
STATUSES = [100, 180, 183, 200, 200, 302, 401, 404, 486, 487, 503, 603]
PAUSES = [0.0, 0.1, 0.5, 3.0, 33.0, 190.0]


class ExchangeChaos:
    """The exchange, and all that was said at it and by it."""

    def __init__(self) -> None:
        settings = ExchangeSettings(HERE, "lab", USERS)
        dice = random.Random(1)  # noqa: S311  reproducible on purpose
        self.exchange = Exchange(settings, b"s" * 32, dice)
        self.now = 0.0
        self.said: list[tuple[bytes, Address]] = []
        self.heard: list[tuple[Message, Address]] = []
        self._numbers = count(1)
        self._steps: list[Callable[[int, int], None]] = [
            self.passes,
            self.registers,
            self.registers,
            self.asks,
            self.asks,
            self.answers,
            self.answers,
            self.answers,
            self.proves,
            self.proves,
            self.continues,
            self.continues,
            self.cancels,
            self.repeats,
            self.garbles,
            self.fails,
        ]

    def does(self, step: tuple[int, int, int]) -> None:
        what, a, b = step
        self._steps[what % len(self._steps)](a, b)

    def settles(self) -> None:
        """Everybody is silent: every timer runs out."""
        for _ in range(20_000):
            if (due := self.exchange.deadline) is None:
                break
            self.now = max(self.now, due)
            self.hears(self.exchange.tick(self.now))
        exchange = self.exchange
        assert exchange.deadline is None
        assert len(exchange._transactions) == 0
        assert set(exchange.registrar._bindings) <= set(USERS)
        assert all(len(b) <= MOST_BINDINGS for b in exchange.registrar._bindings.values())
        assert len(exchange._digest._used) <= MAX_NONCES

    def brings(self, data: bytes, source: Address) -> None:
        self.said.append((data, source))
        sends = self.exchange.feed(Datagram(data, source), self.now)
        assert len(sends) <= 4, "one datagram causes no storm"
        self.hears(sends)

    def hears(self, sends: list[Send]) -> None:
        for send in sends:
            assert len(send.data) <= 65507
            assert 0 < send.target.port <= 65535
            try:
                message = parse(send.data)
                message.check()
                self.heard.append((message, send.target))
            except SipError:  # the echo of something that cannot be read
                assert send.data.startswith(b"SIP/2.0 ")

    # what may happen

    def passes(self, a: int, _b: int) -> None:
        until = self.now + PAUSES[a % len(PAUSES)]
        while (due := self.exchange.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.hears(self.exchange.tick(self.now))
            after = self.exchange.deadline
            assert after is None or after > self.now, "the pump would spin"
        self.now = until

    def registers(self, a: int, b: int) -> None:
        source = list(PHONES)[a % 3]
        user = PHONES[source]
        contact = f"<sip:{user}@{source}>;expires={b % 4000}"
        request = self._request("REGISTER", "sip:lab", user, user, a, (("Contact", contact),))
        self.brings(request.encode(), source)
        self.proves(0, b)

    def asks(self, a: int, b: int) -> None:
        source, method = list(PHONES)[a % 3], METHODS[b % len(METHODS)]
        called = list(USERS)[b % 3]
        contact = (("Contact", f"<sip:{PHONES[source]}@{source}>"),)
        request = self._request(
            method, f"sip:{called}@lab", PHONES[source], called, b, contact, OFFER
        )
        self.brings(request.encode(), source)

    def proves(self, a: int, b: int) -> None:
        """What was challenged comes again, with the right password, most of the time."""
        challenged = [
            (m, t)
            for m, t in self.heard
            if isinstance(m, Response) and m.status in {401, 407} and m.challenges
        ]
        if not challenged:
            return
        refused, target = challenged[-1 - a % len(challenged)]
        asked = [
            m
            for data, _ in self.said
            if isinstance(m := _read(data), Request) and m.cseq == refused.cseq
        ]
        user = PHONES.get(target, "101")
        if not asked:
            return
        request, challenge = asked[-1], refused.challenges[b % len(refused.challenges)]
        password = USERS[user] if b % 7 else "wrong"
        nc = f"{b % 3 + 1:08x}"
        response = digest_response(
            challenge.algorithm,
            secret=(user, challenge.realm, password),
            nonce=challenge.nonce,
            request=(request.method, request.uri, request.body),
            qop="auth",
            nc=nc,
            cnonce="c",
        )
        name = "Authorization" if refused.status == 401 else "Proxy-Authorization"
        value = (
            f'Digest username="{user}", realm="{challenge.realm}", nonce="{challenge.nonce}",'
            f' uri="{request.uri}", response="{response}", algorithm={challenge.algorithm},'
            f' qop=auth, nc={nc}, cnonce="c"'
        )
        via = f"SIP/2.0/UDP {target};branch=z9hG4bKc{next(self._numbers)}"
        headers = Headers.verbatim(
            (*request.headers.replaced("Via", via).without(name), (name, value))
        )
        cseq = f"{request.cseq.number + 1} {request.method}"
        again = Request(request.method, request.uri, headers.replaced("CSeq", cseq), request.body)
        self.brings(again.encode(), target)

    def answers(self, a: int, b: int) -> None:
        asked = [(m, t) for m, t in self.heard if isinstance(m, Request) and m.method != "ACK"]
        if asked:
            request, phone = asked[-1 - a % len(asked)]
            status = STATUSES[b % len(STATUSES)]
            contact = ("Contact", f"<sip:x@{phone}>")
            more = (contact, SDP) if b % 2 else (contact,)
            body = ANSWER if b % 2 else b""
            self.brings(
                respond(request, status, to_tag=f"t{a % 2}", headers=more, body=body).encode(),
                phone,
            )

    def continues(self, a: int, b: int) -> None:
        """A request in a dialog that passes here, or says so."""
        answers = [(m, t) for m, t in self.heard if isinstance(m, Response) and m.to.tag]
        if not answers:
            return
        answer, phone = answers[-1 - a % len(answers)]
        method = METHODS[b % len(METHODS)]
        routes = tuple(("Route", str(route)) for route in answer.record_routes)
        contacts = answer.contacts
        uri = contacts[0].uri if contacts and contacts[0].uri != "*" else "sip:x@192.0.2.102"
        headers = (
            ("Via", f"SIP/2.0/UDP {phone};branch=z9hG4bKd{next(self._numbers)}"),
            ("Max-Forwards", str(b % 71)),
            *(routes or (("Route", f"<sip:{HERE};lr>"),)),
            ("From", answer.headers.get("From") or ""),
            ("To", answer.headers.get("To") or ""),
            ("Call-ID", answer.call_id),
            ("CSeq", f"{answer.cseq.number + b % 3} {method}"),
        )
        self.brings(Request(method, uri, Headers.verbatim(headers)).encode(), phone)

    def cancels(self, a: int, _b: int) -> None:
        invites = [(d, s) for d, s in self.said if d.startswith(b"INVITE ")]
        if invites:
            data, source = invites[-1 - a % len(invites)]
            data = data.replace(b"INVITE ", b"CANCEL ", 1).replace(b" INVITE\r", b" CANCEL\r")
            self.brings(data, source)

    def repeats(self, a: int, b: int) -> None:
        """Anything that was said comes again, even what the exchange said itself."""
        if b % 3 and self.said:
            self.brings(*self.said[-1 - a % len(self.said)])
        elif self.heard:
            message, _ = self.heard[-1 - a % len(self.heard)]
            self.brings(message.encode(), HERE if b % 2 else list(PHONES)[a % 3])

    def garbles(self, a: int, b: int) -> None:
        if self.said:
            recent = self.said[-20:]
            data, source = recent[a % len(recent)]
            self.brings(mutated(data, a // 3, b, [d for d, _ in recent]), source)

    def fails(self, a: int, _b: int) -> None:
        self.hears(
            self.exchange.feed(TransportFailed(list(PHONES)[a % 3], "unreachable"), self.now)
        )

    def _request(
        self,
        method: str,
        uri: str,
        from_: str,
        to: str,
        number: int,
        more: tuple[tuple[str, str], ...],
        body: bytes = b"",
    ) -> Request:
        n = next(self._numbers)
        headers = (
            ("Via", f"SIP/2.0/UDP 192.0.2.{from_};branch=z9hG4bK{n};rport"),
            ("Max-Forwards", str(70 - number % 3)),
            ("From", f"<sip:{from_}@lab>;tag=f{number % 5}"),
            ("To", f"<sip:{to}@lab>"),
            ("Call-ID", f"c{number % 5}"),
            ("CSeq", f"{n} {method}"),
            *more,
            *((SDP,) if body else ()),
        )
        return Request(method, uri, Headers(headers), body)


def _read(data: bytes) -> Message | None:
    try:
        return parse(data)
    except SipError:
        return None
