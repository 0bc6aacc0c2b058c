"""Is that server alive? OPTIONS to one server, again and again (behaviours 4, sip 7.3).

Each server has a heartbeat of its own, the standby too (HB-01). Any final answer proves
life, but those that say that nobody is at work behind it (HB-02). A few losses in a row are
death; an answer is life again, but lines go back only to a server that has lived on for a
while (HB-06), so that one that comes and goes does not drag them along.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from firmware.machine import Timers
from firmware.sip.abilities import ACCEPT
from firmware.sip.compose import Composer
from firmware.sip.events import Address, AgentSettings, Server
from firmware.sip.message import Request, Response
from firmware.sip.roundtrips import Record
from firmware.sip.servers import Life, RoundTrips
from firmware.sip.timing import unanswered
from firmware.sip.tokens import call_id, first_cseq, tag

GOOD_IN_ROW = 3
"""So many answers in a row before the hold time begins (HB-06)."""
BUSY_BUT_THERE = frozenset({501, 505})
"""Server failures that only say that it does not know our request."""


class Timer(Enum):
    PROBE = auto()  # time for the next OPTIONS
    LOST = auto()  # the last has not been answered
    DRILL = auto()  # the rehearsal is over


@dataclass(frozen=True, slots=True)
class Located:
    """The server's addresses, the best first; empty: it cannot be asked (an input)."""

    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """It has answered another request of ours (an input)."""


@dataclass(frozen=True, slots=True)
class Drilled:
    """Be dead for so many seconds, whatever it answers (an input)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NoReply:
    """The OPTIONS came to nothing: 408 timed out, 503 could not be sent (an input)."""

    request: Request
    status: int
    why: str = ""
    """In words, if the transport has said."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this OPTIONS there."""

    request: Request
    target: Address


@dataclass(frozen=True, slots=True)
class Abandon:
    """Do not send this OPTIONS again, nor wait for its answer."""

    request: Request


@dataclass(frozen=True, slots=True)
class Judged:
    """It lives or it is dead, otherwise than before, or lines may go back to it some time."""

    address: Address | None = None
    """Where it was found alive."""


Input = Located | Heard | Drilled | Response | NoReply
Output = Ask | Abandon | Judged


