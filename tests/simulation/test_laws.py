"""The laws are awake: each of them is broken on purpose, and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.slic import RingSpec
from firmware.media import messages as media
from firmware.sip.events import Address
from tests.simulation.laws import Broken
from tests.simulation.plan import Fault, Kind, Plan
from tests.simulation.servers import GATEWAY, SERVERS
from tests.simulation.world import SimWorld

CALM = Plan(seed=2, seconds=240.0, ports=2, pace=15.0)


EMPTY = replace(CALM, people=(), far=False)
"""The same without anybody."""


def message(
    start: str, *, cseq: str, us: str = "101", to: str = "", branch: str = "1", more: str = ""
) -> bytes:
    """A SIP message that nobody has sent."""
    lines = (
        start, f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKforged{branch}",
        f"From: <sip:{us}@ims.example.net>;tag=a", f"To: <sip:101@ims.example.net>{to}",
        "Call-ID: forged", f"CSeq: {cseq}", "Max-Forwards: 70", "Contact: <sip:x@10.0.0.1>",
        *filter(None, [more]), "Content-Length: 0", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def sends(world: SimWorld, data: bytes) -> None:
    """The laws are told that the gateway has sent this."""
    world.network.tap(data, GATEWAY, SERVERS[0], True)


def comes(world: SimWorld, data: bytes) -> None:
    """The laws are told that this has come, and that the gateway has done nothing."""
    world.network.before(data, SERVERS[0], GATEWAY)
    world.network.after(data, SERVERS[0], GATEWAY)


def broken_by(meddle: Callable[[SimWorld], None], plan: Plan = CALM, *, more: str = "") -> Broken:
    """The law that is broken when somebody meddles with a world."""
    with pytest.raises(Broken) as caught:
        SimWorld(plan, more=more, meddle=meddle).run()
    assert caught.value.picture, "a failure shows its ladder"
    return caught.value


def test_nobody_breaks_a_law_unless_somebody_meddles() -> None:
    SimWorld(CALM).run()


def test_i1_ring_voltage_into_a_lifted_handset() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        world.copper.card.loops[0].change(telephone_ohms=100_000)  # no current tells of it
        world.copper.phone(1).lift()
        world.gateway.ports[1].slic.start_ringing(RingSpec())

    assert broken_by(meddle, EMPTY).law == "I1"


def test_i1_ringing_without_end() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        world.gateway.ports[1].slic.start_ringing(RingSpec())

    assert broken_by(meddle, EMPTY).law in {"I1", "I9"}


def test_i3_an_answer_without_ack() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("INVITE sip:8001@x SIP/2.0", cseq="1 INVITE", us="199"))
        comes(world, message("SIP/2.0 404 Not Found", cseq="1 INVITE", to=";tag=b"))

    assert broken_by(meddle, EMPTY).law == "I3"


def test_i3_a_dialog_without_bye() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("SIP/2.0 200 OK", cseq="1 INVITE", to=";tag=b"))

    assert broken_by(meddle, EMPTY).law in {"I3", "I8"}


def test_i5_a_second_register_before_the_answer_to_the_first() -> None:
    def meddle(world: SimWorld) -> None:
        for number in (1, 2):
            data = message("REGISTER sip:x SIP/2.0", cseq=f"{number} REGISTER", branch=str(number))
            sends(world, data)

    assert broken_by(meddle, EMPTY).law == "I5"


def test_i5_a_number_that_does_not_grow() -> None:
    def meddle(world: SimWorld) -> None:
        for branch in "ab":
            data = message("BYE sip:x@x SIP/2.0", cseq="7 BYE", to=";tag=b", branch=branch)
            sends(world, data)

    assert broken_by(meddle, EMPTY).law in {"I3", "I5"}


def test_i6_credentials_for_a_stranger() -> None:
    def meddle(world: SimWorld) -> None:
        proof = 'Authorization: Digest username="101", realm="r", nonce="n", response="0"'
        data = message("INVITE sip:8001@x SIP/2.0", cseq="1 INVITE", more=proof)
        world.network.send(data, GATEWAY, Address("10.0.0.66", 5060))

    assert broken_by(meddle, EMPTY).law == "I6"


def test_i8_a_repetition_that_comes_too_early() -> None:
    def meddle(world: SimWorld) -> None:
        data = message("OPTIONS sip:x SIP/2.0", cseq="1 OPTIONS")
        sends(world, data)
        world.loop.call_later(0.4, sends, world, data)

    assert broken_by(meddle, EMPTY).law == "I8"


def test_i4_a_voice_path_that_is_never_closed() -> None:
    def meddle(world: SimWorld) -> None:
        running = world.voices.running
        assert running
        send = running.send

        def forgetful(command: media.Command, *sockets: object) -> None:
            if not isinstance(command, media.Close):
                send(command, *sockets)

        running.send = forgetful  # type: ignore[method-assign]

    assert broken_by(meddle).law == "I4"


def test_i7_a_gateway_that_listens_to_everybody() -> None:
    plan = replace(CALM, faults=(Fault(Kind.STRANGER, 10.0, 60.0),))
    more = '[security]\nsources = "any"'
    assert broken_by(lambda _: None, plan, more=more).law == "I7"


def test_i9_a_binding_that_the_server_has_not() -> None:
    def meddle(world: SimWorld) -> None:
        def forget() -> None:
            world.operator.servers[0].forgets()
            world.operator.servers[0].forgotten.clear()

        world.loop.call_later(10.0, forget)

    assert broken_by(meddle).law in {"I9", "I3"}


def test_i10_a_datagram_that_is_no_sip() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("OPTIONS sip:x SIP/2.0", cseq="1 OPTIONS", more="Via: 0.0.0.0"))

    assert broken_by(meddle, EMPTY).law == "I10"


def test_live1_a_registrar_that_is_never_mended() -> None:
    def meddle(world: SimWorld) -> None:
        world.loop.call_later(30.0, lambda: setattr(world.operator.servers[0], "refuses", 403))

    plan = replace(CALM, expires=60, exchange=False, people=(), far=False)
    assert broken_by(meddle, plan).law == "LIVE1"


def test_live3_a_telephone_without_dial_tone() -> None:
    def meddle(world: SimWorld) -> None:
        running = world.voices.running
        assert running
        send = running.send

        def toneless(command: media.Command, *sockets: object) -> None:
            if not isinstance(command, media.Play):
                send(command, *sockets)

        running.send = toneless  # type: ignore[method-assign]

    assert broken_by(meddle).law == "LIVE3"


def test_live4_an_invite_that_makes_nothing_ring() -> None:
    def meddle(world: SimWorld) -> None:
        head = "INVITE sip:token@10.0.0.1 SIP/2.0"
        world.loop.call_later(3.0, comes, world, message(head, cseq="1 INVITE", us="8001"))

    assert broken_by(meddle, EMPTY).law == "LIVE4"


def test_live5_a_socket_and_a_timer_that_stay() -> None:
    def socket(world: SimWorld) -> None:
        world.network.open_rtp(GATEWAY.host, range(30000, 30002))

    assert broken_by(socket).law == "LIVE5"

    def timers(world: SimWorld) -> None:
        for _ in range(8):
            world.loop.call_later(9000.0, lambda: None)

    assert broken_by(timers).law == "LIVE5"


def test_an_exception_that_nobody_catches_is_a_failure() -> None:
    def meddle(world: SimWorld) -> None:
        world.loop.call_later(5.0, lambda: 1 / 0)

    assert broken_by(meddle).law == "unhandled"
