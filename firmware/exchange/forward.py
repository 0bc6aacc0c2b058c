"""One message on its way through the exchange: what a proxy may and must change in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.sip.headerlist import Headers
from firmware.sip.message import Request, Response

if TYPE_CHECKING:
    from firmware.exchange.exchange import ExchangeSettings
    from firmware.sip.events import Address
    from firmware.sip.transactions import Key


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


def forwarded(
    request: Request,
    uri: str,
    settings: ExchangeSettings,
    branch: str,
    *,
    record_route: bool,
) -> Request:
    """`request` as it goes on (RFC 3261 section 16.6).

    Our own Route is taken off, credentials for our realm stay here, Via and Record-Route
    are put on top; all else is passed on byte for byte.
    """
    local = settings.local
    host = f"[{local.host}]" if ":" in local.host else local.host
    headers = request.headers
    routes = [str(route) for route in request.routes]
    headers = headers.replaced("Route", *routes[1:]) if routes else headers
    mine = f'realm="{settings.domain}"'
    for name in ("Authorization", "Proxy-Authorization"):
        if name in headers:
            kept = [value for value in headers.all(name) if mine not in value]
            headers = headers.replaced(name, *kept)
    hops = request.max_forwards
    headers = headers.replaced("Max-Forwards", str(70 if hops is None else hops - 1))
    if record_route and request.method == "INVITE":
        headers = headers.prepended("Record-Route", f"<sip:{host}:{local.port};lr>")
    via = f"SIP/2.0/UDP {host}:{local.port};branch={branch};rport"
    return Request(request.method, uri, headers.prepended("Via", via), request.body)


def backward(response: Response) -> Response:
    """`response` as it goes back: without our Via, which is the top line (section 16.7)."""
    items = list(response.headers.items())
    top = next(i for i, (name, _) in enumerate(items) if name.lower() in {"via", "v"})
    del items[top]
    return Response(response.status, response.reason, Headers.verbatim(items), response.body)
