"""A dialog: what two user agents remember of each other (RFC 3261 section 12).

The same for both roles; they differ only in how it begins. It is known by Call-ID, local
tag and remote tag together, because two of them may share a Call-ID in one process: port 1
calls port 2 through a proxy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from firmware.sip.compose import Composer
from firmware.sip.headers import NameAddr
from firmware.sip.message import Headers, Request, Response
from firmware.sip.tokens import first_cseq
from firmware.sip.uri import SipUri, parse_uri
from firmware.sip.views import call_id_of, from_of, to_of


class DialogId(NamedTuple):
    """Which dialog (section 12); a tuple, because calls are found by it with every message."""

    call_id: str
    local_tag: str
    remote_tag: str

    @classmethod
    def of_request(cls, request: Request) -> DialogId:
        """As a request of the peer names it."""
        return request.headers.view("dialog", _named_by)

    @classmethod
    def of_response(cls, response: Response) -> DialogId:
        """As a response to our own request names it."""
        return cls(response.call_id, response.from_.tag, response.to.tag)


def _named_by(headers: Headers) -> DialogId:
    to, from_ = headers.view("to", to_of), headers.view("from", from_of)
    return DialogId(headers.view("call-id", call_id_of), to.tag, from_.tag)


class Dialog:
    """One dialog, early or confirmed.

    Attributes:
        id: for looking it up.
        local: our From value, with our tag.
        remote: our To value, with the peer's tag.
        target: the peer's Contact URI, as written but for headers.
        routes: the Route values, nearest first; fixed once the dialog is confirmed.
        cseq: the number of the last request we sent in it; None: none yet.
        remote_cseq: the number of the last request the peer sent in it; None: none yet.
    """

    def __init__(
        self,
        identity: DialogId,
        *,
        local: str,
        remote: str,
        target: str,
        routes: tuple[str, ...],
        cseq: int | None = None,
        remote_cseq: int | None = None,
    ) -> None:
        self.id = identity
        self.local = local
        self.remote = remote
        self.target = target
        self.routes = routes
        self.cseq = cseq
        self.remote_cseq = remote_cseq
        self._names = (("From", local), ("To", remote), ("Call-ID", identity.call_id))

    @staticmethod
    def as_caller(invite: Request, response: Response) -> Dialog:
        """The dialog that a 1xx or 2xx to our INVITE makes (section 12.1.2).

        The route set is the Record-Route in reverse; a response without Contact leaves the
        Request-URI of the INVITE as the target.
        """
        contacts = response.contacts
        return Dialog(
            DialogId.of_response(response),
            local=invite.headers.get("From") or "",
            remote=response.headers.get("To") or "",
            target=_target(contacts[0]) if contacts else invite.uri,
            routes=tuple(str(route) for route in reversed(response.record_routes)),
            cseq=invite.cseq.number,
        )

    @staticmethod
    def as_callee(invite: Request, local_tag: str) -> Dialog:
        """The dialog that our 1xx or 2xx to the peer's INVITE makes (section 12.1.1)."""
        contacts = invite.contacts
        return Dialog(
            DialogId(invite.call_id, local_tag, invite.from_.tag),
            local=f"{invite.headers.get('To') or ''};tag={local_tag}",
            remote=invite.headers.get("From") or "",
            target=_target(contacts[0]) if contacts else invite.from_.uri,
            routes=tuple(str(route) for route in invite.record_routes),
            remote_cseq=invite.cseq.number,
        )

    @property
    def next_hop(self) -> str:
        """The URI that says where requests go: the first route, else the target."""
        return _bare(self.routes[0]) if self.routes else self.target

    @property
    def uri(self) -> str:
        """The Request-URI: the target, or a strict router (section 12.2.1.1)."""
        return _bare(self.routes[0]) if self._strict else self.target

    @property
    def _strict(self) -> bool:
        return bool(self.routes) and not _loose(self.routes[0])

    def request(
        self,
        method: str,
        composer: Composer,
        *,
        more: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Request:
        """Compose the next request in this dialog (section 12.2.1.1)."""
        return self._compose(method, self.next_cseq(composer), composer, more, body)

    def ack(
        self,
        cseq: int,
        composer: Composer,
        *,
        more: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Request:
        """Compose the ACK to a 2xx: the number of its INVITE, a branch of its own (13.2.2.4)."""
        return self._compose("ACK", cseq, composer, more, body)

    def next_cseq(self, composer: Composer) -> int:
        """Count one up; a callee that has sent nothing may begin anywhere (section 12.1.1)."""
        self.cseq = first_cseq(composer.dice) if self.cseq is None else self.cseq + 1
        return self.cseq

    def takes(self, request: Request) -> bool:
        """Whether the peer's request comes in order; if so it counts (section 12.2.2).

        Gaps are fine; a number that is not higher than the last one is not.
        """
        number = request.cseq.number
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def retarget(self, message: Request | Response) -> None:
        """Follow the Contact of a target refresh: INVITE, UPDATE or a 2xx to one (12.2)."""
        if message.contacts:
            self.target = _target(message.contacts[0])

    def moved(self, old: str, new: str) -> None:
        """Our own address is another: if the far end is ourselves, that is where it is.

        Args:
            old: ``host:port``, as our Contacts had it.
            new: the same now.
        """
        head, found, tail = self.target.partition(f"@{old}")
        if found and tail[:1] in {"", ";"}:
            self.target = f"{head}@{new}{tail}"

    def _compose(
        self,
        method: str,
        cseq: int,
        composer: Composer,
        more: Iterable[tuple[str, str]],
        body: bytes,
    ) -> Request:
        routes = (*self.routes[1:], f"<{self.target}>") if self._strict else self.routes
        return composer.request(
            method,
            self.uri,
            names=self._names,
            cseq=cseq,
            routes=routes,
            more=more,
            body=body,
            echoed=True,
        )


def _target(contact: NameAddr) -> str:
    """Its URI as a Request-URI, which has no headers (section 19.1.1, table 1)."""
    if "?" not in contact.uri:
        return contact.uri
    uri = parse_uri(contact.uri)
    headers = uri.headers if isinstance(uri, SipUri) else ""
    return contact.uri.removesuffix(f"?{headers}")


def _bare(route: str) -> str:
    """The URI of a Route value; its name may hold brackets too."""
    return NameAddr.parse(route).uri


def _loose(route: str) -> bool:
    uri = parse_uri(_bare(route))
    return not isinstance(uri, SipUri) or uri.lr
