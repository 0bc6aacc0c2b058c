"""The lines of an agent: a registration each, or one for all, with credentials of their own."""

from __future__ import annotations

from firmware.sip.compose import Composer
from firmware.sip.digest import Authenticator
from firmware.sip.events import AgentSettings, Deregister, LineIdentity, Register
from firmware.sip.group import BOX, Group, Implied
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
        self.group: Group | None = None
        if settings.group is not None:
            self.group = Group(settings.group, settings, composer, *self._both(settings.group))
            self._by_token[self.group.token] = self.group
        for identity in settings.lines:
            self.rename(identity.line, identity)

    def rename(self, line: int, identity: LineIdentity | None) -> None:
        """Let `line` be another; None: there is none."""
        old = self.pop(line, None)
        if old is not None:
            del self._by_token[old.token]
        if identity is not None:
            new = self._made(identity)
            self[line] = self._by_token[new.token] = new
        if self:
            self._composer.box_user = self[min(self)].identity.number

    def _made(self, identity: LineIdentity) -> Registration:
        own, calls = self._both(identity)
        if self.group is not None:
            return Implied(identity, self._settings, self._composer, calls, self.group)
        return Registration(identity, self._settings, self._composer, own, calls)

    def _both(self, identity: LineIdentity) -> tuple[Authenticator, Authenticator]:
        """Two authenticators of a line: one for registering, one for its calls."""
        composer = self._composer
        return _authenticator(identity, composer), _authenticator(identity, composer)

    @property
    def registering(self) -> list[Registration]:
        """The registrations in use: one for each line, or one for the box."""
        return list(self.values()) if self.group is None else [self.group]

    def account(self, line: int) -> int:
        """Number of the registration that serves a line: its own, or the box's."""
        return line if self.group is None else BOX

    def registers(self, account: int) -> Registration:
        """The registration with this number."""
        return self[account] if self.group is None else self.group

    def wants(self, event: Register | Deregister) -> Register | Deregister | None:
        """What the box is to be told when one of its lines has been; None: nothing new.

        It registers with the first of them, and leaves with the last.
        """
        group, line = self.group, self[event.line]
        if group is None or not isinstance(line, Implied):
            return None
        before, again = group.wanted, line.wanted
        line.feed(event, 0.0)
        group.wanted = any(isinstance(other, Implied) and other.wanted for other in self.values())
        if isinstance(event, Register):
            return Register(BOX, event.after_s) if again or not before else None
        return Deregister(BOX, event.everybody) if before and not group.wanted else None

    def of_token(self, user: str) -> Registration | None:
        """The line whose Contact has this user part; None: there is none."""
        return self._by_token.get(user)

    def numbered(self, number: str) -> Registration | None:
        """The first line with this number; None: there is none."""
        return next((line for line in self.values() if line.identity.number == number), None)

    def knows(self, machine: Registration) -> bool:
        """Whether this machine is still the registration of a line."""
        return self.get(machine.identity.line) is machine


def _authenticator(identity: LineIdentity, composer: Composer) -> Authenticator:
    return Authenticator(
        identity.auth_user or identity.number,
        identity.password,
        cnonce=lambda: tag(composer.dice),
    )
