"""Connections of simulated worlds do what TCP does, and what cuts and crashes do to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from firmware.sip.events import Address, Transport
from tests.simulation.loop import WorldLoop
from tests.simulation.pipes import GIVEN_UP, End, Pipes

HERE, THERE = "10.0.0.1", Address("10.0.0.9", 5060, Transport.TCP)


class Side:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.ends: list[End] = []
        self.got = b""
        self.why = ""

    def opened(self, end: End) -> None:
        self.ends.append(end)

    def came(self, _end: End, data: bytes) -> None:
        self.got += data

    def gone(self, _end: End, why: str) -> None:
        self.why = why


class Bench:
    """A caller, a server, and what lies between them."""

    def __init__(self) -> None:
        self.loop = WorldLoop()
        self.open = True
        self.loss = 0.0
        chance = random.Random(1)  # noqa: S311  it has to repeat itself
        self.pipes = Pipes(
            self.loop, chance, lambda *_: self.open, lambda: self.loss, lambda: 0.01
        )
        self.server, self.caller = Side(), Side()
        self.pipes.listening[THERE.host, THERE.port] = lambda _: self.server

    def connects(self) -> End:
        end = self.pipes.connect(self.caller, HERE, THERE)
        self.waits(1.0)
        return end

    def waits(self, seconds: float) -> None:
        over = self.loop.create_future()
        self.loop.call_later(seconds, over.set_result, None)
        self.loop.run_until_complete(over)


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.loop.close()


def test_bytes_come_out_in_order_however_many_get_lost(bench: Bench) -> None:
    bench.connects()
    bench.loss = 0.5
    said = [b"%d." % number for number in range(50)]
    for word in said:
        bench.caller.ends[0].write(word)
    bench.waits(200.0)
    assert bench.server.got == b"".join(said)


def test_both_sides_hear_of_a_cut(bench: Bench) -> None:
    bench.connects()
    bench.pipes.cut(THERE.host)
    assert bench.caller.why == bench.server.why == "the connection was reset"


def test_a_half_open_connection_is_noticed_when_something_is_said(bench: Bench) -> None:
    end = bench.connects()
    bench.pipes.forget(THERE.host)
    bench.waits(3600.0)
    assert bench.caller.why == bench.server.why == ""
    end.write(b"hello")
    bench.waits(1.0)
    assert bench.caller.why == "the connection was reset"
    assert bench.server.got == b""


def test_what_nothing_passes_through_is_given_up(bench: Bench) -> None:
    end = bench.connects()
    bench.open = False
    end.write(b"hello")
    bench.waits(GIVEN_UP + 10.0)
    assert bench.caller.why == "connection timed out"


def test_where_nobody_listens_a_connection_is_refused(bench: Bench) -> None:
    bench.pipes.listening.clear()
    bench.connects()
    assert (bench.caller.ends, bench.caller.why) == ([], "connection refused")


@pytest.mark.parametrize("hushes", [End.close, End.vanishes])
def test_what_was_written_leaves_before_the_end_unless_it_is_a_crash(
    bench: Bench, hushes: Callable[[End], None]
) -> None:
    end = bench.connects()
    end.write(b"goodbye")
    hushes(end)
    bench.waits(1.0)
    assert bench.server.got == (b"goodbye" if hushes is End.close else b"")
