"""The server of a world: the embedded exchange, or a script that registers and talks itself."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.exchange.registrar import Binding
from firmware.pump import Pump
from firmware.sip.events import Address, Datagram, Send, Transport, TransportFailed
from firmware.sip.message import Request, Response, parse, respond
from firmware.sip.uri import SipUri, parse_uri
from tests.sbc import proven
from tests.simulation.far import DOMAIN, Far
from tests.simulation.weather import RoughNetwork, plain

SERVERS = tuple(Address(f"10.0.0.{last}", 5060) for last in (9, 10, 11))
"""In order of preference; a world has the first, or more of them."""
AWAY = tuple(Address(f"10.0.1.{last}", 5060) for last in (9, 10, 11))
"""Where they are after they have moved."""
GATEWAY = Address("10.0.0.1", 5060)
MOVED = Address("10.0.0.2", 5060)
"""Where the gateway is after its own address has changed."""
OURS = GATEWAY, MOVED
HERE = {str(ours) for ours in OURS}
"""As the ladder names the gateway when its telephones call each other."""
TELEPHONES = Address("10.0.0.20", 5060)
"""Where the far end is when the server is the exchange."""
FOR_EVER = 1e9
RETRY_AFTER = 20


class Server(Protocol):
    """What a world does to its server, and asks it."""

    @property
    def address(self) -> Address:
        """Where it is now."""

    refuses: int | None
    """Every REGISTER gets this answer; 0: none at all, None: the right one."""

    forgotten: set[str]
    """Lines whose binding was lost, and that have not come back yet."""

    def starts(self) -> None:
        """Begin to serve; the loop runs."""

    def forgets(self) -> None:
        """Lose all bindings, as after a crash."""

    def moves(self, address: Address) -> None:
        """Serve at another address, and know nothing of before; nobody is at the old one."""

    def bound_until(self, number: str) -> float:
        """When the binding of a line ends; in the past: there is none."""

    def way_to(self, number: str) -> tuple[str, Address] | None:
        """Where the far end sends a call to a line: request URI and address."""


class ExchangeServer:
    """The embedded exchange, with telephones behind it that never register.

    It speaks `transport` with the gateway, and datagrams with those telephones.
    """

    def __init__(
        self, network: RoughNetwork, address: Address, users: Mapping[str, str],
        far: tuple[str, ...], seed: int, transport: Transport,
    ) -> None:  # fmt: skip
        self.refuses: int | None = None
        self.forgotten: set[str] = set()
        self._address = address
        self._network = network
        self._users = users
        self._far = far
        self._seed = seed
        self._transport = transport
        self._lives = 0
        self._until: dict[str, float] = {}

    @property
    def address(self) -> Address:
        return self._address

    def starts(self) -> None:
        self._lives += 1
        name = f"exchange {self.address} {self._seed} {self._lives}"
        here = self._places
        machine = self._machine = Exchange(
            ExchangeSettings(here[0], DOMAIN, self._users, also=tuple(here[1:])),
            name.encode(),
            random.Random(name),  # noqa: S311  a world has to repeat itself
        )
        for user in self._far:
            fixed = Binding(f"sip:{user}@{TELEPHONES}", TELEPHONES, FOR_EVER, "fixed", 1)
            machine.registrar._bindings[user] = [fixed]
        pump: Pump[Datagram | TransportFailed, Send] = Pump(
            machine, lambda send: self._says(send.data, send.target)
        )
        self._pump = pump
        for place in here:
            self._network.attach(place, self._received)

    @property
    def _places(self) -> list[Address]:
        """Where it is: for the gateway first, and for its telephones."""
        return list(
            dict.fromkeys((replace(self._address, transport=self._transport), self._address))
        )

    def _says(self, data: bytes, target: Address) -> None:
        self._network.send(data, replace(self._address, transport=target.transport), target)

    def _received(self, data: bytes, source: Address) -> None:
        if self.refuses is None or not data.startswith(b"REGISTER"):
            self._pump.feed(Datagram(data, source))
        elif self.refuses:
            request = parse(data)
            assert isinstance(request, Request)
            self._says(refusal(request, self.refuses).encode(), source)

    def forgets(self) -> None:
        """It is started anew: calls, transactions, bindings and nonces are gone."""
        self.forgotten |= set(self._users)
        self._until.clear()
        self._pump.close()
        self.starts()

    def moves(self, address: Address) -> None:
        for place in self._places:
            self._network.detach(place)
        self._address = address
        self.forgets()

    def bound_until(self, number: str) -> float:
        found = self._machine.registrar.bindings(number, self._network.loop.time())
        if found:
            self.forgotten.discard(number)
            self._until[number] = found[0].expires_at
        return self._until.get(number, 0.0)

    def way_to(self, number: str) -> tuple[str, Address] | None:
        return f"sip:{number}@{DOMAIN}", self.address


class ScriptServer:
    """A registrar of its own; all calls are those of the far end, at the same address."""

    def __init__(self, far: Far) -> None:
        self.refuses: int | None = None
        self.forgotten: set[str] = set()
        self._far = far
        self._loop = far.endpoint.loop
        self._most = far.chance.choice((60, 600, 3600))
        self._nonces: Counter[str] = Counter()
        self._contacts: dict[str, tuple[str, float]] = {}
        self._sources: dict[str, Address] = {}
        """Where the REGISTER of a line came from: by a connection it is reached there."""
        far.other = self._takes

    @property
    def address(self) -> Address:
        return plain(self._far.endpoint.address)

    def starts(self) -> None:
        """The far end serves already."""

    def forgets(self) -> None:
        self.forgotten |= set(self._contacts)
        self._contacts.clear()
        for user in self._nonces:
            self._nonces[user] += 1

    def moves(self, address: Address) -> None:
        self._far.endpoint.moves(replace(self._far.endpoint.address, host=address.host))
        self.forgets()

    def bound_until(self, number: str) -> float:
        return self._contacts.get(number, ("", 0.0))[1]

    def way_to(self, number: str) -> tuple[str, Address] | None:
        contact, until = self._contacts.get(number, ("", 0.0))
        if until <= self._loop.time():
            return None
        uri = parse_uri(contact)
        assert isinstance(uri, SipUri)
        return contact, replace(self._sources[number], host=uri.host, port=uri.port or 5060)

    def _takes(self, request: Request, source: Address) -> bool:
        if request.method != "REGISTER":
            return False
        response = self._register(request, source)
        if response is not None:
            self._far.endpoint.answers(request, response, source)
        return True

    def _register(self, request: Request, source: Address) -> Response | None:
        tag = self._far.endpoint.token()
        if self.refuses == 0:
            return None
        if self.refuses is not None:
            return refusal(request, self.refuses)
        uri = parse_uri(request.to.uri)
        assert isinstance(uri, SipUri)
        user = uri.user_text
        if not proven(request, self._nonce(user)):
            if request.credentials:  # what was good is good no more
                self._nonces[user] += self._far.chance.random() < 0.5
            nonce = self._nonce(user)
            value = f'Digest realm="{DOMAIN}", nonce="{nonce}", algorithm=MD5, qop="auth"'
            return respond(request, 401, to_tag=tag, headers=[("WWW-Authenticate", value)])
        self._sources[user] = source
        return self._bind(request, user, tag)

    def _nonce(self, user: str) -> str:
        return f"{self.address.host}.{user}.{self._nonces[user]}"

    def _bind(self, request: Request, user: str, tag: str) -> Response:
        if not request.headers.all("Contact"):  # it only wants to know
            contact, until = self._contacts.get(user, ("", 0.0))
            left = round(until - self._loop.time())
            bound = [("Contact", f"<{contact}>;expires={left}")] if left > 0 else []
            return respond(request, 200, to_tag=tag, headers=bound)
        asked = request.expires or 0
        if not asked:
            self._contacts.pop(user, None)
            return respond(request, 200, to_tag=tag)
        granted = min(asked, self._most)
        contact = request.contacts[0].uri
        self.forgotten.discard(user)
        self._contacts[user] = contact, self._loop.time() + granted
        more = [("Contact", f"<{contact}>;expires={granted}")]
        return respond(request, 200, to_tag=tag, headers=more)


def refusal(request: Request, status: int) -> Response:
    """What a registrar says that will not have us, or (200) that has taken somebody else."""
    more: list[tuple[str, str]] = []
    if status == 200:
        more = [("Contact", "<sip:somebody@10.0.0.77>;expires=3600")]
    elif status == 423:
        more = [("Min-Expires", str(2 * (request.expires or 0)))]
    elif status == 503:
        more = [("Retry-After", str(RETRY_AFTER))]
    return respond(request, status, to_tag="refused", headers=more)
