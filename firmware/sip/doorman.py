"""Who calls is asked for credentials, if that is wished (RFC 3261 section 22.2, faults 5.1).

A datagram's source can be forged, and the token of a Contact be overheard; the password of the
line that is called, which the network knows as well, cannot. The box does not ask itself (HB-08).
"""

from __future__ import annotations

from firmware.sip.admission import Refusal
from firmware.sip.digest_server import DigestServer, Verdict
from firmware.sip.events import AgentSettings, LineIdentity
from firmware.sip.lines import Lines
from firmware.sip.message import Request
from firmware.sip.tokens import Dice


class Doorman:
    """Asks, and judges what comes back.

    Args:
        settings: of the agent.
        lines: whose passwords count.
        dice: seals the nonces.
    """

    def __init__(self, settings: AgentSettings, lines: Lines, dice: Dice) -> None:
        self._lines = lines
        self._server: DigestServer | None = None
        if settings.authenticate_calls:
            secret = dice.getrandbits(256).to_bytes(32, "big")
            self._server = DigestServer(settings.domain, secret, self._password)

    def stops(self, request: Request, line: LineIdentity, now: float) -> Refusal | None:
        """The 401 to the INVITE of a call to `line`; None: it may ring."""
        if self._server is None:
            return None
        asked = request.method, request.uri, request.body
        verdict, user = self._server.verify(request.credentials, asked, now)
        if verdict is Verdict.ACCEPTED and user == line.auth_user:
            return None
        challenges = self._server.challenges(now, stale=verdict is Verdict.STALE)
        return Refusal(401, tuple(("WWW-Authenticate", one) for one in challenges))

    def _password(self, user: str) -> str | None:
        return next(
            (
                line.identity.password
                for line in self._lines.values()
                if line.identity.auth_user == user
            ),
            None,
        )
