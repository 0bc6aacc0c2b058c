"""LIVE1, LIVE2 and LIVE5: after the faults everything comes to rest, and nothing stays behind."""

from __future__ import annotations

import asyncio

from firmware.gateway import Gateway
from firmware.sip.agent import UserAgent
from firmware.sip.events import RegisterStatus
from firmware.sip.heartbeat import Heartbeat
from tests.simulation.laws.law import Law

IN_FLIGHT = 5.0
"""Seconds after the end of the faults in which answers of before may still come."""
ATTEMPT = 10.0
"""What an attempt that nothing disturbs takes at most, repetitions of lost messages included."""
CALL_STATE = 64 * 0.5 * 2 + 5.0 + 5.0
"""64*T1 for an answer that never comes, 64*T1 for the one that comes too late, T4 and a margin."""
SERVICE = 3600.0 + 60.0
"""Seconds after which a port that failed is tried again at the latest."""
SLEEPERS = 9
"""Timers of an idle gateway: slow poll, health, heartbeat, agent, its own address, what was; the
exchanges' and the world's own. Of connections, each side has one more."""
WATCHMAN = "Signalling._start"
"""The one task of an idle gateway: it looks whether our address has changed."""


class Rest(Law):
    """Asked once a second at the end of the world."""

    def begins(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._healed_at = self._down_at = 0.0
        self._due: dict[int, float] = {}

    def healed(self) -> None:
        self._healed_at = self.world.loop.time()

    def all_down(self) -> None:
        self._down_at = self.world.loop.time()

    def reached(self) -> bool:
        """Whether the gateway is at rest; some law is broken if it should be and is not."""
        registered = [self._registered(port) for port in self.world.numbers]
        return self._calls_gone() and all(registered) and self._quiet()

    def _registered(self, port: int) -> bool:
        """LIVE1: at the next attempt after the faults."""
        now, found = self.world.loop.time(), self._gateway.ports.get(port)
        if found is None or not found.in_service:
            if now > self._healed_at + SERVICE:
                self.breaks("LIVE1", f"port {port} is not in service: {found and found.fault}")
            return False
        state = self._gateway.signalling.registration(port)
        if state.status is RegisterStatus.REGISTERED:
            return True
        if now < self._healed_at + IN_FLIGHT:
            return False
        attempt = state.next_attempt_at
        due = self._due.setdefault(port, max(now, attempt or now) + ATTEMPT)
        if now > due:
            self.breaks("LIVE1", f"port {port} is not registered: {state}")
        return False

    def _calls_gone(self) -> bool:
        """LIVE2: all state of calls."""
        agent = self._gateway.signalling._agent
        left = len(agent.board.calls) if agent else 0
        late = self.world.loop.time() > self._down_at + CALL_STATE
        if left and late and agent:
            phases = ", ".join(f"{m.call.id} {m.call.phase.name}" for m in agent.board.calls)
            self.breaks("LIVE2", f"{left} calls are still there: {phases}")
        return not left

    def _quiet(self) -> bool:
        """LIVE5: timers, tasks and sockets are those of an idle gateway."""
        agent = self._gateway.signalling._agent
        now = self.world.loop.time()
        if agent is not None and _busy(agent) and now > self._down_at + SERVICE:
            self.breaks("LIVE5", f"the wire is never quiet: {agent.board.transactions._asked}")
        if agent is None or _busy(agent) or now < self._down_at + CALL_STATE + 10.0:
            return False
        if self.world.network.under_way:  # a heartbeat, which is a timer here
            return False
        ports = self._gateway.ports.values()
        running = self.world.voices.running
        left = {
            "legs": [p.number for p in ports if p.leg],
            "handsets": [p.number for p in ports if p.hook.off_hook],
            "calls": [p.number for p in ports if p.line.status.value != "Idle"],
            "voices": list(running.opened) if running else [],
            "sockets": list(self.world.network.sockets),
            "tasks": self._tasks(),
        }
        for what, found in left.items():
            if found:
                self.breaks("LIVE5", f"{what} are left: {found}")
        timers = self.world.loop.timers
        plan = self.world.plan
        connected = 1 + plan.servers if plan.transport == "tcp" else 0
        if len(timers) > SLEEPERS + connected:
            self.breaks("LIVE5", f"{len(timers)} timers run: {timers}")
        return True

    def _tasks(self) -> list[asyncio.Task[object]]:
        """Those that an idle gateway has not."""
        tasks = asyncio.all_tasks(self.world.loop) - self.world.own_tasks
        strange = [task for task in tasks if _name(task) != WATCHMAN]
        return strange if len(tasks) - len(strange) <= 1 else list(tasks)

    def stopped(self) -> None:
        """A gateway that has stopped leaves no socket open and no voltage on any line."""
        if self.world.network.sockets:
            self.breaks("LIVE5", f"sockets are left: {list(self.world.network.sockets)}")
        for chip in self.world.copper.card.chips:
            if chip.linefeed:
                self.breaks("I1", "a line is fed although the gateway has stopped")


def _name(task: asyncio.Task[object]) -> str:
    return str(getattr(task.get_coro(), "__qualname__", ""))


def _busy(agent: UserAgent) -> bool:
    """Something is to be done on the wire, besides the heartbeats, which never end.

    Each OPTIONS is remembered for Timer K after its answer: with several servers there is
    always one.
    """
    transactions = agent.board.transactions
    asked = any(not isinstance(a.user, Heartbeat) for a in transactions._asked.values())
    return bool(len(agent.board.calls) or transactions._answering or asked)
