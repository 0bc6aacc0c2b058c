"""One binding of one line at the registrar (RFC 3261 section 10).

What the line *is* (`RegistrationState.status`) follows from the end of the binding and the
last result; what it *does* is one of the phases below. One REGISTER at a time; Call-ID and
From tag stay for the life of the machine, and CSeq counts up, also for the retry with
credentials.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from firmware.machine import Timers
from firmware.sip import retry
from firmware.sip.binding import granted, service_route
from firmware.sip.compose import Composer
from firmware.sip.credentials import Attempt
from firmware.sip.digest import Authenticator, Outcome
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
from firmware.sip.targets import Target
from firmware.sip.tokens import call_id, contact_token, first_cseq, tag

MOST_RAISES = 2
"""How often in a row a 423 may raise the time that we ask for."""
FAILURES_PER_LOOK_UP = 3


class Phase(Enum):
    IDLE = auto()  # not begun
    STRANDED = auto()  # it is time, but no server's address is known
    REGISTERING = auto()  # a REGISTER is out
    WAITING = auto()  # for the time to refresh or to try again
    LEAVING = auto()  # a REGISTER is out, and its answer will be followed by the removal
    REMOVING = auto()  # a REGISTER with Expires 0 is out
    RETURNING = auto()  # the same, and its answer will be followed by a new binding
    REMOVED = auto()  # until told to register


_REMOVAL = frozenset({Phase.REMOVING, Phase.RETURNING})


class Timer(Enum):
    ATTEMPT = auto()  # time to refresh or to try again
    EXPIRY = auto()  # the registrar forgets us


@dataclass(frozen=True, slots=True)
class ServerChanged:
    """Another server is in use, or there is one at all, or none (an input)."""

    server: Target | None
    problem: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class NoReply:
    """The REGISTER came to nothing (an input): 408 timed out, 503 could not be sent."""

    status: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this REGISTER to the server in use."""

    request: Request


@dataclass(frozen=True, slots=True)
class LookUp:
    """It fails and fails: the server may have moved, ask for its address again."""


Input = Register | Deregister | ServerChanged | Response | NoReply
Output = Ask | LookUp | RegistrationReport


