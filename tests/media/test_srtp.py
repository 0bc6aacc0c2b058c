"""Voice that is encrypted: what leaves, what is heard, and what is not (RFC 3711, row C22)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.errors import MediaError
from firmware.media.messages import (
    Close,
    Failed,
    Fetch,
    Keep,
    Open,
    Protection,
    Statistics,
    Taped,
    VoiceStarted,
    decode_command,
    encode,
)
from firmware.media.rtcp import ReportPacket, compound, parse
from firmware.media.rtp import HEADER, VERSION
from firmware.media.srtp import KEPT, PROFILES, Guard, Master, Vault
from tests.media.fakes import PEER, Bench, FakeRtpSocket, opened

OURS, THEIRS, OTHER = bytes(range(30)), bytes(range(30, 60)), bytes(range(60, 90))
LONG, SHORT, GCM, LARGE = PROFILES
KEYS = Protection(suite=LONG, sends=OURS, receives=THEIRS)
TAG = {LONG: 10, SHORT: 4, GCM: 16, LARGE: 16}
"""Octets of the authentication."""


def keys_for(suite: str) -> Protection:
    octets = PROFILES[suite][1]
    return Protection(
        suite=suite, sends=bytes(range(octets)), receives=bytes(range(9, octets + 9))
    )


SOUND = bytes(range(0x50, 0xF0))


def far(keys: Protection = KEYS) -> Guard:
    """The other end of it."""
    mirrored = Protection(suite=keys.suite, sends=keys.receives, receives=keys.sends)
    return Guard(Vault(), mirrored)


def rtp(sequence: int, payload: bytes = SOUND, ssrc: int = 7) -> bytes:
    timestamp = sequence * 160 & 0xFFFFFFFF
    return HEADER.pack(VERSION, 8, sequence & 0xFFFF, timestamp, ssrc) + payload


def heard(guard: Guard, packet: bytes) -> bytes:
    """What the guard makes of a packet."""
    return guard.examine(packet)


class Call:
    """A protected call of port 1, and the far end's guard."""

    def __init__(self, keys: Protection = KEYS, **more: object) -> None:
        self.bench = Bench()
        self.keys = keys
        self.far = far(keys)
        self.sequence = 100
        self.opens(keys, **more)

    def opens(self, keys: Protection, **more: object) -> None:
        """A stretch of voice begins, with sockets of its own."""
        self.rtp, self.rtcp = FakeRtpSocket(), FakeRtpSocket()
        message = opened(call=5, protection=keys, **more)
        self.bench.engine.command(message, (self.rtp, self.rtcp))

    def hears(self, periods: int = 20, guard: Guard | None = None) -> int:
        """The far end speaks for so long; of how many periods something was heard."""
        count = 0
        for _ in range(periods):
            self.sequence += 1
            self.rtp.arrive((guard or self.far).protect(rtp(self.sequence)))
            count += self.bench.tick() != self.bench.idle
        return count

    def figures(self) -> Statistics:
        self.bench.engine.command(Close(port=1))
        return next(r for r in reversed(self.bench.reports()) if isinstance(r, Statistics))


@pytest.mark.parametrize("suite", PROFILES)
def test_voice_goes_and_comes_encrypted(suite: str) -> None:
    """C22: all suites; nothing of what is said can be read on the way."""
    call = Call(keys_for(suite))
    for _ in range(5):
        call.bench.tick(SOUND)
    sent = [data for data, _ in call.rtp.sent]
    assert [len(data) for data in sent] == [12 + 160 + TAG[suite]] * 5
    assert not any(SOUND in data for data in sent)
    assert [heard(call.far, data)[12:] for data in sent] == [SOUND] * 5
    assert call.hears() >= 15
    assert any(isinstance(report, VoiceStarted) for report in call.bench.reports())
    figures = call.figures()
    assert (figures.received, figures.lost, figures.forged) == (20, 0, 0)


