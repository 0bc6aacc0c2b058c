"""The ports of a call: an even one for RTP, the odd one above for RTCP; and what they bring."""

from __future__ import annotations

import resource
import socket
from pathlib import Path
from typing import Any

import pytest

from firmware.net import IpNetwork, NetworkError
from firmware.status import CallStatusRow
from firmware.transport.rtp_ports import RtpPorts
from tests.flows.scenes import calls_out, talk
from tests.sbc import description
from tests.world import World

HOST = "127.0.0.1"


def even() -> int:
    """An even port with three free ports above it, as far as one can know."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port % 2 == 0 and port < 65000:
            return port


def numbers(pair: tuple[socket.socket, socket.socket]) -> list[int]:
    found = [sock.getsockname()[1] for sock in pair]
    for sock in pair:
        sock.close()
    return found


def test_a_call_has_two_ports_side_by_side() -> None:
    first = even()
    network = IpNetwork()
    assert numbers(network.open_rtp(HOST, range(first - 1, first + 2))) == [first, first + 1]


def test_a_port_whose_neighbour_is_in_use_is_left_out() -> None:
    first = even()
    network = IpNetwork()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
        neighbour.bind((HOST, first + 1))
        assert numbers(network.open_rtp(HOST, range(first, first + 4))) == [first + 2, first + 3]
        with pytest.raises(NetworkError, match="no free RTP port"):
            network.open_rtp(HOST, range(first, first + 2))
    assert numbers(network.open_rtp(HOST, range(first, first + 2))) == [first, first + 1]


def test_the_last_even_port_of_the_range_has_no_neighbour_in_it() -> None:
    first = even()
    with pytest.raises(NetworkError, match="no free RTP port"):
        IpNetwork().open_rtp(HOST, range(first, first + 1))


def test_a_port_rests_before_it_is_lent_again() -> None:
    """Fault C18: late packets of the call before must not be heard in the next."""
    clock = [100.0]
    lender, first = RtpPorts(lambda: clock[0]), even()
    both = range(first, first + 4)
    assert numbers(lender.lend(HOST, both)) == [first, first + 1]
    clock[0] += 0.5
    assert numbers(lender.lend(HOST, both)) == [first + 2, first + 3]
    clock[0] += 1.6
    assert numbers(lender.lend(HOST, both)) == [first, first + 1], "it has rested for 2.1 s"
    clock[0] += 0.1
    assert numbers(lender.lend(HOST, both)) == [first + 2, first + 3]
    clock[0] += 0.1
    assert numbers(lender.lend(HOST, both)) == [first, first + 1], "the longer of two short rests"


def test_a_port_rests_from_when_it_is_given_back_and_not_from_when_it_was_lent() -> None:
    clock = [100.0]
    lender, first = RtpPorts(lambda: clock[0]), even()
    both = range(first, first + 4)
    pair = lender.lend(HOST, both)
    clock[0] += 60
    for sock in pair:
        sock.close()
    clock[0] += 1.9
    assert numbers(lender.lend(HOST, both)) == [first + 2, first + 3]


def test_without_files_left_there_is_no_voice_and_that_is_said() -> None:
    """D13: EMFILE is no fault of the line circuit; what was opened halfway is closed again."""
    ports, soft, hard = RtpPorts(lambda: 0.0), *resource.getrlimit(resource.RLIMIT_NOFILE)
    some = [socket.socket() for _ in range(3)]
    most = max(sock.fileno() for sock in some) + 1
    gaps = [socket.socket() for _ in range(most - len([*Path("/proc/self/fd").iterdir()]))]
    first = range(even(), 65000)
    try:
        for spare in (0, 1):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            if spare:
                some.pop().close()
            with pytest.raises(NetworkError, match="no socket for voice: Too many open files"):
                ports.lend(HOST, first)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for sock in (*some, *gaps):
            sock.close()
    for sock in ports.lend(HOST, first):
        sock.close()


def test_without_files_left_the_next_call_is_refused_and_the_first_goes_on() -> None:
    """D13."""
    with World(ports=2).registers() as world:
        _, invite = calls_out(world)
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")

        def nothing(_host: str, _ports: range) -> tuple[Any, Any]:
            raise NetworkError("no socket for voice: Too many open files")

        world.network.open_rtp = nothing  # type: ignore[method-assign, assignment]  # a fake that refuses
        b = world.person(2)
        world.sbc.calls("102", by="8001")
        world.sbc.gets_answer(180, "INVITE")
        b.lifts()
        world.sbc.gets_answer(503, "INVITE")
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        assert world.gateway.ports[2].in_service


def test_without_a_port_the_next_call_is_refused_and_the_first_goes_on() -> None:
    """Fault C18: exhaustion is 503 to a caller and congestion to a person, and no crash."""
    with World(ports=2, more='[rtp]\nports = "10000-10001"\n').registers() as world:
        _, invite = calls_out(world)
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        b = world.person(2)
        world.sbc.calls("102", by="8001")
        world.sbc.gets_answer(180, "INVITE")
        b.lifts()
        world.sbc.gets_answer(503, "INVITE")
        world.waits(1.0)
        b.hangs_up()
        world.waits(1.0)
        b.lifts()
        world.waits(0.4)
        b.dials("8001")
        world.waits(1.0)
        assert b.hears(3.0).heard == "congestion"
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"


def test_the_operator_sees_what_the_far_end_reports() -> None:
    with World(exchange=True).registers() as world:
        a, _ = talk(world)
        world.waits(20.0)
        rows = world.asks("calls")
        assert isinstance(rows, list)
        for row in rows:
            assert isinstance(row, CallStatusRow)
            assert row.far_lost is not None
            assert row.rtt_ms is not None
            assert row.rtt_ms <= 25, "the network in memory takes no time, but a tick does"
        a.hangs_up()
        world.waits(1.0)
        for port in (1, 2):
            record = world.records(port)[-1]
            assert record.rtt_ms is not None
            assert record.far_jitter_ms is not None
        assert not world.network.sockets
