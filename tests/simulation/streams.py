"""One signalling address that speaks TCP, in memory.

What is to be connected, kept, pinged and cut into messages is decided by the gateway's own
machine; only the sockets are pipes. Servers have the same, as the exchange has.
"""

from __future__ import annotations

from functools import cached_property

from firmware.pump import Pump
from firmware.sip.events import Address
from firmware.sip.tokens import Dice
from firmware.transport.connections import MOST_THEIRS, Connections
from firmware.transport.ears import Ears
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
    Submit,
    Write,
)
from tests.simulation.pipes import End, Holder, Pipes


class PipedStreams:
    """As `firmware.transport.stream.Streams`.

    Args:
        pipes: that lead to others.
        local: where connections are taken.
        ears: who hears of it.
        dice: for pauses.
    """

    def __init__(self, pipes: Pipes, local: Address, ears: Ears, dice: Dice) -> None:
        self.local = local
        self._pipes = pipes
        self._ears = ears
        self._machine = Connections(dice, ears.keeps)
        self._ends: dict[int, End] = {}
        self._flows: dict[End, int] = {}
        self._ours: set[End] = set()
        pipes.listening[local.host, local.port] = self._takes

    @cached_property
    def _pump(self) -> Pump[Input, Output]:
        """Begun when the loop runs: servers are where they are before that."""
        return Pump(self._machine, self._perform)

    def send(self, data: bytes, target: Address) -> None:
        self._pump.feed(Submit(data, target))

    def moved(self) -> None:
        self._pump.feed(Moved())

    def relocated(self, old: str, new: str) -> None:
        """The host has another address, and is reached there alone."""
        port = self.local.port
        self._pipes.listening.pop((old, port), None)
        self._pipes.listening[new, port] = self._takes
        self.local = Address(new, port, self.local.transport)

    def close(self) -> None:
        self._pump.close()
        self._pipes.listening.pop((self.local.host, self.local.port), None)
        for end in tuple(self._flows):
            end.close()
        self._ends.clear()
        self._flows.clear()

    def vanishes(self) -> None:
        """As after a crash: nobody is told."""
        self._pump.close()
        self._pipes.listening.pop((self.local.host, self.local.port), None)
        for end in tuple(self._flows):
            end.vanishes()

    def _perform(self, output: Output) -> None:
        match output:
            case Open(flow, target):
                end = self._pipes.connect(self, self.local.host, target)
                self._ours.add(end)
                self._keep(flow, end)
            case Write(flow, data):
                if flow in self._ends:
                    self._ends[flow].write(data)
            case Close(flow):
                if (ending := self._drop(flow)) is not None:
                    ending.close()
            case Heard(data, source):
                self._ears.received(data, source)
            case Nonsense(data, source, why, status):
                self._ears.garbled(data, source, why, status)
            case Failed(target, reason):
                self._ears.failed(target, reason)
            case Again(target):
                self._ears.reconnected(target)
            case Standing(target, problem):
                self._ears.standing(target, problem)

    def _takes(self, end: End) -> Holder | None:
        peer = end.peer
        if not self._ears.admits(peer):
            self._ears.refused(peer, "connection: not one of our servers")
            return None
        if self._machine.theirs >= MOST_THEIRS:
            self._ears.refused(peer, "connection: too many connections")
            return None
        self._keep(self._machine.new_flow(), end)
        return self

    def _keep(self, flow: int, end: End) -> None:
        self._ends[flow], self._flows[end] = end, flow

    def _drop(self, flow: int) -> End | None:
        end = self._ends.pop(flow, None)
        if end is not None:
            del self._flows[end]
            self._ours.discard(end)
        return end

    # what pipes say

    def opened(self, end: End) -> None:
        flow = self._flows.get(end)
        if flow is not None:
            self._pump.feed(Opened(flow) if end in self._ours else Accepted(flow, end.peer))

    def came(self, end: End, data: bytes) -> None:
        if end in self._flows:
            self._pump.feed(Came(self._flows[end], data))

    def gone(self, end: End, why: str) -> None:
        flow = self._flows.get(end)
        if flow is None:
            return
        stood = end.other is not None or end not in self._ours
        self._drop(flow)
        self._pump.feed(Gone(flow, why) if stood else NotOpened(flow, why))
