"""Voice whose keys the two ends make themselves: agreed on, kept, made anew, refused (C22)."""

from __future__ import annotations

import logging
import re
import struct
from pathlib import Path

import pytest
from msgspec import structs

from firmware.dtls.messages import Agree, Agreed, Leave, Left, Record, Refused
from firmware.media import messages as media
from firmware.media.srtp import Guard, Vault
from firmware.port.keying import NOT_YET, PAUSE, SILENT
from firmware.sip.message import Request
from tests.flows.encrypted import calls, is_drawn, voice_passes_before_and_after_hold, wire
from tests.flows.scenes import dials, talk
from tests.gateway.faulty import FaultyWorld
from tests.gateway.test_secrets import everything
from tests.handshakes import SUITE
from tests.sbc import description
from tests.world import World

DTLS = '[rtp]\nsrtp = "dtls"\n'
SHOWN = "sha-256 " + ":".join(["0C"] * 32)
VOICE_MARKS = ("DTLS handshake", "keys agreed", "no keys", "voice PCMA SRTP", "voice ends")


def secured(setup: str = "active", name: str = "", shown: str = SHOWN) -> bytes:
    """The scripted far end's description."""
    more = f"a=fingerprint:{shown}\r\na=setup:{setup}\r\na=rtcp-mux\r\n"
    more += f"a=tls-id:{name * 20}\r\n" if name else ""
    return description().replace(b"RTP/AVP", b"UDP/TLS/RTP/SAVP") + more.encode()


def orders(world: World) -> list[Agree]:
    return [order for order in world.handshakes.orders if isinstance(order, Agree)]


def tells(world: World, report: Agreed | Refused | Left) -> None:
    """The process that shakes hands has something to say of the scripted far end."""
    assert world.handshakes.running is not None
    world.handshakes.running.tell(report)


def keys(number: int = 1, first: int = 0) -> Agreed:
    sends, receives = bytes(range(first, first + 30)), bytes(range(first + 30, first + 60))
    suite = "AES_CM_128_HMAC_SHA1_80"
    return Agreed(number=number, suite=suite, sends=sends, receives=receives)


def marks(world: World) -> list[str]:
    return [mark.what for mark in world.marks if mark.what in VOICE_MARKS and mark.port == 1]


def talks_to_the_script(world: World, answer: bytes) -> Request:
    a = dials(world, "8001")
    invite = world.sbc.gets("INVITE")
    assert b"UDP/TLS/RTP/SAVP" in invite.body
    assert b"a=setup:actpass" in invite.body
    world.sbc.says(invite, 200, body=answer)
    world.sbc.gets("ACK")
    world.waits(0.1)
    assert a.hears(0.3).heard == "silence"
    return invite


def test_voice_goes_by_the_keys_of_a_handshake_both_ways_and_after_hold() -> None:
    """C22: nothing of it can be read in signalling; a hold and its end make no keys anew."""
    with World(exchange=True, more=DTLS).registers() as world:
        voice_passes_before_and_after_hold(world, SUITE)
        assert sorted(order.active for order in orders(world)) == [False, True]
        assert sum(isinstance(order, Leave) for order in world.handshakes.orders) == 2


def test_a_call_with_a_handshake_as_a_picture() -> None:
    with World(exchange=True, more=DTLS).registers() as world:
        is_drawn(world, "encrypted-voice-dtls")


def test_no_voice_passes_before_there_are_keys() -> None:
    """Neither ours nor theirs: the socket is not even the voice process's."""
    with World(ports=1, more=DTLS).registers() as world:
        talks_to_the_script(world, secured())
        (order,) = orders(world)
        assert (order.active, order.theirs) == (False, (SHOWN,))
        assert marks(world) == ["DTLS handshake"]
        tells(world, keys())
        assert marks(world) == ["DTLS handshake", "keys agreed", "voice PCMA SRTP"]


def test_an_offer_in_the_call_goes_on_with_its_keys_or_makes_others() -> None:
    """RFC 8842 section 4: what the far end calls its handshake says which."""
    with World(ports=1, more=DTLS).registers() as world:
        invite = talks_to_the_script(world, secured("active", "a"))
        tells(world, keys())
        world.waits(0.1)
        for name, shakes in (("a", 1), ("b", 2)):
            body = secured("actpass", name)
            again = world.sbc.asks_as_callee("INVITE", invite, shakes, body=body)
            world.sbc.acks(again, world.sbc.gets_answer(200, "INVITE"))
            world.waits(0.2)
            assert len(orders(world)) == shakes
        assert orders(world)[1].active is True
        assert isinstance(world.handshakes.orders[-2], Leave)
        assert marks(world)[-2:] == ["voice ends", "DTLS handshake"]
        tells(world, keys(1))
        assert marks(world)[-1] == "DTLS handshake", "keys of before are good for nothing"
        tells(world, keys(2, first=60))
        assert marks(world)[-2:] == ["keys agreed", "voice PCMA SRTP"]


