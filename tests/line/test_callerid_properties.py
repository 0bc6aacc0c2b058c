"""The machine of caller ID under any sequence of events and waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.line.callerid import (
    Ability,
    CallCame,
    CallerId,
    CallerIdEvent,
    CallerIdOrder,
    CallerIdPlan,
    CallOver,
    Cut,
    DataSent,
    HookSeen,
    LampWanted,
)
from firmware.line.callerid_kinds import KINDS
from firmware.line.callerid_steps import Feed, GiveBack, Line, Ring, SendData, Splash

ABLE = [Ability(), Ability(transmits_on_hook=False), Ability(reverses=False, calls=False)]
EVENTS: list[CallerIdEvent] = [
    *(CallCame("101", "Desk", "01020304", able) for able in ABLE),
    *(LampWanted(count, able) for count in (0, 1) for able in ABLE),
    CallOver(), CallOver(), HookSeen(off_hook=True), HookSeen(off_hook=False),
    *(DataSent(tag) for tag in range(1, 6)),
]  # fmt: skip


class Copper:
    """What the line is like after the orders so far."""

    def __init__(self) -> None:
        self.line, self.rings, self.splashes, self.sending = Line.REST, False, False, False

    def take(self, order: CallerIdOrder) -> None:
        match order:
            case Ring():
                assert not self.rings
                self.rings, self.splashes, self.line = True, False, Line.REST
            case Splash():
                assert not self.rings
                self.splashes, self.line = True, Line.REST
            case Feed(line):
                assert not self.rings, "the bell would stop"
                self.splashes, self.line = False, line
            case SendData():
                assert not self.splashes, "data under ring voltage"
                self.sending = True
            case Cut():
                assert self.sending
                self.sending = False
            case GiveBack():
                pass


@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.one_of(st.sampled_from(EVENTS), st.floats(0, 8)), max_size=30),
)
def test_whatever_happens_nobody_is_rung_twice_and_no_data_meets_ring_voltage(
    standard: str, steps: list[CallerIdEvent | float]
) -> None:
    machine, copper, now = CallerId(CallerIdPlan(standard), 1.0), Copper(), 0.0

    def carry(orders: list[CallerIdOrder]) -> None:
        for order in orders:
            copper.take(order)

    def waits(seconds: float) -> None:
        nonlocal now
        until = now + seconds
        while (due := machine.deadline) is not None and due <= until:
            now = due
            carry(machine.tick(now))
            assert machine.deadline is None or machine.deadline > due
        now = until

    for step in steps:
        if isinstance(step, float):
            waits(step)
            continue
        if isinstance(step, CallCame | LampWanted) and copper.rings:
            continue  # the line offers neither while it rings
        if isinstance(step, CallOver):
            carry(machine.feed(step, now))
            copper = Copper()  # the bell is stopped and the line at rest, by the bell itself
            assert not machine.busy
            assert not machine.seizes
            continue
        carry(machine.feed(step, now))
    waits(40.0)
    assert not machine.busy
    assert not machine.seizes
    assert copper.line is Line.REST or copper.rings
    assert not copper.splashes
