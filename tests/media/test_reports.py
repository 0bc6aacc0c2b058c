"""Two engines that report to each other, and what strangers do to one of them."""

from __future__ import annotations

import gc

import pytest

from firmware.media.messages import Close, Failed, Statistics
from firmware.media.rtcp import (
    Goodbye,
    Names,
    Reception,
    ReportPacket,
    Sending,
    compound,
    ntp_time,
    parse,
)
from firmware.media.rtp import RtpSender
from tests.media.fakes import PEER, Bench, FakeRtcpSocket, FakeRtpSocket, opened

START = 1_795_000_000.0
FAR_SSRC = 0x0BADCAFE


class Clock:
    """Wall-clock time, which the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class End:
    """An engine with one call: its sockets, and what it told last."""

    def __init__(self, host: str, far: str, clock: Clock, steady: Clock, seed: int) -> None:
        self.bench = Bench(wall_clock=clock, steady=steady, seed=seed)
        self.rtp, self.rtcp = FakeRtpSocket(), FakeRtcpSocket(clock)
        self.host = host
        self.bench.engine.command(
            opened(host=far, rtp_port=4000, event_tx=None), [self.rtp, self.rtcp]
        )

    def figures(self) -> Statistics:
        return [r for r in self.bench.reports() if isinstance(r, Statistics)][-1]


class Line:
    """Two ends, and a way between them that takes `trip_s` for RTCP."""

    def __init__(self, trip_s: float = 0.0) -> None:
        self.clock, self.far_clock, self.steady = Clock(), Clock(), Clock()
        self.a = End("192.0.2.1", "192.0.2.2", self.clock, self.steady, seed=1)
        self.b = End("192.0.2.2", "192.0.2.1", self.far_clock, self.steady, seed=50)
        self.trip_s = trip_s
        self.lose = 0
        """Each so-many-th packet of voice from a to b is lost."""
        self._sent = 0
        self._on_the_way: list[tuple[float, End, bytes, str]] = []

    def runs(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.a.bench.tick()
            self.b.bench.tick()
            self._carry(self.a, self.b)
            self._carry(self.b, self.a)
            for clock in (self.clock, self.far_clock, self.steady):
                clock.now += 0.020
            self._deliver()

    def _carry(self, source: End, target: End) -> None:
        for data, _ in source.rtp.sent:
            self._sent += source is self.a
            if not (self.lose and source is self.a and self._sent % self.lose == 0):
                target.rtp.arrive(data, (source.host, 4000))
        for data, address in source.rtcp.sent:
            assert address == (target.host, 4001)
            self._on_the_way.append((self.steady.now + self.trip_s, target, data, source.host))
        source.rtp.sent.clear()
        source.rtcp.sent.clear()

    def _deliver(self) -> None:
        for journey in self._on_the_way[:]:
            due, target, data, host = journey
            if due <= self.steady.now:
                self._on_the_way.remove(journey)
                target.rtcp.arrive(data, (host, 4001))


def call() -> tuple[Bench, FakeRtpSocket, FakeRtcpSocket, Clock]:
    clock = Clock()
    bench = Bench(wall_clock=clock)
    rtp, rtcp = FakeRtpSocket(), FakeRtcpSocket(clock)
    bench.engine.command(opened(), [rtp, rtcp])
    return bench, rtp, rtcp, clock


def test_both_ends_know_the_round_trip_and_what_the_other_end_missed() -> None:
    line = Line(trip_s=0.060)
    line.lose = 10
    line.runs(20)
    a, b = line.a.figures(), line.b.figures()
    # the way of the memory line is a multiple of 20 ms, counted after each tick
    assert a.rtt_ms == pytest.approx(120, abs=45)
    assert b.rtt_ms == pytest.approx(120, abs=45)
    assert b.lost >= 90
    assert a.far_lost == pytest.approx(b.lost, abs=45), "as it stood at the last report"
    assert b.far_lost == 0
    assert a.far_jitter_ms is not None


@pytest.mark.parametrize("step_s", [2.0, -4.0, -86400.0 * 3653])
def test_a_clock_that_is_set_in_a_call_makes_no_trip_longer(step_s: float) -> None:
    """C12: who has synchronised the clock must not read of a call that nobody can stand."""
    line = Line(trip_s=0.060)
    line.runs(7.3)
    for _ in range(4):
        line.clock.now += step_s
        line.runs(5)
        for end in (line.a, line.b):
            assert end.figures().rtt_ms == pytest.approx(120, abs=45)


def test_before_the_first_report_there_are_no_figures_of_the_far_end() -> None:
    bench, *_ = call()
    bench.engine.command(Close(port=1))
    (figures,) = [r for r in bench.reports() if isinstance(r, Statistics)]
    assert (figures.rtt_ms, figures.far_lost, figures.far_jitter_ms) == (None, None, None)


def test_reports_go_to_the_port_above_voice_some_seconds_apart() -> None:
    bench, _, rtcp, _ = call()
    bench.ticks(60 * 50)
    assert {address for _, address in rtcp.sent} == {(PEER[0], PEER[1] + 1)}
    assert 8 <= len(rtcp.sent) <= 24
    report, names = parse(rtcp.sent[-1][0])
    assert isinstance(report, ReportPacket)
    assert report.sending is not None
    assert report.sending.octets == 160 * report.sending.packets
    assert isinstance(names, Names)
    assert names.names[0][0] == report.ssrc


def test_the_peer_may_name_another_port() -> None:
    clock = Clock()
    bench, rtcp = Bench(wall_clock=clock), FakeRtcpSocket(clock)
    bench.engine.command(opened(rtcp_port=30000), [FakeRtpSocket(), rtcp])
    bench.ticks(500)
    assert {address for _, address in rtcp.sent} == {(PEER[0], 30000)}


def test_who_does_not_speak_sends_receiver_reports() -> None:
    clock = Clock()
    bench, rtcp = Bench(wall_clock=clock), FakeRtcpSocket(clock)
    bench.engine.command(opened(sends=False), [FakeRtpSocket(), rtcp])
    bench.ticks(500)
    reports = [parse(data)[0] for data, _ in rtcp.sent]
    assert reports
    assert all(isinstance(r, ReportPacket) and r.sending is None for r in reports)


def test_a_goodbye_is_the_last_that_is_sent() -> None:
    bench, rtp, rtcp, _ = call()
    bench.ticks(5)
    bench.engine.command(Close(port=1))
    (data, _), *more = rtcp.sent
    assert not more
    report, _, goodbye = parse(data)
    assert isinstance(report, ReportPacket)
    assert goodbye == Goodbye((report.ssrc,))
    assert (rtp.closed, rtcp.closed) == (True, True)


def test_who_never_said_a_word_leaves_without_one() -> None:
    clock = Clock()
    bench, rtcp = Bench(wall_clock=clock), FakeRtcpSocket(clock)
    bench.engine.command(opened(sends=False), [FakeRtpSocket(), rtcp])
    bench.engine.command(Close(port=1))
    assert rtcp.sent == []


def test_a_goodbye_and_junk_and_strangers_do_no_harm() -> None:
    """Fault C21: a BYE of a source is no end of the call, and what is no RTCP is counted."""
    bench, rtp, rtcp, clock = call()
    report = ReportPacket(FAR_SSRC, Sending(ntp_time(clock.now), 0, 1, 160))
    ours = 0x0708090A
    forged = Reception(ours, 255, 999, 0, 999, 0, 0)
    for _ in range(3):
        rtcp.arrive(compound(report, Goodbye((FAR_SSRC, ours), b"gone")))
        rtcp.arrive(b"\x80")
        rtcp.arrive(bytes(2000))
        rtcp.arrive(
            compound(ReportPacket(FAR_SSRC, None, (forged,))), ("203.0.113.9", PEER[1] + 1)
        )
    bench.ticks(250)
    assert len(rtp.sent) == 250, "the call goes on"
    told = bench.reports()
    (figures,) = [r for r in told if isinstance(r, Statistics)]
    assert figures.rejected == 9
    assert figures.far_lost is None, "a stranger's report is none"
    assert not [r for r in told if isinstance(r, Failed)]


def received(rtcp: FakeRtcpSocket) -> list[Reception]:
    """What our reports said of the peer, where they said something."""
    reports = [parse(data)[0] for data, _ in rtcp.sent]
    return [r for report in reports if isinstance(report, ReportPacket) for r in report.receptions]


def test_what_was_lost_is_reported_for_the_source_that_lost_it() -> None:
    bench, rtp, rtcp, _ = call()
    sparse, whole = RtpSender(lambda size: b"\1" * size), RtpSender(lambda size: b"\2" * size)
    for sender, every in ((sparse, 4), (whole, 1)):
        for n in range(600):
            packet = sender.packet(8, bytes(160))
            sender.advance(160)
            if every == 1 or n % every:
                rtp.arrive(packet)
            bench.tick()
    said = received(rtcp)
    old, new = said[0].ssrc, said[-1].ssrc
    assert [r.ssrc for r in said] == sorted((r.ssrc for r in said), key=[old, new].index)
    assert all(r.fraction_lost == pytest.approx(64, abs=2) for r in said if r.ssrc == old)
    assert all((r.fraction_lost, r.lost) == (0, 0) for r in said if r.ssrc == new)
    assert old != new


def test_reports_both_ways_make_no_reference_cycles() -> None:
    bench, _, rtcp, _ = call()
    bench.ticks(100)

    def a_second() -> None:
        rtcp.arrive(compound(ReportPacket(FAR_SSRC, Sending(ntp_time(START), 0, 1, 160))))
        rtcp.arrive(b"junk")
        bench.ticks(50)
        bench.reports()

    a_second()
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            a_second()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_flood_is_read_slowly_and_a_broken_way_is_survived() -> None:
    bench, _, rtcp, _ = call()
    for _ in range(100):
        rtcp.arrive(b"x")
    bench.ticks(50)
    assert len(rtcp.inbox) == 92
    rtcp.broken = OSError("no route to host")
    bench.ticks(500)
    bench.engine.command(Close(port=1))
    assert rtcp.closed
