"""What this agent takes and understands: the one source of Allow, Supported, Accept, 405 and 420.

An honest Allow names no method that would be refused, and an honest Supported no extension
that is switched off (RFC 3261 sections 20.5 and 20.37). Whatever is built next is named here
once, and every request, answer and refusal follows.
"""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.settings import AgentSettings, Mail, Prack

Line = tuple[str, str]
"""Name and value of a header."""

ACCEPT: Line = ("Accept", "application/sdp")
ACCEPT_ENCODING: Line = ("Accept-Encoding", "identity")
ACCEPT_LANGUAGE: Line = ("Accept-Language", "en")


@word
class Abilities:
    """What is on, by the settings."""

    methods: tuple[str, ...] = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE")
    """That we take from a peer."""
    extensions: tuple[str, ...] = ("199", "timer")
    """Option tags that we support, and that a peer may therefore require of us."""
    required: tuple[str, ...] = ()
    """Those of them that our INVITE requires of the peer."""

    @property
    def allow(self) -> Line:
        return "Allow", ", ".join(self.methods)

    @property
    def supported(self) -> Line:
        """May be empty: then it says that there is nothing."""
        return "Supported", ", ".join(self.extensions)

    @property
    def session(self) -> tuple[Line, ...]:
        """With an INVITE, an UPDATE, and their 2xx (sections 13.2.1 and 13.3.1.4)."""
        return self.allow, self.supported

    @property
    def call(self) -> tuple[Line, ...]:
        """With the INVITE that begins a call: what the peer has to do for us comes besides."""
        required = (("Require", ", ".join(self.required)),) if self.required else ()
        return *self.session, *required

    @property
    def everything(self) -> tuple[Line, ...]:
        """With the 200 to OPTIONS (section 11.2)."""
        return self.allow, ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, self.supported

    def strange(self, required: tuple[str, ...]) -> tuple[str, ...]:
        """Those of a peer's Require that we do not understand, for Unsupported."""
        return tuple(tag for tag in required if tag not in self.extensions)


PLAIN = Abilities()
"""As long as no setting adds to it."""


def abilities_of(settings: AgentSettings) -> Abilities:
    """What the settings make of it."""
    info = ("INFO",) if settings.info_digits else ()
    notify = () if settings.mail is Mail.OFF else ("NOTIFY",)
    if settings.prack is Prack.OFF:
        more = (*info, *notify)
        return Abilities(methods=(*PLAIN.methods, *more)) if more else PLAIN
    return Abilities(
        methods=(*PLAIN.methods, "PRACK", *info, *notify),
        extensions=("100rel", *PLAIN.extensions),
        required=("100rel",) if settings.prack is Prack.REQUIRED else (),
    )
