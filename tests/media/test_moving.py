"""Our own address changes under a call: other sockets, the same streams (REG-22, C08)."""

from __future__ import annotations

from firmware.media.messages import Failed, Move, Statistics, VoiceStarted
from firmware.media.rtcp import ReportPacket, parse
from firmware.media.rtp import HEADER
from tests.media.fakes import PEER, Bench, FakeRtpSocket, opened
from tests.media.test_srtp import KEYS, SOUND, far, heard, rtp

OTHER_PORT = (PEER[0], PEER[1] + 4)


def moved(bench: Bench, call: int = 5) -> tuple[FakeRtpSocket, FakeRtpSocket]:
    """The sockets that take the place of those of `call`."""
    pair = FakeRtpSocket(), FakeRtpSocket()
    bench.engine.command(Move(port=1, call=call), pair)
    return pair


def headers(sock: FakeRtpSocket) -> list[tuple[int, int, int]]:
    """Sequence number, timestamp and SSRC of what was sent there, without markers."""
    return [HEADER.unpack_from(data)[2:] for data, _ in sock.sent]


def test_the_stream_goes_on_from_the_other_address() -> None:
    """REG-22: the same SSRC, the next sequence number, no period left out; the old sockets go."""
    bench, before = Bench(), (FakeRtpSocket(), FakeRtpSocket())
    bench.engine.command(opened(call=5), before)
    for _ in range(3):
        bench.tick(SOUND)
    after, _ = moved(bench)
    for _ in range(3):
        bench.tick(SOUND)
    assert [sock.closed for sock in before] == [True, True]
    assert [to for _, to in after.sent] == [PEER] * 3
    stream = headers(before[0]) + headers(after)
    first, timestamp, ssrc = stream[0]
    assert stream == [(first + n, timestamp + 160 * n, ssrc) for n in range(6)]


def test_voice_of_the_far_end_is_one_stream_too() -> None:
    """What was lost meanwhile is counted; where it speaks from is learnt anew (C06)."""
    bench, before = Bench(), FakeRtpSocket()
    bench.engine.command(opened(call=5), [before])
    for n in range(10):
        before.arrive(rtp(n))
        bench.tick()
    assert before.connected == PEER
    after, _ = moved(bench)
    after.arrive(rtp(3), ("192.0.2.99", 9))
    bench.ticks(5)
    for n in range(15, 40):
        after.arrive(rtp(n), OTHER_PORT)
        bench.tick(SOUND)
    assert after.sent[-1][1] == OTHER_PORT
    bench.engine.command(opened(call=5, rtp_port=OTHER_PORT[1]))
    after.arrive(rtp(40), OTHER_PORT)
    bench.tick()
    assert after.connected == OTHER_PORT
    bench.engine.command(Move(port=1, call=5), (FakeRtpSocket(),))
    reports = bench.reports()
    assert sum(isinstance(report, VoiceStarted) for report in reports) == 1
    bench.ticks(250)
    figures = [r for r in bench.reports() if isinstance(r, Statistics)][-1]
    assert (figures.received, figures.lost, figures.rejected) == (36, 5, 1)


def test_encrypted_voice_counts_on_in_both_directions() -> None:
    """C22, row 51: by the same keys, past the wrap of 65 536 packets, and no key stream twice."""
    bench, before, guard = Bench(), FakeRtpSocket(), far()
    bench.engine.command(opened(call=5, protection=KEYS), [before])
    for n in range(65_530, 65_542):
        before.arrive(guard.protect(rtp(n)))
        bench.tick(SOUND)
    sent = [data for data, _ in before.sent]
    after, _ = moved(bench)
    for n in range(65_542, 65_562):
        after.arrive(guard.protect(rtp(n)))
        bench.tick(SOUND)
    sent += [data for data, _ in after.sent]
    assert [len(heard(guard, data)) for data in sent] == [172] * 32, "each once, by our key"
    bench.ticks(250)
    figures = [r for r in bench.reports() if isinstance(r, Statistics)][-1]
    assert (figures.received, figures.lost, figures.forged) == (32, 0, 0)


def test_reports_go_from_there_too() -> None:
    bench, before = Bench(), (FakeRtpSocket(), FakeRtpSocket())
    bench.engine.command(opened(call=5), before)
    after = moved(bench)
    for _ in range(500):
        bench.tick(SOUND)
    assert not before[1].sent
    reports = [p for data, _ in after[1].sent for p in parse(data) if isinstance(p, ReportPacket)]
    assert reports[0].ssrc == headers(after[0])[0][2]


def test_one_of_two_that_are_joined_moves_and_then_the_other() -> None:
    bench, a, b = Bench(), FakeRtpSocket(), FakeRtpSocket()
    bench.engine.command(opened(call=1), [a])
    bench.engine.command(opened(call=2, joined=True), [b])
    bench.tick(SOUND)
    later_b, _ = moved(bench, 2)
    bench.tick(SOUND)
    assert (a.closed, b.closed, len(a.sent), len(later_b.sent)) == (False, True, 2, 1)
    later_a, _ = moved(bench, 1)
    bench.tick(SOUND)
    assert (a.closed, len(later_a.sent), len(later_b.sent)) == (True, 1, 2)
    assert headers(later_a)[0][2] == headers(a)[0][2]


def test_a_call_that_is_not_open_does_not_move_and_its_sockets_are_closed() -> None:
    bench, before = Bench(), FakeRtpSocket()
    pair = [*moved(bench)]
    bench.engine.command(opened(call=5), [before])
    pair += moved(bench, call=6)
    bench.engine.command(Move(port=1, call=5), ())
    assert [sock.closed for sock in pair] == [True] * 4
    assert not before.closed
    whys = [report.reason for report in bench.reports() if isinstance(report, Failed)]
    assert whys == [
        "Move: port 1: call 5 is not open",
        "Move: port 1: call 6 is not open",
        "Move: port 1: no RTP socket came with it",
    ]
