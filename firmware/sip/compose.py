"""The headers that every request of ours has (behaviours 1.3, RFC 3261 section 8.1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware.sip.abilities import PLAIN, Abilities
from firmware.sip.events import Address
from firmware.sip.headerlist import checked
from firmware.sip.headers import CSeq, Via
from firmware.sip.message import Headers, Request, Response, respond
from firmware.sip.tokens import Dice, branch

SDP = ("Content-Type", "application/sdp")
MAX_FORWARDS = ("Max-Forwards", "70")
CREDENTIALS = ("Authorization", "Proxy-Authorization")
"""Headers that each try of a request has anew."""


@dataclass(slots=True)
class Composer:
    """Writes requests and responses for one signalling address."""

    local: Address
    """Our signalling address; it may change (REG-22)."""
    user_agent: str
    dice: Dice = field(repr=False)
    abilities: Abilities = PLAIN
    """What Allow, Supported and Require say."""
    tells_reason: bool = True
    """Requests that end a call say why, by a Reason header (RFC 3326)."""
    box_user: str = "tipring"
    """User of requests that the box makes, and not a line: that of its first line."""

    def via(self) -> Via:
        """A top Via with a new branch; ``rport`` as in RFC 3581 section 3."""
        local = self.local
        host = f"[{local.host}]" if ":" in local.host else local.host
        params = (("branch", branch(self.dice)), ("rport", None))
        return Via(local.transport.via, host, local.port, params)

    def contact(self, token: str = "") -> str:
        """Our Contact for the line with this token; for the box without one."""
        user = f"{token}@" if token else ""
        return f"<sip:{user}{self.local}{self.local.transport.param}>"

    def request(
        self,
        method: str,
        uri: str,
        *,
        names: tuple[tuple[str, str], ...],
        cseq: int,
        routes: Iterable[str] = (),
        more: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        echoed: bool = False,
    ) -> Request:
        """Compose a request that begins a transaction of its own.

        Args:
            method: and `cseq` make the CSeq.
            uri: the Request-URI.
            names: From, To and Call-ID.
            cseq: its number.
            routes: one Route line each.
            more: headers of this method, Content-Type among them if there is a body.
            body: usually a session description.
            echoed: the names stand as the peer wrote them, so they are lines already.

        Raises:
            SipError: a value of ours would not be one line (500).
        """
        via = self.via()
        headers = (
            ("Via", str(via)),
            MAX_FORWARDS,
            *[("Route", route) for route in routes],
            *(names if echoed else checked(names)),
            ("CSeq", f"{cseq} {method}"),
            *checked(self.allowed(more)),
            ("User-Agent", self.user_agent),
        )
        known = Headers.composed(headers, vias=(via,), cseq=CSeq(cseq, method))
        return Request(method, uri, known, body)

    def again(
        self, request: Request, cseq: int, credentials: Iterable[tuple[str, str]]
    ) -> Request:
        """The same request with new credentials: next CSeq, new branch (section 22.2)."""
        via, method = self.via(), request.method
        headers = request.headers.edited(
            {"Via": str(via), "CSeq": f"{cseq} {method}"},
            without=CREDENTIALS,
            more=credentials,
            vias=(via,),
            cseq=CSeq(cseq, method),
        )
        return Request(method, request.uri, headers, request.body)

    def elsewhere(self, request: Request, routes: Iterable[str]) -> Request:
        """The same request on its way to another server: new branch, no credentials."""
        new = {"Via": str(self.via())}
        kept = request.headers.edited(new, without=("Route", *CREDENTIALS))
        first, second, *others = kept.items()  # Via and Max-Forwards
        lines = (first, second, *[("Route", route) for route in routes], *others)
        return Request(request.method, request.uri, Headers.composed(lines), request.body)

    def response(
        self,
        request: Request,
        status: int,
        *,
        to_tag: str | None = None,
        more: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Response:
        """Compose a response; one that may not form a dialog gets a To tag all the same."""
        return respond(
            request,
            status,
            to_tag=to_tag,
            headers=(*self.allowed(more), ("Server", self.user_agent)),
            body=body,
        )

    def allowed(self, lines: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
        """Those of these header lines that the settings let us send."""
        return lines if self.tells_reason else [one for one in lines if one[0] != "Reason"]
