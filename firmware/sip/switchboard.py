"""The switchboard: who carries what one machine wants done to the machine that does it.

The machines of the user agent do not know each other: the transactions, one registration a
line, one machine a call, the servers with their heartbeats. Each returns outputs; here an
output for another machine becomes that machine's input, and what is left is for the owner.
What comes in by datagram goes through `firmware.sip.reception` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.causes import Code, cause
from firmware.errors import SipError
from firmware.sip import hearsay, layer, moves, together
from firmware.sip import registering as binding
from firmware.sip.abilities import abilities_of
from firmware.sip.admission import Refusal, look
from firmware.sip.agenda import Agenda
from firmware.sip.beginnings import Beginnings
from firmware.sip.call import events as calling
from firmware.sip.call.machine import CallMachine
from firmware.sip.calls import Calls
from firmware.sip.compose import Composer
from firmware.sip.credentials import bare_of_challenges, bare_of_credentials
from firmware.sip.dialog import DialogId
from firmware.sip.doorman import Doorman
from firmware.sip.events import (
    Address,
    AgentSettings,
    Dropped,
    Ended,
    Invite,
    LineChanged,
    Output,
    RegistrationReport,
    Resolve,
    Send,
)
from firmware.sip.failover import Answered, Assigned, Failed, Failover, Probe, Pulse, Settled
from firmware.sip.failover import Output as FailoverOutput
from firmware.sip.heartbeat import Heartbeat
from firmware.sip.lines import Lines
from firmware.sip.mailboxes import Mailboxes, notified, subscribed
from firmware.sip.mapping import Mapping
from firmware.sip.matching import Key
from firmware.sip.message import Request, is_keepalive, parse, refusal
from firmware.sip.reception import Alive, NewCall, Reception, Within
from firmware.sip.registration import Registration
from firmware.sip.servers import Judge, ServerReport
from firmware.sip.subscription import Subscription
from firmware.sip.timing import Timing
from firmware.sip.tokens import Dice, tag
from firmware.sip.transactions import A_LINE, MOST, Transactions
from firmware.sip.tu import Abandon, Ask, Unanswered

User = CallMachine | Registration | Heartbeat | Subscription


class Switchboard:
    """All machines of one user agent, and the wires between them.

    Args:
        settings: of the configuration.
        dice: where tags, branches, Call-IDs, tokens and jitter come from.
        occupied: whether the telephone of a line is in use.
    """

    def __init__(
        self, settings: AgentSettings, dice: Dice, occupied: Callable[[int], bool]
    ) -> None:
        self._dice = dice
        able, tells = abilities_of(settings), settings.tells_reason
        self.composer = Composer(settings.local, settings.user_agent, dice, able, tells)
        self.failover = Failover(settings, self.composer, occupied)
        self._targets = self.failover.targets
        self.transactions: Transactions[User] = Transactions(
            Timing(settings.t1, settings.t2, settings.t4),
            most=max(MOST, A_LINE * len(settings.lines)),
        )
        self.calls = Calls()
        self.agenda: Agenda[Failover | CallMachine | Registration | Subscription] = Agenda()
        self.lines = Lines(settings, self.composer)
        self._beginnings = Beginnings(settings, self.composer, self.failover, self.lines)
        hop_of = self._beginnings.hop_of
        self.mailboxes = Mailboxes(settings, self.composer, self.lines, hop_of)
        self.reception = Reception(
            settings, self._targets, self.lines, self.calls, self.composer, occupied,
            Doorman(settings, self.lines, dice),
        )  # fmt: skip
        self.mapping = Mapping()
        self.last_call = 0

    @property
    def deadline(self) -> float | None:
        """When `tick` is due; None: nothing waits for time."""
        own, theirs = self.agenda.next, self.transactions.deadline
        return theirs if own is None else own if theirs is None else min(own, theirs)

    def tick(self, now: float) -> list[Output]:
        """Let time reach every machine that waits for it."""
        outputs = self.transacted(self.transactions.tick(now), now)
        while (due := self.agenda.pop_due(now)) is not None:
            match due:
                case Failover():
                    outputs += self.served(due.tick(now), now)
                case Registration():
                    outputs += self.bound(due, due.tick(now), now)
                case CallMachine():
                    outputs += self.called(due, due.tick(now), now)
                case Subscription():
                    outputs += subscribed(self, due, due.tick(now), now)
        return outputs

    def new_call(self) -> int:
        """The number of the next call."""
        self.last_call += 1
        return self.last_call

    # what comes in

    def received(self, data: bytes, source: Address, now: float) -> list[Output]:
        if is_keepalive(data):
            return []
        if self.reception.barred(source) and not self.transactions.awaits(data):
            return [Dropped(source, "not one of our servers")]
        try:
            message = parse(data)
            look(message)
        except SipError as error:
            return self.malformed(data, error, source)
        urgent = False
        if isinstance(message, Request):
            unwelcome = self.reception.unwelcome(message, source)
            if unwelcome:
                return [Dropped(source, f"{message.method}: {unwelcome}")]
            urgent = self.reception.within(message)
        did = self.transactions.receive(message, source, now, urgent=urgent)
        return self.transacted(did, now)

    def malformed(self, data: bytes, error: SipError, source: Address) -> list[Output]:
        """A request gets its refusal, without any state; a response is dropped."""
        outputs: list[Output] = [Dropped(source, str(error))]
        answer = refusal(data, error) if self._targets.lists(source) else None
        return outputs if answer is None else [Send(answer.encode(), source), *outputs]

    def unreachable(self, target: Address, why: str, sent: bytes, now: float) -> list[Output]:
        """What was sent there does not arrive."""
        return self.transacted(self.transactions.unreachable(target, now, why, sent), now)

    def _arrived(self, arrived: layer.Arrived, now: float) -> list[Output]:
        request, key = arrived.request, arrived.key
        match request.method:
            case "ACK":
                machine = self.calls.find(DialogId.of_request(request))
                if machine is None:
                    return [Dropped(arrived.source, "ACK: in no dialog of ours")]
                return self.called(machine, machine.feed(calling.Acked(request), now), now)
            case "CANCEL":
                return self._cancelled(key, request, now)
            case "NOTIFY" if self.mailboxes.on:
                return notified(self, key, request, now)
        match self.reception.judge(request, arrived.source, now):
            case Within(machine):
                self._own(key, machine)
                event = calling.Requested(key, request)
                return self.called(machine, machine.feed(event, now), now)
            case NewCall(line):
                return self._offered(key, request, arrived.source, line, now)
            case Alive():
                return self.answer(key, request, 200, now, *self.composer.abilities.everything)
            case Refusal(status, headers):
                outputs = self.answer(key, request, status, now, *headers)
                if status == 503:
                    outputs.append(
                        Dropped(arrived.source, f"{request.method}: 503, too many calls")
                    )
                return outputs

    def _cancelled(self, key: Key, request: Request, now: float) -> list[Output]:
        """CANCEL is answered by itself, always 200 if there is an INVITE to it (FC-04)."""
        found = self.transactions.invite_of(request)
        if found is None:
            return self.answer(key, request, 481, now)
        machine = found.user
        if not isinstance(machine, CallMachine):
            return self.answer(key, request, 200, now)
        ok = self.composer.response(request, 200, to_tag=machine.call.tag)  # FC-05
        outputs = self.transacted(self.transactions.answer(key, ok, now), now)
        return outputs + self.called(machine, machine.feed(calling.Cancelled(request), now), now)

    def _strayed(self, stray: layer.Stray, now: float) -> list[Output]:
        """A response to nothing is dropped, but who lifts too late is told so."""
        response = stray.response
        answers = response.cseq.method == "INVITE" and 200 <= response.status < 300
        machine = self.calls.ghost(response) if answers and len(response.vias) == 1 else None
        if machine is None or machine.call.invite is None:
            why = f"{response.status} to {response.cseq.method}: no such transaction"
            return [Dropped(stray.source, why)]
        event = calling.Responded(machine.call.invite, response)
        return self.called(machine, machine.feed(event, now), now)

    def _offered(
        self, key: Key, request: Request, source: Address, line: Registration, now: float
    ) -> list[Output]:
        call, name = self._beginnings.called(self.new_call(), line, key, request, source)
        machine = CallMachine(call)
        self.calls.add(machine)
        self.calls.began(machine, request)
        self._own(key, machine)
        return self.called(machine, machine.offered(name, now), now)

    # what goes out

    def lose(self, codecs: tuple[str, ...]) -> None:
        """These codecs cannot be spoken any more, in new calls as in those that there are."""
        around = self._beginnings.without(codecs)
        for machine in self.calls:
            machine.call.around = around

    def invite(self, event: Invite, now: float) -> list[Output]:
        """Place a call, if any server can be reached."""
        begun = self._beginnings.calling(event)
        if begun is None:
            why = cause(Code.NO_SERVER, servers=self._targets.names)
            return [Ended(event.call, why)]
        call, target = begun
        machine = CallMachine(call)
        self.calls.add(machine)
        return self.called(machine, machine.place(event, target, now), now)

    def answer(
        self, key: Key, request: Request, status: int, now: float, *more: tuple[str, str]
    ) -> list[Output]:
        response = self.composer.response(request, status, to_tag=tag(self._dice), more=more)
        return self.transacted(self.transactions.answer(key, response, now), now)

    def rename(self, event: LineChanged, now: float) -> list[Output]:
        """A line is another from now on; what is left of the old one says nothing any more."""
        self.lines.rename(event.line, event.identity)
        if self.lines.group is not None:
            return []  # it is registered when it is told to, with the others
        return self.served(self.failover.rename(event.line, event.identity, now), now)

    # carrying outputs on

    def transacted(self, did: Iterable[layer.Output[User]], now: float) -> list[Output]:
        """Carry on what the transactions want done."""
        outputs: list[Output] = []
        for output in did:
            match output:
                case layer.Wire():
                    outputs.append(Send(output.message.encode(), output.target))
                case layer.Reply():
                    outputs += self._replied(output, now)
                case layer.Closed(CallMachine() as user):
                    self.calls.closed(user)
                case layer.Arrived():
                    outputs += self._arrived(output, now)
                case layer.NoReply():
                    outputs += self._unanswered(output, now)
                case layer.Stray():
                    outputs += self._strayed(output, now)
                case layer.Overloaded(request, source):
                    outputs.append(Dropped(source, f"{request.method}: 503, too many requests"))
        return outputs

    def _replied(self, reply: layer.Reply[User], now: float) -> list[Output]:
        """Somebody has answered a request of ours."""
        user, response, heeded = reply.user, reply.response, list[Output]()
        match user:
            case CallMachine():
                if not self._targets.lists(reply.target):
                    response = bare_of_challenges(response)
                if self.failover.heeds(Judge.INVITE, response.status):
                    said = hearsay.answered(self._targets, user, reply.request, response)
                    heeded = self._tell(said, now)
                did = user.feed(calling.Responded(reply.request, response), now)
                return heeded + self.called(user, did, now)
            case Registration():
                if self.failover.heeds(Judge.REGISTER, response.status):
                    heeded = self._tell(hearsay.register(user, response), now)
                asked_at = user.way.address if user.way else None
                heeded += self.bound(user, user.feed(response, now), now)
            case Heartbeat():
                asked_at = user.address
                heeded += self.served(self.failover.feed(Pulse(user, response), now), now)
            case Subscription():
                return subscribed(self, user, user.feed(response, now), now)
        return heeded + moves.seen(self, asked_at, response, now)

    def _unanswered(self, lost: layer.NoReply[User], now: float) -> list[Output]:
        """A request of ours came to nothing."""
        user, event = lost.user, Unanswered(lost.request, lost.status, lost.why)
        match user:
            case CallMachine():
                said = self._tell(hearsay.unanswered(self._targets, user, lost.request), now)
                return said + self.called(user, user.feed(event, now), now)
            case Registration():
                said = self._tell(hearsay.register(user), now)
                return said + self.bound(user, user.feed(event, now), now)
            case Heartbeat():
                return self.served(self.failover.feed(Pulse(user, event), now), now)
            case Subscription():
                return subscribed(self, user, user.feed(event, now), now)

    def called(
        self, machine: CallMachine, did: Iterable[calling.Output], now: float
    ) -> list[Output]:
        """Carry on what a call wants done."""
        self.agenda.note(machine)
        outputs: list[Output] = []
        for output in did:
            match output:
                case Ask(request, target):
                    outputs += self._asked(machine, request, target, now)
                case calling.Answer():
                    answered = self.transactions.answer(output.key, output.response, now)
                    outputs += self.transacted(answered, now)
                case calling.SendAck():
                    wire = self.transactions.pass_on(output.ack, output.target, now)
                    outputs.append(Send(wire.message.encode(), wire.target))
                case calling.Opened():
                    self.calls.index(output.dialog, machine)
                case Abandon(request):
                    outputs += self.transacted(self.transactions.abandon(request), now)
                case calling.Hush(invite):
                    if self.transactions.unanswered(invite):
                        outputs += self._tell(hearsay.left(self._targets, machine, invite), now)
                    outputs += self.transacted(self.transactions.hush(invite, now), now)
                case _:
                    outputs.append(output)
        self.calls.forget_if_done(machine)
        return outputs

    def _asked(
        self, machine: CallMachine, request: Request, target: Address, now: float
    ) -> list[Output]:
        self.calls.opened(machine)
        if not self._targets.lists(target):
            request = bare_of_credentials(request)
        return self.transacted(self.transactions.ask(request, target, machine, now), now)

    def bound(self, line: Registration, did: Iterable[binding.Output], now: float) -> list[Output]:
        """Carry on what a registration wants done."""
        self.agenda.note(line)
        outputs: list[Output] = []
        for output in did:
            match output:
                case Ask(request, target):
                    asked = self.transactions.ask(request, target, line, now)
                    outputs += self.transacted(asked, now)
                case Abandon(request):
                    outputs += self.transacted(self.transactions.abandon(request), now)
                case binding.Moved(way, not_before):
                    settled = Settled(line.identity.line, way, not_before)
                    outputs += self.served(self.failover.feed(settled, now), now)
                case binding.LookUp():
                    outputs += self._targets.look_up(now)
                    self.agenda.note(self.failover)
                case RegistrationReport() if line is self.lines.group:
                    outputs += together.followed(self, now)
                case RegistrationReport() if self.lines.knows(line):
                    outputs += [output, *moves.bound(self, output, now)]
                    for machine, wanted in self.mailboxes.follow(line, now):
                        outputs += subscribed(self, machine, wanted, now)
        return outputs

    def served(self, did: Iterable[FailoverOutput], now: float) -> list[Output]:
        """Carry on what the servers and their heartbeats want done."""
        self.agenda.note(self.failover)
        outputs: list[Output] = []
        for output in did:
            match output:
                case Probe(beat, request, target):
                    asked = self.transactions.ask(request, target, beat, now)
                    outputs += self.transacted(asked, now)
                case Abandon(request):
                    outputs += self.transacted(self.transactions.abandon(request), now)
                case Assigned(number, change):
                    line = self.lines.registers(number)
                    outputs += self.bound(line, line.feed(change, now), now)
                case Resolve() | ServerReport():
                    outputs.append(output)
        return outputs

    def _tell(self, of_a_server: Answered | Failed | None, now: float) -> list[Output]:
        """A server is judged by more than its heartbeat (HB-07)."""
        if of_a_server is None:
            return []
        return self.served(self.failover.feed(of_a_server, now), now)

    def _own(self, key: Key, machine: CallMachine) -> None:
        self.transactions.own(key, machine)
        self.calls.opened(machine)
