"""The network operator of a world: its servers, where they are, and who calls through them."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from firmware.sip.events import Address, Transport
from tests.simulation.far import Far
from tests.simulation.far_calling import CALLERS
from tests.simulation.plan import Plan
from tests.simulation.proof import password_of
from tests.simulation.servers import (
    AWAY,
    SERVERS,
    TELEPHONES,
    ExchangeServer,
    ScriptServer,
    Server,
)
from tests.simulation.voice import Voices
from tests.simulation.weather import NAMES, RoughNetwork

FAR_NUMBERS = "8001", "8002", "90011", "900112", "0755"


class Operator:
    """All servers and far ends.

    Args:
        plan: how many there are, and of which kind.
        network: to be reached through.
        voices: to be heard through.
        numbers: of the gateway's lines.
        dice: gives everybody dice of their own.

    Attributes:
        servers: in order of preference.
        fars: who calls; one for all exchanges, of scripts each has its own.
        listed: where servers are, and were.
    """

    def __init__(
        self,
        plan: Plan,
        network: RoughNetwork,
        voices: Voices,
        numbers: Collection[str],
        dice: Callable[[str], random.Random],
    ) -> None:
        self.servers: list[Server] = []
        self.fars: list[Far] = []
        self._plan = plan
        self._transport = Transport(plan.transport)
        self._network = network
        self._voices = voices
        self._dice = dice
        places = SERVERS[: plan.servers]
        network.named.update(zip(NAMES, (place.host for place in places), strict=False))
        self.listed = set(places)
        if plan.exchange:
            self._exchanges(places, {*numbers, *CALLERS, *FAR_NUMBERS})
        else:
            self._scripts(places)

    def _exchanges(self, places: tuple[Address, ...], users: set[str]) -> None:
        secrets = {user: password_of(user) for user in sorted(users)}
        for place in places:
            server = ExchangeServer(
                self._network, place, secrets, FAR_NUMBERS, self._plan.seed, self._transport
            )
            self.servers.append(server)
        self.fars = [self._far(TELEPHONES, self._way_to)]

    def _scripts(self, places: tuple[Address, ...]) -> None:
        for rank, place in enumerate(places):
            there = replace(place, transport=self._transport)
            far = self._far(there, partial(self._at, rank))
            self.fars.append(far)
            self.servers.append(ScriptServer(far))

    def _far(self, place: Address, way: Callable[[str], tuple[str, Address] | None]) -> Far:
        return Far(self._network, self._voices, place, self._dice(f"far {place}"), way)

    def _at(self, rank: int, number: str) -> tuple[str, Address] | None:
        return self.servers[rank].way_to(number)

    def _way_to(self, number: str) -> tuple[str, Address] | None:
        """By the exchange that knows longest where the line is."""
        return max(self.servers, key=lambda s: s.bound_until(number)).way_to(number)

    # what happens to them

    def starts(self) -> None:
        for server in self.servers:
            server.starts()

    def place(self, rank: int, *, away: bool) -> None:
        """Have a server at its usual place, or elsewhere; its name leads there."""
        address = (AWAY if away else SERVERS)[rank]
        if self.servers[rank].address != address:
            self.servers[rank].moves(address)
            self.listed.add(address)
            self._network.named[NAMES[rank]] = address.host

    def goes_home(self) -> None:
        """Nobody calls any more."""
        for far in self.fars:
            far.goes_home()

    @property
    def busy(self) -> bool:
        """Some far end has something to do."""
        return any(far.busy for far in self.fars)

    # what laws ask

    def known(self, peer: Address) -> bool:
        """The gateway can know that this is a server."""
        if self._plan.named:
            return peer.host in self._network.told.values()
        return peer in SERVERS[: self._plan.servers]

    def bound_until(self, number: str) -> float:
        """When the last binding of a line ends."""
        return max(server.bound_until(number) for server in self.servers)

    def forgotten(self, number: str) -> bool:
        """Some server has lost the binding of a line, which cannot know it yet."""
        return any(number in server.forgotten for server in self.servers)
