"""Keep one line registered (RFC 3261 section 10).

What the line *is* (`RegistrationState.status`) follows from the end of its binding and the last
result. What it *does* is its phase (`firmware.sip.registering`). A registrar that fails is left at
once for the next one. Each is tried once, and then the line waits (table 3.2). While the line is
not registered and no REGISTER is out, the time of the next attempt is known, unless the line was
told to stay away.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.machine import Timers
from firmware.sip import redirect, retry
from firmware.sip.binding import Held, granted, service_route
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
from firmware.sip.message import Response
from firmware.sip.registering import (
    MOVABLE,
    REMOVAL,
    Input,
    LookUp,
    Moved,
    Output,
    Phase,
    Relocated,
    ServerChanged,
    Timer,
    standing,
)
from firmware.sip.registrar import EVERYBODY, Registrar, Verdict
from firmware.sip.round import Round, owes_answer
from firmware.sip.targets import Way
from firmware.sip.tokens import contact_token
from firmware.sip.tu import Unanswered

FAILURES_PER_LOOK_UP = 3
FAREWELL = 2.0
"""Seconds to wait for the answer to a removal that is followed by a new binding."""


class Registration:
    """Keeps one line registered.

    Attributes:
        token: the user part of our Contact, drawn once.
        call_authenticator: answers the challenges of the line's calls. What a registrar
            challenged with is not shown to a proxy unasked (IA-03: nonces belong to who
            made them).
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
        self.call_authenticator = call_authenticator
        self.service_route: tuple[str, ...] = ()
        self.state = RegistrationState()
        self._settings = settings
        self._composer = composer
        self._dice = composer.dice
        expires = identity.expires_s or settings.expires_s
        self._registrar = Registrar(identity, settings.domain, composer, authenticator, expires)
        self._refusals = retry.Refusals(settings.register_retry_base, self._dice)
        self._phase = Phase.IDLE
        self._timers: Timers[Timer] = Timers()
        self._told = ServerChanged(())
        self._round = Round()
        self._held = Held()
        self._everybody = False

    @property
    def way(self) -> Way | None:
        """Where the line registers; None: nowhere yet."""
        return self._registrar.way

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def asking(self) -> bool:
        """A REGISTER has been sent and is not answered."""
        return self._registrar.waiting

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case ServerChanged():
                return self._server_changed(event, now)
            case Relocated(after_s):
                return self._relocated(after_s, now)
            case Register(after_s=after_s):
                return self._register(after_s, now)
            case Deregister(everybody=everybody):
                return self._deregister(everybody=everybody, now=now)
            case Unanswered(request, status, why) if self._registrar.is_out(request):
                return self._failed(self._registrar.lost(status, why), now)
            case Response() if self._registrar.is_answer(event):
                return self._answered(event, now)
        return []

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        while (timer := self._timers.pop_due(now)) is not None:
            match timer:
                case Timer.EXPIRY:
                    outputs += self._report(self.state, now)
                case Timer.ATTEMPT:
                    outputs += self._begin(now)
                case Timer.FAREWELL:
                    outputs += [*self._registrar.abandon(), *self._removed("no answer", now)]
        return outputs

    # what we are told

    def _server_changed(self, event: ServerChanged, now: float) -> list[Output]:
        self._told = event
        if self._phase is Phase.STRANDED:
            return self._go(self.state, event.after_s, now) if event.ways else self._strand(now)
        trying = self._phase is Phase.REGISTERING and (
            self._round.goes_on(self.way, event.ways) or owes_answer(self.way, event.ways)
        )
        if trying or self._phase not in MOVABLE or not event.ways:
            return []  # the next attempt looks where it may go
        leaves = self.way not in {None, event.ways[0]}
        if not leaves and not (event.again and self._may_be_forgotten):
            return []
        state = self.state
        if leaves and self.way not in event.ways:  # what it knew of us is no longer worth much
            self._timers.stop(Timer.EXPIRY)
            self._held = Held()
            state = replace(state, expires_at=None)
        return [*self._registrar.abandon(), *self._go(state, event.after_s, now)]

    @property
    def _may_be_forgotten(self) -> bool:
        """A registrar that was dead may have lost our binding; one that refuses us has not."""
        refused = self.state.failures and not retry.is_server_fault(self.state.last_code)
        return self._phase is Phase.WAITING and self.way is not None and not refused

    def _relocated(self, after_s: float, now: float) -> list[Output]:
        """Register from our new address; or just at once, if only the way out is back (REG-22)."""
        if self._phase in {Phase.IDLE, Phase.REMOVED}:
            return []
        here = self._composer.contact(self.token)
        if self._registrar.binds(here):
            return []  # what is out left from here, and its answer can come
        if here == self._held.contact:
            late = self._phase is Phase.WAITING and retry.is_late(self.state, now)
            return self._go(self.state, after_s, now) if late else []
        outputs: list[Output] = [*self._registrar.abandon()]
        self._held.outdate()
        if self._phase in REMOVAL | {Phase.LEAVING}:
            return outputs + self._remove(now, returning=self._phase is Phase.RETURNING)
        self._timers.stop(Timer.EXPIRY)
        state = replace(self.state, expires_at=None)
        if self._phase is Phase.STRANDED:
            return outputs + self._report(state, now)
        return outputs + self._go(state, after_s, now)

    def _register(self, after_s: float, now: float) -> list[Output]:
        match self._phase:
            case Phase.REGISTERING | Phase.RETURNING:
                return []
            case Phase.LEAVING:
                self._phase = Phase.REGISTERING
                return []
            case Phase.REMOVING:
                self._phase = Phase.RETURNING
                self._timers.start(Timer.FAREWELL, now + FAREWELL)
                return []
        if after_s <= 0:
            return self._begin(now)
        return [*self._registrar.abandon(), *self._wait(self.state, now + after_s, now)]

    def _deregister(self, *, everybody: bool, now: float) -> list[Output]:
        self._timers.stop(Timer.ATTEMPT)
        self._everybody = everybody
        match self._phase:
            case Phase.REGISTERING:
                self._phase = Phase.LEAVING
            case Phase.RETURNING:
                self._phase = Phase.REMOVING
                self._timers.stop(Timer.FAREWELL)
            case Phase.LEAVING | Phase.REMOVING:
                pass
            case _:
                return [*self._registrar.abandon(), *self._remove(now, returning=False)]
        return []

    # what we do

    def _go(self, state: RegistrationState, after_s: float, now: float) -> list[Output]:
        """Begin an attempt a little later: not all lines at the same instant (REG-23)."""
        self._phase = Phase.MOVING
        self._timers.start(Timer.ATTEMPT, now + after_s)
        return [*self._report(replace(state, next_attempt_at=now + after_s), now), *self.tick(now)]

    def _begin(self, now: float) -> list[Output]:
        """Begin an attempt to register or to refresh."""
        self._timers.stop(Timer.ATTEMPT)
        outputs: list[Output] = [*self._registrar.abandon()]
        if not self._told.ways:
            return outputs + self._strand(now)
        if self._leaves_something(now):
            outputs += self._remove(now, returning=True)
        else:
            self._round = Round(self._told.ways)
            outputs += self._try(self._round.next(), "", now)
        return [*outputs, *self._report(replace(self.state, next_attempt_at=None), now)]

    def _strand(self, now: float) -> list[Output]:
        """Wait until there is a way to a registrar."""
        self._phase = Phase.STRANDED
        state = replace(self.state, last_error=self._told.problem or "no server is known")
        return self._report(replace(state, next_attempt_at=self._told.until), now)

    def _leaves_something(self, now: float) -> bool:
        """Whether to remove our binding here before going there: one registrar may serve both.

        Not if we had left the other server because it failed: it may still fail.
        """
        here, there = self.way, self._told.ways[0]
        if here is None or here.server == there.server or not self._settings.remove_when_leaving:
            return False
        living = any(way == here and way.living for way in self._told.ways)
        return living and self._held.lasts(now) and not self._refusals.doubts(there.server)

    def _try(self, way: Way, uri: str, now: float) -> list[Output]:
        """Ask this server for a binding; `uri` is the Request-URI of a redirection, if any."""
        if self._registrar.go(way, uri):
            self.service_route = ()
        self._round.been.add((way, self._registrar.uri))
        self._phase = Phase.REGISTERING
        return [*self._registrar.bind(self._composer.contact(self.token), now)]

    def _remove(self, now: float, *, returning: bool) -> list[Output]:
        """Remove our binding, if there can be one, or the bindings of everybody."""
        self._phase = Phase.RETURNING if returning else Phase.REMOVING
        contact = EVERYBODY if self._everybody else self._held.any_contact(now)
        if self._everybody and self._told.ways and self.way not in self._told.ways:
            self._registrar.go(self._told.ways[0])
        if not contact or not (self._told.rests or self.way in self._told.ways):
            return self._removed("", now)
        if returning:
            self._timers.start(Timer.FAREWELL, now + FAREWELL)
        return [*self._registrar.remove(contact, now)]

    # what comes of it

    def _answered(self, response: Response, now: float) -> list[Output]:
        verdict = self._registrar.answered(response, now)
        if not isinstance(verdict, Verdict):
            return [*verdict]
        if self._phase in REMOVAL:
            return self._removed(verdict.words, now)
        if self._phase is Phase.SWEEPING:
            return self._swept()
        if verdict.good:
            return self._succeeded(response, now)
        if verdict.status in redirect.MOVED:
            return self._redirected(response, now)
        return self._failed(verdict, now)

    def _redirected(self, response: Response, now: float) -> list[Output]:
        """Go where the 3xx leads, if that is allowed and to one of our servers (REG-18)."""
        allowed = self._settings.follow_redirects and self._phase is Phase.REGISTERING
        ways = self._told.ways if allowed else ()
        place = redirect.next_place(response, ways, self._registrar.uri, self._round.been)
        if place is None:
            words = f"{response.reason}: {redirect.named(response) or 'nowhere'}"
            return self._failed(Verdict(response.status, words, response), now)
        way, uri = place
        if self.way is not None and way.server != self.way.server:
            self._refusals.refused(self.way.server, None, now)  # it would send us away again
        return self._try(way, uri, now)

    def _succeeded(self, response: Response, now: float) -> list[Output]:
        assert self.way is not None, "it has answered"
        self._refusals.accepted(self.way.server)
        contact, sent_at = self._composer.contact(self.token), self._registrar.sent_at
        seconds = granted(response, contact, self._registrar.asked)
        if not seconds:
            words = "the 200 does not list our Contact" if seconds is None else "granted for 0 s"
            return self._failed(Verdict(200, words, response), now)
        self.service_route = service_route(response)
        ends_at = sent_at + seconds  # the registrar counts from when it heard us
        self._held.take(contact, ends_at)
        state = RegistrationState(
            registrar=self.way.server.name,
            expires_at=ends_at,
            last_code=response.status,
            answered_at=now,
        )
        self._timers.start(Timer.EXPIRY, ends_at)
        if self._phase is Phase.LEAVING:
            self.state = state
            return self._remove(now, returning=False)
        if owes_answer(self.way, self._told.ways) and self._round.misses(self._told.ways):
            return self._go(state, self._told.after_s, now)  # it has answered
        again_at = sent_at + retry.refresh_wait(seconds, self._dice)
        outputs = self._wait(state, max(again_at, now + retry.LEAST_REFRESH), now)
        if self._told.ways and self.way != self._told.ways[0]:
            not_before = self._refusals.stays_away(self._told.ways[0].server, now)
            outputs.append(Moved(self.way, not_before))
        return outputs + self._sweep(now)

    def _sweep(self, now: float) -> list[Output]:
        """Remove the Contact of our old address (REG-22): the server can be reached again."""
        contact = self._held.outdated(now)
        if not contact:
            return []
        self._phase = Phase.SWEEPING
        return [*self._registrar.remove(contact, now)]

    def _swept(self) -> list[Output]:
        self._phase = Phase.WAITING  # whatever was said to it: it ends by itself
        self._held.swept()
        return []

    def _failed(self, verdict: Verdict, now: float) -> list[Output]:
        if self._phase in REMOVAL:
            return self._removed(verdict.words, now)
        if self._phase is Phase.SWEEPING:
            return self._swept()
        status, words, failures = verdict.status, verdict.words, self.state.failures + 1
        state = replace(
            self.state, last_code=status, last_error=words, answered_at=now, failures=failures
        )
        if self._phase is Phase.LEAVING:
            self.state = state
            return self._remove(now, returning=False)
        asked = None if verdict.response is None else verdict.response.retry_after
        if retry.is_server_fault(status) and not self._round.over:
            assert self.way is not None, "it has failed"
            self._refusals.refused(self.way.server, asked, now)
            outputs = self._report(replace(state, failures=self.state.failures), now)
            return outputs + self._try(self._round.next(), "", now)
        if verdict.good or not retry.is_server_fault(status):  # the registrar says: not bound
            self._timers.stop(Timer.EXPIRY)
            state = replace(state, expires_at=None)
        base, code = self._settings.register_retry_base, 500 if verdict.good else status
        wait = retry.wait_after(code, asked, failures, base, self._dice)
        outputs = self._wait(state, now + wait, now)
        if failures % FAILURES_PER_LOOK_UP == 0:
            outputs.append(LookUp())
        return outputs

    def _wait(self, state: RegistrationState, until: float, now: float) -> list[Output]:
        self._phase = Phase.WAITING
        self._timers.start(Timer.ATTEMPT, until)
        return self._report(replace(state, next_attempt_at=until), now)

    def _removed(self, problem: str, now: float) -> list[Output]:
        """Stay away, whatever the registrar says; always reported: somebody waits for it."""
        returning = self._phase is Phase.RETURNING
        self._phase = Phase.REMOVED
        self._held, self._everybody = Held(), False
        self._timers.stop(Timer.EXPIRY)
        self._timers.stop(Timer.FAREWELL)
        state = replace(self.state, expires_at=None, next_attempt_at=None, last_error=problem)
        self.state = replace(state, status=RegisterStatus.UNREGISTERED)
        if returning:
            return self._begin(now)
        return [RegistrationReport(self.identity.line, self.state)]

    def _report(self, state: RegistrationState, now: float) -> list[Output]:
        """Report what the line is now, if that has changed."""
        state = standing(state, self._phase, now)
        if state == self.state:
            return []
        self.state = state
        return [RegistrationReport(self.identity.line, state)]
