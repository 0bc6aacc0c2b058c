"""The lines of an agent: a registration each, with credentials of its own."""

from __future__ import annotations

from firmware.sip.compose import Composer
from firmware.sip.digest import Authenticator
from firmware.sip.events import AgentSettings, LineIdentity
from firmware.sip.registration import Registration


def lines_of(settings: AgentSettings, composer: Composer) -> dict[int, Registration]:
    """A registration for each line, by port number."""
    return {
        identity.line: Registration(
            identity,
            settings,
            composer,
            _authenticator(identity, composer),
            _authenticator(identity, composer),
        )
        for identity in settings.lines
    }


def _authenticator(identity: LineIdentity, composer: Composer) -> Authenticator:
    return Authenticator(
        identity.auth_user or identity.number,
        identity.password,
        cnonce=lambda: f"{composer.dice.getrandbits(64):016x}",
    )
