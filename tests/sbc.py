"""A scripted server: it says what the test tells it to say, and nothing else.

Its digest is its own, made of hashlib alone, so that the gateway's is not judged by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeVar

from firmware.sip.events import Address
from firmware.sip.message import Headers, Message, Request, Response, is_keepalive, parse, respond

SBC = Address("10.0.0.9", 5060)
GATEWAY = Address("10.0.0.1", 5060)
REALM = "ims.example.net"
FAR_END = "<sip:far@10.0.0.9:5060>"
"""Contact of whoever talks behind the server."""
SDP = ("Content-Type", "application/sdp")

M = TypeVar("M", Request, Response)
Rule = Callable[[Request], Sequence[Response]]


def description(*, port: int = 20000, direction: str = "sendrecv", version: int = 1) -> bytes:
    """A session description of the far end."""
    lines = (
        "v=0", f"o=- 7 {version} IN IP4 {SBC.host}", "s=-", f"c=IN IP4 {SBC.host}", "t=0 0",
        f"m=audio {port} RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000", f"a={direction}",
    )  # fmt: skip
    return "".join(line + "\r\n" for line in lines).encode()


class Sbc:
    """The server of a world.

    Args:
        send: puts a datagram on the wire towards the gateway.
        runs: lets time pass until something is true.
        at: where it is; whoever talks behind it has the same address.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        runs: Callable[[Callable[[], bool]], object],
        at: Address = SBC,
    ) -> None:
        self.at = at
        self.contact = f"<sip:far@{at}>"
        self.got: list[Message] = []
        self.contacts: dict[str, str] = {}
        """The Contact each number has registered."""
        self._send = send
        self._runs = runs
        self._read = 0
        self._rules: dict[str, Rule] = {
            "OPTIONS": lambda request: [respond(request, 200, to_tag="o")]
        }
        self._numbers = count(1)

    # what comes

    def received(self, data: bytes, _source: Address) -> None:
        if is_keepalive(data):
            return
        message = parse(data)
        if not (isinstance(message, Request) and message.method == "OPTIONS"):
            self.got.append(message)  # a heartbeat is answered by the way
        if isinstance(message, Request) and message.method in self._rules:
            for response in self._rules[message.method](message):
                self.sends(response)

    def on(self, method: str, rule: Rule) -> None:
        """From now on answer each request of that method by `rule`; empty: silence."""
        self._rules[method] = rule

    def gets(self, method: str) -> Request:
        """Wait for the next message, which must be a request of this method."""
        message = self._next()
        assert isinstance(message, Request), f"{method} expected, got {message}"
        assert message.method == method
        return message

    def gets_answer(self, status: int, method: str) -> Response:
        """Wait for the next message, which must be this response."""
        message = self._next()
        assert isinstance(message, Response), f"{status} expected, got {message}"
        assert (message.status, message.cseq.method) == (status, method)
        return message

    @property
    def unread(self) -> list[Message]:
        """What has come and was not looked at."""
        return self.got[self._read :]

    def forgets(self) -> None:
        """What has come so far does not matter."""
        self._read = len(self.got)

    def _next(self) -> Message:
        self._runs(lambda: len(self.got) > self._read)
        self._read += 1
        return self.got[self._read - 1]

    # what it says

    def sends(self, message: Message) -> None:
        self._send(message.encode())

    def says(
        self,
        request: Request,
        status: int,
        *,
        tag: str = "b",
        more: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Response:
        """Answer `request`; an answer that may begin a dialog has a Contact."""
        headers = list(more)
        if request.method == "INVITE" and 100 < status < 300:
            headers.append(("Contact", self.contact))
        if body:
            headers.append(SDP)
        to_tag = None if status == 100 else tag
        response = respond(request, status, to_tag=to_tag, headers=headers, body=body)
        self.sends(response)
        return response

    def calls(self, number: str, *, by: str = "1001", more: Sequence[tuple[str, str]] = (),
              body: bytes | None = None, to: str = "") -> Request:  # fmt: skip
        """Send an INVITE to the Contact that `number` has registered; To says that, or `to`."""
        body = description() if body is None else body
        extra = [("Contact", self.contact), *more]
        if body:
            extra.append(SDP)
        from_ = f'"Caller" <sip:{by}@{REALM}>;tag=a{next(self._numbers)}'
        return self._asks(
            "INVITE", self.contacts[number], 1, from_, f"<{to or f'sip:{number}@{REALM}'}>",
            f"call-{next(self._numbers)}@{SBC.host}", extra, body,
        )  # fmt: skip

    def asks_as_caller(
        self, method: str, answer: Response, cseq: int, *, body: bytes = b"",
        more: Sequence[tuple[str, str]] = (),
    ) -> Request:  # fmt: skip
        """Send a request in the dialog that `answer`, of the gateway, has made."""
        names = (str(answer.headers.get("From")), str(answer.headers.get("To")))
        uri = answer.contacts[0].uri if answer.contacts else self.contacts["101"]
        return self._asks(method, uri, cseq, *names, answer.call_id, self._extra(body, more), body)

    def asks_as_callee(
        self, method: str, invite: Request, cseq: int, *, tag: str = "b", body: bytes = b"",
        more: Sequence[tuple[str, str]] = (),
    ) -> Request:  # fmt: skip
        """Send a request in the dialog that `invite`, of the gateway, and our answer made."""
        names = (f"{invite.headers.get('To')};tag={tag}", str(invite.headers.get("From")))
        uri = invite.contacts[0].uri
        return self._asks(method, uri, cseq, *names, invite.call_id, self._extra(body, more), body)

    def notifies(
        self, subscribe: Request, cseq: int, summary: str = "", *, state: str = "active",
        tag: str = "m", more: Sequence[tuple[str, str]] = (),
    ) -> Request:  # fmt: skip
        """Say how a mailbox stands, in the dialog that `subscribe` wants."""
        names = (f"{subscribe.headers.get('To')}", str(subscribe.headers.get("From")))
        if not subscribe.to.tag:
            names = (f"{names[0]};tag={tag}", names[1])
        body = summary.replace("\n", "\r\n").encode()
        headers = [
            ("Contact", self.contact), ("Event", "message-summary"),
            *([("Subscription-State", state)] if state else []), *more,
        ]  # fmt: skip
        if body:
            headers.append(("Content-Type", "application/simple-message-summary"))
        uri = subscribe.contacts[0].uri
        return self._asks("NOTIFY", uri, cseq, *names, subscribe.call_id, headers, body)

    def tells(self, number: str, summary: str, *, event: str = "message-summary") -> Request:
        """Say how a mailbox stands, though nobody has asked."""
        headers = [
            ("Event", event), ("Subscription-State", "terminated;reason=noresource"),
            ("Content-Type", "application/simple-message-summary"),
        ]  # fmt: skip
        body = summary.replace("\n", "\r\n").encode()
        from_ = f"<sip:{number}@{REALM}>;tag=u{next(self._numbers)}"
        to, call_id = f"<sip:{number}@{REALM}>", f"mail-{next(self._numbers)}@{SBC.host}"
        return self._asks("NOTIFY", self.contacts[number], 1, from_, to, call_id, headers, body)

    def cancels(self, invite: Request, *more: tuple[str, str]) -> Request:
        """CANCEL our own INVITE: everything of it, but the method (RFC 3261 section 9.1)."""
        h = invite.headers
        kept = [(n, str(h.get(n))) for n in ("Via", "From", "To", "Call-ID")]
        cseq = ("CSeq", f"{invite.cseq.number} CANCEL")
        request = Request(
            "CANCEL", invite.uri, Headers([*kept, cseq, ("Max-Forwards", "70"), *more])
        )
        self.sends(request)
        return request

    def acks(self, invite: Request, answer: Response, *, body: bytes = b"") -> Request:
        """ACK to the gateway's final answer: in the transaction, or of its own to a 2xx."""
        via = str(invite.headers.get("Via"))
        if answer.status < 300:
            via = via.replace("branch=z9hG4bK", "branch=z9hG4bKack")
        uri = answer.contacts[0].uri if answer.contacts else invite.uri
        names = [(n, str(answer.headers.get(n))) for n in ("From", "To", "Call-ID")]
        cseq = ("CSeq", f"{invite.cseq.number} ACK")
        kind = [SDP] if body else []
        headers = Headers([("Via", via), *names, cseq, ("Max-Forwards", "70"), *kind])
        request = Request("ACK", uri, headers, body)
        self.sends(request)
        return request

    def _extra(self, body: bytes, more: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        bare = body and "Content-Type" not in dict(more)
        return [("Contact", self.contact), *more, *([SDP] if bare else [])]

    def _asks(
        self, method: str, uri: str, cseq: int, from_: str, to: str, call_id: str,
        more: Sequence[tuple[str, str]], body: bytes,
    ) -> Request:  # fmt: skip
        via = f"SIP/2.0/UDP {self.at};branch=z9hG4bKs{next(self._numbers)};rport"
        headers = [
            ("Via", via), ("Max-Forwards", "70"), ("From", from_), ("To", to),
            ("Call-ID", call_id), ("CSeq", f"{cseq} {method}"), *more,
        ]  # fmt: skip
        request = Request(method, uri, Headers(headers), body)
        self.sends(request)
        return request


class Registrar:
    """A rule for REGISTER.

    Args:
        sbc: whose rule it is.
        challenging: ask for credentials, and judge them.
        granted: seconds of a binding.
    """

    def __init__(self, sbc: Sbc, *, challenging: bool = True, granted: int = 3600) -> None:
        self.granted = granted
        self.challenging = challenging
        self.nonces = 0
        """How many have been given out; the last is ``n<nonces>``."""
        self.stale = False
        """Refuse the next REGISTER once, its nonce being too old."""
        self._sbc = sbc

    def __call__(self, request: Request) -> list[Response]:
        number = request.to.uri.partition(":")[2].partition("@")[0]
        if self.challenging and (self.stale or not proven(request, f"n{self.nonces}")):
            stale, self.stale = self.stale, False
            return [self.challenge(request, 401, stale=stale)]
        if request.expires:
            self._sbc.contacts[number] = request.contacts[0].uri
        contact = f"<{request.contacts[0].uri}>;expires={self.granted}"
        more = () if request.expires == 0 else (("Contact", contact),)
        return [respond(request, 200, to_tag="r", headers=more)]

    def challenge(self, request: Request, status: int, *, stale: bool = False) -> Response:
        """401 or 407 with a nonce never given before."""
        self.nonces += 1
        name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
        value = f'Digest realm="{REALM}", nonce="n{self.nonces}", algorithm=MD5, qop="auth"'
        more = [(name, value + (", stale=true" if stale else ""))]
        return respond(request, status, to_tag=f"s{self.nonces}", headers=more)


def proven(request: Request, nonce: str) -> bool:
    """Whether the request carries credentials for `nonce`, made with the right password."""
    return any(
        given.nonce == nonce and given.response == response_of(given, request.method)
        for given in request.credentials
    )


def response_of(given: Any, method: str) -> str:
    """The digest that those credentials should show (RFC 7616 section 3.4.1), MD5, qop auth."""
    secret = _md5(f"{given.username}:{given.realm}:secret-{given.username}")
    asked = _md5(f"{method}:{given.uri}")
    return _md5(f"{secret}:{given.nonce}:{given.nc}:{given.cnonce}:auth:{asked}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  what RFC 7616 says