@pytest.mark.parametrize("what", ["refused", "silent", "dead"])
def test_without_keys_there_is_no_call_and_the_reason_is_told(what: str) -> None:
    """C22: a wrong certificate, a process that says nothing, one that dies meanwhile."""
    with World(ports=1, more=DTLS).registers() as world:
        talks_to_the_script(world, secured())
        if what == "refused":
            tells(world, Refused(number=1, why="the far end showed another certificate"))
        elif what == "dead":
            world.handshakes.dies()
        else:
            world.waits(SILENT)
        world.sbc.gets("BYE")
        world.waits(0.5)
        a = world.person(1)
        assert a.hears(3.0).heard == "congestion"
        a.hangs_up()
        world.waits(0.5)
        told = str(world.asks("explain-call", port=1))
        why = {
            "refused": "the far end showed another certificate",
            "silent": "nothing came of it",
            "dead": "the process that agrees on keys ended: killed by signal 9",
        }[what]
        assert f"No agreement on encrypted voice: {why}" in told
        assert "no keys" in marks(world)


def test_a_call_that_has_its_keys_does_not_notice_that_the_process_dies() -> None:
    """It is started again, and shows another certificate in the next call."""
    with World(exchange=True, more=DTLS).registers() as world:
        a, b = talk(world)
        first = orders(world)[0].ours
        world.handshakes.dies()
        a.says(1000, 1.0)
        assert b.hears(0.8).frequencies_hz == (1000,)
        (alarm,) = [one for one in world.gateway.alarms.all() if one.where == "keys"]
        assert alarm.what == "the process that agrees on keys ended: killed by signal 9"
        a.hangs_up()
        world.waits(0.5)
        b.hangs_up()
        world.waits(2 * PAUSE + 1.0)
        assert not [one for one in world.gateway.alarms.all() if one.where == "keys"]
        talk(world)
        assert orders(world)[-1].ours != first
        assert world.row(1).split()[1] == "Talking"


def test_without_aiortc_lines_that_want_it_make_and_take_no_calls_and_others_do() -> None:
    """Fail closed, in words; the second line has no encryption and is not disturbed."""
    with World(more=DTLS) as world:
        world.handshakes.broken = "aiortc cannot be loaded: no such library"
        world.handshakes.dies()
        world.waits(2 * PAUSE + 1.0)
        world.registers()
        a = dials(world, "8001")
        world.waits(1.0)
        assert "INVITE" not in " ".join(world.wire())
        assert a.hears(3.0).heard == "congestion"
        a.hangs_up()
        world.waits(0.5)
        told = str(world.asks("explain-call", port=1))
        assert "No agreement on encrypted voice: aiortc cannot be loaded: no such library" in told
        world.sbc.calls("101", body=secured("actpass"))
        world.sbc.gets_answer(503, "INVITE")
        assert not world.person(1).bell_rings
        (alarm,) = [one for one in world.gateway.alarms.all() if one.where == "keys"]
        assert (alarm.severity, alarm.what) == ("major", world.handshakes.broken)
        told = str(world.asks("explain-port", port=1))
        why = "voice of this line is to be encrypted by a handshake: aiortc cannot be loaded"
        assert told.count(why) == 3, "neither can it call nor be called, now or at all"


def test_only_the_line_that_asks_for_it_has_it() -> None:
    """The process is not even started where no line does."""
    with World(ports=1).registers() as world:
        assert world.handshakes.started == 0
        assert world.gateway.keying.fault == NOT_YET
        dials(world, "8001")
        assert b"RTP/AVP" in world.sbc.gets("INVITE").body
    with World(ports=1, line='srtp = "dtls"').registers() as world:
        assert world.handshakes.started == 1
        dials(world, "8001")
        assert b"UDP/TLS/RTP/SAVP" in world.sbc.gets("INVITE").body


