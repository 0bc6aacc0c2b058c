"""The bad way is as bad as it says, and the same each time."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import pytest

from tests.relay.relay import Relay
from tests.relay.way import Faults, Way


def fates(faults: Faults, seed: int = 1, packets: int = 20_000) -> list[tuple[float, ...]]:
    way = Way(faults, seed)
    return [way.arrivals(n * 0.020) for n in range(packets)]


def test_a_way_without_faults_is_a_wire() -> None:
    assert fates(Faults(), packets=5) == [(n * 0.020,) for n in range(5)]


def test_the_same_seed_has_the_same_fate_and_another_has_not() -> None:
    bad = Faults(loss=0.05, jitter_ms=30, reorder=0.02, duplicate=0.01, spike=0.01)
    assert fates(bad, 7) == fates(bad, 7)
    assert fates(bad, 7) != fates(bad, 8)


@pytest.mark.parametrize("run", [1.0, 3.0, 8.0])
def test_so_many_are_lost_in_runs_of_such_a_length(run: float) -> None:
    lost = [not fate for fate in fates(Faults(loss=0.1, run=run))]
    runs = sum(one and not before for before, one in zip([False, *lost], lost, strict=False))
    assert sum(lost) / len(lost) == pytest.approx(0.1, abs=0.02)
    expected = 1 / 0.9 if run == 1 else run
    assert sum(lost) / runs == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("law", ["even", "tailed"])
def test_delay_varies_and_nothing_overtakes_unless_it_is_told_to(law: str) -> None:
    faults = Faults(delay_ms=10, jitter_ms=40, law="even" if law == "even" else "tailed")
    arrived = [at for (at,) in fates(faults)]
    assert arrived == sorted(arrived)
    delays = [at - n * 0.020 for n, at in enumerate(arrived)]
    assert min(delays) >= 0.010 - 1e-9
    assert 0.030 < sum(delays) / len(delays) < 0.090


def test_what_is_overtaken_arrives_later_and_what_is_doubled_twice() -> None:
    arrived = fates(Faults(reorder=0.1, reorder_ms=50, duplicate=0.05))
    late = [n for n, fate in enumerate(arrived) if fate[0] > n * 0.020 + 0.045]
    twice = [fate for fate in arrived if len(fate) == 2]
    assert len(late) / len(arrived) == pytest.approx(0.1, abs=0.01)
    assert len(twice) / len(arrived) == pytest.approx(0.05, abs=0.01)


def test_after_a_standstill_all_that_waited_comes_at_once() -> None:
    arrived = [at for (at,) in fates(Faults(spike=0.005, spike_ms=300), packets=2000)]
    most = max(sum(1 for other in arrived if other == at) for at in set(arrived))
    assert 14 <= most <= 60


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_datagrams_take_the_way_there_and_back_and_a_rebinding_shows() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target,
    ):
        for one in (client, target):
            one.bind(("127.0.0.1", 0))
            one.settimeout(10)
        clock = Hand()
        ways = Way(Faults(delay_ms=20), 1), Way(Faults(), 2)
        relay = Relay(("127.0.0.1", 0), target.getsockname(), *ways, clock)
        client.sendto(b"one", relay.address)
        relay.step(5)
        assert relay.carried.there == 0, "it is on the way for 20 ms"
        clock.now = 0.021
        relay.step(0)
        data, seen = target.recvfrom(100)
        assert data == b"one"
        target.sendto(b"two", seen)
        relay.step(5)
        assert client.recv(100) == b"two"
        relay.rebind()
        client.sendto(b"three", relay.address)
        relay.step(5)
        clock.now = 0.1
        relay.step(0)
        data, again = target.recvfrom(100)
        assert data == b"three"
        assert again != seen
        relay.close()
        done = relay.carried
        assert (done.there, done.back, done.lost, done.rebindings) == (2, 1, 0, 1)


@pytest.mark.wire
def test_the_program_says_where_it_is_and_what_it_did() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target:
        target.bind(("127.0.0.1", 0))
        target.settimeout(20)
        host, port = target.getsockname()
        command = [sys.executable, "-m", "tests.relay", f"{host}:{port}", "--duplicate", "1.0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            where = program.stdout.readline().split()[-1].rpartition(":")
            target.sendto(b"x", (where[0], int(where[2])))
            assert [target.recv(100), target.recv(100)] == [b"x", b"x"]
            program.send_signal(signal.SIGTERM)
            told = json.loads(program.stdout.readline())
        assert (told["there"], told["doubled"], program.returncode) == (2, 1, 0)
