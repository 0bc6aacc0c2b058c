"""Our own SSRC comes from the far end: by chance, or because it is us (RFC 3550 section 8.2)."""

from __future__ import annotations

import random

from firmware.media.messages import Open, OwnSsrc, Statistics
from firmware.media.rtcp import Goodbye, ReportPacket, compound, parse
from firmware.media.rtp import HEADER
from tests.media.fakes import PEER, Bench, FakeRtcpSocket, FakeRtpSocket
from tests.media.test_bad_ways import SILENCE, TONE, Far


def drawing() -> Bench:
    """An engine that draws other numbers each time."""
    dice = random.Random(1)  # noqa: S311 - a test wants the same dice each time
    return Bench(entropy=dice.randbytes)


def ssrc_of(packet: bytes) -> int:
    return int(HEADER.unpack_from(packet)[4])


def sent(rtp: FakeRtpSocket) -> list[int]:
    """The SSRCs of all that was sent, in their order."""
    return list(dict.fromkeys(ssrc_of(packet) for packet, _ in rtp.sent))


def told(far: Far) -> list[bool]:
    """Whether it loops, each time that it was told."""
    return [r.loops for r in far.bench.reports() if isinstance(r, OwnSsrc)]


def returned(far: Far, ticks: int) -> list[bytes]:
    """Each packet of ours comes back as it is; what is heard meanwhile."""
    heard = []
    for _ in range(ticks):
        far.rtp.arrive(far.rtp.sent[-1][0], PEER)
        heard.append(far.bench.tick())
    return heard


def test_who_has_drawn_our_ssrc_is_heard_and_we_draw_another() -> None:
    """RFC 3550 section 8.2: not a packet of either end is lost by it."""
    far = Far(bench=drawing())
    far.bench.tick()
    far.ssrc = ssrc_of(far.rtp.sent[0][0])
    heard = far.talks(100)
    ours = sent(far.rtp)
    assert ours[0] == far.ssrc
    assert len(ours) == 2, "once, however long the far end keeps it"
    assert heard[3:] == [TONE] * 97
    assert told(far) == [False]


def test_the_stream_that_we_leave_says_goodbye() -> None:
    """RFC 3550 section 8.2: by the old SSRC, at once; reports go on by the new one."""
    bench = drawing()
    rtp, rtcp = FakeRtpSocket(), FakeRtcpSocket(lambda: 0.0)
    message = Open(port=1, host=PEER[0], rtp_port=PEER[1], payload_type=8)
    bench.engine.command(message, [rtp, rtcp])
    for _ in range(3):
        bench.tick()
    old = ssrc_of(rtp.sent[0][0])
    rtp.arrive(HEADER.pack(0x80, 8, 1, 1, old) + TONE)
    bench.tick()
    ((data, _),) = rtcp.sent
    assert Goodbye((old,)) in parse(data)
    for _ in range(500):
        bench.tick()
    later = [p for p in parse(rtcp.sent[-1][0]) if isinstance(p, ReportPacket)]
    new = sent(rtp)[1]
    assert [p.ssrc for p in later] == [new]
    assert [reception.ssrc for p in later for reception in p.receptions] == [old]


def test_our_own_packets_that_come_back_are_not_heard() -> None:
    """RFC 3550 section 8.2: after the one change it is known that nobody else has our number."""
    far = Far(bench=drawing())
    far.bench.tick()
    heard = returned(far, 100)
    assert len(sent(far.rtp)) == 2
    assert heard[20:] == [SILENCE] * 80
    final = [r for r in far.bench.reports() if isinstance(r, OwnSsrc | Statistics)]
    assert [r.loops for r in final if isinstance(r, OwnSsrc)] == [False, True]


def test_the_far_end_is_heard_through_a_loop() -> None:
    far = Far(bench=drawing())
    far.bench.tick()
    returned(far, 10)
    heard = []
    for _ in range(60):
        far.rtp.arrive(far.rtp.sent[-1][0], PEER)
        far.sends(TONE)
        heard.append(far.tick())
    assert heard[10:] == [TONE] * 50
    far.bench.reports()
    for _ in range(250):
        far.rtp.arrive(far.rtp.sent[-1][0], PEER)
        far.talks(1)
    figures = far.figures()
    assert figures.looped > 200
    assert figures.rejected == 0


def test_a_report_by_our_ssrc_is_a_collision_too() -> None:
    """RFC 3550 section 8.2: data and control alike; of those that loop nothing is believed."""
    bench = drawing()
    rtp, rtcp = FakeRtpSocket(), FakeRtcpSocket(lambda: 0.0)
    message = Open(port=1, host=PEER[0], rtp_port=PEER[1], payload_type=8)
    bench.engine.command(message, [rtp, rtcp])
    bench.tick()
    for _ in range(2):
        rtcp.arrive(compound(ReportPacket(ssrc_of(rtp.sent[-1][0]))))
        for _ in range(50):
            bench.tick()
    assert len(sent(rtp)) == 2
    assert [r.loops for r in bench.reports() if isinstance(r, OwnSsrc)] == [False, True]
