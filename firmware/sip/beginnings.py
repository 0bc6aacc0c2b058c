"""How calls begin: who takes part, where the INVITE goes, what the call knows of the house."""

from __future__ import annotations

from firmware.sip.call.call import Call, Party, Phase, Surroundings
from firmware.sip.call.events import Key
from firmware.sip.caller import caller_of
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.events import Address, AgentSettings, Invite
from firmware.sip.headers import NameAddr
from firmware.sip.message import Request
from firmware.sip.registration import Registration
from firmware.sip.sdp import LocalDescription, Terms
from firmware.sip.targets import Target, Targets, bare
from firmware.sip.tokens import tag
from firmware.sip.uri import SipUri, parse_uri


class Beginnings:
    """Makes calls, ours and theirs."""

    def __init__(self, settings: AgentSettings, composer: Composer, targets: Targets) -> None:
        self._settings = settings
        self._dice = composer.dice
        self._targets = targets
        self._around = Surroundings(
            settings,
            composer,
            Terms(settings.codecs, settings.ptime_ms, settings.telephone_event),
            self.where,
        )

    def calling(self, event: Invite, line: Registration) -> tuple[Call, tuple[str, ...]] | None:
        """A call of ours and its pre-loaded route; None: there is no server to send it to."""
        server = self._targets.current
        if server is None:
            return None
        routes = self._routes(line, server)
        first = self.where(NameAddr.parse(routes[0]).uri) if routes else None
        target = first or server.addresses[0]
        return self._call(event.call, line, event.number, target, Phase.CALLING), routes

    def called(
        self, number: int, line: Registration, key: Key, invite: Request, source: Address
    ) -> tuple[Call, str]:
        """A call of theirs, and the name of the caller."""
        caller = caller_of(invite, trusted=self._targets.lists(source))
        call = self._call(number, line, caller.number, source, Phase.OFFERED)
        call.invite, call.key, call.tag = invite, key, tag(self._dice)
        return call, caller.name

    def where(self, uri: str) -> Address | None:
        """The address of a URI's host, if it is numeric or one of the servers."""
        target = parse_uri(uri)
        if not isinstance(target, SipUri):
            return None
        return self._targets.address_of(target.host, target.port or 5060)

    def _routes(self, line: Registration, server: Target) -> tuple[str, ...]:
        """The pre-loaded route: of the registrar's choice, else an outbound proxy's."""
        if line.service_route:
            return line.service_route
        if bare(server.server.host) == self._settings.domain.lower():
            return ()
        return (f"<sip:{Address(server.server.host, server.server.port)};lr>",)

    def _call(
        self, number: int, line: Registration, peer: str, server: Address, phase: Phase
    ) -> Call:
        identity, current = line.identity, self._targets.current
        return Call(
            number,
            Party(
                identity.line,
                identity.number,
                identity.display,
                line.token,
                line.call_authenticator,
            ),
            peer,
            self._around,
            server,
            current.name if current else str(server),
            LocalDescription(self._dice.getrandbits(48), 1),
            Attempt(line.call_authenticator),
            phase,
        )