def test_voice_of_who_has_not_the_key_is_counted_and_not_heard() -> None:
    """C22: another key, a changed octet, or none at all; strangers do not even count so."""
    call = Call()
    stranger = far(Protection(suite=LONG, sends=OURS, receives=OTHER))
    assert call.hears(5, stranger) == 0
    changed = bytearray(call.far.protect(rtp(300)))
    changed[20] ^= 1
    call.rtp.arrive(bytes(changed))
    call.rtp.arrive(rtp(301))
    call.rtp.arrive(call.far.protect(rtp(302)), ("192.0.2.99", 9))
    call.bench.ticks(3)
    figures = call.figures()
    assert (figures.received, figures.forged, figures.rejected) == (0, 7, 1)
    assert not any(isinstance(report, VoiceStarted) for report in call.bench.reports())


def test_a_packet_that_comes_again_is_a_duplicate() -> None:
    """C22, replay (RFC 3711 section 3.3.2)."""
    call = Call()
    packet = call.far.protect(rtp(100))
    call.rtp.arrive(packet)
    call.rtp.arrive(packet)
    call.bench.ticks(2)
    figures = call.figures()
    assert (figures.received, figures.duplicate, figures.forged) == (1, 1, 0)


def test_more_than_65536_packets_each_way() -> None:
    """C22: the roll-over counter, with loss at the wrap (section 3.3.1)."""
    ours, theirs = Guard(Vault(), KEYS), far()
    for n in range(65_400, 65_536 + 65_600):
        packet = ours.protect(rtp(n, b"x"))
        if n % 65_536 not in {65_535, 0, 1}:
            assert heard(theirs, packet) == rtp(n, b"x")
    assert (theirs.forged, theirs.replayed) == (0, 0)


def past_the_wrap(call: Call) -> None:
    """The far end has sent more than the sequence numbers can count."""
    call.sequence = 65_530
    call.hears(12)


def test_a_reinvite_with_the_same_keys_goes_on_past_the_wrap() -> None:
    """C22, row 51: the counter is not on the wire; begun anew, nothing would be heard again."""
    call = Call()
    past_the_wrap(call)
    call.bench.engine.command(opened(call=5, protection=KEYS, ptime_ms=20, codec="PCMA"))
    assert call.hears() >= 15
    assert call.figures().forged == 0


def test_a_call_that_is_taken_back_from_hold_goes_on_past_the_wrap() -> None:
    """C22: the stretch of voice is another, with a stream of ours of its own; the keys are not."""
    call = Call()
    past_the_wrap(call)
    call.bench.engine.command(Close(port=1))
    call.opens(KEYS)
    assert call.hears() >= 15
    call.bench.tick(SOUND)
    assert len(heard(call.far, call.rtp.sent[-1][0])) == 172
    assert call.figures().forged == 0


def test_new_keys_count_from_then_on() -> None:
    """C22, rekeying: those before are not taken any more."""
    call = Call()
    call.hears()
    new = Protection(suite=SHORT, sends=OTHER, receives=OURS)
    call.bench.engine.command(opened(call=5, protection=new))
    call.bench.tick(SOUND)
    assert len(heard(far(new), call.rtp.sent[-1][0])) == 172
    call.bench.ticks(30)
    assert call.hears(3) == 0
    assert call.hears(20, far(new)) >= 15
    assert call.figures().forged == 3


def test_a_call_can_begin_to_be_protected() -> None:
    bench, socket = Bench(), FakeRtpSocket()
    bench.engine.command(opened(), (socket,))
    bench.tick(SOUND)
    bench.engine.command(opened(protection=KEYS))
    bench.tick(SOUND)
    (plain, _), (protected, _) = socket.sent
    assert plain[12:] == SOUND
    assert heard(far(), protected)[12:] == SOUND


