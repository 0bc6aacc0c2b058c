"""The laws of safety are awake: each of them is broken on purpose, and says so."""

from __future__ import annotations

import logging
from dataclasses import replace

from drivers.slic import RingSpec
from firmware.media import messages as media
from firmware.sip.events import Address, Invite, LocalMedia
from tests.simulation.laws.wording import NOWHERE
from tests.simulation.plan import Fault, Kind
from tests.simulation.sabotage import CALM, EMPTY, breaks, comes, loses, message, sends
from tests.simulation.servers import GATEWAY
from tests.simulation.world import SimWorld

REGISTER = "REGISTER sip:x SIP/2.0"


class Nothing(set[tuple[str, int]]):
    """Nothing is ever in it."""

    def __contains__(self, place: object) -> bool:
        return False


def test_nobody_breaks_a_law_unless_somebody_meddles() -> None:
    SimWorld(CALM).run()


# I1, I2


def test_i1_ring_voltage_into_a_lifted_handset() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        world.copper.card.loops[0].change(telephone_ohms=100_000)  # no current tells of it
        world.copper.phone(1).lift()
        world.gateway.ports[1].slic.start_ringing(RingSpec())

    assert "into a lifted handset" in breaks("I1", meddle, EMPTY)


def test_i1_ringing_without_end() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        world.gateway.ports[1].slic.start_ringing(RingSpec())

    assert "for more than 180 s" in breaks("I1", meddle, EMPTY)


def test_i1_ringing_on_a_line_that_is_faulty() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        port = world.gateway.ports[1]
        port.slic.start_ringing(RingSpec())
        port.fault = "for the test"

    assert "although for the test" in breaks("I1", meddle, EMPTY)


def test_i2_two_calls_at_one_port() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        signalling = world.gateway.signalling
        for port in (10000, 10002):
            voice = LocalMedia(GATEWAY.host, port)
            world.loop.call_later(
                5.0, signalling.feed, Invite(port, line=1, number="8001", media=voice)
            )

    assert "port 1: 2 calls" in breaks("I2", meddle, EMPTY)


# I3, I4


def test_i3_an_answer_without_ack() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("INVITE sip:8001@x SIP/2.0", cseq="1 INVITE", us="199"))
        comes(world, message("SIP/2.0 404 Not Found", cseq="1 INVITE", to=";tag=b"))

    assert "was not acknowledged" in breaks("I3", meddle, EMPTY)


def test_i3_a_dialog_without_bye() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("SIP/2.0 200 OK", cseq="1 INVITE", to=";tag=b"))

    assert "no BYE in the dialog" in breaks("I3", meddle, EMPTY)


def test_i3_two_byes_in_one_dialog() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("SIP/2.0 200 OK", cseq="1 INVITE", us="x", to=";tag=b"))
        for number in "23":
            start = "BYE sip:x@x SIP/2.0"
            data = message(start, cseq=f"{number} BYE", us="x", to=";tag=a", branch=number)
            sends(world, data.replace(b"<sip:x@ims.example.net>;tag=a", b"<sip:x@x>;tag=b"))

    assert "2 BYEs in one dialog" in breaks("I3", meddle, EMPTY)


def test_i3_a_bye_to_whoever_lifts_when_nobody_has_to_hear_it_any_more() -> None:
    """Section 13.2.2.4: every 2xx may be acknowledged and released, also one that comes too late.

    Behind a refusal here; half a minute after our CANCEL was given up it is the same.
    """
    says = {"cseq": "1 INVITE", "us": "199"}

    def meddle(world: SimWorld) -> None:
        sends(world, message("INVITE sip:8001@x SIP/2.0", **says))
        refusal = message("SIP/2.0 408 Request Timeout", to=";tag=b", **says)
        ack = message("ACK sip:8001@x SIP/2.0", cseq="1 ACK", us="199", to=";tag=b")
        comes(world, refusal, ack)
        comes(world, message("SIP/2.0 200 OK", to=";tag=c", **says))
        sends(world, message("BYE sip:x@x SIP/2.0", cseq="2 BYE", us="199", to=";tag=c"))

    SimWorld(EMPTY, meddle=meddle, laws={"I3"}).run()


def test_i3_a_bye_to_somebody_who_has_not_lifted() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("BYE sip:x@x SIP/2.0", cseq="2 BYE", us="199", to=";tag=c"))

    assert "a BYE in no dialog" in breaks("I3", meddle, EMPTY)


def test_i4_a_voice_path_that_is_never_closed() -> None:
    assert "voice is open" in breaks("I4", lambda world: loses(world, media.Close))


def test_i4_voice_for_somebody_who_has_not_asked_for_it() -> None:
    def meddle(world: SimWorld) -> None:
        world.court.described = Nothing()

    assert "which nobody offered" in breaks("I4", meddle)


# I5, I6, I7


def test_i5_a_second_register_before_the_answer_to_the_first() -> None:
    def meddle(world: SimWorld) -> None:
        for number in (1, 2):
            sends(world, message(REGISTER, cseq=f"{number} REGISTER", branch=str(number)))

    assert "a second REGISTER" in breaks("I5", meddle, EMPTY)


