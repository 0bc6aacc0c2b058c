"""One binding of one line at the registrar (RFC 3261 section 10).

What the line *is* (`RegistrationState.status`) follows from the end of the binding and the
last result; what it *does* is one of the phases below. One REGISTER at a time; Call-ID and
From tag stay as long as the registrar does, and CSeq counts up, also for the retry with
credentials; at another registrar all three are new (HB-04). A registrar that is unwell is
left at once for the next, each is tried once, and then it is time to wait (table 3.2).
"""

from __future__ import annotations

from dataclasses import replace
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
from firmware.sip.registering import (
    Abandon,
    Ask,
    Input,
    LookUp,
    Moved,
    NoReply,
    Output,
    ServerChanged,
)
from firmware.sip.targets import Way
from firmware.sip.tokens import call_id, contact_token, first_cseq, tag

MOST_RAISES = 2
"""How often in a row a 423 may raise the time that we ask for."""
FAILURES_PER_LOOK_UP = 3


class Phase(Enum):
    IDLE = auto()  # not begun
    STRANDED = auto()  # it is time, but no server's address is known
    MOVING = auto()  # a REGISTER to another registrar is about to go out
    REGISTERING = auto()  # a REGISTER is out
    WAITING = auto()  # for the time to refresh or to try again
    LEAVING = auto()  # a REGISTER is out, and its answer will be followed by the removal
    REMOVING = auto()  # a REGISTER with Expires 0 is out
    RETURNING = auto()  # the same, and its answer will be followed by a new binding
    REMOVED = auto()  # until told to register


_REMOVAL = frozenset({Phase.REMOVING, Phase.RETURNING})
_MOVABLE = frozenset({Phase.WAITING, Phase.MOVING, Phase.REGISTERING})
"""In these the line goes to another server as soon as it is told so."""


class Timer(Enum):
    ATTEMPT = auto()  # time to refresh or to try again
    EXPIRY = auto()  # the registrar forgets us


class Registration:
    """Keeps one line registered.

    Attributes:
        token: the user part of our Contact, drawn once.
        call_authenticator: answers the challenges of the line's calls. What a registrar
            challenged with is not shown to a proxy unasked (IA-03: nonces belong to who
            made them).
        way: where the line registers; None: nowhere yet.
        service_route: of the last 200 (RFC 3608), each one Route value; for that server only.
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
        self.way: Way | None = None
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
        self._ways: tuple[Way, ...] = ()
        self._untried: list[Way] = []
        self._refusals = retry.Refusals(settings.register_retry_base, self._dice)
        self._problem = ""
        self._sent: Request | None = None
        self._new_names()
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
            case ServerChanged():
                return self._server_changed(event, now)
            case Register():
                return self._register(now)
            case Deregister():
                return self._deregister(now)
            case NoReply(request, status, why) if request is self._sent:
                words = "no answer" if status == 408 else why or "cannot be sent"
                return self._failed(status, words, None, now)
            case Response() if self._sent and event.via.branch == self._sent.via.branch:
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

    def _server_changed(self, event: ServerChanged, now: float) -> list[Output]:
        self._ways, self._problem = event.ways, event.problem
        if self._phase is Phase.STRANDED:
            return self._begin(now)
        if self._phase not in _MOVABLE or not self._ways:
            return []  # the next attempt looks where it may go
        leaves = self.way not in {None, self._ways[0]}
        if not leaves and not (event.again and self._may_be_forgotten):
            return []
        outputs: list[Output] = []
        if self._sent is not None:
            outputs.append(Abandon(self._sent))
        state = self.state
        if leaves and self.way not in self._ways:  # what it knew of us is no longer worth much
            self._timers.stop(Timer.EXPIRY)
            state = replace(state, expires_at=None)
        self._sent = None
        self._phase = Phase.MOVING
        self._timers.start(Timer.ATTEMPT, now + event.after_s)
        outputs += self._report(replace(state, next_attempt_at=now + event.after_s), now)
        return [*outputs, *self.tick(now)]

    @property
    def _may_be_forgotten(self) -> bool:
        """A registrar that was dead may have lost our binding; one that refused us has not."""
        refused = self.state.failures and not retry.is_server_fault(self.state.last_code)
        return self._phase is Phase.WAITING and self.way is not None and not refused

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
            case _ if self.state.expires_at is not None and self.way in self._ways:
                return self._ask(Phase.REMOVING)
            case _:
                return self._removed("", now)
        return []

    # what we do

    def _begin(self, now: float) -> list[Output]:
        """Begin an attempt to register or to refresh."""
        if not self._ways:
            self._phase = Phase.STRANDED
            state = replace(self.state, last_error=self._problem or "no server is known")
            return self._report(replace(state, next_attempt_at=None), now)
        self._timers.stop(Timer.ATTEMPT)
        self._untried = list(self._ways)
        asked = self._try_next()
        return [*asked, *self._report(replace(self.state, next_attempt_at=None), now)]

    def _try_next(self) -> list[Output]:
        """Ask for a binding at the next way that was not tried in this attempt."""
        way = self._untried.pop(0)
        if self.way not in {None, way}:
            self._new_names()
            self._authenticator.forget()  # nonces belong to who made them
            self.service_route = ()
        self.way = way
        self._raises = 0
        return self._ask(Phase.REGISTERING)

    def _new_names(self) -> None:
        """Call-ID, tag and CSeq belong to one registrar."""
        self._call_id = call_id(self._dice)
        self._tag = tag(self._dice)
        self._cseq = first_cseq(self._dice)

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
        assert self.way is not None, "nothing is asked before there is a way"
        return [Ask(self._sent, self.way.address)]

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
        assert self.way is not None, "it has answered"
        self._refusals.accepted(self.way.server)
        if self._phase in _REMOVAL:
            return self._removed("", now)
        seconds = granted(response, self._composer.contact(self.token), self._expires)
        if seconds is None:
            return self._failed(200, "the 200 does not list our Contact", response, now)
        self.service_route = service_route(response)
        state = RegistrationState(
            registrar=self.way.server.name,
            expires_at=now + seconds,
            last_code=response.status,
            answered_at=now,
        )
        self._timers.start(Timer.EXPIRY, now + seconds)
        if self._phase is Phase.LEAVING:
            self.state = state
            return self._ask(Phase.REMOVING)
        self._phase = Phase.WAITING
        moved: list[Output] = []
        if self._ways and self.way != self._ways[0]:
            not_before = self._refusals.stays_away(self._ways[0].server, now)
            moved.append(Moved(self.way, not_before))
        return [*self._wait(state, retry.refresh_wait(seconds, self._dice), now), *moved]

    def _failed(
        self, status: int, words: str, response: Response | None, now: float
    ) -> list[Output]:
        if self._phase in _REMOVAL:
            return self._removed(words, now)
        failures = self.state.failures + 1
        state = replace(
            self.state, last_code=status, last_error=words, answered_at=now, failures=failures
        )
        if self._phase is Phase.LEAVING:
            self.state = state
            return self._removed(words, now)
        if retry.is_server_fault(status) and self._untried:
            asked = response.retry_after if response is not None else None
            assert self.way is not None, "it has failed"
            self._refusals.refused(self.way.server, asked, now)
            said = self._report(replace(state, failures=self.state.failures), now)
            return [*said, *self._try_next()]
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
        if self._phase in {Phase.MOVING, Phase.REGISTERING}:
            return RegisterStatus.REGISTERING
        return RegisterStatus.FAILED if state.failures else RegisterStatus.UNREGISTERED
