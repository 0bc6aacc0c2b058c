"""The lines of an agent: a registration each, with credentials of its own."""

from __future__ import annotations

from firmware.sip.compose import Composer
from firmware.sip.digest import Authenticator
from firmware.sip.events import AgentSettings, LineIdentity
from firmware.sip.registration import Registration
from firmware.sip.tokens import tag


class Lines(dict[int, Registration]):
    """A registration for each line, by port number.

    Args:
        settings: of the agent, with the lines that there are at first.
        composer: writes their requests; those of the box bear the name of the first line.
    """

    def __init__(self, settings: AgentSettings, composer: Composer) -> None:
        super().__init__()
        self._by_token: dict[str, Registration] = {}
        self._settings = settings
        self._composer = composer
        for identity in settings.lines:
            self.rename(identity.line, identity)

    def rename(self, line: int, identity: LineIdentity | None) -> None:
        """Let `line` be another; None: there is none."""
        old = self.pop(line, None)
        if old is not None:
            del self._by_token[old.token]
        if identity is not None:
            own, calls = (_authenticator(identity, self._composer) for _ in range(2))
            new = Registration(identity, self._settings, self._composer, own, calls)
            self[line] = self._by_token[new.token] = new
        if self:
            self._composer.box_user = self[min(self)].identity.number

    def of_token(self, user: str) -> Registration | None:
        """The line with that user part in its Contact."""
        return self._by_token.get(user)

    def knows(self, machine: Registration) -> bool:
        """Whether a line is that machine now."""
        return self.get(machine.identity.line) is machine


def _authenticator(identity: LineIdentity, composer: Composer) -> Authenticator:
    return Authenticator(
        identity.auth_user or identity.number,
        identity.password,
        cnonce=lambda: tag(composer.dice),
    )
