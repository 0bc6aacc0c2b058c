"""The engine in the caller's own process."""

from __future__ import annotations

import os

import pytest

from firmware.errors import MediaError
from firmware.media.beside import MediaBeside
from firmware.media.messages import Play, Ready, Report, VoiceStarted
from tests.media.fakes import PEER, FakeRtpSocket, opened, start
from tests.media.test_engine import peer

PERIOD = b"\xd5" * (160 * 8)


def test_it_is_ready_with_the_first_tick_and_tells_at_once() -> None:
    told: list[Report] = []
    media = MediaBeside(told.append, bytes)
    media.start(start())
    media.tick(PERIOD)
    assert told == [Ready(pid=os.getpid(), realtime=False, machines=True)]
    rtp = FakeRtpSocket()
    media.send(opened(), rtp)
    rtp.arrive(peer().packet(8, b"\x11" * 160))
    assert media.tick(PERIOD)[::8] == b"\x11" * 160
    assert told[1:] == [VoiceStarted(port=1, host=PEER[0], rtp_port=PEER[1])]
    media.close()
    assert rtp.closed
    assert len(told) == 2


def test_it_must_be_started_once_before_it_is_used() -> None:
    media = MediaBeside(lambda _: None, bytes)
    with pytest.raises(MediaError, match="Play: media does not run"):
        media.send(Play(port=1))
    with pytest.raises(MediaError, match="does not run"):
        media.tick(PERIOD)
    media.start(start())
    with pytest.raises(MediaError, match="runs already"):
        media.start(start())
