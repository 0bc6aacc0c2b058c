"""The exchange as a machine: datagrams in, datagrams out (RFC 3261 sections 10 and 16).

It registers its users with digest authentication and connects them: a request goes to the
newest binding of the user it names, with our Record-Route, so that all that follows in the
dialog passes here as well. It forks to one binding only and keeps no call state: what it
knows of a call are the transactions under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.errors import SipError
from firmware.exchange.forward import (
    Forward,
    Way,
    address_of,
    anonymous,
    backward,
    forwarded,
    validate,
)
from firmware.exchange.registrar import SHORTEST, Binding, Registrar
from firmware.machine import Timers
from firmware.sip.digest_server import DigestServer, Verdict
from firmware.sip.events import Address, Datagram, Garbled, Send, Transport, TransportFailed
from firmware.sip.hop import cancel_of
from firmware.sip.layer import Arrived, Closed, NoReply, Output, Reply, Wire
from firmware.sip.matching import Key
from firmware.sip.message import Request, Response, is_keepalive, parse, refusal, respond
from firmware.sip.timing import STANDARD, Timing
from firmware.sip.tokens import Dice, branch, tag
from firmware.sip.transactions import Transactions
from firmware.sip.uri import OpaqueUri, SipUri, parse_uri

TIMER_C = 180.0
"""Seconds that a telephone may ring (section 16.6 step 11: more than three minutes)."""
METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, MESSAGE"


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """What the exchange is called, where it is, whom it knows."""

    local: Address
    domain: str
    users: Mapping[str, str] = field(repr=False)
    """Password by user."""
    timing: Timing = STANDARD
    also: tuple[Address, ...] = ()
    """Where it is besides, by other transports."""

    def at(self, transport: Transport) -> Address:
        """Where it is by that transport."""
        return next((a for a in (self.local, *self.also) if a.transport is transport), self.local)


class Exchange:
    """A `Machine[Datagram | Garbled | TransportFailed, Send]`.

    Args:
        settings: name, address and users.
        secret: seals the nonces; random at each start.
        dice: for branches and tags.
    """

    def __init__(self, settings: ExchangeSettings, secret: bytes, dice: Dice) -> None:
        self.settings = settings
        self.registrar = Registrar()
        self._dice = dice
        self._digest = DigestServer(settings.domain, secret, settings.users.get)
        self._transactions: Transactions[Forward] = Transactions(settings.timing, proxy=True)
        self._timers: Timers[Forward] = Timers()

    @property
    def deadline(self) -> float | None:
        due = [d for d in (self._transactions.deadline, self._timers.next) if d is not None]
        return min(due, default=None)

    def feed(self, event: Datagram | Garbled | TransportFailed, now: float) -> list[Send]:
        if isinstance(event, TransportFailed):
            return self._follow(
                self._transactions.unreachable(event.target, now, sent=event.sent), now
            )
        if isinstance(event, Garbled):
            answer = refusal(event.data, SipError(event.why, status=event.status))
            return [] if answer is None else [Send(answer.encode(), event.source)]
        if is_keepalive(event.data):
            return []
        try:
            message = parse(event.data)
            message.check()
        except SipError as error:
            answer = refusal(event.data, error)
            return [] if answer is None else [Send(answer.encode(), event.source)]
        return self._follow(self._transactions.receive(message, event.source, now), now)

    def tick(self, now: float) -> list[Send]:
        sends = self._follow(self._transactions.tick(now), now)
        while (forward := self._timers.pop_due(now)) is not None:
            sends += (
                self._forget(forward, now) if forward.cancel_sent else self._cancel(forward, now)
            )
        return sends

    # what the transaction layer says

    def _follow(self, outputs: list[Output[Forward]], now: float) -> list[Send]:
        sends: list[Send] = []
        for output in outputs:
            match output:
                case Wire(message, target):
                    sends.append(Send(message.encode(), target))
                case Arrived(key, request, source):
                    sends += self._arrived(key, request, source, now)
                case Reply(forward, _, response) if forward.invite is not None:
                    sends += self._reply(forward, response, now)
                case NoReply(forward, request, status) if forward.invite is not None:
                    sends += self._no_reply(forward, request, status, now)
                case Closed(forward):
                    self._timers.stop(forward)
                case _:
                    pass  # the end of our own CANCEL, or a stray: nobody waits for it
        return sends

    def _arrived(self, key: Key, request: Request, source: Address, now: float) -> list[Send]:
        try:
            if request.method == "ACK":
                return self._forward_ack(request, now)
            if request.method == "CANCEL":
                return self._cancelled(key, request, now)
            if request.method == "REGISTER":
                return self._answer(key, self._register(request, source, now), now)
            return self._route(key, request, source.transport, now)
        except SipError as error:
            if request.method == "ACK":
                return []
            return self._answer(key, self._refusal(request, error.status), now)

    def _refusal(self, request: Request, status: int) -> Response:
        """A refusal, with the header that says what would be taken (section 21.4)."""
        match status:
            case 423:
                return self._refuse(request, status, ("Min-Expires", str(SHORTEST)))
            case 420:
                name = "Require" if request.method == "REGISTER" else "Proxy-Require"
                return self._refuse(request, 420, ("Unsupported", ", ".join(request.tokens(name))))
        return self._refuse(request, status)

    # registrar

    def _register(self, request: Request, source: Address, now: float) -> Response:
        to = parse_uri(request.to.uri)
        if isinstance(to, OpaqueUri):
            raise SipError("no address-of-record of ours")
        if request.require:
            raise SipError("an extension that we do not know", status=420)
        if (challenge := self._challenge(request, 401, now)) is not None:
            return challenge
        user = to.user_text
        if self._user_of(request, now) != user:
            raise SipError("the credentials are another user's", status=403)
        self.registrar.register(user, request, source, now)
        contacts = (
            ("Contact", f"<{b.contact}>;expires={round(b.expires_at - now)}")
            for b in self.registrar.bindings(user, now)
        )
        return respond(request, 200, to_tag=tag(self._dice), headers=contacts)

    def _challenge(self, request: Request, status: int, now: float) -> Response | None:
        """The challenge that is due, or None if the credentials are good.

        Raises:
            SipError: 403, the credentials are wrong or the user is unknown.
        """
        judged = (request.method, request.uri, request.body)
        verdict, _ = self._digest.verify(request.credentials, judged, now)
        if verdict is Verdict.ACCEPTED:
            return None
        if verdict is Verdict.REFUSED:
            raise SipError("wrong credentials", status=403)
        name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
        stale = verdict is Verdict.STALE
        values = self._digest.challenges(now, stale=stale)
        return self._refuse(request, status, *((name, value) for value in values))

    def _user_of(self, request: Request, _now: float) -> str:
        mine = (c for c in request.credentials if c.realm == self.settings.domain)
        return next((c.username for c in mine), "")

    # proxy

    def _route(self, key: Key, request: Request, came_by: Transport, now: float) -> list[Send]:
        validate(request)
        if request.to.tag:
            return self._ask(key, *self._in_dialog(request, now), now)
        target = parse_uri(request.uri)
        if request.method == "OPTIONS" and not target.user_text:
            return self._answer(key, self._refuse(request, 200, ("Allow", METHODS)), now)
        if (challenge := self._challenge(request, 407, now)) is not None:
            return self._answer(key, challenge, now)
        if not anonymous(request) and (
            parse_uri(request.from_.uri).user_text != self._user_of(request, now)
        ):
            raise SipError("From is another user", status=403)
        binding = self._find(target.user_text, now)
        way = Way(binding.address.transport, came_by)
        onward = forwarded(request, binding.contact, self.settings, branch(self._dice), way)
        return self._ask(key, onward, binding.address, now)

    def _find(self, user: str, now: float) -> Binding:
        """The newest binding of a user.

        Raises:
            SipError: 404 there is no such user, 480 nobody is registered.
        """
        if user not in self.settings.users:
            raise SipError(f"no user {user}", status=404)
        found = self.registrar.bindings(user, now)
        if not found:
            raise SipError(f"{user} is not registered", status=480)
        return found[0]

    def _in_dialog(self, request: Request, now: float) -> tuple[Request, Address]:
        """Where a request within a dialog goes on (section 16.4 and 16.12).

        Raises:
            SipError: 481, it does not come by our Record-Route, so it is none of ours.
        """
        routes = request.routes
        if not routes or not self._is_ours(routes[0].uri):
            raise SipError("this dialog does not pass here", status=481)
        ours = 1 + (len(routes) > 1 and self._is_ours(routes[1].uri))
        following = routes[ours].uri if len(routes) > ours else request.uri
        target = self.registrar.way_to(following, now) or address_of(following)
        way = Way(target.transport, routes=ours)
        onward = forwarded(request, request.uri, self.settings, branch(self._dice), way)
        return onward, target

    def _is_ours(self, text: str) -> bool:
        uri = parse_uri(text)
        if not isinstance(uri, SipUri):
            return False
        here = ((at.host, at.port) for at in (self.settings.local, *self.settings.also))
        return (uri.address, uri.port or 5060) in here

    def _ask(self, key: Key, onward: Request, target: Address, now: float) -> list[Send]:
        forward = Forward(key, onward, onward.method == "INVITE", target)
        self._transactions.own(key, forward)
        if onward.method == "INVITE":
            self._timers.start(forward, now + TIMER_C)
        return self._follow(self._transactions.ask(onward, target, forward, now), now)

    def _forward_ack(self, request: Request, now: float) -> list[Send]:
        """The ACK to a 2xx is a transaction of its own, without a reply (section 16.11)."""
        validate(request)
        onward, target = self._in_dialog(request, now)
        return self._follow([self._transactions.pass_on(onward, target, now)], now)

    # replies

    def _reply(self, forward: Forward, response: Response, now: float) -> list[Send]:
        sends: list[Send] = []
        if response.status < 200:
            forward.provisional = True
            if forward.invite and not forward.cancel_sent:
                self._timers.start(forward, now + TIMER_C)
            if forward.cancelled:
                sends += self._cancel(forward, now)
        else:
            forward.answered = True
            self._timers.stop(forward)
        if response.status == 100:
            return sends  # hop by hop (section 16.7 step 3)
        return sends + self._answer(forward.key, backward(response), now)

    def _no_reply(self, forward: Forward, request: Request, status: int, now: float) -> list[Send]:
        """Nobody answered there: say so to who asked, unless that is forbidden (RFC 4320)."""
        self._timers.stop(forward)
        if request.method != "INVITE" and status == 408:
            self._transactions.forget(forward.key)
            return []
        final = forward.if_lost if status == 408 else 500
        return self._answer(forward.key, backward(self._refuse(request, final)), now)

    def _cancelled(self, key: Key, cancel: Request, now: float) -> list[Send]:
        found = self._transactions.invite_of(cancel)
        if found is None:
            raise SipError("no such INVITE", status=481)
        sends = self._answer(key, self._refuse(cancel, 200), now)
        forward = found.user
        if forward is None or forward.answered:
            return sends  # it has its final response: the CANCEL changes nothing (section 9.2)
        forward.if_lost = 487
        return sends + self._cancel(forward, now)

    def _cancel(self, forward: Forward, now: float) -> list[Send]:
        """Cancel what we forwarded; before the first 1xx that must wait (section 9.1)."""
        if not forward.invite:
            return []
        first, forward.cancelled = not forward.cancelled, True
        if not forward.provisional or (not first and forward.cancel_sent):
            return []
        forward.cancel_sent = True
        self._timers.start(forward, now + 64 * self.settings.timing.t1)
        own = Forward(forward.key, forward.request, None, forward.target)
        ask = cancel_of(forward.request)
        return self._follow(self._transactions.ask(ask, forward.target, own, now), now)

    def _forget(self, forward: Forward, now: float) -> list[Send]:
        """Who was cancelled has said nothing more: none of it will come (section 9.1)."""
        sends = self._follow(self._transactions.abandon(forward.request), now)
        lost = backward(self._refuse(forward.request, forward.if_lost))
        return sends + self._answer(forward.key, lost, now)

    def _answer(self, key: Key, response: Response, now: float) -> list[Send]:
        return self._follow(self._transactions.answer(key, response, now), now)

    def _refuse(self, request: Request, status: int, *headers: tuple[str, str]) -> Response:
        return respond(request, status, to_tag=tag(self._dice), headers=headers)
