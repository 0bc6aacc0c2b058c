"""Work at a line is bounded in time, and a mistake in it does not keep the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from drivers.line_test import LineReadings, Measuring
from drivers.sim.loop import Loop
from drivers.slic import RingSpec
from firmware.copper.line_work import HEARD, LONGEST, QUIET, LineWork
from firmware.line.states import State
from tests.drivers.bench import Bench
from tests.virtual import VirtualLoop


@dataclass
class Patient:
    """A port without anything."""

    in_service: bool = True
    fault: str = ""
    looks: list[str] = field(default_factory=list)

    def hear_again(self) -> None:
        self.looks.append("hook")

    def check(self) -> None:
        self.looks.append("chip")


@contextmanager
def working(measure: Callable[[], Measuring]) -> Iterator[tuple[VirtualLoop, LineWork, Patient]]:
    """A line circuit whose line test is `measure`, and virtual time."""
    loop, patient = VirtualLoop(), Patient()
    asyncio.set_event_loop(loop)
    slic = Bench(loop=Loop()).up().slic

    async def make() -> LineWork:
        return LineWork(slic, patient, RingSpec().hz, lambda what, _: patient.looks.append(what))

    slic.measure_line = lambda _hz, **_: measure()  # type: ignore[method-assign] # another test
    try:
        yield loop, loop.run_until_complete(make()), patient
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def test_a_line_test_without_an_end_is_given_up_and_puts_the_line_back() -> None:
    put_back = []

    def for_ever() -> Measuring:
        try:
            while True:
                yield 1.0
        finally:
            put_back.append(True)

    with working(for_ever) as (loop, work, patient):
        test = work.begin(State.IDLE, busy="", force=False)
        loop.run_until_complete(asyncio.sleep(LONGEST - 1))
        assert work.going
        loop.run_until_complete(asyncio.sleep(3))
        assert (test.given_up, work.going, put_back) == ("it took too long", False, [True])
        assert patient.looks == ["line test", "line test given up", "chip", "hook"]


def test_a_mistake_in_a_line_test_is_told_and_frees_the_line() -> None:
    def wrong() -> Measuring:
        yield 0.1
        raise ZeroDivisionError

    with working(wrong) as (loop, work, _):
        seen: list[object] = []
        loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
        test = work.begin(State.IDLE, busy="", force=False)
        loop.run_until_complete(asyncio.sleep(1))
        assert (test.given_up, work.going) == ("an error in the gateway", False)
        assert [type(each) for each in seen] == [ZeroDivisionError]


def test_a_line_circuit_that_failed_meanwhile_has_no_readings() -> None:
    def quick() -> Measuring:
        yield 0.1
        return LineReadings()

    with working(quick) as (loop, work, patient):
        test = work.begin(State.IDLE, busy="", force=False)
        patient.in_service, patient.fault = False, "the chip has been reset"
        loop.run_until_complete(asyncio.sleep(1))
        assert (test.readings, test.given_up) == (None, "the chip has been reset")


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_line_is_quiet_or_heard_or_in_use(state: State) -> None:
    in_use = {
        State.DIALING, State.CALLING, State.RINGBACK, State.RINGING, State.RINGING_BACK,
        State.TALKING, State.CALL_WAIT, State.THREE_WAY, State.HOUSE_CALL,
    }  # fmt: skip
    assert (state in QUIET) + (state in HEARD) + (state in in_use) == 1
