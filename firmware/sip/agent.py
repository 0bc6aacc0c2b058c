"""The user agent: what the rest of the gateway talks to.

    agent = UserAgent(settings, dice)
    outputs = agent.start(now)
    outputs = agent.feed(Invite(agent.new_call(), line=1, number="8001", media=...), now)

A machine like all others; `firmware.sip.events` holds its inputs and outputs. The machines that
it is made of are joined in `firmware.sip.switchboard`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.errors import SipError
from firmware.sip import moves, together
from firmware.sip.events import (
    Accept,
    Address,
    AddressChanged,
    AgentSettings,
    Alert,
    CarryOver,
    Datagram,
    Deregister,
    Fax,
    Garbled,
    HangUp,
    Hold,
    Input,
    Invite,
    Leave,
    LineChanged,
    LineIdentity,
    LoseCodecs,
    Output,
    Reconnected,
    Refuse,
    Register,
    RegisterStatus,
    RegistrationState,
    Reoffer,
    Resolved,
    Resume,
    SessionState,
    TellDigit,
    TransportFailed,
)
from firmware.sip.servers import Drill, GoBack, Inquire, ServerState
from firmware.sip.switchboard import Switchboard
from firmware.sip.tokens import Dice


class UserAgent:
    """All lines, all calls, all transactions of one signalling address.

    Args:
        settings: of the configuration.
        dice: where tags, branches, Call-IDs, tokens and jitter come from; in the field a
            `firmware.dice.SystemDice`, because tags and tokens must not be guessed.
        occupied: whether the telephone of a line is in use; lines go back to a preferred
            server only while it is not (HB-06).
    """

    def __init__(
        self,
        settings: AgentSettings,
        dice: Dice,
        occupied: Callable[[int], bool] = lambda _line: False,
    ) -> None:
        self.settings = settings
        self.board = Switchboard(settings, dice, occupied)

    # the machine

    @property
    def deadline(self) -> float | None:
        return self.board.deadline

    def start(self, now: float, lines: Iterable[int] | None = None) -> list[Output]:
        """Begin: look the servers up and register.

        Args:
            now: monotonic seconds.
            lines: which to register at once; None: all. The others wait for `Register`.
        """
        board = self.board
        outputs = board.served(board.failover.start(now), now)
        for number in board.lines if lines is None else lines:
            outputs += self.feed(Register(number), now)
        return outputs

    def feed(self, event: Input, now: float) -> list[Output]:
        board = self.board
        match event:
            case Datagram() | Garbled() | TransportFailed() | Reconnected():
                return self._transported(event, now)
            case Invite():
                return board.invite(event, now)
            case (
                Alert() | Accept() | Refuse() | HangUp() | Hold() | Resume() | Reoffer()
                | TellDigit() | Fax()
            ):  # fmt: skip
                call = board.calls.get(event.call)
                return [] if call is None else board.called(call, call.feed(event, now), now)
            case Register() | Deregister():
                return self._told(event, now)
            case LoseCodecs(codecs):
                board.lose(codecs)
                return []
            case Leave():
                return [o for m in [*board.calls] for o in board.called(m, m.leave(), now)]
            case AddressChanged() | CarryOver():
                return moves.moved(board, event, now)
            case LineChanged():
                return board.rename(event, now)
            case Resolved() | Drill() | GoBack() | Inquire():
                return board.served(board.failover.feed(event, now), now)

    def _told(self, event: Register | Deregister, now: float) -> list[Output]:
        if isinstance(event, Register):  # not all at the same instant
            event = Register(event.line, self.board.failover.pace.slot(now, event.after_s))
        lines = self.board.lines
        if lines.group is not None:
            return together.told(self.board, event, now)
        line = lines[event.line]
        return self.board.bound(line, line.feed(event, now), now)

    def _transported(
        self, event: Datagram | Garbled | TransportFailed | Reconnected, now: float
    ) -> list[Output]:
        board = self.board
        match event:
            case Datagram(data, source):
                return board.received(data, source, now)
            case Garbled(data, source, why, status):
                return board.malformed(data, SipError(why, status=status), source)
            case TransportFailed(target, reason, sent):
                return board.unreachable(target, reason, sent, now)
            case Reconnected(target):
                return moves.reconnect(board, target, now)

    def tick(self, now: float) -> list[Output]:
        return self.board.tick(now)

    # for the owner, besides

    def new_call(self) -> int:
        """The number of the next call; calls that come in take theirs from here too."""
        return self.board.new_call()

    def registration(self, line: int) -> RegistrationState:
        """How the binding of `line` stands."""
        return self.board.lines[line].state

    def identity(self, line: int) -> LineIdentity | None:
        """Who `line` is; None: there is no such line."""
        machine = self.board.lines.get(line)
        return None if machine is None else machine.identity

    def session(self, call: int) -> SessionState | None:
        """The session timer of `call`, if one runs."""
        machine = self.board.calls.get(call)
        return None if machine is None else machine.session

    def call_of(self, line: int, call_id: str) -> int:
        """The call of `line` with that Call-ID; 0: there is none, or no longer."""
        calls = (machine.call for machine in self.board.calls if machine.call.party.line == line)
        return next((c.id for c in calls if c.invite and c.invite.call_id == call_id), 0)

    def barred(self, source: Address) -> bool:
        """Whether requests from `source` are dropped unread."""
        return self.board.reception.barred(source)

    def uses(self, target: Address) -> bool:
        """Whether that is one of our servers, at the address and by the transport we use."""
        return any(target in server.addresses for server in self.board.failover.targets)

    @property
    def bound_at(self) -> set[Address]:
        """Where lines are registered at this moment."""
        lines = self.board.lines.registering
        bound = (line for line in lines if line.state.status is RegisterStatus.REGISTERED)
        return {line.way.address for line in bound if line.way is not None}

    def servers(self, now: float) -> list[ServerState]:
        """How the servers stand, in order of preference."""
        return self.board.failover.states(now)

    @property
    def peer(self) -> Address | None:
        """Where the requests of the box go at this moment; None: nowhere."""
        way = self.board.failover.first_way
        return None if way is None else way.address

    def server_lives(self, line: int) -> bool:
        """Whether the server that `line` uses has answered, and not been missed since."""
        return self.board.failover.lives(self.board.lines.account(line))

    @property
    def busy(self) -> bool:
        """Something is still to be done on the wire: a call, or a transaction."""
        return bool(len(self.board.calls) or len(self.board.transactions))

    @property
    def releasing(self) -> bool:
        """Some call is over for its owner, while its CANCEL or BYE is still on the way."""
        return self.board.calls.ending