class Heartbeat:
    """Asks one server, and judges it.

    Attributes:
        life: the judgement.
        since: when it became so; None: it has always been so.
        problem: why it is dead.
        returns_at: from when on lines may go back to it; None: it has not answered often
            enough yet.
        drilled: it is dead because a drill wants it so.
    """

    def __init__(self, server: Server, settings: AgentSettings, composer: Composer) -> None:
        self.life = Life.UNKNOWN
        self.since: float | None = None
        self.problem = ""
        self.returns_at: float | None = float("-inf")
        self.drilled = False
        self._server = server
        self._settings = settings
        self._composer = composer
        self._timers: Timers[Timer] = Timers()
        self._addresses: tuple[Address, ...] = ()
        self._at = 0
        self._sent: Request | None = None
        self._sent_at = 0.0
        self._lost = 0
        self._good = 0
        self._record = Record()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    @property
    def drill_ends_at(self) -> float | None:
        """When the rehearsal is over; None: there is none."""
        return self._timers.due(Timer.DRILL)

    def trips(self, now: float) -> RoundTrips:
        """Round-trip times and losses of the last 24 hours (HB-10)."""
        return self._record.sum(now)

    def start(self, now: float) -> None:
        """Begin one interval from now, or a little earlier: not all gateways at once."""
        if interval := self._settings.heartbeat_s:
            wait = interval * (1 - self._composer.dice.random() / 10)
            self._timers.start(Timer.PROBE, now + wait)

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case Located(addresses):
                if addresses != self._addresses:
                    self._addresses, self._at = addresses, 0
            case Heard() if self.life is Life.UNKNOWN:
                return self._alive(now)
            case Drilled(seconds):
                return self._drill(seconds, now)
            case Response() if self._sent and event.via.branch == self._sent.via.branch:
                return self._answered(event, now)
            case NoReply(request, status, why) if request is self._sent:
                return self._missed(unanswered(status, why), now)
        return []

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        while (timer := self._timers.pop_due(now)) is not None:
            match timer:
                case Timer.PROBE:
                    self._timers.start(Timer.PROBE, now + self._settings.heartbeat_s)
                    outputs += self._probe(now)
                case Timer.LOST if self._sent is not None:
                    outputs.append(Abandon(self._sent))
                    outputs += self._missed("no answer", now)
                case Timer.DRILL:
                    outputs += self._end_drill()
        return outputs

    # asking

    @property
    def _patience(self) -> float:
        """One OPTIONS at a time: it must be answered or lost before the next."""
        return min(self._settings.heartbeat_timeout_s, self._settings.heartbeat_s * 0.9)

    def _probe(self, now: float) -> list[Output]:
        if not self._addresses:
            return []
        self._sent, self._sent_at = self._options(), now
        self._timers.start(Timer.LOST, now + self._patience)
        return [Ask(self._sent, self._addresses[self._at % len(self._addresses)])]

    def _options(self) -> Request:
        """An OPTIONS of the box: who asks is its first line, without that line's Contact."""
        dice, lines = self._composer.dice, self._settings.lines
        user = lines[0].number if lines else "tipring"
        uri = f"sip:{self._server.name}"
        return self._composer.request(
            "OPTIONS",
            uri,
            names=(
                ("From", f"<sip:{user}@{self._settings.domain}>;tag={tag(dice)}"),
                ("To", f"<{uri}>"),
                ("Call-ID", call_id(dice)),
            ),
            cseq=first_cseq(dice),
            more=(("Contact", self._composer.contact()), ACCEPT),
        )

    # judging

    def _answered(self, response: Response, now: float) -> list[Output]:
        status = response.status
        if status < 200:
            return []
        if unwell(status):
            return self._missed(f"{status} {response.reason}".rstrip(), now)
        self._record.answered(now - self._sent_at, now)
        self._sent = None
        self._timers.stop(Timer.LOST)
        if self.drilled:
            return []
        self._lost = 0
        self._good += 1
        if self.life is not Life.ALIVE:
            return self._alive(now)
        if self._good < GOOD_IN_ROW or self.returns_at is not None:
            return []
        self.returns_at = now + self._settings.hold_s
        return [Judged()]

    def _missed(self, why: str, now: float) -> list[Output]:
        self._record.missed(now)
        self._sent = None
        self._timers.stop(Timer.LOST)
        self._good = 0
        self._lost += 1
        if self.returns_at is not None and now < self.returns_at:
            self.returns_at = None
        if self._lost < self._settings.heartbeat_lost:
            return []
        self._at += 1  # the next OPTIONS goes to its next address, if it has several
        if not self.drilled:
            self.problem = why
        return self._dead(now) if self.life is not Life.DEAD else []

    def _drill(self, seconds: float, now: float) -> list[Output]:
        if seconds <= 0:
            return self._end_drill()
        self.drilled = True
        self.problem = "drill"
        self._timers.start(Timer.DRILL, now + seconds)
        return self._dead(now)

    def _end_drill(self) -> list[Output]:
        """Life comes back with the next answer; without a heartbeat nothing is known again."""
        ends, self.drilled = self.drilled, False
        self._timers.stop(Timer.DRILL)
        if ends and not self._settings.heartbeat_s:
            self.life, self.problem, self.returns_at = Life.UNKNOWN, "", float("-inf")
        return [Judged()] if ends else []

    def _alive(self, now: float) -> list[Output]:
        self.life, self.since, self.problem = Life.ALIVE, now, ""
        found = self._addresses[self._at % len(self._addresses)] if self._addresses else None
        return [Judged(found)]

    def _dead(self, now: float) -> list[Output]:
        if self.life is not Life.DEAD:
            self.life, self.since = Life.DEAD, now
        self.returns_at = None
        self._good = 0
        return [Judged()]


def unwell(status: int) -> bool:
    """Whether a final status says that the server cannot work (HB-02, sip 7.3)."""
    return status == 408 or (500 <= status < 600 and status not in BUSY_BUT_THERE)
