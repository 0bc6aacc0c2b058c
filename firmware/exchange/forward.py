"""One message on its way through the exchange: what a proxy may and must change in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.errors import SipError
from firmware.sip.caller import ANONYMOUS
from firmware.sip.carriage import spoken
from firmware.sip.events import Address, Server, Transport
from firmware.sip.headerlist import Headers
from firmware.sip.message import Request, Response
from firmware.sip.targets import numeric
from firmware.sip.uri import OpaqueUri, SipUri, parse_uri

if TYPE_CHECKING:
    from firmware.exchange.exchange import ExchangeSettings
    from firmware.sip.matching import Key


@dataclass(eq=False, slots=True)
class Forward:
    """A request that was passed on, and how it fares."""

    key: Key
    """Of the server transaction it came in by."""
    request: Request
    """As it was sent on."""
    invite: bool | None
    """Whether it is an INVITE; None: it is a CANCEL of our own."""
    target: Address
    provisional: bool = False
    answered: bool = False
    """A final response has gone back."""
    cancelled: bool = False
    cancel_sent: bool = False
    if_lost: int = 408
    """What who asked is told when nothing more comes: 487 if it was who gave up."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a request passes through."""

    onward: Transport
    came_by: Transport | None = None
    """If it may begin a dialog that has to pass here."""
    routes: int = 1
    """So many of its Routes are ours."""


def forwarded(
    request: Request,
    uri: str,
    settings: ExchangeSettings,
    branch: str,
    way: Way,
) -> Request:
    """`request` as it goes on (RFC 3261 section 16.6).

    Our own Routes are taken off, credentials for our realm stay here, Via and Record-Route
    are put on top; all else is passed on byte for byte.
    """
    local = settings.at(way.onward)
    headers = request.headers
    routes = [str(route) for route in request.routes]
    headers = headers.replaced("Route", *routes[way.routes :]) if routes else headers
    mine = f'realm="{settings.domain}"'
    for name in ("Authorization", "Proxy-Authorization"):
        if name in headers:
            kept = [value for value in headers.all(name) if mine not in value]
            headers = headers.replaced(name, *kept)
    headers = headers.without("P-Preferred-Identity")  # it was for us (RFC 3325 section 9.2)
    hops = request.max_forwards
    headers = headers.replaced("Max-Forwards", str(70 if hops is None else hops - 1))
    if way.came_by is not None and request.method == "INVITE":
        for here in dict.fromkeys((settings.at(way.came_by), local)):  # RFC 5658: one a side
            route = f"<sip:{here}{here.transport.param};lr>"
            headers = headers.prepended("Record-Route", route)
    via = f"SIP/2.0/{local.transport.name} {local};branch={branch};rport"
    return Request(request.method, uri, headers.prepended("Via", via), request.body)


def backward(response: Response) -> Response:
    """`response` as it goes back: without our Via, which is the top line (section 16.7)."""
    items = list(response.headers.items())
    top = next(i for i, (name, _) in enumerate(items) if name.lower() in {"via", "v"})
    del items[top]
    return Response(response.status, response.reason, Headers.verbatim(items), response.body)


def validate(request: Request) -> None:
    """What a proxy looks at before anything else (section 16.3).

    Raises:
        SipError: 416, 483 or 420.
    """
    if isinstance(parse_uri(request.uri), OpaqueUri):
        raise SipError("a scheme that leads nowhere", status=416)
    if request.max_forwards == 0:
        raise SipError("too many hops", status=483)
    if request.tokens("Proxy-Require"):
        raise SipError("an extension that we do not know", status=420)


def anonymous(request: Request) -> bool:
    """Whether the caller withholds who it is (RFC 3323 section 4.1.1.3); credentials tell us."""
    return request.from_.uri.lower().startswith(ANONYMOUS)


def address_of(text: str) -> Address:
    """Where a URI with a numeric host is.

    Raises:
        SipError: it is a name, which this exchange does not look up.
    """
    uri = parse_uri(text)
    if isinstance(uri, SipUri):
        transport = spoken(uri) or Transport.UDP
        if found := numeric(Server(uri.address, uri.port or 0, transport)):
            return found[0]
    raise SipError(f"{text} is not a numeric address", status=404)