def test_the_tape_has_voice_as_it_was_said() -> None:
    """What is looked at afterwards can be heard; the keys are not kept for it."""
    call = Call()
    call.bench.engine.command(Keep(octets=100_000))
    call.bench.tick(SOUND)
    call.rtp.arrive(call.far.protect(rtp(1)))
    call.rtp.arrive(rtp(2))
    call.bench.ticks(2)
    call.bench.engine.command(Fetch(call=5))
    taped = [p for r in call.bench.reports() if isinstance(r, Taped) for p in r.packets]
    assert [p.data[12:] for p in taped if not p.outward] == [SOUND]
    assert next(p.data for p in taped if p.outward)[12:] == SOUND


def test_reports_are_protected_and_read() -> None:
    """SRTCP (section 3.4): by a port of its own, and by that of voice."""
    for mux in (False, True):
        call = Call(rtcp_mux=mux)
        theirs = call.far.protect_report(compound(ReportPacket(7, None, ())))
        (call.rtp if mux else call.rtcp).arrive(theirs, (PEER[0], PEER[1] + (not mux)))
        call.rtcp.arrive(compound(ReportPacket(7, None, ())), (PEER[0], PEER[1] + 1))
        for _ in range(400):
            call.bench.tick(SOUND)
        way = call.rtp if mux else call.rtcp
        reports = [data for data, _ in way.sent if data[1] in range(192, 224)]
        assert reports
        plain = call.far.examine_report(reports[0])
        assert isinstance(parse(plain)[0], ReportPacket)
        figures = call.figures()
        assert (figures.forged, figures.rejected) == (1, 0), "one that was not protected"


@pytest.mark.parametrize(
    "wrong",
    [
        Protection(suite="AES_256_CM_HMAC_SHA1_80", sends=OURS, receives=THEIRS),
        Protection(suite=LONG, sends=OURS[:-1], receives=THEIRS),
        Protection(suite=GCM, sends=OURS, receives=THEIRS),
    ],
)
def test_what_cannot_be_protected_is_not_sent_at_all(wrong: Protection) -> None:
    """C22: never in the clear instead."""
    bench, socket = Bench(), FakeRtpSocket()
    bench.engine.command(opened(protection=wrong), (socket,))
    bench.tick(SOUND)
    (failed,) = (report for report in bench.reports() if isinstance(report, Failed))
    assert "SRTP" in failed.reason
    assert (socket.sent, socket.closed) == ([], True)
    with pytest.raises(MediaError):
        Guard(Vault(), wrong)


def test_a_port_remembers_some_keys_and_no_more() -> None:
    vault = Vault()
    first = vault.outward(Master(LONG, OURS))
    for n in range(KEPT - 1):
        vault.outward(Master(LONG, bytes([n]) * 30))
    for n in range(KEPT):
        vault.inward(Master(LONG, bytes([n]) * 30))
    assert vault.outward(Master(LONG, OURS)) is first
    for n in range(KEPT):
        vault.outward(Master(LONG, bytes([n]) * 30))
    assert vault.outward(Master(LONG, OURS)) is not first


def test_no_message_shows_its_keys() -> None:
    message = opened(protection=KEYS)
    assert decode_command(encode(message)) == message
    for key in (OURS, THEIRS):
        assert repr(key)[2:-1] not in repr(message)
        assert key.hex() not in repr(message)
    assert LONG in repr(message)
    assert Open.__repr__(message) == repr(message)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(PROFILES)),
    st.lists(st.binary(max_size=400), max_size=8),
    st.binary(max_size=1600),
)
def test_any_payload_comes_out_as_it_went_in(
    suite: str, payloads: list[bytes], noise: bytes
) -> None:
    """And noise in between does no harm."""
    keys = keys_for(suite)
    ours, theirs = Guard(Vault(), keys), far(keys)
    for sequence, payload in enumerate(payloads):
        packet = rtp(sequence, payload)
        assert heard(theirs, ours.protect(packet)) == packet
        assert heard(theirs, noise) == b""
    assert theirs.examine_report(noise) == b""
    assert ours.protect(bytes([VERSION, 8]) + bytes(1600)) == b""
