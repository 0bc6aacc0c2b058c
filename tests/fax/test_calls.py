"""A page from telephone to telephone: by T.38 through losses, and as sound if that is refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from firmware.sip.events import Fax
from firmware.sip.message import Request, Response
from firmware.status import CallStatusRow
from tests.fax.ends import PacketPeer, VoicePeer, plug_in
from tests.fax.machine import FaxMachine, by_wire, image, page, tone
from tests.flows.scenes import answers, dials
from tests.gateway.faulty import FaultyWorld
from tests.sbc import SBC, description
from tests.voice import speech
from tests.world import World

FAR = (SBC.host, 20000)
T38 = (
    "v=0", f"o=- 7 2 IN IP4 {SBC.host}", "s=-", f"c=IN IP4 {SBC.host}", "t=0 0",
    f"m=image {FAR[1]} udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400",
    "a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxDatagram:300",
    "a=T38FaxUdpEC:t38UDPRedundancy",
)  # fmt: skip
FAX = "".join(line + "\r\n" for line in T38).encode()


def loses(world: World, share: float) -> None:
    """From now on the network loses so much of what is no signalling."""
    dice = random.Random(5)  # noqa: S311 - a test wants the same dice each time
    world.network.passes = lambda _: dice.random() >= share


def rtp_port(answer: Response | Request) -> tuple[str, int]:
    """Where the gateway receives, as it says."""
    line = next(line for line in answer.body.decode().split("\r\n") if line.startswith("m="))
    return "10.0.0.1", int(line.split()[1])


def row(world: World) -> CallStatusRow:
    rows = world.asks("calls")
    assert isinstance(rows, list)
    assert isinstance(rows[0], CallStatusRow)
    return rows[0]


def is_a_called_fax(world: World, machine: FaxMachine) -> tuple[Response, Request]:
    """Telephone 1, a fax, has answered a call from behind the scripted server."""
    b, invite, ok = answers(world)
    plug_in(machine, b.phone)
    return ok, invite


@pytest.mark.usefixtures("dissected")
def test_a_page_by_t38_through_losses(tmp_path: Path) -> None:
    """Issue 5, row C15: one datagram in ten is lost, and nothing of the page is.

    The called side asks, and both ports of the box go along; afterwards everybody hangs up.
    """
    sent, received = page(tmp_path / "sent.tif"), tmp_path / "received.tif"
    with World(exchange=True).registers() as world:
        caller, called = FaxMachine(calls=True), FaxMachine(calls=False)
        caller.sends(sent)
        called.receives(received)
        world.looks()
        a, b = dials(world), world.person(2)
        world.waits_until(lambda: b.bell_rings)
        world.waits(1.0)
        b.lifts()
        plug_in(called, b.phone)
        plug_in(caller, a.phone)
        world.waits_until(lambda: "fax T.38" in [m.what for m in world.marks], most=8.0)
        loses(world, 0.1)
        world.waits_until(lambda: caller.result is not None, most=60.0)
        world.waits_until(lambda: called.result is not None, most=10.0)
        world.waits(5.0)
        assert (row(world).codec, row(world).fax) == ("T.38", "T.38, 1 page, 14400 bit/s")
        a.hangs_up()
        world.waits(1.0)
        b.hangs_up()
        world.waits(0.5)
        assert (caller.result, called.result) == (0, 0)
        assert image(received) == by_wire(sent, tmp_path / "wire.tif")
        assert [r.fax for p in (1, 2) for r in world.records(p)] == [
            "T.38, 1 page, 14400 bit/s",
            "T.38, 1 page, 14400 bit/s",
        ]
        world.matches("fax-by-t38")


@pytest.mark.usefixtures("dissected")
@pytest.mark.parametrize("share", [0.0, 0.15])
def test_a_page_from_a_spandsp_peer(share: float, tmp_path: Path) -> None:
    """The far end is a T.38 terminal of its own: we ask, it goes along, and sends a page."""
    sent, received = page(tmp_path / "sent.tif"), tmp_path / "received.tif"
    with World(ports=1).registers() as world:
        peer, machine = PacketPeer(world.network, FAR, calls=True), FaxMachine(calls=False)
        peer.fax.sends(sent)
        machine.receives(received)
        is_a_called_fax(world, machine)
        asked = world.sbc.gets("INVITE")
        assert b"m=image " in asked.body
        world.sbc.says(asked, 200, body=FAX)
        world.sbc.gets("ACK")
        loses(world, share)
        peer.begins(rtp_port(asked))
        world.waits_until(lambda: machine.result is not None, most=60.0)
        world.waits_until(lambda: peer.fax.result is not None)
        assert (machine.result, peer.fax.result) == (0, 0)
        assert image(received) == by_wire(sent, tmp_path / "wire.tif")


def test_a_page_to_a_peer_that_asks(tmp_path: Path) -> None:
    """Our telephone calls; the far end's fax answers and asks for T.38 by a re-INVITE."""
    sent, received = page(tmp_path / "sent.tif"), tmp_path / "received.tif"
    with World(ports=1).registers() as world:
        peer, machine = PacketPeer(world.network, FAR, calls=False), FaxMachine(calls=True)
        machine.sends(sent)
        peer.fax.receives(received)
        a = dials(world, "8001")
        invite = world.sbc.gets("INVITE")
        world.sbc.says(invite, 180)
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        plug_in(machine, a.phone)
        world.waits(1.5)
        asked = world.sbc.asks_as_callee("INVITE", invite, 2, body=FAX)
        ok = world.sbc.gets_answer(200, "INVITE")
        world.sbc.acks(asked, ok)
        peer.begins(rtp_port(ok))
        world.waits_until(lambda: peer.fax.result is not None, most=60.0)
        world.waits_until(lambda: machine.result is not None)
        assert (machine.result, peer.fax.result) == (0, 0)
        assert image(received) == by_wire(sent, tmp_path / "wire.tif")
        assert "fax tone CNG" in world.copper(1)


