"""Encrypted voice from telephone to telephone: said, heard, held, and never shown (row C22)."""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from pathlib import Path

import pytest

from tests.flows.encrypted import is_drawn, voice_passes_before_and_after_hold, wire
from tests.flows.scenes import calls_out, dials, talk
from tests.gateway.test_secrets import everything
from tests.sbc import description
from tests.world import World

KEYS = '[rtp]\nsrtp = "required"\nsrtp_without_tls = true\n'
LONG = "AES_CM_128_HMAC_SHA1_80"
INLINE = re.compile(rb"inline:([A-Za-z0-9+/]{40})")


def test_voice_is_encrypted_both_ways_and_after_hold() -> None:
    """C22: two telephones of one box, through the exchange, which sees the keys and no voice."""
    with World(exchange=True, more=KEYS).registers() as world:
        voice_passes_before_and_after_hold(world, LONG)
        voice = [m.what for m in world.gateway.trace.since() if m.what.startswith("voice PCMA")]
        assert voice[0] == "voice PCMA SRTP"


def test_a_call_with_encrypted_voice_as_a_picture() -> None:
    with World(exchange=True, more=KEYS).registers() as world:
        is_drawn(world, "encrypted-voice")


@pytest.mark.parametrize("status", [488, 200])
def test_a_far_end_that_does_not_encrypt_gets_no_voice_and_the_reason_is_told(
    status: int,
) -> None:
    """C22: 488, or an answer with plain voice; `explain last-call` says what it was about."""
    with World(ports=1, more=KEYS).registers() as world:
        if status == 200:
            dials(world, "8001")
            invite = world.sbc.gets("INVITE")
            world.sbc.says(invite, 200, body=description())
            world.sbc.gets("ACK")
            assert "488" in (world.sbc.gets("BYE").headers.get("Reason") or "")
        else:
            _, invite = calls_out(world, "8001")
            world.sbc.says(invite, 488)
            world.sbc.gets("ACK")
        world.waits(0.5)
        a = world.person(1)
        assert a.hears(3.0).heard == "congestion"
        a.hangs_up()
        world.waits(0.3)
        told = str(world.asks("explain-call", port=1))
        assert "No agreement on encrypted voice: " in told
        assert world.records(1)[-1].sip_status == 488


def test_no_key_is_ever_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever can be asked for in such a call, and after it, is searched for its keys."""
    caplog.set_level(logging.DEBUG)
    with wire() as seen, World(exchange=True, more=KEYS) as world:
        a, b = talk(world.registers())
        (tmp_path / "during").mkdir()
        said = everything(world, tmp_path / "during")
        said += repr(world.gateway.ports[1].legs.hand)
        a.hangs_up()
        b.hangs_up()
        world.waits(0.5)
        said += everything(world, tmp_path)
    said += caplog.text
    keys = {key for data in seen for key in INLINE.findall(data)}
    assert len(keys) >= 3, "both suites of the caller, one of the called"
    assert "inline:******" in said
    for key in keys:
        plain = b64decode(key)
        for song in (key.decode(), plain.hex(), repr(plain)[2:-1]):
            assert song not in said
