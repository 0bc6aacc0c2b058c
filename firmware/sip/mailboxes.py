"""The mailboxes of all lines: who is told of messages, subscribed or not (RFC 3842).

A NOTIFY in no dialog is taken from a line's servers alone, who send it unasked; one in a
dialog belongs to a subscription of ours, or is refused with 481.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.errors import SipError
from firmware.sip import events as said
from firmware.sip.abilities import Abilities
from firmware.sip.admission import refused_always
from firmware.sip.call.parts import Hop
from firmware.sip.compose import Composer
from firmware.sip.events import AgentSettings, MailboxReport, RegisterStatus
from firmware.sip.matching import Key
from firmware.sip.message import Request
from firmware.sip.registration import Registration
from firmware.sip.settings import Mail
from firmware.sip.subscription import (
    Account,
    Bound,
    Notified,
    Output,
    Subscription,
    Unbound,
)
from firmware.sip.summary import MEDIA_TYPE, PACKAGE, package_of, waiting
from firmware.sip.tu import Abandon, Ask

if TYPE_CHECKING:
    from firmware.sip.switchboard import Switchboard

ALLOW_EVENTS = ("Allow-Events", PACKAGE)
ACCEPT = ("Accept", MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a NOTIFY, and what follows from it."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    of: Subscription | None = None
    outputs: tuple[Output, ...] = ()


class Mailboxes:
    """The mailboxes of all lines of one agent.

    Args:
        settings: of the agent.
        composer: writes the requests.
        lines: with their registrations.
        hop_of: where requests of a line go, and by which route.
    """

    def __init__(
        self,
        settings: AgentSettings,
        composer: Composer,
        lines: Mapping[int, Registration],
        hop_of: Callable[[Registration], Hop | None],
    ) -> None:
        self.on = settings.mail is not Mail.OFF
        self._settings = settings
        self._composer = composer
        self._lines = lines
        self._hop_of = hop_of
        self._subscriptions: dict[int, tuple[Registration, Subscription]] = {}

    def follow(self, line: Registration, now: float) -> list[tuple[Subscription, list[Output]]]:
        """Subscribe, or stop that: the binding of `line` has changed."""
        if self._settings.mail is not Mail.SUBSCRIBE:
            return []
        number, over = line.identity.line, list[tuple[Subscription, list[Output]]]()
        whose, machine = self._subscriptions.get(number, (None, None))
        if machine is None or whose is not line:  # the line is another now
            if machine is not None:
                over.append((machine, machine.feed(Unbound(), now)))
            machine = Subscription(
                Account(
                    number,
                    f"sip:{line.identity.number}@{self._settings.domain}",
                    line.token,
                    line.call_authenticator,
                ),
                self._composer,
                self._settings.register_retry_base,
            )
            self._subscriptions[number] = line, machine
        bound = line.state.status is RegisterStatus.REGISTERED
        hop = self._hop_of(line) if bound else None
        event = Unbound() if hop is None else Bound(hop.target, hop.routes)
        return [*over, (machine, machine.feed(event, now))]

    def notified(self, request: Request, line: int, now: float) -> Verdict:
        """Judge a NOTIFY; `line` is the one that its Request-URI means, 0: none."""
        refusal = refused_always(request, self._abilities)
        if refusal is not None:
            return Verdict(refusal.status, refusal.headers)
        if package_of(request) != PACKAGE:
            return Verdict(489, (ALLOW_EVENTS,))
        try:
            return self._taken(request, line, now)
        except SipError as error:
            return Verdict(error.status, (ACCEPT,) if error.status == 415 else ())

    def _taken(self, request: Request, line: int, now: float) -> Verdict:
        if request.to.tag:
            machines = (machine for _, machine in self._subscriptions.values())
            machine = next((one for one in machines if one.owns(request)), None)
            if machine is None:
                return Verdict(481)
            outputs = machine.feed(Notified(request), now)
            return Verdict(machine.status, (), machine, tuple(outputs))
        if line not in self._lines:
            return Verdict(404)
        count = waiting(request)
        report = () if count is None else (MailboxReport(line, count),)
        return Verdict(200, (), None, report)

    @property
    def _abilities(self) -> Abilities:
        return self._composer.abilities


def notified(board: Switchboard, key: Key, request: Request, now: float) -> list[said.Output]:
    """Answer a NOTIFY, and carry out what follows."""
    line = board.reception.line_of(request)
    verdict = board.mailboxes.notified(request, line.identity.line if line else 0, now)
    outputs = board.answer(key, request, verdict.status, now, *verdict.headers)
    return outputs + subscribed(board, verdict.of, verdict.outputs, now)


def subscribed(
    board: Switchboard, machine: Subscription | None, did: Iterable[Output], now: float
) -> list[said.Output]:
    """Carry out what a subscription wants; None: a server has told us unasked."""
    if machine is not None:
        board.agenda.note(machine)
    outputs: list[said.Output] = []
    for output in did:
        match output:
            case Ask(request, target) if machine is not None:
                asked = board.transactions.ask(request, target, machine, now)
                outputs += board.transacted(asked, now)
            case Abandon(request):
                outputs += board.transacted(board.transactions.abandon(request), now)
            case MailboxReport():
                outputs.append(output)
    return outputs
