"""Calls that are recorded, each in a world of its own; the bundle is what a person would save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware.cli import trace  # noqa: F401 fills the table
from firmware.sip.message import respond
from tests.flows.scenes import answers, calls_out, dials, talk, talks_out
from tests.flows.standby import TwoServers, voice
from tests.flows.test_another_address import ANYWHERE, moves
from tests.flows.test_carried_over import goes_along
from tests.flows.test_two_calls import (
    SECOND,
    agrees,
    ends,
    flashes,
    is_taken_back,
    talks_in_the_second,
)
from tests.gateway.test_trace_bundle import Console
from tests.sbc import SBC
from tests.world import World

Scene = Callable[[Path], None]
SCENES: dict[str, Scene] = {}
"""By name: writes ``whole.zip``, from the start of the service, and ``call.zip``."""


def scene(made: Scene) -> Scene:
    SCENES[made.__name__.replace("_", "-")] = made
    return made


def saves(world: World, folder: Path, call: int | None = None) -> None:
    """Write both bundles, of the last call unless told otherwise."""
    console = Console(world)
    console.types(f"trace save {folder / 'whole.zip'}")
    number = call if call is not None else world.records(1)[-1].call
    console.types(f"trace call {number} --save {folder / 'call.zip'}")


@scene
def call_out(folder: Path) -> None:
    """Challenged, answered, ended here."""
    with World().registers() as world:
        a, invite = calls_out(world)
        challenge = world.registrar.challenge(invite, 407)
        world.sbc.sends(challenge)
        assert world.sbc.gets("ACK")
        again = world.sbc.gets("INVITE")
        world.sbc.says(again, 180)
        world.waits(1.0)
        world.sbc.says(again, 200, body=voice())
        world.sbc.gets("ACK")
        world.waits(2.0)
        a.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(1.0)
        saves(world, folder)


@scene
def call_carried_over(folder: Path) -> None:
    """Our own address changes while both talk."""
    with World(ports=1, listen=ANYWHERE).registers() as world:
        a, _ = talks_out(world)
        goes_along(world.sbc)
        moves(world)
        a.hangs_up()
        world.waits_until(lambda: ">BYE" in world.wire())
        world.sbc.says(world.find(">BYE"), 200)
        world.waits(1.0)
        saves(world, folder)


@scene
def call_in(folder: Path) -> None:
    """The bell rings, the number is shown, the far end hangs up."""
    with World(line="polarity_reversal = false\ndisconnect_ms = 300").registers() as world:
        world.waits(1.0)
        b, _, ok = answers(world)
        world.waits(2.0)
        world.sbc.asks_as_caller("BYE", ok, 2)
        world.sbc.gets_answer(200, "BYE")
        world.waits(3.0)
        b.hangs_up()
        world.waits(1.0)
        saves(world, folder)


@scene
def rotary_and_busy(folder: Path) -> None:
    """A dial of ten pulses a second; 486."""
    with World().registers() as world:
        world.sbc.on("INVITE", lambda request: [respond(request, 486, to_tag="b")])
        a = world.person(1)
        a.lifts()
        world.waits(0.5)
        a.turns("8012")
        world.waits(2.0)
        a.hangs_up()
        world.waits(1.0)
        saves(world, folder)


@scene
def wrong_password(folder: Path) -> None:
    """Neither the line nor its call is let in; the next try comes when chance wants it."""
    with World(ports=1, password="wrong") as world:
        world.sleeps_until(lambda: world.row(1).startswith("reg-fail"), most=60.0)
        world.sbc.forgets()
        _, invite = calls_out(world)
        world.sbc.sends(world.registrar.challenge(invite, 407))
        world.sbc.gets("ACK")
        again = world.sbc.gets("INVITE")
        world.sbc.sends(world.registrar.challenge(again, 407))
        world.sbc.gets("ACK")
        world.waits(1.0)
        world.person(1).hangs_up()
        world.waits(1.0)
        saves(world, folder)


@scene
def server_dies(folder: Path) -> None:
    """Heartbeats are lost, the lines go to the next server, a call is made there."""
    with TwoServers().registers() as two:
        world = two.world
        two.sleeps_until(lambda: two.servers[0].sent >= 1)
        two.dies()
        two.sees(1, "dead")
        two.sleeps_until(lambda: two.registered_at(2), 5.0)
        two.standby.forgets()
        a = dials(world, "8001")
        invite = two.standby.gets("INVITE")
        two.standby.says(invite, 404)
        world.waits(2.0)
        a.hangs_up()
        world.waits(1.0)
        saves(world, folder)


@scene
def invite_to_the_next_server(folder: Path) -> None:
    """The server in use is silent: the INVITE goes to the next (BW-03)."""
    with TwoServers().registers() as two:
        world = two.world
        a = dials(world, "8001")
        two.first.gets("INVITE")
        second = two.standby.gets("INVITE")
        two.standby.says(second, 180)
        world.waits(1.0)
        a.hangs_up()
        two.standby.gets("CANCEL")
        two.standby.says(second, 487)
        world.waits(5.0)
        saves(world, folder)


@scene
def nobody_is_there(folder: Path) -> None:
    """ICMP says that the server in use is no more: the INVITE goes to the next at once."""
    with TwoServers().registers() as two:
        world = two.world
        a = dials(world, "8001")
        first = two.first.gets("INVITE")
        world.gateway.signalling._not_sent(SBC, "Connection refused", first.encode())
        second = two.standby.gets("INVITE")
        two.standby.says(second, 486)
        two.standby.gets("ACK")
        world.waits(1.0)
        a.hangs_up()
        world.waits(1.0)
        (mark,) = [mark for mark in world.marks if mark.what == "undelivered"]
        assert mark.detail == "10.0.0.9:5060 Connection refused"
        saves(world, folder)


@scene
def flash_and_hold(folder: Path) -> None:
    """One is held, the other talked to; a flash changes between them."""
    with World(ports=1).registers() as world:
        both = talks_in_the_second(world)
        flashes(world, both.person)
        held, back = world.sbc.gets("INVITE"), world.sbc.gets("INVITE")
        agrees(world, held, "recvonly", version=2, port=SECOND[1])
        agrees(world, back, "sendrecv", version=3)
        world.waits(1.0)
        both.person.hangs_up()
        ends(world)
        both.person.lifts()
        is_taken_back(world, version=4)
        both.person.hangs_up()
        ends(world)
        saves(world, folder, call=world.records(1)[0].call)


@scene
def encrypted_voice(folder: Path) -> None:
    """Keys of voice by a handshake, between the two telephones of one box (DTLS-SRTP)."""
    more = '[rtp]\nsrtp = "dtls"\nsrtp_without_tls = true\n'
    with World(exchange=True, more=more).registers() as world:
        world.waits(1.0)
        a, b = talk(world)
        a.hangs_up()
        world.waits(1.0)
        b.hangs_up()
        world.waits(1.0)
        assert "keys agreed" in [mark.what for mark in world.marks]
        saves(world, folder)


@scene
def nobody_answers(folder: Path) -> None:
    """Our own timer gives up: CANCEL (FC-07)."""
    with World(sip="give_up = 20").registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        world.sleeps(21.0)
        world.sbc.says(world.sbc.gets("CANCEL"), 200)
        world.sbc.says(invite, 487)
        world.waits(1.0)
        a.hangs_up()
        world.waits(1.0)
        saves(world, folder)


@scene
def voice_stops(folder: Path) -> None:
    """The far end falls silent, and the call is ended for it (NO_RTP)."""
    from tests.far_end import FarEnd

    with World(more="[rtp]\nno_voice = 10\n").registers() as world:
        far = FarEnd(world.network, ("10.0.0.9", 20000), world.waits)
        a, _ = talks_out(world)
        far.sings(660, ("10.0.0.1", 10000))
        world.waits(3.0)
        far.hushes()
        world.waits_until(lambda: bool(world.records(1)), most=30.0)
        world.waits(1.0)
        a.hangs_up()
        world.waits(1.0)
        saves(world, folder)


@scene
def fax(folder: Path) -> None:
    """A called fax asks for T.38, and is sent a page."""
    from tests.fax.ends import PacketPeer, plug_in
    from tests.fax.machine import FaxMachine, page
    from tests.fax.test_calls import FAR, FAX, rtp_port

    with World(ports=1).registers() as world:
        peer, machine = PacketPeer(world.network, FAR, calls=True), FaxMachine(calls=False)
        peer.fax.sends(page(folder / "page.tif"))
        machine.receives(folder / "received.tif")
        b, _, _ = answers(world)
        plug_in(machine, b.phone)
        asked = world.sbc.gets("INVITE")
        world.sbc.says(asked, 200, body=FAX)
        world.sbc.gets("ACK")
        peer.begins(rtp_port(asked))
        world.waits_until(lambda: machine.result is not None, most=60.0)
        b.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(1.0)
        saves(world, folder)