def test_we_begin_when_we_are_called() -> None:
    """RFC 5763 section 5: the answer to `actpass` is `active`."""
    with World(ports=1, more=DTLS).registers() as world:
        invite = world.sbc.calls("101", body=secured("actpass", "a"))
        world.sbc.gets_answer(180, "INVITE")
        world.person(1).lifts()
        answer = world.sbc.gets_answer(200, "INVITE")
        assert b"a=setup:active" in answer.body
        world.sbc.acks(invite, answer)
        world.waits(0.2)
        (order,) = orders(world)
        assert (order.active, order.ours) == (True, world.gateway.keying.fingerprint)
        assert order.ours.encode() in answer.body


@pytest.mark.parametrize("mux", [True, False])
def test_reports_go_where_there_are_keys_for_them_or_nowhere(mux: bool) -> None:
    """RFC 5764 section 4: one handshake, for RTP and for what shares its port."""
    with wire() as seen, World(ports=1, more=DTLS).registers() as world:
        answer = secured() if mux else secured().replace(b"a=rtcp-mux\r\n", b"")
        talks_to_the_script(world, answer)
        tells(world, keys())
        before = len(seen)
        world.waits(8.0)
        reports = [data for data in seen[before:] if data[1] in range(200, 208)]
        assert bool(reports) is mux
        agreed = keys()
        mirrored = media.Protection(
            suite=agreed.suite, sends=agreed.receives, receives=agreed.sends
        )
        far = Guard(Vault(), mirrored)
        assert all(far.examine_report(data) for data in reports)


def test_the_process_comes_and_goes_with_the_lines_that_want_it() -> None:
    """`config apply`: nothing else has to start anew for that."""
    with World(ports=1).registers() as world:
        plain = world.gateway.config
        wants = structs.replace(plain, rtp=structs.replace(plain.rtp, srtp="dtls"))
        for started, config in ((1, wants), (1, plain), (2, wants)):
            world.gateway.adopt(config)
            world.waits(1.0)
            assert world.handshakes.started == started
            assert bool(world.gateway.keying.fingerprint) is (config is wants)
        assert not [one for one in world.gateway.alarms.all() if one.where == "keys"]


def test_plain_voice_is_refused_on_such_a_line() -> None:
    with World(ports=1, more=DTLS).registers() as world:
        world.sbc.calls("101", body=description())
        refused = world.sbc.gets_answer(488, "INVITE")
        assert "302" in (refused.headers.get("Warning") or "")


def alert(number: int) -> bytes:
    """An encrypted alert of DTLS 1.2, its so manieth record."""
    return b"\x15\xfe\xfd" + struct.pack("!HHIH", 1, 0, number, 16) + bytes(16)


def test_what_comes_late_of_a_handshake_is_handed_over_and_is_no_forgery() -> None:
    """RFC 5764 section 5.1.2: the first octet tells; a flood of it is not told of for ever."""
    with World(ports=1, more=DTLS).registers() as world:
        talks_to_the_script(world, secured())
        tells(world, keys())
        (ours, _) = world.network.sockets
        far = next(o for o in orders(world))
        for n in range(100):
            world.network.carry(alert(n), (far.host, far.port), ours)
            world.waits(0.02)
        records = [o for o in world.handshakes.orders if isinstance(o, Record)]
        assert len(records) == 64
        assert records[0] == Record(number=1, data=alert(0))
        tells(world, Left(number=1))
        world.waits(5.0)
        assert calls(world)[0].forged == 100 - 64


def test_keys_are_told_again_to_a_media_process_that_is_started_again() -> None:
    with FaultyWorld(more=DTLS) as world:
        world.registers()
        world.talks()
        world.waits(6.0)
        world.media_dies()
        world.waits(0.2)
        opened = [order for order in world.orders if isinstance(order, media.Open)]
        assert all(order.protection and order.protection.handshakes for order in opened)
        assert world.voice_passes()


def test_no_key_of_a_handshake_is_ever_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor can it be read on the way: there are fingerprints, and no key."""
    caplog.set_level(logging.DEBUG)
    with wire() as seen, World(exchange=True, more=DTLS) as world:
        talk(world.registers())
        said = everything(world, tmp_path)
        leg = world.gateway.ports[1].leg
        assert leg is not None
        assert leg.protection is not None
        secret = leg.protection.sends
        said += repr(leg) + caplog.text
    assert re.search(rb"a=fingerprint:sha-256 ", b"".join(seen))
    assert not re.search(rb"a=crypto", b"".join(seen))
    for song in (secret.hex(), repr(secret)[2:-1]):
        assert song not in said
