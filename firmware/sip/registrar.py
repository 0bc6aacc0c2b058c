"""One line and one registrar: REGISTERs, one at a time, until each has its final answer.

Challenges are answered here (REG-04 to REG-07), and a 423 by asking for longer (REG-15);
what is left is a verdict. Call-ID and From tag stay as long as the registrar does, and CSeq
counts up (REG-10); for another registrar all three are new, and nonces are not taken along
(HB-04).
"""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.digest import Authenticator, Outcome
from firmware.sip.events import LineIdentity
from firmware.sip.message import Request, Response
from firmware.sip.targets import Way
from firmware.sip.timing import unanswered
from firmware.sip.tokens import call_id, first_cseq, tag
from firmware.sip.tu import Abandon, Ask

EVERYBODY = "*"
"""The Contact that stands for all bindings of the address of record (RFC 3261 section 10.2.2)."""
MOST_RAISES = 2
"""How often in a row a 423 may raise the time that we ask for."""
LONGEST = 86400
"""s of a binding: what a 423 may raise it to."""


@word
class Verdict:
    """What came of a REGISTER."""

    status: int
    words: str = ""
    """Why it is none, if it is no success."""
    response: Response | None = None
    """None: there was no answer."""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Registrar:
    """What a line and the registrar of the moment know of each other.

    Args:
        identity: of the line.
        domain: whose address of record it is.
        composer: writes the requests.
        authenticator: answers the challenges.
        expires: s of a binding to ask for.

    Attributes:
        way: where it is; None: nowhere yet.
        uri: the Request-URI: that of the domain (REG-01), unless a redirection has named another.
        asked: s of a binding, as last asked for.
        sent_at: when the REGISTER that is out, or was last, was sent.
    """

    def __init__(
        self,
        identity: LineIdentity,
        domain: str,
        composer: Composer,
        authenticator: Authenticator,
        expires: int,
    ) -> None:
        self.way: Way | None = None
        self.uri = self._home = f"sip:{domain}"
        self.asked = expires
        self.sent_at = 0.0
        self._name = f"<sip:{identity.number}@{domain}>"
        self._composer = composer
        self._authenticator = authenticator
        self._attempt = Attempt(authenticator)
        self._sent: Request | None = None
        self._raises = 0
        self._new_names()

    @property
    def waiting(self) -> bool:
        """A REGISTER is out."""
        return self._sent is not None

    def is_out(self, request: Request) -> bool:
        """Whether that is the REGISTER that is out."""
        return request is self._sent

    def binds(self, contact: str) -> bool:
        """Whether the REGISTER that is out asks for that binding."""
        return self._sent is not None and contact in map(str, self._sent.contacts)

    def is_answer(self, response: Response) -> bool:
        """Whether that answers the REGISTER that is out."""
        return self._sent is not None and response.via.branch == self._sent.via.branch

    def go(self, way: Way, uri: str = "") -> bool:
        """Turn to the registrar there; returns whether it is another than before."""
        uri = uri or self._home
        same = self.way in {None, way} and uri == self.uri
        if not same:
            self._new_names()
            self._authenticator.forget()  # nonces belong to who made them
        self.way, self.uri = way, uri
        return not same

    def bind(self, contact: str, now: float) -> list[Ask]:
        """Ask for a binding."""
        self._raises = 0
        self._attempt = Attempt(self._authenticator)
        return self._send(self._write(contact, self.asked), now)

    def remove(self, contact: str, now: float) -> list[Ask]:
        """Ask for the end of a binding, whatever our Contact is now; or of `EVERYBODY`'s."""
        self._attempt = Attempt(self._authenticator)
        shown = contact if contact == EVERYBODY else f"{contact};expires=0"
        return self._send(self._write(shown, 0), now)

    def abandon(self) -> list[Abandon]:
        """Forget the REGISTER that is out, if one is."""
        sent, self._sent = self._sent, None
        return [] if sent is None else [Abandon(sent)]

    def lost(self, status: int, why: str = "") -> Verdict:
        """Nobody answers (408), or it cannot be sent (503) for a reason that may be known."""
        self._sent = None
        return Verdict(status, unanswered(status, why))

    def answered(self, response: Response, now: float) -> list[Ask] | Verdict:
        """Judge an answer to the REGISTER that is out, or do what it asks for."""
        sent, status = self._sent, response.status
        if sent is None or status < 200:
            return []
        if status in {401, 407}:
            outcome = self._attempt.refused(sent, response)
            if outcome is Outcome.RETRY:
                return self._send(self._rewritten(sent), now)
            self._authenticator.forget()
            return self._ended(Verdict(status, outcome.value, response))
        if status == 423 and sent.expires and self._raised(response):
            return self._send(self._write(str(sent.contacts[0]), self.asked), now)
        if status < 300:
            self._attempt.succeeded(response)
            return self._ended(Verdict(status, response=response))
        return self._ended(Verdict(status, response.reason, response))

    def _raised(self, response: Response) -> bool:
        """Ask for as long as the registrar wants, from now on (REG-15)."""
        least = response.seconds("Min-Expires") or 0
        if not self.asked < least <= LONGEST or self._raises >= MOST_RAISES:
            return False
        self._raises += 1
        self.asked = least
        return True

    def _new_names(self) -> None:
        dice = self._composer.dice
        self._call_id, self._tag, self._cseq = call_id(dice), tag(dice), first_cseq(dice)

    def _write(self, contact: str, expires: int) -> Request:
        """A REGISTER with a number of its own and with credentials, as far as we know any."""
        name = self._name
        self._cseq += 1
        return self._composer.request(
            "REGISTER",
            self.uri,
            names=(("From", f"{name};tag={self._tag}"), ("To", name), ("Call-ID", self._call_id)),
            cseq=self._cseq,
            more=(("Contact", contact), ("Expires", str(expires)), *self._credentials()),
        )

    def _rewritten(self, sent: Request) -> Request:
        """The same, answering what it was challenged with."""
        self._cseq += 1
        return self._composer.again(sent, self._cseq, self._credentials())

    def _credentials(self) -> tuple[tuple[str, str], ...]:
        return self._authenticator.credentials("REGISTER", self.uri)

    def _send(self, request: Request, now: float) -> list[Ask]:
        assert self.way is not None, "nothing is asked before there is a way"
        self._sent, self.sent_at = request, now
        return [Ask(request, self.way.address)]

    def _ended(self, verdict: Verdict) -> Verdict:
        self._sent = None
        return verdict