class Registration:
    """Keeps one line registered.

    Attributes:
        token: the user part of our Contact, drawn once.
        call_authenticator: answers the challenges of the line's calls. What a registrar
            challenged with is not shown to a proxy unasked (IA-03: nonces belong to who
            made them).
        service_route: of the last 200 (RFC 3608), each one Route value.
        state: what the line is, as last reported.
    """

    def __init__(
        self,
        identity: LineIdentity,
        settings: AgentSettings,
        composer: Composer,
        authenticator: Authenticator,
        call_authenticator: Authenticator,
    ) -> None:
        self.identity = identity
        self.token = contact_token(composer.dice)
        self.service_route: tuple[str, ...] = ()
        self.state = RegistrationState()
        self._settings = settings
        self._composer = composer
        self._dice = composer.dice
        self.call_authenticator = call_authenticator
        self._authenticator = authenticator
        self._attempt = Attempt(authenticator)
        self._phase = Phase.IDLE
        self._timers: Timers[Timer] = Timers()
        self._server: Target | None = None
        self._problem = ""
        self._sent: Request | None = None
        self._call_id = call_id(self._dice)
        self._tag = tag(self._dice)
        self._cseq = first_cseq(self._dice)
        self._expires = settings.expires_s
        self._raises = 0

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    @property
    def phase(self) -> Phase:
        return self._phase

    def start(self, now: float) -> list[Output]:
        """Register after a random part of the start delay (return of power)."""
        self._phase = Phase.WAITING
        self._timers.start(Timer.ATTEMPT, now + self._settings.start_delay_s * self._dice.random())
        return self.tick(now)

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case ServerChanged(server, problem):
                self._server, self._problem = server, problem
                return self._begin(now) if self._phase is Phase.STRANDED else []
            case Register():
                return self._register(now)
            case Deregister():
                return self._deregister(now)
            case NoReply(status):
                words = "no answer" if status == 408 else "cannot be sent"
                return self._failed(status, words, None, now)
            case Response() if self._sent and event.cseq == self._sent.cseq:
                return self._answered(self._sent, event, now)
        return []

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        while (timer := self._timers.pop_due(now)) is not None:
            if timer is Timer.EXPIRY:
                outputs += self._report(self.state, now)
            else:
                outputs += self._begin(now)
        return outputs

    # what we are told

    def _register(self, now: float) -> list[Output]:
        match self._phase:
            case Phase.REGISTERING | Phase.RETURNING:
                return []
            case Phase.LEAVING:
                self._phase = Phase.REGISTERING
                return []
            case Phase.REMOVING:
                self._phase = Phase.RETURNING
                return []
        return self._begin(now)

    def _deregister(self, now: float) -> list[Output]:
        self._timers.stop(Timer.ATTEMPT)
        match self._phase:
            case Phase.REGISTERING:
                self._phase = Phase.LEAVING
            case Phase.RETURNING:
                self._phase = Phase.REMOVING
            case Phase.LEAVING | Phase.REMOVING:
                pass
            case _ if self.state.expires_at is not None and self._server is not None:
                return self._ask(Phase.REMOVING)
            case _:
                return self._removed("", now)
        return []

    # what we do

    def _begin(self, now: float) -> list[Output]:
        """Begin an attempt to register or to refresh."""
        if self._server is None:
            self._phase = Phase.STRANDED
            state = replace(self.state, last_error=self._problem or "no server is known")
            return self._report(replace(state, next_attempt_at=None), now)
        self._raises = 0
        asked = self._ask(Phase.REGISTERING)
        return [*asked, *self._report(replace(self.state, next_attempt_at=None), now)]

    def _ask(self, phase: Phase) -> list[Output]:
        """Send a REGISTER; the phase says whether it asks for a binding or for its removal."""
        self._phase = phase
        self._attempt = Attempt(self._authenticator)
        return self._send(self._compose())

    def _compose(self) -> Request:
        domain = self._settings.domain
        name = f"<sip:{self.identity.number}@{domain}>"
        contact = self._composer.contact(self.token)
        expires = 0 if self._phase in _REMOVAL else self._expires
        if not expires:
            contact += ";expires=0"
        return self._composer.request(
            "REGISTER",
            f"sip:{domain}",
            names=(("From", f"{name};tag={self._tag}"), ("To", name), ("Call-ID", self._call_id)),
            cseq=self._cseq,
            more=(("Contact", contact), ("Expires", str(expires))),
        )

    def _send(self, request: Request) -> list[Output]:
        """Send with a number of its own and with credentials, as far as we know any."""
        self._cseq += 1
        known = self._authenticator.credentials(request.method, request.uri)
        self._sent = self._composer.again(request, self._cseq, known)
        return [Ask(self._sent)]

    # what comes of it

    def _answered(self, sent: Request, response: Response, now: float) -> list[Output]:
        status = response.status
        if status < 200:
            return []
        if status < 300:
            return self._succeeded(response, now)
        if status in {401, 407}:
            outcome = self._attempt.refused(sent, response)
            if outcome is Outcome.RETRY:
                return self._send(sent)
            self._authenticator.forget()
            return self._failed(status, outcome.value, response, now)
        least = response.seconds("Min-Expires") or 0
        if status == 423 and self._expires < least <= 86400 and self._raises < MOST_RAISES:
            self._raises += 1
            self._expires = least
            return self._send(self._compose())
        return self._failed(status, response.reason, response, now)

    def _succeeded(self, response: Response, now: float) -> list[Output]:
        self._attempt.succeeded(response)
        if self._phase in _REMOVAL:
            return self._removed("", now)
        seconds = granted(response, self._composer.contact(self.token), self._expires)
        if seconds is None:
            return self._failed(200, "the 200 does not list our Contact", response, now)
        self.service_route = service_route(response)
        server = self._server
        state = RegistrationState(
            registrar=server.name if server else self.state.registrar,
            expires_at=now + seconds,
            last_code=response.status,
        )
        self._timers.start(Timer.EXPIRY, now + seconds)
        if self._phase is Phase.LEAVING:
            self.state = state
            return self._ask(Phase.REMOVING)
        self._phase = Phase.WAITING
        return self._wait(state, retry.refresh_wait(seconds, self._dice), now)

    def _failed(
        self, status: int, words: str, response: Response | None, now: float
    ) -> list[Output]:
        if self._phase in _REMOVAL:
            return self._removed(words, now)
        failures = self.state.failures + 1
        state = replace(self.state, last_code=status, last_error=words, failures=failures)
        if self._phase is Phase.LEAVING:
            self.state = state
            return self._removed(words, now)
        self._phase = Phase.WAITING
        base = self._settings.register_retry_base
        wait = retry.after_failure(status if status >= 300 else 500, failures, base, self._dice)
        if response is not None and (asked := response.retry_after) is not None:
            wait = retry.as_asked(asked, self._dice)
        outputs = self._wait(state, wait, now)
        if failures % FAILURES_PER_LOOK_UP == 0:
            outputs.append(LookUp())
        return outputs

    def _wait(self, state: RegistrationState, seconds: float, now: float) -> list[Output]:
        self._sent = None
        self._timers.start(Timer.ATTEMPT, now + seconds)
        return self._report(replace(state, next_attempt_at=now + seconds), now)

    def _removed(self, problem: str, now: float) -> list[Output]:
        """Be away, whatever the registrar says: said every time, so that nobody waits for ever."""
        returning = self._phase is Phase.RETURNING
        self._phase = Phase.REMOVED
        self._sent = None
        self._timers.stop(Timer.EXPIRY)
        state = replace(self.state, expires_at=None, next_attempt_at=None, last_error=problem)
        self.state = replace(state, status=RegisterStatus.UNREGISTERED)
        said: list[Output] = [RegistrationReport(self.identity.line, self.state)]
        return [*said, *self._begin(now)] if returning else said

    def _report(self, state: RegistrationState, now: float) -> list[Output]:
        """Say what the line is now, if that is news."""
        if state.expires_at is not None and now >= state.expires_at:
            state = replace(state, expires_at=None)
        state = replace(state, status=self._status(state))
        if state == self.state:
            return []
        self.state = state
        return [RegistrationReport(self.identity.line, state)]

    def _status(self, state: RegistrationState) -> RegisterStatus:
        if state.expires_at is not None:
            return RegisterStatus.REGISTERED  # also while a refresh fails (REG-11)
        if self._phase is Phase.REGISTERING:
            return RegisterStatus.REGISTERING
        return RegisterStatus.FAILED if state.failures else RegisterStatus.UNREGISTERED
