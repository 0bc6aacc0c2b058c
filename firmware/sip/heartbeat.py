"""Find out whether one server lives, by asking it again and again (behaviours 4, sip 7.3).

Each server has a heartbeat of its own, the standby too (HB-01). Any final answer proves life,
except those which say that nobody works behind the server (HB-02). If an address is silent, the
next address of the same server is asked at once; the server lives where it answers. A few losses
in a row mean that it is dead. One answer means that it lives again, but lines go back to it only
when it has lived for a while (HB-06), so that a server that comes and goes does not drag them
along. A setting says what else than OPTIONS counts (HB-07).
"""

from __future__ import annotations

from enum import Enum, auto

from firmware.machine import Timers, word
from firmware.sip import retry
from firmware.sip.compose import Composer
from firmware.sip.events import Address, AgentSettings, Server
from firmware.sip.message import Request, Response
from firmware.sip.probe import Probe
from firmware.sip.roundtrips import Record
from firmware.sip.servers import Judge, Life, RoundTrips
from firmware.sip.targets import MOST_WAYS
from firmware.sip.timing import unanswered
from firmware.sip.tu import Abandon, Ask, Unanswered

GOOD_IN_ROW = 3
"""Answers in a row before the hold time begins (HB-06)."""
BUSY_BUT_THERE = frozenset({501, 505})
"""Server errors which only say that the server does not know our request."""


class Timer(Enum):
    PROBE = auto()  # time for the next question
    LOST = auto()  # the last has not been answered
    TRIAL = auto()  # a server that is left alone for a while may be tried again
    DRILL = auto()  # the rehearsal is over


@word
class Located:
    """The server's addresses, the best first; empty: it cannot be asked (an input)."""

    addresses: tuple[Address, ...]


@word
class Heard:
    """The server has answered another request of ours (an input)."""

    by: Judge


@word
class Missed:
    """The server has not answered another request of ours, or cannot work (an input)."""

    by: Judge
    why: str


@word
class Overloaded:
    """The server has asked, in answer to another request, to be left alone (an input)."""

    seconds: int


@word
class Drilled:
    """Count the server as dead for so many seconds, whatever it answers (an input)."""

    seconds: float


@word
class Inquired:
    """Ask the server now, unless it has been asked and has not answered yet (an input)."""


@word
class Judged:
    """The judgement has changed, or lines may go back to the server at another time."""

    address: Address | None = None
    """The address at which the server answered; None: it has not."""


