"""The exchange on the bench: telephones around it that say what a test tells them to.

Time is virtual. Each telephone keeps what it gets; digests are made with hashlib alone.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from itertools import count
from typing import Any

from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.sip.events import Address, Datagram, Send
from firmware.sip.message import Headers, Message, Request, Response, parse, respond

EXCHANGE = Address("192.0.2.9", 5060)
DOMAIN = "lab.example.net"
USERS = {"101": "one", "102": "two", "103": "three"}
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
Header = tuple[str, str]


class Bench:
    """The exchange, the telephones 101, 102 and 103, and the time."""

    def __init__(self, also: tuple[Address, ...] = ()) -> None:
        settings = ExchangeSettings(EXCHANGE, DOMAIN, USERS, also=also)
        dice = random.Random(1)  # noqa: S311 - a test wants the same dice each time
        self.exchange = Exchange(settings, b"seed", dice)
        self.now = 0.0
        self.phones = [Phone(self, number) for number in USERS]
        self._numbers = count(1)

    def brings(self, data: bytes, source: Address) -> None:
        self._out(self.exchange.feed(Datagram(data, source), self.now))

    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.exchange.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self._out(self.exchange.tick(self.now))
            after = self.exchange.deadline
            assert after is None or after > self.now, "the pump would spin"
        self.now = until

    def unique(self) -> int:
        return next(self._numbers)

    def registered(self, *phones: Phone) -> None:
        """Have these registered, and forget how."""
        for phone in phones or tuple(self.phones):
            phone.registers()
            phone.one(200)

    def rings(self) -> tuple[Request, Request, Response]:
        """101 calls 102, which rings: their INVITE, as it came, and the 180 as it came."""
        a, b, _ = self.phones
        invite = a.calls("102")
        came = b.one("INVITE")
        b.answers(came, 180)
        return invite, came, a.one(180)

    def talk(self) -> tuple[Request, Request, Response, Response]:
        """101 and 102 talk: INVITE as sent and as it came, 200 as it came, 200 as sent."""
        a, b, _ = self.phones
        invite, came, _ = self.rings()
        said = b.answers(came, 200, body=SDP)
        ok = a.one(200)
        a.acks(ok)
        b.one("ACK")
        return invite, came, ok, said

    def _out(self, sends: list[Send]) -> None:
        for send in sends:
            for phone in self.phones:
                if phone.address == send.target:
                    phone.got.append(parse(send.data))
                    phone.times.append(round(self.now, 3))


class Phone:
    """A SIP telephone that does nothing by itself."""

    def __init__(self, bench: Bench, number: str) -> None:
        self.number = number
        self.address = Address(f"192.0.2.{number}", 5060)
        self.contact = f"sip:{number}@{self.address}"
        self.got: list[Message] = []
        self.times: list[float] = []
        self._bench = bench
        self._cseq = count(1)
        self._call_id = f"reg-{number}"

    # gets

    def one(self, what: str | int) -> Any:
        """The one message that has come since the last look: a method, or a status."""
        assert len(self.got) == 1, self.names
        (message,) = self.got
        self.clears()
        assert (message.method if isinstance(message, Request) else message.status) == what
        return message

    def clears(self) -> None:
        self.got.clear()
        self.times.clear()

    @property
    def names(self) -> list[str]:
        """What has come since the last look."""
        return [
            m.method if isinstance(m, Request) else f"{m.status} {m.cseq.method}" for m in self.got
        ]

    # says

    def sends(self, message: Message) -> None:
        self._bench.brings(message.encode(), self.address)

    def answers(
        self, request: Request, status: int, *, tag: str = "", body: bytes = b"",
        more: Sequence[Header] = (),
    ) -> Response:  # fmt: skip
        headers = [("Contact", f"<{self.contact}>"), *more]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        to_tag = None if status == 100 else tag or f"t{self.number}"
        response = respond(request, status, to_tag=to_tag, headers=headers, body=body)
        self.sends(response)
        return response

    def registers(
        self, *, contact: str | None = None, expires: int | None = 600, algorithm: str = "SHA-256",
        password: str = "", more: Sequence[Header] = (), cseq: int = 0, call_id: str = "",
        user: str = "",
    ) -> Request:  # fmt: skip
        """REGISTER, and once more with credentials if asked; the last one."""
        headers: list[Header] = (
            [] if contact == "" else [("Contact", contact or f"<{self.contact}>")]
        )
        if expires is not None:
            headers.append(("Expires", str(expires)))
        headers += more
        ask = self.request("REGISTER", f"sip:{DOMAIN}", to=self.number, more=headers,
                           cseq=cseq, call_id=call_id or self._call_id)  # fmt: skip
        return self._with_credentials(ask, algorithm, password or USERS[self.number], user)

    def calls(self, number: str, *, more: Sequence[Header] = (), body: bytes = SDP) -> Request:
        """INVITE, acknowledge the challenge, INVITE again; the last one."""
        headers = [("Contact", f"<{self.contact}>"), *more]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        ask = self.request("INVITE", f"sip:{number}@{DOMAIN}", to=number, more=headers, body=body)
        return self._with_credentials(ask, "MD5", USERS[self.number], "")

    def asks(self, method: str, number: str, *, more: Sequence[Header] = ()) -> Request:
        """Another request to a user, with credentials."""
        ask = self.request(method, f"sip:{number}@{DOMAIN}", to=number, more=more)
        return self._with_credentials(ask, "SHA-256", USERS[self.number], "")

    def acks(self, ok: Response) -> Request:
        """Acknowledge a 2xx: end to end, by the recorded route."""
        return self.within(ok, "ACK", cseq=ok.cseq.number)

    def within(
        self, ok: Response, method: str, *, cseq: int = 0, called: bool = False,
        contact: str = "", body: bytes = b"",
    ) -> Request:  # fmt: skip
        """A request in the dialog that `ok` has made; `called`: by who was called."""
        names = [ok.headers.get("From"), ok.headers.get("To")]
        routes = [str(route) for route in ok.record_routes]
        if called:
            names.reverse()
        else:
            routes.reverse()
        uri = contact or ok.contacts[0].uri
        headers = [
            ("Via", self._via()), ("Max-Forwards", "70"), *(("Route", r) for r in routes),
            ("From", names[0] or ""), ("To", names[1] or ""), ("Call-ID", ok.call_id),
            ("CSeq", f"{cseq or next(self._cseq)} {method}"), ("Contact", f"<{self.contact}>"),
        ]  # fmt: skip
        request = Request(method, uri, Headers(headers), body)
        self.sends(request)
        return request

    def cancels(self, invite: Request) -> Request:
        request = like(invite, "CANCEL", str(invite.headers.get("To")))
        self.sends(request)
        return request

    def request(
        self, method: str, uri: str, *, to: str, more: Sequence[Header] = (), body: bytes = b"",
        cseq: int = 0, call_id: str = "", hops: int = 70,
    ) -> Request:  # fmt: skip
        """Make a request that begins something; it is not sent."""
        unique = self._bench.unique()
        headers = [
            ("Via", self._via()), ("Max-Forwards", str(hops)),
            ("From", f"<sip:{self.number}@{DOMAIN}>;tag=f{unique}"),
            ("To", f"<sip:{to}@{DOMAIN}>"),
            ("Call-ID", call_id or f"c{unique}"), ("CSeq", f"{cseq or next(self._cseq)} {method}"),
            *more,
        ]  # fmt: skip
        return Request(method, uri, Headers(headers), body)

    def _via(self) -> str:
        return f"SIP/2.0/UDP {self.address};branch=z9hG4bKp{self._bench.unique()}"

    def _with_credentials(self, ask: Request, algorithm: str, password: str, user: str) -> Request:
        """Send; if challenged, send again with credentials, as a telephone does."""
        before = len(self.got)
        self.sends(ask)
        if len(self.got) == before:
            return ask
        challenge = self.got[-1]
        if not isinstance(challenge, Response) or challenge.status not in {401, 407}:
            return ask
        self.got.pop()
        self.times.pop()
        if ask.method == "INVITE":
            self.sends(like(ask, "ACK", str(challenge.headers.get("To"))))
        proxy = challenge.status == 407
        name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
        line = next(v for v in challenge.headers.all(name) if f"algorithm={algorithm}" in v)
        number = ask.cseq.number + 1
        next(self._cseq)
        credentials = digest(line, algorithm, user or self.number, password, ask)
        headers = ask.headers.replaced("Via", self._via()).replaced(
            "CSeq", f"{number} {ask.method}"
        )
        header = "Proxy-Authorization" if proxy else "Authorization"
        again = Request(ask.method, ask.uri, headers.appended(header, credentials), ask.body)
        self.sends(again)
        return again


def like(invite: Request, method: str, to: str) -> Request:
    """ACK to a failure, or CANCEL: of the INVITE's own branch."""
    h = invite.headers
    headers = [
        ("Via", str(h.get("Via"))), ("Max-Forwards", "70"), ("From", str(h.get("From"))),
        ("To", to), ("Call-ID", invite.call_id), ("CSeq", f"{invite.cseq.number} {method}"),
    ]  # fmt: skip
    return Request(method, invite.uri, Headers(headers))


def digest(challenge: str, algorithm: str, user: str, password: str, ask: Request) -> str:
    """Credentials for a challenge, qop auth (RFC 7616 section 3.4.1)."""

    def h(text: str) -> str:
        return HASHES[algorithm](text.encode()).hexdigest()

    realm = re.findall(r'realm="([^"]*)"', challenge)[0]
    nonce = re.findall(r'nonce="([^"]*)"', challenge)[0]
    secret, asked = h(f"{user}:{realm}:{password}"), h(f"{ask.method}:{ask.uri}")
    response = h(f"{secret}:{nonce}:00000001:c0:auth:{asked}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{ask.uri}", '
        f'response="{response}", algorithm={algorithm}, qop=auth, nc=00000001, cnonce="c0"'
    )
