"""Carries datagrams between whoever speaks to it and one target, over two bad ways.

A relay looks like a NAT: the target sees a port of the relay's, and sees another one after
each rebinding. It is an end of nothing: what it does not understand it carries, too.
"""

from __future__ import annotations

import heapq
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass

from tests.relay.way import Way

LARGEST = 65535


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done, in datagrams."""

    there: int
    back: int
    lost: int
    doubled: int
    overtaken: int
    rebindings: int


class Relay:
    """One flow; `step` is to be called for ever.

    Args:
        listen: where it is spoken to; port 0: any.
        target: where to.
        there, back: the two ways.
        clock: monotonic seconds.
        rebind_s: take another port towards the target so often; 0: never.
    """

    def __init__(
        self,
        listen: tuple[str, int],
        target: tuple[str, int],
        there: Way,
        back: Way,
        clock: Callable[[], float],
        rebind_s: float = 0.0,
    ) -> None:
        self._target, self._there, self._back = target, there, back
        self._clock = clock
        self._rebind_s = rebind_s
        self._rebind_at = clock() + rebind_s if rebind_s else float("inf")
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(listen)
        self._near.setblocking(False)
        self._far = self._outward()
        self._client: tuple[str, int] | None = None
        self._flying: list[tuple[float, int, bool, bytes]] = []
        """Instant, number, whether towards the target, data."""
        self._sent = [0, 0]
        self._number = self._rebindings = 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._near, selectors.EVENT_READ)
        self._selector.register(self._far, selectors.EVENT_READ)

    @property
    def address(self) -> tuple[str, int]:
        """Where it is spoken to."""
        host, port = self._near.getsockname()
        return host, port

    def _outward(self) -> socket.socket:
        far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        far.bind((self._near.getsockname()[0], 0))
        far.setblocking(False)
        return far

    def step(self, most_s: float = 0.1) -> None:
        """Wait for the next thing to do, not longer than `most_s`, and do it."""
        now = self._clock()
        due = min(self._flying[0][0] if self._flying else now + most_s, self._rebind_at)
        for key, _ in self._selector.select(max(0.0, min(due - now, most_s))):
            self._take(key.fileobj)
        self._deliver()
        if self._clock() >= self._rebind_at:
            self.rebind()

    def rebind(self) -> None:
        """Take another port towards the target; the one before hears nothing any more."""
        self._selector.unregister(self._far)
        old, self._far = self._far, self._outward()
        old.close()
        self._selector.register(self._far, selectors.EVENT_READ)
        self._rebindings += 1
        self._rebind_at = self._clock() + self._rebind_s if self._rebind_s else float("inf")

    def _take(self, sock: object) -> None:
        outward = sock is self._near
        while True:
            try:
                if outward:
                    data, self._client = self._near.recvfrom(LARGEST)
                else:
                    data, _ = self._far.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # the ICMP answer to something carried before
                continue
            way = self._there if outward else self._back
            for at in way.arrivals(self._clock()):
                self._number += 1
                heapq.heappush(self._flying, (at, self._number, outward, data))

    def _deliver(self) -> None:
        while self._flying and self._flying[0][0] <= self._clock():
            _, _, outward, data = heapq.heappop(self._flying)
            if outward:
                self._far.sendto(data, self._target)
            elif self._client is not None:
                self._near.sendto(data, self._client)
            self._sent[not outward] += 1

    @property
    def carried(self) -> Carried:
        ways = (self._there, self._back)
        return Carried(
            there=self._sent[0],
            back=self._sent[1],
            lost=sum(way.lost for way in ways),
            doubled=sum(way.doubled for way in ways),
            overtaken=sum(way.overtaken for way in ways),
            rebindings=self._rebindings,
        )

    def close(self) -> None:
        self._selector.close()
        self._near.close()
        self._far.close()