Input = Located | Heard | Missed | Overloaded | Drilled | Inquired | Response | Unanswered
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
        self._settings = settings
        self._dice = composer.dice
        self._probe = Probe(server, settings, composer)
        self._timers: Timers[Timer] = Timers()
        self._addresses: tuple[Address, ...] = ()
        self._at = self._tried = 0
        self._sent: Request | None = None
        self._sent_at = 0.0
        self._lost = self._good = self._deaths = 0
        self._record = Record()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    @property
    def drill_ends_at(self) -> float | None:
        """When the drill is over; None: there is none."""
        return self._timers.due(Timer.DRILL)

    def trips(self, now: float) -> RoundTrips:
        """Round-trip times and losses of the last 24 hours (HB-10)."""
        return self._record.sum(now)

    def start(self, now: float) -> None:
        """Begin at any moment of the first interval: thousands may begin together (C05)."""
        if interval := self._settings.heartbeat_s:
            self._timers.start(Timer.PROBE, now + interval * self._dice.random())

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case Located(addresses):
                if addresses[:MOST_WAYS] != self._addresses:
                    self._addresses, self._at = addresses[:MOST_WAYS], 0
            case Heard(by):
                return self._heard(by, now)
            case Missed(by, why) if by is self._judge and by is not Judge.OPTIONS:
                return self._missed(why, now)
            case Overloaded(seconds):
                return self._rest(seconds, now)
            case Drilled(seconds):
                return self._drill(seconds, now)
            case Inquired() if self._sent is None:
                self._tried = 0
                return self._ask(now)
            case Response() if self._sent and event.via.branch == self._sent.via.branch:
                return self._answered(event, now)
            case Unanswered(request, status, why) if request is self._sent:
                return self._silent(unanswered(status, why), now)
        return []

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        while (timer := self._timers.pop_due(now)) is not None:
            match timer:
                case Timer.PROBE:
                    self._timers.start(Timer.PROBE, now + self._settings.heartbeat_s)
                    self._tried = 0
                    outputs += self._ask(now)
                case Timer.LOST if self._sent is not None:
                    outputs.append(Abandon(self._sent))
                    outputs += self._silent("no answer", now)
                case Timer.TRIAL if not self._settings.heartbeat_s and self.life is Life.DEAD:
                    self.life, self.returns_at, self._lost = Life.UNKNOWN, now, 0
                    outputs.append(Judged())
                case Timer.DRILL:
                    outputs += self._end_drill()
        return outputs

    # asking

    @property
    def _patience(self) -> float:
        """Seconds to wait for an answer: every address has its turn before the next beat."""
        most = self._settings.heartbeat_timeout_s
        share = self._settings.heartbeat_s * 0.9 / max(len(self._addresses), 1)
        return min(most, share) if share else most

    def _ask(self, now: float) -> list[Output]:
        if not self._addresses:
            return []
        self._tried += 1
        self._sent, self._sent_at = self._probe.write(), now
        self._timers.start(Timer.LOST, now + self._patience)
        return [Ask(self._sent, self._address)]

    @property
    def address(self) -> Address | None:
        """The address that is asked; None: none is known."""
        return self._address if self._addresses else None

    @property
    def _address(self) -> Address:
        return self._addresses[self._at % len(self._addresses)]

    # judging

    @property
    def _judge(self) -> Judge:
        return self._settings.judge

    def _answered(self, response: Response, now: float) -> list[Output]:
        status = response.status
        if status < 200:
            return []
        if unwell(status) and (status == 408 or self._settings.unwell_is_lost):
            if status == 503 and response.retry_after is not None and self._last_address:
                self._sent = None
                self._timers.stop(Timer.LOST)
                self._record.missed(now)
                return self._rest(response.retry_after, now)
            return self._silent(f"{status} {response.reason}".rstrip(), now)
        self._record.answered(now - self._sent_at, now)
        self._sent = None
        self._timers.stop(Timer.LOST)
        if self.drilled or (self.life is Life.DEAD and Timer.TRIAL in self._timers):
            return []
        if self._judge is not Judge.INVITE:
            self._lost = 0
        self._good += 1
        if self.life is not Life.ALIVE:
            return self._alive(now)
        found = [Judged(self._address)] if self._at % len(self._addresses) else []
        if self._good < GOOD_IN_ROW or self.returns_at is not None:
            return [*found]
        self.returns_at = now + self._settings.hold_s
        return [Judged(self._address)]

    @property
    def _last_address(self) -> bool:
        """All addresses have had their turn, and OPTIONS count."""
        return self._tried >= len(self._addresses) and self._judge is not Judge.INVITE

    def _rest(self, seconds: int, now: float) -> list[Output]:
        """The server asks to be left alone for some seconds: it counts as dead so long (C04)."""
        wait = retry.as_asked(seconds, self._dice)
        if not self.drilled:
            self.problem = f"503, to be left alone for {round(wait)} s"
        judged = self._dead(now)
        if now + wait > (self._timers.due(Timer.TRIAL) or now):
            self._timers.start(Timer.TRIAL, now + wait)
        return judged

    def _silent(self, why: str, now: float) -> list[Output]:
        """Nothing good came from that address: ask the next one at once."""
        self._sent = None
        self._timers.stop(Timer.LOST)
        self._at += 1
        if self._tried < len(self._addresses):
            return self._ask(now)
        self._record.missed(now)
        if self._judge is not Judge.INVITE:
            return self._missed(why, now)
        self._good = 0
        return []

    def _heard(self, by: Judge, now: float) -> list[Output]:
        """Take an answer to another request: it ends ignorance, or counts as the setting says."""
        if self.life is Life.UNKNOWN:
            return self._alive(now)
        if by is self._judge and not self.drilled:
            self._lost = self._deaths = 0
            if self.life is Life.DEAD:
                return self._alive(now)
        return []

    def _missed(self, why: str, now: float) -> list[Output]:
        self._good = 0
        self._lost += 1
        if self.returns_at is not None and now < self.returns_at:
            self.returns_at = None
        if self._lost < self._settings.heartbeat_lost:
            return []
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
        """End the drill; the next answer brings life back. Without heartbeats nothing is known."""
        ends, self.drilled = self.drilled, False
        self._timers.stop(Timer.DRILL)
        if ends and not self._settings.heartbeat_s:
            self.life, self.problem, self.returns_at = Life.UNKNOWN, "", float("-inf")
        return [Judged()] if ends else []

    def _alive(self, now: float) -> list[Output]:
        self.life, self.since, self.problem = Life.ALIVE, now, ""
        self._lost = 0
        return [Judged(self._address if self._addresses else None)]

    def _dead(self, now: float) -> list[Output]:
        if self.life is not Life.DEAD:
            self.life, self.since = Life.DEAD, now
            if self._judge is Judge.INVITE and not self.drilled:
                self._deaths += 1
                base, first = self._settings.register_retry_base, retry.OTHER_WORKS
                wait = retry.back_off(self._deaths, base, self._dice, first=first)
                self._timers.start(Timer.TRIAL, now + wait)
        self.returns_at = None
        self._good = 0
        return [Judged()]


def unwell(status: int) -> bool:
    """Whether a final status says that the server cannot work (HB-02, sip 7.3)."""
    return status == 408 or (500 <= status < 600 and status not in BUSY_BUT_THERE)
