"""A dialog of the far end, and the requests it makes within it (RFC 3261 section 12)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.sip.carriage import spoken
from firmware.sip.events import Address, Transport
from firmware.sip.headers import NameAddr
from firmware.sip.message import Headers, Message, Request, Response
from firmware.sip.uri import SipUri, parse_uri
from tests.simulation.endpoint import Endpoint

REFRESHES = "INVITE", "UPDATE"
SDP = "Content-Type", "application/sdp"


def offer(
    host: str, port: int, *, version: int = 1, direction: str = "sendrecv", codec: int = 8
) -> bytes:
    """A session description of the far end; codec 9 (G.722) is none of the gateway's."""
    lines = (
        "v=0", f"o=- 7 {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}",
        "t=0 0", f"m=audio {port} RTP/AVP {codec} 101", "a=rtpmap:101 telephone-event/8000",
        f"a={direction}",
    )  # fmt: skip
    return "".join(line + "\r\n" for line in lines).encode()


def voice_of(body: bytes) -> tuple[str, int] | None:
    """Where a description wants its voice; None: it has none."""
    host, port = "", 0
    for line in body.decode().splitlines():
        if line.startswith("c="):
            host = line.split()[-1]
        if line.startswith("m=audio"):
            port = int(line.split()[1])
    return (host, port) if host and port else None


@dataclass(eq=False, slots=True)
class Session:
    """One call of the far end, from its side."""

    endpoint: Endpoint
    call_id: str
    us: str
    """From or To value of ours, with our tag."""
    them: str
    target: str
    """Their Contact."""
    routes: tuple[str, ...]
    contact: str
    cseq: int = 1
    rtp: tuple[str, int] = ("", 0)
    heard: tuple[str, int] | None = None
    """Where they want our voice."""
    version: int = 1
    confirms_every: float = 0.0
    """Seconds between two confirmations that are ours to make; 0: none are."""
    over: bool = False

    @classmethod
    def called(cls, endpoint: Endpoint, invite: Request, tag: str, contact: str) -> Session:
        """Of an INVITE that came."""
        return cls(
            endpoint,
            invite.call_id,
            f"{invite.headers.get('To')};tag={tag}",
            str(invite.headers.get("From")),
            invite.contacts[0].uri,
            tuple(str(route) for route in invite.record_routes),
            contact,
        )

    @classmethod
    def calling(
        cls, endpoint: Endpoint, invite: Request, answer: Response, contact: str
    ) -> Session:
        """Of a 2xx that came to an INVITE."""
        return cls(
            endpoint,
            answer.call_id,
            str(answer.headers.get("From")),
            str(answer.headers.get("To")),
            answer.contacts[0].uri,
            tuple(str(route) for route in reversed(answer.record_routes)),
            contact,
            cseq=invite.cseq.number,
        )

    def refreshed(self, message: Message) -> None:
        """They have said where they are now, and want to be heard (section 12.2)."""
        if message.contacts:
            self.target = message.contacts[0].uri
        self.heard = voice_of(message.body) or self.heard

    @property
    def next_hop(self) -> Address:
        """Where requests in this dialog go."""
        first = NameAddr.parse(self.routes[0]).uri if self.routes else self.target
        uri = parse_uri(first)
        assert isinstance(uri, SipUri)
        return Address(uri.host, uri.port or 5060, spoken(uri) or Transport.UDP)

    def request(
        self, method: str, *, body: bytes = b"", cseq: int | None = None,
        more: tuple[tuple[str, str], ...] = (),
    ) -> Request:  # fmt: skip
        """A request in the dialog; ACK has the number of its INVITE."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        headers = [
            self.endpoint.via(), ("Max-Forwards", "70"), ("From", self.us), ("To", self.them),
            ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}"),
            *(("Route", route) for route in self.routes), ("Contact", self.contact), *more,
        ]  # fmt: skip
        if body:
            headers.append(SDP)
        return Request(method, self.target, Headers(headers), body)

    async def asks(
        self, method: str, *, body: bytes = b"", more: tuple[tuple[str, str], ...] = ()
    ) -> Response | None:
        """Ask in the dialog; an INVITE's answer is acknowledged."""
        request = self.request(method, body=body, more=more)
        answer = await self.endpoint.asks(request, self.next_hop)
        if answer is None:
            return None
        if answer.status < 300 and method in REFRESHES:
            self.refreshed(answer)
        if method == "INVITE":
            self.acks(request, answer)
        return answer

    def acks(self, invite: Request, answer: Response, body: bytes = b"") -> None:
        """Acknowledge the final answer to an INVITE in this dialog."""
        if answer.status < 300:
            ack = self.request("ACK", cseq=invite.cseq.number, body=body)
        else:
            ack = self.endpoint.ack_of(invite, answer)
        self.endpoint.acks(ack, answer, self.next_hop)
