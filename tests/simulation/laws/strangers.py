"""I7: who is not one of the servers gets no answer, and leaves no trace."""

from __future__ import annotations

from firmware.gateway import Gateway
from tests.simulation.faults import STRANGER
from tests.simulation.laws.law import Law, Passing


class Strangers(Law):
    """Compares the agent's tables before and after."""

    def begins(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._before = (0, 0)

    def sent(self, passing: Passing) -> None:
        if passing.peer.host == STRANGER.host:
            self.breaks("I7", f"a stranger was told {passing.message}")

    def coming(self, passing: Passing) -> None:
        if passing.peer == STRANGER:
            self._before = self._tables()

    def came(self, passing: Passing) -> None:
        if passing.peer == STRANGER and self._tables() != self._before:
            self.breaks("I7", f"a stranger left a trace: {self._before} -> {self._tables()}")

    def _tables(self) -> tuple[int, int]:
        agent = self._gateway.signalling._agent
        return (0, 0) if agent is None else (len(agent.board.calls), len(agent.board.transactions))