def test_a_page_as_sound_where_t38_is_refused(tmp_path: Path) -> None:
    """488: voice-band data goes on, with the echo canceller off and the delay fixed (V.152)."""
    sent, received = page(tmp_path / "sent.tif"), tmp_path / "received.tif"
    with World(ports=1).registers() as world:
        far, machine = FaxMachine(calls=True), FaxMachine(calls=False)
        far.sends(sent)
        machine.receives(received)
        ok, _ = is_a_called_fax(world, machine)
        VoicePeer(world.network, FAR, far).begins(rtp_port(ok))
        asked = world.sbc.gets("INVITE")
        world.sbc.says(asked, 488)
        world.sbc.gets("ACK")
        world.waits_until(lambda: machine.result is not None, most=60.0)
        world.waits_until(lambda: far.result is not None)
        assert (machine.result, far.result) == (0, 0)
        assert image(received) == by_wire(sent, tmp_path / "wire.tif")
        assert row(world).fax == "voice-band data (T.38 refused)"
        assert world.row(1).split()[1] == "Fax"
        marks = [mark.what for mark in world.marks]
        assert "VBD PCMA" in marks
        assert "T.38 refused 488" in marks
        world.matches("fax-as-sound")
        world.person(1).hangs_up()
        world.sbc.gets("BYE")
        told = world.asks("explain-call", port=1)
        assert "The far end refused T.38" in str(told)


def test_two_machines_that_are_done_give_way_to_people() -> None:
    """Nothing is said for 10 s: we ask for voice again, and the same people talk."""
    with World(ports=1).registers() as world:
        b, invite, ok = answers(world)
        asked = world.sbc.asks_as_caller("INVITE", ok, 2, body=FAX)
        taken = world.sbc.gets_answer(200, "INVITE")
        world.sbc.acks(asked, taken)
        world.waits(9.0)
        assert "asks for voice" not in [mark.what for mark in world.marks]
        again = world.sbc.gets("INVITE")
        assert b"m=audio " in again.body
        world.sbc.says(again, 200, body=description())
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert (row(world).codec, row(world).fax) == ("PCMA", "T.38, no pages")
        assert invite.call_id == again.call_id
        b.hangs_up()


def test_a_media_process_that_is_started_again_goes_on_with_the_fax(tmp_path: Path) -> None:
    """C21: it is given the sockets, then told that it is a fax; the machines begin, and send."""
    sent, received = page(tmp_path / "sent.tif"), tmp_path / "received.tif"
    with FaultyWorld() as world:
        world.registers()
        world.talks()
        leg = world.gateway.ports[2].leg
        assert leg is not None
        world.waits(4.0)
        world.gateway.tell_agent(Fax(leg.call, True))
        world.waits(0.5)
        world.media_dies()
        world.waits(1.5)
        told = [type(order).__name__ for order in world.orders]
        assert told.count("Fax") == told.count("Open") == 2
        caller, called = FaxMachine(calls=True), FaxMachine(calls=False)
        caller.sends(sent)
        called.receives(received)
        plug_in(called, world.person(2).phone)
        plug_in(caller, world.person(1).phone)
        world.waits_until(lambda: called.result is not None, most=60.0)
        assert image(received) == by_wire(sent, tmp_path / "wire.tif")


@pytest.mark.parametrize("mode", ["t38", "g711"])
def test_a_modem_is_no_fax(mode: str, tmp_path: Path) -> None:
    """ANSam with phase reversals: voice-band data, and nobody is asked for T.38 (V.8)."""
    with World(ports=1, more=f'[rtp]\nfax = "{mode}"\n').registers() as world:
        b, _, _ = answers(world)
        b.phone.say_file(speech.write(tone(5, 4.0), tmp_path / "ansam.wav"))
        world.waits(5.0)
        assert world.copper(1)[-1] == "answer tone ANSam/"
        assert row(world).fax == "voice-band data"
        assert world.sbc.unread == []


def test_who_does_not_want_it_has_voice_as_ever(tmp_path: Path) -> None:
    """`fax = "off"`: nothing is listened for; theirs is refused."""
    more = '[rtp]\nfax = "off"\n'
    with World(ports=1, more=more).registers() as world:
        b, _, ok = answers(world)
        b.phone.say_file(speech.write(tone(2, 3.0), tmp_path / "ced.wav"))
        world.waits(3.0)
        assert row(world).fax == ""
        world.sbc.asks_as_caller("INVITE", ok, 2, body=FAX)
        refused = world.sbc.gets_answer(488, "INVITE")
        assert refused.headers.get("Warning")
