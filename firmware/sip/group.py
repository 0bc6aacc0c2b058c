"""One registration of the whole box: its lines are registered with it (REG-20).

The network knows which numbers belong to the one that registers (an implicit registration set,
3GPP TS 24.229 section 5.1.1.4), and names them in P-Associated-URI (RFC 7315 section 4.1). All
calls come to the one Contact; whom they mean is said by P-Called-Party-ID (section 4.2) or To.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.errors import SipError
from firmware.sip.caller import number_of
from firmware.sip.compose import Composer
from firmware.sip.digest import Authenticator
from firmware.sip.events import (
    AgentSettings,
    Deregister,
    LineIdentity,
    Register,
    RegisterStatus,
    RegistrationReport,
    RegistrationState,
)
from firmware.sip.message import Request, Response
from firmware.sip.registering import Input, Output, Phase
from firmware.sip.registration import Registration
from firmware.sip.targets import Way

BOX = 0
"""What the registration of the box is called; lines have the numbers of their ports."""


class Group(Registration):
    """Registers the box.

    Attributes:
        associated: the numbers that the last 200 names as registered too; None: it names none,
            and every line counts as registered.
        wanted: some line is to be registered.
    """

    def __init__(
        self,
        identity: LineIdentity,
        settings: AgentSettings,
        composer: Composer,
        authenticator: Authenticator,
        call_authenticator: Authenticator,
    ) -> None:
        super().__init__(identity, settings, composer, authenticator, call_authenticator)
        self.associated: frozenset[str] | None = None
        self.wanted = False

    def _succeeded(self, response: Response, now: float) -> list[Output]:
        self.associated = associated(response)
        return super()._succeeded(response, now)


class Implied(Registration):
    """A line that is registered with the box, and stands as the box does.

    Args:
        group: the registration of the box.

    Attributes:
        wanted: it is to be registered.
    """

    def __init__(
        self,
        identity: LineIdentity,
        settings: AgentSettings,
        composer: Composer,
        call_authenticator: Authenticator,
        group: Group,
    ) -> None:
        super().__init__(identity, settings, composer, call_authenticator, call_authenticator)
        self.group = group
        self.wanted = False

    @property
    def way(self) -> Way | None:
        return self.group.way

    @property
    def deadline(self) -> float | None:
        return None

    @property
    def phase(self) -> Phase:
        return self.group.phase

    @property
    def asking(self) -> bool:
        return False

    def feed(self, event: Input, now: float) -> list[Output]:  # noqa: ARG002 - it waits for nothing
        """What else there is to be told is told to the box."""
        match event:
            case Register():
                self.wanted = True
            case Deregister():
                self.wanted = False
        return []

    def tick(self, now: float) -> list[Output]:  # noqa: ARG002 - nor is anything due
        return []

    def follow(self) -> list[Output]:
        """Be what the box is; says so if that is another thing than before."""
        state = self._standing()
        self.service_route = self.group.service_route
        if state == self.state:
            return []
        self.state = state
        return [RegistrationReport(self.identity.line, state)]

    def _standing(self) -> RegistrationState:
        group = self.group
        if not self.wanted and group.wanted:
            return RegistrationState()  # the others stay
        known = group.associated is None or self.identity.number in group.associated
        if group.state.status is RegisterStatus.REGISTERED and not known:
            words = f"the registrar does not name {self.identity.number} (P-Associated-URI)"
            return replace(group.state, status=RegisterStatus.FAILED, last_error=words)
        return group.state


def associated(response: Response) -> frozenset[str] | None:
    """The numbers that a 200 to REGISTER names; None: the header is absent, or unreadable."""
    try:
        named = response.addresses("P-Associated-URI")
    except SipError:
        return None
    return frozenset(number_of(address) for address in named) if named else None


def called(invite: Request) -> str:
    """The number that a request to the Contact of the box means; empty: none."""
    try:
        named = invite.addresses("P-Called-Party-ID")
    except SipError:
        named = ()
    return number_of(named[0] if named else invite.to)
