"""All connections of one signalling address, as a machine (RFC 3261 section 18, RFC 5626).

One connection of ours to each target serves all lines. Connections to the servers are kept: they
are pinged, and when one is lost it is sought again, at growing intervals. Other connections, also
those that peers open, are closed when nobody has used them for a while. A message is written whole
or not at all. What may wait is bounded, and a peer that takes nothing is given up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.sip.events import Address
from firmware.sip.framer import Broken, Crlf, Framed
from firmware.sip.tokens import Dice
from firmware.transport.flow import (
    IDLE,
    MESSAGE_IN,
    PATIENCE,
    PING_AFTER,
    PING_SOONER,
    PONG_IN,
    REFUSAL_IN,
    STUCK_FOR,
    WHY,
    Flow,
    Timer,
)
from firmware.transport.words import (
    Accepted,
    Again,
    Came,
    Close,
    Failed,
    Gone,
    Heard,
    Input,
    Moved,
    Nonsense,
    NotOpened,
    Open,
    Opened,
    Output,
    Standing,
    Stuck,
    Submit,
    Unstuck,
    Write,
)

MOST_THEIRS = 16
"""Most connections that peers may open (faults A11)."""
MOST_OURS = 64
RETRY = 1.0, 60.0
"""Seconds until a lost connection is sought again: at first, doubling, and at most."""
LEAST = 1.0
"""Seconds between two attempts, however many messages want to go there."""


@dataclass(slots=True)
class Lost:
    """A target to which a connection was lost, or could not be made."""

    reason: str
    tried_at: float
    failures: int = 0
    again_at: float | None = None
    """When to seek it without being asked; None: not before somebody wants to send."""


class Connections:
    """A `Machine[Input, Output]` for all connections.

    Args:
        dice: for pauses that are not the same everywhere.
        keeps: whether a connection to a target is to be kept.
    """

    def __init__(self, dice: Dice, keeps: Callable[[Address], bool]) -> None:
        self._dice = dice
        self._keeps = keeps
        self._flows: dict[int, Flow] = {}
        self._ours: dict[Address, Flow] = {}
        self._lost: dict[Address, Lost] = {}
        self._silence: dict[Address, float] = {}
        """Seconds that a server bears silence, if it has shown that by closing a connection."""
        self._last = 0

    @property
    def deadline(self) -> float | None:
        due = [flow.timers.next for flow in self._flows.values()]
        due += [lost.again_at for lost in self._lost.values()]
        return min((at for at in due if at is not None), default=None)

    @property
    def theirs(self) -> int:
        """How many connections peers have opened to us."""
        return len(self._flows) - len(self._ours)

    def new_flow(self) -> int:
        """The number of the next connection; those that peers open are numbered here too."""
        self._last += 1
        return self._last

    def feed(self, event: Input, now: float) -> list[Output]:
        match event:
            case Submit(data, target):
                return self._submit(data, target, now)
            case Accepted():
                return self._accepted(event, now)
            case Moved():
                return self._moved(now)
        flow = self._flows.get(event.flow)
        if flow is None:
            return []  # we have closed it meanwhile
        match event:
            case Opened():
                return self._opened(flow, now)
            case NotOpened(reason=reason):
                return self._end(flow, reason, now)
            case Gone(reason=reason):
                self._learn(flow, now)
                return self._end(flow, reason, now)
            case Came(data=data):
                return self._came(flow, data, now)
            case Stuck():
                flow.stuck = True
                flow.timers.start(Timer.STUCK, now + STUCK_FOR)
            case Unstuck():
                flow.stuck, flow.waiting_bytes = False, 0
                flow.timers.stop(Timer.STUCK)
        return []

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        for flow in list(self._flows.values()):
            while flow.id in self._flows and (timer := flow.timers.pop_due(now)) is not None:
                outputs += self._due(flow, timer, now)
        for target, lost in list(self._lost.items()):
            if lost.again_at is not None and lost.again_at <= now:
                outputs += self._seek(target, lost, now)
        return outputs

    def _moved(self, now: float) -> list[Output]:
        """Begin anew from our new address: packets from the old one go astray."""
        outputs: list[Output] = []
        for flow in list(self._flows.values()):
            outputs += [*self._end(flow, "our own address has changed", now), Close(flow.id)]
        for lost in self._lost.values():
            lost.tried_at = float("-inf")  # nothing stands in the way of the next message
        return outputs

    # sending

    def _submit(self, data: bytes, target: Address, now: float) -> list[Output]:
        flow = self._flows.get(target.flow) or self._ours.get(target)
        if flow is not None:
            return self._write(flow, data, now)
        lost = self._lost.get(target)
        if lost is not None and now < lost.tried_at + LEAST:
            return [Failed(target, lost.reason)]
        if len(self._ours) >= MOST_OURS:
            return [Failed(target, "too many connections")]
        outputs = self._open(target, now)
        return [*outputs, *self._write(self._ours[target], data, now)]

    def _write(self, flow: Flow, data: bytes, now: float) -> list[Output]:
        if (flow.stuck or not flow.standing) and not flow.has_room(data):
            return [*self._end(flow, WHY[Timer.STUCK], now), Close(flow.id)]
        if not flow.standing:
            flow.waiting.append(data)
            return []
        self._used(flow, now)
        return [Write(flow.id, data)]

    def _open(self, target: Address, now: float) -> list[Output]:
        flow = Flow(self.new_flow(), target, ours=True)
        self._flows[flow.id] = self._ours[target] = flow
        flow.timers.start(Timer.OPEN, now + PATIENCE[target.transport])
        return [Open(flow.id, target)]

    def _opened(self, flow: Flow, now: float) -> list[Output]:
        flow.standing, flow.kept = True, self._keeps(flow.peer)
        flow.timers.stop(Timer.OPEN)
        outputs: list[Output] = [Write(flow.id, data) for data in flow.waiting]
        flow.waiting.clear()
        flow.waiting_bytes = 0
        self._used(flow, now)
        if not flow.kept:
            return outputs
        self._ping_later(flow, now)
        outputs.append(Standing(flow.peer, ""))
        lost = self._lost.get(flow.peer)
        if lost is not None and lost.again_at is not None:
            lost.again_at = None
            outputs.append(Again(flow.peer))
        return outputs

    # receiving

    def _accepted(self, event: Accepted, now: float) -> list[Output]:
        flow = Flow(event.flow, event.peer, ours=False, standing=True)
        self._flows[flow.id] = flow
        self._used(flow, now)
        return []

    def _came(self, flow: Flow, data: bytes, now: float) -> list[Output]:
        if flow.broken:
            return []
        if flow.ours:
            self._lost.pop(flow.peer, None)  # one that is closed at once has not come back
        self._used(flow, now)
        outputs: list[Output] = []
        pong: list[Output] = []  # one, however many pings have come at once
        for piece in flow.framer.feed(data):
            match piece:
                case Framed(message):
                    flow.half = False
                    outputs.append(Heard(message, flow.source))
                case Crlf():
                    pong = self._crlf(flow) or pong
                case Broken(rest, why, status):
                    flow.broken = why
                    flow.timers.start(Timer.CLOSE, now + REFUSAL_IN)
                    outputs.append(Nonsense(rest, flow.source, why, status))
        if flow.framer.unfinished:
            flow.timers.start_if_idle(Timer.MESSAGE, now + MESSAGE_IN)
        else:
            flow.timers.stop(Timer.MESSAGE)
        return outputs if flow.stuck else outputs + pong

    def _crlf(self, flow: Flow) -> list[Output]:
        """Take a CRLF: one is the answer to our ping, two are a ping of theirs."""
        if flow.pinged:
            flow.pinged, flow.ponged = False, True
            flow.timers.stop(Timer.PONG)
            return []
        flow.half = not flow.half
        return [] if flow.half else [Write(flow.id, b"\r\n")]

    # time

    def _used(self, flow: Flow, now: float) -> None:
        flow.used_at = now
        if not flow.kept:
            flow.timers.start(Timer.IDLE, now + IDLE)
        else:
            flow.timers.stop(Timer.IDLE)

    def _ping_later(self, flow: Flow, now: float) -> None:
        least, most = PING_AFTER
        if (silence := self._silence.get(flow.peer, most)) < most:
            least, most = silence * least / most, silence
        flow.timers.start(Timer.PING, now + least + (most - least) * self._dice.random())

    def _learn(self, flow: Flow, now: float) -> None:
        """Note how long a server bears silence: it has closed a connection for it."""
        least, share = PING_SOONER
        if flow.kept and now - flow.used_at >= least:
            self._silence[flow.peer] = max(share * (now - flow.used_at), least)

    def _due(self, flow: Flow, timer: Timer, now: float) -> list[Output]:
        match timer:
            case Timer.PING:
                return self._ping(flow, now)
            case Timer.IDLE:
                return [*self._forget(flow), Close(flow.id)]
            case Timer.CLOSE:
                why = f"what the server says is no SIP: {flow.broken}"
                return [*self._end(flow, why, now), Close(flow.id)]
        return [*self._end(flow, WHY[timer], now), Close(flow.id)]

    def _ping(self, flow: Flow, now: float) -> list[Output]:
        """Ask whether the peer is there; one that has never answered a ping is not suspected."""
        if not self._keeps(flow.peer):  # no server any more
            flow.kept = False
            self._used(flow, now)
            return []
        self._ping_later(flow, now)
        self._used(flow, now)
        flow.pinged = True
        if flow.ponged:
            flow.timers.start(Timer.PONG, now + PONG_IN)
        return [Write(flow.id, b"\r\n\r\n")]

    # losing and finding

    def _forget(self, flow: Flow) -> list[Output]:
        del self._flows[flow.id]
        if flow.ours:
            del self._ours[flow.peer]
        return []

    def _end(self, flow: Flow, reason: str, now: float) -> list[Output]:
        """End a connection that was lost, or never made; who waits for something is told."""
        self._forget(flow)
        if not flow.ours:
            return []
        target = flow.peer
        self._lost = {
            at: lost
            for at, lost in self._lost.items()
            if lost.again_at is not None or lost.tried_at + RETRY[1] > now
        }
        lost = self._lost.setdefault(target, Lost(reason, now))
        lost.reason, lost.tried_at = reason, now
        kept = flow.kept if flow.standing else self._keeps(target)
        if kept:
            lost.again_at = now + self._pause(lost.failures)
        lost.failures += 1
        outputs: list[Output] = [Failed(target, reason)]
        return [*outputs, Standing(target, reason)] if kept else outputs

    def _pause(self, failures: int) -> float:
        first, longest = RETRY
        longest = min(longest, first * 2.0 ** min(failures, 16))
        return longest * (0.5 + self._dice.random() / 2)

    def _seek(self, target: Address, lost: Lost, now: float) -> list[Output]:
        if target in self._ours:  # somebody has something to say there, and it is being opened
            lost.again_at = now + LEAST
            return []
        if not self._keeps(target):
            del self._lost[target]
            return [Standing(target, "")]  # it may stand or not, nobody minds
        lost.again_at = now + RETRY[1]  # if this attempt fails, it will be sooner
        return self._open(target, now)
