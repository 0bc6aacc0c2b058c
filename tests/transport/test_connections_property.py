"""Whatever peers do: no word of what is closed, no spinning, nothing without end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import Address, Transport
from firmware.transport.connections import MOST_OURS
from firmware.transport.words import (
    Accepted,
    Came,
    Close,
    Gone,
    Heard,
    Moved,
    NotOpened,
    Open,
    Opened,
    Stuck,
    Submit,
    Unstuck,
    Write,
)
from tests.transport.bench import ELSEWHERE, MESSAGE, PEER, SERVER, Bench

TARGETS = (
    SERVER,
    ELSEWHERE,
    replace(SERVER, transport=Transport.TLS),
    Address("2001:db8::1", 5060, Transport.TCP),
)
DATA = (MESSAGE, MESSAGE[:9], b"\r\n", b"\r\n\r\n", MESSAGE.replace(b"0", b"x"), b"\x16\x03\x01")

STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=60
)


class Watched(Bench):
    """A bench that knows which connections there may be, and holds the machine to it."""

    def __init__(self) -> None:
        super().__init__()
        self.opening: set[int] = set()
        self.standing: set[int] = set()

    def _note(self, outputs: list[Any]) -> list[Any]:
        for output in outputs:
            match output:
                case Open(flow):
                    assert flow not in self.opening | self.standing
                    self.opening.add(flow)
                case Write(flow):
                    assert flow in self.standing, "nothing is written before it stands, or after"
                case Close(flow):
                    assert flow in self.opening | self.standing
                    self._forget(flow)
                case Heard(source=source):
                    assert source.flow in self.standing
        return super()._note(outputs)

    def _forget(self, flow: int) -> None:
        self.opening.discard(flow)
        self.standing.discard(flow)

    def step(self, what: int, which: int, how: int) -> None:
        known = sorted(self.opening | self.standing) or [999]
        flow = known[which % len(known)]
        target = TARGETS[which % len(TARGETS)]
        match what:
            case 0:
                self.feeds(Submit(DATA[how], target))
            case 1:
                self.feeds(Submit(DATA[how], replace(target, flow=flow)))
            case 2 if flow in self.opening:
                self.opening.remove(flow)
                self.standing.add(flow)
                self.feeds(Opened(flow))
            case 3 if flow in self.opening:
                self._forget(flow)
                self.feeds(NotOpened(flow, "no"))
            case 4:
                number = self.machine.new_flow()
                self.standing.add(number)
                self.feeds(Accepted(number, PEER))
            case 5 if flow in self.standing:
                self.feeds(Came(flow, DATA[how]))
            case 6:
                self._forget(flow)
                self.feeds(Gone(flow, "gone"))
            case 7 if flow in self.standing:
                self.feeds(Stuck(flow) if how % 2 else Unstuck(flow))
            case 8:
                self.lives(float((1, 3, 11, 40, 130, 4000)[how]))
            case 9 if how == 0:
                self.feeds(Moved())

    def lives(self, seconds: float) -> None:
        end, ticks = self.now + seconds, 0
        while (due := self.machine.deadline) is not None and due <= end:
            ticks += 1
            assert ticks < 20 * (seconds + 10), "the machine spins"
            self.now = max(self.now, due)
            self._note(self.machine.tick(self.now))
            after = self.machine.deadline
            assert after is None or after > self.now, "the pump would spin"
        self.now = end


@given(STEPS)
@settings(max_examples=300, deadline=None)
def test_the_machine_speaks_only_of_connections_that_there_are(
    steps: list[tuple[int, int, int]],
) -> None:
    bench = Watched()
    for step in steps:
        bench.step(*step)
    assert len(bench.opening) <= MOST_OURS
    bench.kept.clear()
    bench.lives(8000.0)
    assert not bench.opening, "what does not come to stand is given up"
    assert not bench.standing, "what nobody needs is closed"
    assert bench.machine.deadline is None
