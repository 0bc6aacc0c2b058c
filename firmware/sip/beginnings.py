"""How calls begin: who takes part, where the INVITE goes, what the call knows of the house."""

from __future__ import annotations

from dataclasses import replace

from firmware.codecs import LAWS
from firmware.sip.call.call import Call
from firmware.sip.call.events import Key
from firmware.sip.call.parts import Hop, Party, Surroundings
from firmware.sip.call.phases import Phase
from firmware.sip.caller import caller_of
from firmware.sip.carriage import spoken
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.events import Address, AgentSettings, Invite
from firmware.sip.failover import Failover
from firmware.sip.grammar import is_group
from firmware.sip.headers import NameAddr
from firmware.sip.identity import Naming
from firmware.sip.lines import Lines
from firmware.sip.message import Request
from firmware.sip.registration import Registration
from firmware.sip.sdp import LocalDescription, Terms
from firmware.sip.targets import Way, bare
from firmware.sip.tokens import tag
from firmware.sip.uri import SipUri, parse_uri


class Beginnings:
    """Makes calls, ours and theirs."""

    def __init__(
        self,
        settings: AgentSettings,
        composer: Composer,
        failover: Failover,
        lines: Lines,
    ) -> None:
        self._settings = settings
        self._composer = composer
        self._dice = composer.dice
        self._failover = failover
        self._targets = failover.targets
        self._lines = lines
        self._around = Surroundings(
            settings,
            composer,
            Terms(
                settings.codecs,
                settings.ptime_ms,
                settings.telephone_event,
                settings.flash_event,
                settings.comfort_noise,
                settings.rtcp_mux,
                settings.srtp,
                settings.fax,
            ),
            self.where,
            self._targets.lists,
            Naming(settings.domain, settings.number_form, settings.preferred_identity),
        )

    def calling(self, event: Invite) -> tuple[Call, str] | None:
        """A call of ours, and where it is to go if not to the number; None: there is no way.

        While no server can be reached, the lines of this gateway can still call each other
        (HB-08): the INVITE goes to the Contact of the other line, that is, to ourselves.
        """
        line = self._lines[event.line]
        withheld = line.identity.withheld if event.withheld is None else event.withheld
        neighbour = self._neighbour(event.number) if self._targets.isolated else None
        if neighbour is not None:
            hop = Hop(self._composer.local, "this gateway")
            contact = NameAddr.parse(self._composer.contact(neighbour.token)).uri
            call = self._call(event.call, line, event.number, hop, Phase.CALLING)
            call.withheld = withheld
            return call, contact
        hops = [
            self._hop(line, way) for way in self._failover.ways(self._lines.account(event.line))
        ]
        if not hops:
            return None
        call = self._call(event.call, line, event.number, hops[0], Phase.CALLING)
        call.others, call.withheld = hops[1:], withheld
        return call, ""

    def called(
        self, number: int, line: Registration, key: Key, invite: Request, source: Address
    ) -> tuple[Call, str]:
        """A call of theirs, and the name of the caller."""
        trusted = self._settings.believe_asserted and self._targets.lists(source)
        caller = caller_of(invite, trusted=trusted)
        hop = Hop(source, self._targets.name_of(source))
        call = self._call(number, line, caller.number, hop, Phase.OFFERED)
        call.invite, call.key, call.tag = invite, key, tag(self._dice)
        return call, caller.name

    def without(self, codecs: tuple[str, ...]) -> Surroundings:
        """What calls have in common from now on, when these codecs cannot be spoken any more.

        Where no other was configured it is G.711: a call that is heard beats a wish.
        """
        terms = self._around.terms
        left = tuple([codec for codec in terms.codecs if codec not in codecs]) or LAWS
        self._around = replace(self._around, terms=replace(terms, codecs=left))
        return self._around

    def where(self, uri: str) -> Address | None:
        """The address of a URI, if it is numeric or one of the servers.

        That of its host, unless an ``maddr`` says otherwise (RFC 3263 section 4); never a group
        of hosts, each of whom would take what is meant for one.
        """
        target = parse_uri(uri)
        if not isinstance(target, SipUri):
            return None
        host = target.param("maddr") or target.host
        found = self._targets.address_of(host, target.port or 0, spoken(target))
        return None if found is None or is_group(found.host) else found

    def _neighbour(self, number: str) -> Registration | None:
        """The line of ours that has this number."""
        return next((r for r in self._lines.values() if r.identity.number == number), None)

    def hop_of(self, line: Registration) -> Hop | None:
        """Where other requests of a line go: where it is registered; None: nowhere."""
        return None if line.way is None else self._hop(line, line.way)

    def _hop(self, line: Registration, way: Way) -> Hop:
        routes = self._routes(line, way)
        first = (
            self.where(NameAddr.parse(routes[0]).uri)
            if routes and routes is line.service_route
            else None
        )
        return Hop(first or way.address, way.server.name, routes, way.living)

    def _routes(self, line: Registration, way: Way) -> tuple[str, ...]:
        """The pre-loaded route: of the registrar's choice, else an outbound proxy's."""
        if line.service_route and line.way == way:
            return line.service_route
        if bare(way.server.host) == self._settings.domain.lower():
            return ()
        return (f"<sip:{way.server.name}{way.address.transport.param};lr>",)

    def _call(self, number: int, line: Registration, peer: str, hop: Hop, phase: Phase) -> Call:
        identity = line.identity
        return Call(
            number,
            Party(
                identity.line,
                identity.number,
                identity.display,
                line.token,
                line.call_authenticator,
                identity.barred,
                identity.srtp,
            ),
            peer,
            self._around,
            hop,
            LocalDescription(self._dice.getrandbits(48), 1),
            Attempt(line.call_authenticator),
            phase,
        )
