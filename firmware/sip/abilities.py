"""What this agent takes and understands: the one source of Allow, Supported, Accept, 405 and 420.

An honest Allow names no method that would be refused, and an honest Supported no extension
that is switched off (RFC 3261 sections 20.5 and 20.37). Whatever is built next is named here
once, and every request, answer and refusal follows.
"""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.settings import AgentSettings, Mail, Prack

Line = tuple[str, str]
"""Name and value of a header line."""

ACCEPT: Line = ("Accept", "application/sdp")
ACCEPT_ENCODING: Line = ("Accept-Encoding", "identity")
ACCEPT_LANGUAGE: Line = ("Accept-Language", "en")


@word
class Abilities:
    """The methods and extensions that the settings switch on."""

    methods: tuple[str, ...] = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE")
    """Methods that we take from a peer."""
    extensions: tuple[str, ...] = ("199", "timer")
    """Option tags that we support, and that a peer may therefore require of us."""
    required: tuple[str, ...] = ()
    """Those of them that our INVITE requires of the peer."""

    @property
    def allow(self) -> Line:
        return "Allow", ", ".join(self.methods)

    @property
    def supported(self) -> Line:
        """The Supported header; an empty one says that there is no extension."""
        return "Supported", ", ".join(self.extensions)

    @property
    def session(self) -> tuple[Line, ...]:
        """Header lines for an INVITE, an UPDATE, and their 2xx (sections 13.2.1 and 13.3.1.4)."""
        return self.allow, self.supported

    @property
    def call(self) -> tuple[Line, ...]:
        """Header lines for the INVITE that begins a call: also what the peer has to support."""
        required = (("Require", ", ".join(self.required)),) if self.required else ()
        return *self.session, *required

    @property
    def everything(self) -> tuple[Line, ...]:
        """Header lines for the 200 to OPTIONS (section 11.2)."""
        return self.allow, ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, self.supported

    def strange(self, required: tuple[str, ...]) -> tuple[str, ...]:
        """The option tags of a peer's Require that we do not understand, for Unsupported."""
        return tuple(tag for tag in required if tag not in self.extensions)


PLAIN = Abilities()
"""The abilities without any setting."""


def abilities_of(settings: AgentSettings) -> Abilities:
    """The abilities that these settings make."""
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
