"""A talk goes on when our own address is another (REG-22, C08; RFC 3261 sections 12.2, 14.1)."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from firmware.sip.message import Request, Response, respond
from tests.far_end import FarEnd
from tests.flows.encrypted import calls
from tests.flows.scenes import answers, talk, talks_out
from tests.flows.test_another_address import ANYWHERE, NEW, moves
from tests.flows.test_encrypted_voice import KEYS, LONG
from tests.flows.test_handshakes import DTLS, orders
from tests.flows.test_holding import RTP, holds, resumes
from tests.flows.test_three_party import THREE, hears, three
from tests.handshakes import SUITE
from tests.sbc import SBC, SDP, Sbc, description
from tests.world import World

LATER = "10.0.0.88"


def goes_along(sbc: Sbc, body: bytes = b"") -> list[Request]:
    """From now on the far end takes each re-INVITE; those that it has taken."""
    taken: list[Request] = []

    def answered(invite: Request) -> list[Response]:
        taken.append(invite)
        headers = (("Contact", sbc.contact), SDP)
        said = body or description(version=len(taken) + 1)
        return [respond(invite, 200, headers=headers, body=said)]

    sbc.on("INVITE", answered)
    return taken


def place(invite: Request) -> tuple[str, int]:
    """Where its description wants voice."""
    lines = invite.body.decode().split("\r\n")
    host = next(line.split()[2] for line in lines if line.startswith("c="))
    return host, int(next(line.split()[1] for line in lines if line.startswith("m=")))


def test_a_talk_goes_on_from_the_new_address() -> None:
    """REG-22: one stream of voice each way, before and after; the BYE leaves from there too."""
    with World(ports=1, listen=ANYWHERE).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, invite = talks_out(world)
        far.sings(660, place(invite))
        world.waits(0.5)
        taken = goes_along(world.sbc)
        moves(world)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        (told,) = taken
        assert (told.call_id, told.cseq.number) == (invite.call_id, invite.cseq.number + 1)
        assert (told.via.host, place(told)[0]) == (NEW, NEW)
        assert f"@{NEW}:5060" in told.contacts[0].uri
        assert invite.contacts[0].uri.partition("@")[0] == told.contacts[0].uri.partition("@")[0]
        far.sings(660, place(told))
        world.waits(0.3)
        assert a.hears(0.5).frequencies_hz == (660,)
        stream = [struct.unpack_from("!HII", packet, 2) for packet in far.packets()]
        assert len({ssrc for _, _, ssrc in stream}) == 1
        steps = {
            (after[0] - before[0] & 0xFFFF, after[1] - before[1] & 0xFFFFFFFF)
            for before, after in pairwise(stream)
        }
        assert steps == {(1, 160)}, "not a packet is left out"
        a.says(1000, 1.0)
        assert far.hears(0.5).frequencies_hz == (1000,)
        far.hushes()
        (row,) = calls(world)
        assert row.rtp_local == "{}:{}".format(*place(told))
        a.hangs_up()
        world.waits_until(lambda: ">BYE" in world.wire())
        bye = world.find(">BYE")
        assert (bye.via.host, bye.cseq.number) == (NEW, told.cseq.number + 1)
        world.sbc.says(bye, 200)
        world.waits(0.2)
        world.matches("talk-carried-over")
        assert [record.cause for record in world.records(1)] == ["NORMAL"]


def test_voice_sockets_of_the_old_address_are_closed() -> None:
    with World(ports=1, listen=ANYWHERE).registers() as world:
        answers(world)
        goes_along(world.sbc)
        assert {host for host, _ in world.network.sockets} == {"10.0.0.1"}
        moves(world)
        assert {host for host, _ in world.network.sockets} == {NEW}
        assert len(world.network.sockets) == 2


@pytest.mark.parametrize("more", ["", KEYS, DTLS], ids=["plain", "sdes", "dtls"])
def test_two_telephones_of_the_box_hear_each_other_again(more: str) -> None:
    """Both ends move at once, through a proxy that knows of no call (REG-22, C22).

    Keys in descriptions stay and count on; a handshake is done anew (RFC 5763 section 6.6).
    """
    with World(exchange=True, listen=ANYWHERE, more=more).registers() as world:
        a, b = talk(world)
        shaken = len(orders(world))
        moves(world)
        world.waits(1.0)
        assert hears(world, a, b) == pytest.approx([-10.0], abs=0.6)
        world.waits(1.0)
        assert hears(world, b, a) == pytest.approx([-10.0], abs=0.6)
        rows = calls(world)
        assert [row.rtp_local.partition(":")[0] for row in rows] == [NEW, NEW]
        assert [row.forged for row in rows] == [0, 0]
        assert [row.srtp for row in rows] == [{KEYS: LONG, DTLS: SUITE}.get(more, "")] * 2
        assert len(orders(world)) == 2 * shaken
        b.hangs_up()
        world.waits(1.0)
        assert [record.cause for record in world.records(1)] == ["REMOTE_RELEASED"]


def test_who_is_held_is_told_and_can_be_taken_back() -> None:
    with World(ports=1, listen=ANYWHERE).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, _ = talks_out(world)
        taken = goes_along(world.sbc, description(direction="recvonly", version=2))
        holds(world)
        world.waits(0.5)
        far.packets()
        moves(world)
        assert b"a=sendonly" in taken[-1].body
        assert place(taken[-1])[0] == NEW
        assert far.packets() == []
        taken = goes_along(world.sbc, description(version=3))
        resumes(world)
        world.waits(0.5)
        assert b"a=sendrecv" in taken[-1].body
        far.packets()
        a.says(1000, 1.0)
        assert far.hears(0.6).frequencies_hz == (1000,)


def test_three_who_talk_talk_on() -> None:
    with World(ports=3, exchange=True, listen=ANYWHERE, more=THREE).registers() as world:
        a, b, c = three(world)
        moves(world)
        world.waits(5.0)  # a glare between the ends of the box may take so long
        assert world.row(1).split()[1:] == ["3Way", "OFF-HOOK", "102", "Outgoing"]
        for speaker, others in ((a, (b, c)), (b, (a, c)), (c, (a, b))):
            assert hears(world, speaker, *others) == pytest.approx([-10.0, -10.0], abs=0.6)
            world.waits(0.7)


def test_an_address_that_changes_again_is_followed() -> None:
    """PPPoE that is dialled twice before the far end has answered."""
    with World(ports=1, listen=ANYWHERE).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        a, _ = talks_out(world)
        world.sbc.on("INVITE", lambda _: [])
        moves(world)
        taken = goes_along(world.sbc)
        world.network.own_host = LATER
        world.waits(5.2)
        assert place(taken[-1])[0] == LATER
        far.packets()
        a.says(1000, 1.0)
        assert far.hears(0.6).frequencies_hz == (1000,)
        assert {host for host, _ in world.network.sockets} == {SBC.host, LATER}


def test_a_far_end_that_does_not_follow_is_released_and_both_learn_it() -> None:
    """REG-22: the BYE says why (Q.850 27); the telephone hears that something is wrong."""
    with World(ports=1, listen=ANYWHERE).registers() as world:
        a, _ = talks_out(world)
        world.sbc.on("INVITE", lambda invite: [respond(invite, 488)])
        world.looks()
        moves(world)
        bye = world.find(">BYE")
        assert (bye.via.host, bye.headers.get("Reason")) == (NEW, "Q.850;cause=27")
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert a.hears(3.0).heard == "congestion"
        (record,) = world.records(1)
        assert record.cause == "ADDRESS_CHANGED"
        assert "from 10.0.0.1 to 10.0.0.77, and 8001 did not follow (INVITE: 488)" in (
            record.sentence
        )
        assert world.network.sockets == {}


def test_without_a_free_port_at_the_new_address_the_call_ends_with_that_reason() -> None:
    with World(ports=1, listen=ANYWHERE).registers() as world:
        talks_out(world)
        first, last = world.gateway.config.rtp.port_range
        for port in range(first, last + 1):
            world.network.sockets[NEW, port] = None  # type: ignore[assignment]  # somebody has it
        moves(world)
        assert world.records(1)[-1].cause == "NO_VOICE_PORT"
        assert ">BYE" in world.wire()
