"""A modem in a call by a codec that it cannot get through: G.711 is asked for (V.152)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from firmware.media.fax_messages import ToneHeard
from firmware.sip.message import Response
from firmware.status import CallStatusRow
from tests.fax.machine import tone
from tests.flows.scenes import talk
from tests.people import Person
from tests.sbc import description
from tests.voice import speech
from tests.world import World

WIDE = '[rtp]\ncodecs = ["G722", "PCMA"]\n'
ANSAM = 5
"""With phase reversals: a modem, and no fax."""


def by_g722(*, version: int = 1) -> bytes:
    return description(version=version).replace(b"RTP/AVP 8 101", b"RTP/AVP 9 8 101")


def is_called(world: World) -> tuple[Person, Response]:
    """Telephone 1 has answered, and G.722 was agreed on."""
    invite = world.sbc.calls("101", body=by_g722())
    world.sbc.gets_answer(180, "INVITE")
    world.waits(0.5)
    b = world.person(1)
    b.lifts()
    ok = world.sbc.gets_answer(200, "INVITE")
    world.sbc.acks(invite, ok)
    world.waits(0.3)
    return b, ok


def beeps(b: Person, folder: Path) -> None:
    b.phone.say_file(speech.write(tone(ANSAM, 3.3), folder / "ansam.wav"))


def hears(world: World, tone_of_it: str, side: Literal["line", "rtp"]) -> None:
    """The voice process tells of a tone in the call of telephone 1."""
    port = world.gateway.ports[1]
    assert port.leg is not None
    told = ToneHeard(port=1, call=port.leg.call, tone=tone_of_it, side=side)
    world.loop.call_soon(port.from_media, told)


def row(world: World, at: int = 0) -> CallStatusRow:
    rows = world.asks("calls")
    assert isinstance(rows, list)
    found = rows[at]
    assert isinstance(found, CallStatusRow)
    return found


@pytest.mark.usefixtures("dissected")
def test_a_modem_that_answers_by_g722_gets_g711(tmp_path: Path) -> None:
    """Its answer tone is heard, and the call is by G.711 before it ends (V.152)."""
    with World(ports=1, more=WIDE).registers() as world:
        b, _ = is_called(world)
        assert row(world).codec == "G722"
        beeps(b, tmp_path)
        began = world.now
        asked = world.sbc.gets("INVITE")
        assert world.now - began < 2.0, "of 3.3 s"
        assert b"m=audio " in asked.body
        assert b"RTP/AVP 8 101\r\n" in asked.body
        world.sbc.says(asked, 200, body=description(version=2))
        world.sbc.gets("ACK")
        world.waits(1.0)
        assert (row(world).codec, row(world).fax) == ("PCMA", "voice-band data")
        world.matches("modem-by-g711")


def test_a_far_end_that_refuses_g711_keeps_its_codec_and_the_call(tmp_path: Path) -> None:
    """488: said on the ladder, in the row and in words; it is not asked for once more."""
    with World(ports=1, more=WIDE).registers() as world:
        b, _ = is_called(world)
        beeps(b, tmp_path)
        asked = world.sbc.gets("INVITE")
        world.sbc.says(asked, 488)
        world.sbc.gets("ACK")
        world.waits(5.0)
        marks = [mark.what for mark in world.marks]
        assert marks.count("wants G.711, not G722") == 1
        assert "G.711 refused 488" in marks
        assert row(world).codec == "G722"
        assert row(world).fax == "voice-band data (G.711 refused)"
        assert world.sbc.unread == []
        b.hangs_up()
        world.sbc.gets("BYE")
        assert "The far end refused G.711" in str(world.asks("explain-call", port=1))


def test_a_modem_at_the_far_end_is_that_ends_business_for_a_second() -> None:
    """Only where nobody there asks for G.711 do we; theirs in time is enough."""
    for asks in (True, False):
        with World(ports=1, more=WIDE).registers() as world:
            _, ok = is_called(world)
            hears(world, "ANSam", "rtp")
            world.waits(0.5)
            assert world.sbc.unread == []
            if not asks:
                world.waits(0.6)
                assert b"RTP/AVP 8 101\r\n" in world.sbc.gets("INVITE").body
                continue
            again = world.sbc.asks_as_caller("INVITE", ok, 2, body=description(version=2))
            world.sbc.acks(again, world.sbc.gets_answer(200, "INVITE"))
            world.waits(5.0)
            assert world.sbc.unread == []
            assert row(world).codec == "PCMA"


def test_between_two_telephones_here_one_asks_and_both_go_along(tmp_path: Path) -> None:
    """Both ports hear the tone, also through G.722: the one whose telephone it is asks."""
    with World(exchange=True, more=WIDE).registers() as world:
        _, b = talk(world)
        assert {row(world, at).codec for at in (0, 1)} == {"G722"}
        beeps(b, tmp_path)
        world.waits(4.0)
        assert {row(world, at).codec for at in (0, 1)} == {"PCMA"}
        marks = [mark for mark in world.marks if mark.what == "wants G.711, not G722"]
        assert 2 in {mark.port for mark in marks}
        offers = [m for m in world.marks if m.what == "INVITE" and m.outward and m.port == 1]
        assert len(offers) == 2, "the first, and that with credentials"


def test_t38_refused_in_a_call_by_g722_leaves_the_fax_to_g711() -> None:
    """The one re-INVITE follows the other, where no answer tone was heard before."""
    with World(ports=1, more=WIDE).registers() as world:
        is_called(world)
        hears(world, "V.21", "line")
        asked = world.sbc.gets("INVITE")
        assert b"m=image " in asked.body
        world.sbc.says(asked, 488)
        world.sbc.gets("ACK")
        again = world.sbc.gets("INVITE")
        assert b"RTP/AVP 8 101\r\n" in again.body
        world.sbc.says(again, 200, body=description(version=3))
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert (row(world).codec, row(world).fax) == ("PCMA", "voice-band data (T.38 refused)")
