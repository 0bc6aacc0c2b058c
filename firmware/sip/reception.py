"""Who is let in: default deny (faults 5.1, sip 8).

Requests are taken from the servers' addresses only, and from a peer that a dialog of ours
leads to directly; what begins a call must carry the token of the Contact that we
registered, which proves that it came through the registrar. To everybody else the host
is closed: no answer at all.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.machine import word
from firmware.sip.abilities import Abilities
from firmware.sip.admission import Refusal, refused_always, refused_outside
from firmware.sip.call.machine import CallMachine
from firmware.sip.caller import number_of
from firmware.sip.calls import Calls
from firmware.sip.compose import Composer
from firmware.sip.dialog import DialogId
from firmware.sip.doorman import Doorman
from firmware.sip.events import Address, AgentSettings
from firmware.sip.group import called
from firmware.sip.headers import NameAddr
from firmware.sip.lines import Lines
from firmware.sip.message import Request
from firmware.sip.registration import Registration
from firmware.sip.targets import Targets, bare
from firmware.sip.uri import SipUri, TelUri

MOST_CALLS = 8
"""Calls of one line at a time. It can use three (I2); the owner refuses the others at once."""


@word
class NewCall:
    """The request is the INVITE of a new call to this line."""

    line: Registration


@word
class Within:
    """The request belongs to a dialog of this call."""

    machine: CallMachine


class Alive:
    """The request is an OPTIONS: somebody asks whether we are there."""


Verdict = NewCall | Within | Alive | Refusal


@word
class Reception:
    """Judges requests; changes nothing."""

    settings: AgentSettings
    targets: Targets
    lines: Lines
    calls: Calls
    composer: Composer
    occupied: Callable[[int], bool]
    """Whether the telephone of a line is in use."""
    doorman: Doorman

    @property
    def abilities(self) -> Abilities:
        """What we take and understand."""
        return self.composer.abilities

    def trusts(self, source: Address) -> bool:
        """Whether a call may come from there: from a server, or if there is none from ourselves.

        A gateway that is cut off joins its lines by calls to itself (HB-08).
        """
        if self.settings.any_source or self.targets.lists(source):
            return True
        return self.targets.isolated and source == self.composer.local

    def barred(self, source: Address) -> bool:
        """Whether nothing at all is taken from there; decided before anything is parsed."""
        if self.trusts(source):
            return False
        host = bare(source.host)
        return all(host not in machine.call.hosts for machine in self.calls)

    def unwelcome(self, request: Request, source: Address) -> str:
        """Why a request is dropped without an answer; empty: it is not."""
        if request.to.tag:
            known = self.within(request) or self.trusts(source)
            return "" if known else "not in a dialog with that peer"
        if not self.trusts(source):
            return "not one of our servers"
        if request.method not in {"INVITE", "CANCEL"} or not self.settings.contact_token:
            return ""
        target = request.target
        if isinstance(target, SipUri | TelUri) and self._by_token(target) is None:
            return "without the token of a Contact of ours"
        return ""

    def within(self, request: Request) -> bool:
        """Whether a request belongs to a dialog of ours."""
        return self.calls.find(DialogId.of_request(request)) is not None

    def judge(self, request: Request, source: Address, now: float) -> Verdict:
        """What a new request other than ACK and CANCEL is, or why it is refused."""
        if request.to.tag:
            machine = self.calls.find(DialogId.of_request(request))
            if machine is None:
                return Refusal(481)  # after a crash too, so that the far end clears (CO-01)
            return refused_always(request, self.abilities) or Within(machine)
        refusal = refused_outside(request, self.abilities)
        if refusal is not None:
            return refusal
        line = self.line_of(request)
        if request.method == "OPTIONS":
            asks = line if self.settings.busy_to_options else None
            busy = asks is not None and self.occupied(asks.identity.line)
            return Refusal(486, self.abilities.everything) if busy else Alive()
        if line is None:
            return Refusal(404)
        stopped = self.doorman.stops(request, line.identity, now)
        if stopped is not None and source != self.composer.local:
            return stopped
        if self.calls.merged(request, line.identity.line):
            return Refusal(482)
        if self.calls.live(line.identity.line) >= MOST_CALLS:
            return Refusal(503)
        return NewCall(line)

    def line_of(self, request: Request) -> Registration | None:
        """The line that a Request-URI means: by its token, or if that is allowed by number."""
        target = request.target
        if not isinstance(target, SipUri | TelUri):
            return None
        line = self._by_token(target)
        if line is not None and line is self.lines.group:
            return self.lines.numbered(called(request))
        if line is None and not self.settings.contact_token:
            number = number_of(NameAddr("", str(target)))
            line = self.lines.numbered(number)
        return line

    def _by_token(self, target: SipUri | TelUri) -> Registration | None:
        if isinstance(target, TelUri):
            return None
        return self.lines.of_token(target.user or "")
