"""The servers with their heartbeats, and what each line is told of them (HB-04 to HB-08).

The most preferred server that lives is chosen for the box. When it dies another is chosen at once:
calls go there from that instant on, and the REGISTERs of the lines follow one after another. When
a more preferred server comes back to life, lines go back to it one by one, each while nobody uses
its telephone, and only if they may (`firmware.sip.homing`). Calls that are talking stay where they
are: their dialogs know the way.

A line whose registrar fails goes to another server by itself. It comes back after a pause, if the
other server is still the chosen one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.machine import word
from firmware.sip import heartbeat
from firmware.sip.compose import Composer
from firmware.sip.events import (
    Address,
    AgentSettings,
    LineIdentity,
    Resolve,
    Resolved,
    Server,
)
from firmware.sip.heartbeat import Heartbeat
from firmware.sip.homing import Homing
from firmware.sip.message import Request
from firmware.sip.pace import Pace
from firmware.sip.registering import ServerChanged
from firmware.sip.servers import (
    Drill,
    GoBack,
    Inquire,
    Judge,
    Life,
    ServerReport,
    ServerState,
)
from firmware.sip.spared import Spared
from firmware.sip.targets import Targets, Way
from firmware.sip.tu import Abandon, Ask


@word
class Settled:
    """A line has registered at another address, or server, than it was told to (an input)."""

    line: int
    way: Way
    not_before: float
    """If it is another server: the line must not be sent back before this instant."""


@word
class Answered:
    """A server has answered another request than an OPTIONS of its heartbeat (an input)."""

    server: Server
    by: Judge


@word
class Failed:
    """A server has not answered such a request, or has said that it cannot work (an input)."""

    server: Server
    by: Judge
    why: str
    leave_s: int | None = None
    """Seconds for which it asks to be left alone (503 with Retry-After); None: it does not."""


@word
class Pulse:
    """What has come of an OPTIONS (an input)."""

    beat: Heartbeat
    event: heartbeat.Input


@word
class Probe:
    """Send this OPTIONS; its result comes back as a `Pulse` of the same heartbeat."""

    beat: Heartbeat
    request: Request
    target: Address


@word
class Assigned:
    """Tell the line where it may register now."""

    line: int
    change: ServerChanged


Input = Resolved | Drill | GoBack | Inquire | Settled | Answered | Failed | Pulse
Output = Resolve | Probe | Abandon | Assigned | ServerReport


class Failover:
    """The servers with their heartbeats, and the lines with theirs.

    Args:
        settings: of the agent.
        composer: writes the OPTIONS.
        occupied: whether a line's telephone is in use.

    Attributes:
        targets: the servers.
        pace: when lines that have something to register at the same time may do so.
    """

    def __init__(
        self, settings: AgentSettings, composer: Composer, occupied: Callable[[int], bool]
    ) -> None:
        self.targets = Targets(settings.servers)
        self._settings = settings
        self._beats = [Heartbeat(server, settings, composer) for server in settings.servers]
        self._homing = Homing(settings, self.targets, self._returns_at, occupied)
        self._told: dict[int, ServerChanged | None] = dict.fromkeys(self._homing.lines)
        self._reported: dict[int, tuple[Life, bool]] = {}
        self._spared = Spared(composer.dice)
        self.pace = Pace(settings.register_rate)

    @property
    def deadline(self) -> float | None:
        due = [
            self._homing.look_at,
            self._spared.deadline,
            self.targets.deadline,
            *(beat.deadline for beat in self._beats),
        ]
        return min((at for at in due if at is not None), default=None)

    def start(self, now: float) -> list[Output]:
        outputs: list[Output] = [*self.targets.start(now)]
        for beat in self._beats:
            beat.start(now)
        return outputs + self._review(now)

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case Resolved():
                self.targets.feed(event, now)
                return self._review(now)
            case Settled():
                return self._settled(event, now)
            case GoBack():
                self._homing.call_back()
                return self._review(now)
            case Answered(server, by):
                return self._heard_of(server, heartbeat.Heard(by), now)
            case Failed(server, by, why, leave_s):
                told = self._heard_of(server, heartbeat.Missed(by, why), now)
                return told + self._leave_alone(server, leave_s, why, now)
            case Drill(rank, seconds) if 1 <= rank <= len(self._beats):
                drilled = heartbeat.Drilled(seconds)
                return self._pulse(self._beats[rank - 1], drilled, now)
            case Inquire(rank) if 1 <= rank <= len(self._beats):
                return self._pulse(self._beats[rank - 1], heartbeat.Inquired(), now)
            case Pulse(beat, what):
                return self._pulse(beat, what, now)
        return []

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = [*self.targets.tick(now)]
        judged = bool(outputs)  # lines without a way are told when the next look-up is
        judged |= self._spared.tick(now)
        for beat in self._beats:
            did = beat.tick(now)
            judged |= self._judge(beat, did)
            outputs += self._passed_on(beat, did)
        look_at = self._homing.look_at
        if judged or (look_at is not None and look_at <= now):
            outputs += self._review(now)
        return outputs

    # for the agent

    def ways(self, line: int) -> tuple[Way, ...]:
        """Where a request of that line can go at this moment, in the order in which to try."""
        return self.targets.ways(self._homing.home(line))

    @property
    def first_way(self) -> Way | None:
        """Where requests of the box itself go now; None: nowhere."""
        return next(iter(self.targets.ways(self._homing.chosen)), None)

    def heeds(self, by: Judge, status: int) -> bool:
        """Whether such an answer can change anything; most of the time it cannot (HB-07)."""
        return self._settings.judge is by or self.targets.doubted or status == 503

    def lives(self, line: int) -> bool:
        """Whether the server of that line has answered, and not been missed since."""
        home = self._homing.target(line)
        return home is not None and home.living and home.life is Life.ALIVE

    def states(self, now: float) -> list[ServerState]:
        """Every server as it stands."""
        return [self._state(rank, now) for rank in range(len(self._beats))]

    def rename(self, line: int, identity: LineIdentity | None, now: float) -> list[Output]:
        """Another subscriber has this line, and was told nothing yet; None: the line is gone."""
        self._homing.forget(line)
        self._told.pop(line, None)
        if identity is not None:
            self._homing.add(line)
            self._told[line] = None
        return self._review(now)

    def _settled(self, event: Settled, now: float) -> list[Output]:
        way = event.way
        if way.server == self._homing.home(event.line):
            self.targets.prefer(way.server, way.address)
        else:
            self._homing.settle(event.line, way.server, event.not_before)
        return self._review(now)

    # heartbeats

    def _heard_of(
        self,
        server: Server,
        what: heartbeat.Heard | heartbeat.Missed | heartbeat.Overloaded,
        now: float,
    ) -> list[Output]:
        for beat, target in zip(self._beats, self.targets, strict=True):
            if target.server == server:
                return self._pulse(beat, what, now)
        return []

    def _leave_alone(
        self, server: Server, seconds: int | None, why: str, now: float
    ) -> list[Output]:
        """No line sends anything to a server that asks for it (RFC 3261 section 21.5.4, C04).

        It is dead for so long, if there is another. If not, the lines have nowhere else to
        register, so they wait; calls are sent all the same, of which one may be for help.
        """
        if not seconds:
            return []
        if any(target.living for target in self.targets if target.server != server):
            return self._heard_of(server, heartbeat.Overloaded(seconds), now)
        self._spared.spare(server, seconds, why, now)
        return self._review(now)

    def _pulse(self, beat: Heartbeat, event: heartbeat.Input, now: float) -> list[Output]:
        dead = beat.life is Life.DEAD
        did = beat.feed(event, now)
        outputs = self._passed_on(beat, did)
        if self._judge(beat, did):
            revived = dead and beat.life is not Life.DEAD
            server = self._settings.servers[self._beats.index(beat)]
            outputs += self._review(now, revived=server if revived else None)
        return outputs

    def _passed_on(self, beat: Heartbeat, did: list[heartbeat.Output]) -> list[Output]:
        outputs: list[Output] = []
        for output in did:
            match output:
                case Ask(request, target):
                    outputs.append(Probe(beat, request, target))
                case Abandon():
                    outputs.append(output)
                case heartbeat.Judged():
                    pass  # it is in the targets by now
        return outputs

    def _judge(self, beat: Heartbeat, did: list[heartbeat.Output]) -> bool:
        judged = [output for output in did if isinstance(output, heartbeat.Judged)]
        for output in judged:
            rank = self._beats.index(beat)
            self.targets.judge(rank, beat.life, barred=beat.drilled)
            if output.address:
                self.targets.prefer(self._settings.servers[rank], output.address)
        return bool(judged)

    def _returns_at(self, server: Server) -> float | None:
        """From when on lines may go back to a server; None: it has not answered often enough."""
        return self._beats[self._settings.servers.index(server)].returns_at

    # what the lines are told

    def _review(self, now: float, *, revived: Server | None = None) -> list[Output]:
        """Look at everything again; say what has changed.

        Args:
            now: monotonic seconds.
            revived: the server that has just come back to life: who stayed there all the
                time registers anew, because it may have forgotten everything.
        """
        for beat, target in zip(self._beats, self.targets, strict=True):
            beat.feed(heartbeat.Located(target.addresses), now)
        self._homing.review(now)
        outputs: list[Output] = []
        for line, before in self._told.items():
            home = self._homing.home(line)
            ways = self._spared.without(self.targets.ways(home))
            problem, until = ("", None) if ways else (self._problem, self._opens_at)
            again = revived is not None and home == revived
            rests = home is not None and not ways and bool(self._spared.why(home))
            told = ServerChanged(ways, problem, again=again, until=until, rests=rests)
            self._told[line] = replace(told, again=False)
            if before == self._told[line] and not again:
                continue
            outputs.append(Assigned(line, replace(told, after_s=self._slot(before, told, now))))
        return self._reports(now) + outputs

    def _slot(self, before: ServerChanged | None, told: ServerChanged, now: float) -> float:
        """When a line may send the REGISTER that this change needs; 0: it needs none."""
        if before is None or not (told.again or told.ways[:1] != before.ways[:1]):
            return 0.0
        return self.pace.slot(now)

    @property
    def _opens_at(self) -> float | None:
        """When there may be a way again: a name is looked up, or a drill or a rest ends."""
        drills = (beat.drill_ends_at for beat in self._beats)
        due = [self.targets.deadline, self._spared.deadline, *drills]
        return min((at for at in due if at is not None), default=None)

    @property
    def _problem(self) -> str:
        """Why lines cannot register."""
        return self._spared.problem or self.targets.problem

    # what is told

    def _reports(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        for state in self.states(now):
            news = state.life, state.in_use
            if news != self._reported.get(state.rank, (Life.UNKNOWN, False)):
                self._reported[state.rank] = news
                outputs.append(ServerReport(state))
        return outputs

    def _state(self, rank: int, now: float) -> ServerState:
        beat, target = self._beats[rank], list(self.targets)[rank]
        return ServerState(
            rank + 1,
            target.name,
            _told(target.addresses[0]) if target.addresses else "",
            beat.life,
            target.server == self._homing.chosen,
            beat.since,
            beat.problem or target.problem or self._spared.why(target.server),
            beat.trips(now),
        )


def _told(address: Address) -> str:
    """An address for people, with its transport unless that is UDP."""
    return f"{address}{address.transport.param}"
