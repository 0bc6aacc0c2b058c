"""What is news about a server: for the ladder, the log and the alarms."""

from __future__ import annotations

from firmware.sip.servers import Life, ServerState
from firmware.trace.records import Alarms

ISOLATED = "sbc"
"""Place of the alarm that no server is left."""


class ServerNews:
    """Compares what a server is with what it was.

    Args:
        alarms: where faults are shown.
        count: how many servers there are.
    """

    def __init__(self, alarms: Alarms, count: int) -> None:
        self._alarms = alarms
        self._count = count
        self._life: dict[int, Life] = {}
        self._used = 0
        self._isolated = False

    def changed(self, state: ServerState) -> list[str]:
        """Take the new state of a server, set or clear its alarm, and return what to tell."""
        died = self._life.get(state.rank) is Life.DEAD
        self._life[state.rank] = state.life
        name, news = f"sbc {state.rank}", list[str]()
        if state.life is Life.DEAD:
            self._alarms.set(name, "major", f"{state.name} is dead: {state.problem}")
            if not died:
                news.append(f"{name} dead")
        else:
            self._alarms.clear(name)
            if died:
                news.append(f"{name} {state.life.value}")
        if state.in_use and state.rank != self._used:
            if self._used:
                news.append(f"{name} in use")
            self._used = state.rank
        return news + self._isolation()

    def forget(self) -> None:
        """Forget all servers: others are used from now on."""
        for where in (ISOLATED, *(f"sbc {rank}" for rank in self._life)):
            self._alarms.clear(where)

    def _isolation(self) -> list[str]:
        """Set or clear the alarm that all servers are dead (HB-08)."""
        dead = [life for life in self._life.values() if life is Life.DEAD]
        before, self._isolated = self._isolated, len(dead) == self._count
        if self._isolated is before:
            return []
        if not self._isolated:
            self._alarms.clear(ISOLATED)
            return ["no longer isolated"]
        what = "isolated: no server answers; only the lines of this gateway can call each other"
        self._alarms.set(ISOLATED, "critical", what)
        return ["isolated"]