def test_i5_a_number_that_does_not_grow() -> None:
    def meddle(world: SimWorld) -> None:
        for branch in "ab":
            data = message("BYE sip:x@x SIP/2.0", cseq="7 BYE", to=";tag=b", branch=branch)
            sends(world, data)

    assert "CSeq 7 after 7" in breaks("I5", meddle, EMPTY)


def test_i5_a_nonce_that_is_counted_twice_the_same() -> None:
    proof = (
        'Authorization: Digest username="101", realm="r", nonce="n", uri="sip:x", '
        'response="0", qop=auth, cnonce="c", nc=00000001'
    )

    def meddle(world: SimWorld) -> None:
        for number in (1, 2):
            start, cseq = "OPTIONS sip:x SIP/2.0", f"{number} OPTIONS"
            sends(world, message(start, cseq=cseq, branch=str(number), more=proof))

    assert "nc 1 of" in breaks("I5", meddle, EMPTY)


def test_i6_credentials_for_a_stranger() -> None:
    def meddle(world: SimWorld) -> None:
        proof = 'Authorization: Digest username="101", realm="r", nonce="n", response="0"'
        data = message("INVITE sip:8001@x SIP/2.0", cseq="1 INVITE", more=proof)
        world.network.send(data, GATEWAY, Address("10.0.0.66", 5060))

    assert "to 10.0.0.66:5060" in breaks("I6", meddle, EMPTY)


def test_i7_a_gateway_that_listens_to_everybody() -> None:
    plan = replace(CALM, faults=(Fault(Kind.STRANGER, 10.0, 60.0),))
    more = '[security]\nsources = "any"'
    assert "a stranger" in breaks("I7", lambda _: None, plan, more=more)


# I8, I9, I10


def test_i8_a_repetition_that_comes_too_early() -> None:
    def meddle(world: SimWorld) -> None:
        data = message("OPTIONS sip:x SIP/2.0", cseq="1 OPTIONS")
        sends(world, data)
        world.loop.call_later(0.4, sends, world, data)

    assert "0.400 s after the first" in breaks("I8", meddle, EMPTY)


def test_i8_a_line_that_floods_the_network() -> None:
    def meddle(world: SimWorld) -> None:
        for number in range(201):
            cseq, branch = f"{number} OPTIONS", str(number)
            sends(world, message("OPTIONS sip:x SIP/2.0", cseq=cseq, branch=branch))

    assert "201 messages in 10 s" in breaks("I8", meddle, EMPTY)


def test_i9_a_binding_that_the_server_has_not() -> None:
    def meddle(world: SimWorld) -> None:
        def forget() -> None:
            world.operator.servers[0].forgets()
            world.operator.servers[0].forgotten.clear()

        world.loop.call_later(10.0, forget)

    assert "the server has no binding" in breaks("I9", meddle)


def test_i9_a_lifted_handset_that_the_table_does_not_show() -> None:
    def meddle(world: SimWorld) -> None:
        world.copper.card.loops[0].change(telephone_ohms=100_000)
        world.copper.phone(1).lift()

    assert "truly" in breaks("I9", meddle, EMPTY)


def test_i10_a_datagram_that_is_no_sip() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("OPTIONS sip:x SIP/2.0", cseq="1 OPTIONS", more=f"Via: {NOWHERE}"))

    assert f"the address {NOWHERE}" in breaks("I10", meddle, EMPTY)


def test_i10_a_secret_on_the_wire() -> None:
    def meddle(world: SimWorld) -> None:
        sends(world, message("OPTIONS sip:x SIP/2.0", cseq="1 OPTIONS", more="X: secret-101"))

    assert "a secret" in breaks("I10", meddle, EMPTY)


# I12, I13


def test_i12_a_number_that_was_not_dialled() -> None:
    def meddle(world: SimWorld) -> None:
        world.handsets[1].dialled = "8001"
        sends(world, message("INVITE sip:101@x SIP/2.0", cseq="1 INVITE"))

    assert "dialled 8001, called 101" in breaks("I12", meddle, EMPTY)


def test_i13_a_log_line_that_moves_the_cursor() -> None:
    def meddle(world: SimWorld) -> None:
        world.court.ear.setFormatter(logging.Formatter())
        logging.getLogger("tipring").info("call from \x1b[2J")

    assert "control characters" in breaks("I13", meddle, EMPTY)


def test_an_exception_that_nobody_catches_is_a_failure() -> None:
    def meddle(world: SimWorld) -> None:
        world.loop.call_later(5.0, lambda: 1 / 0)

    assert "ZeroDivisionError" in breaks("unhandled", meddle)


def test_somebody_who_falls_over_is_a_failure() -> None:
    def meddle(world: SimWorld) -> None:
        setattr(world.handsets[1], "lifts", lambda: 1 / 0)  # noqa: B010 - a method of one object

    assert "ZeroDivisionError" in breaks("unhandled", meddle)


def test_a_world_in_which_time_stands_still_is_a_failure() -> None:
    def meddle(world: SimWorld) -> None:
        def again() -> None:
            world.loop.call_soon(again)

        world.loop.call_later(5.0, again)

    assert "endless" in breaks("unhandled", meddle)


def test_a_world_that_cannot_go_on_is_a_failure_with_a_ladder() -> None:
    def meddle(world: SimWorld) -> None:
        assert world.gateway
        setattr(world.gateway, "stop", None)  # noqa: B010 - a method of one object

    assert "NoneType" in breaks("unhandled", meddle, EMPTY)
