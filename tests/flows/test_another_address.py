"""The gateway's own address changes while it runs (REG-22, fault C08)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request
from tests.flows.scenes import calls_out, is_called
from tests.sbc import description
from tests.world import World

ANYWHERE = "0.0.0.0:5060"
NEW = "10.0.0.77"
NOTICED = 5.1
"""s: how often the way out is looked at, and a little."""


def moves(world: World) -> None:
    """DHCP gives another address."""
    world.network.own_host = NEW
    world.waits(NOTICED)


def test_a_line_registers_anew_and_its_old_contact_is_removed() -> None:
    """REG-22: at once, same Call-ID, next CSeq; Via and Contact are new, the old binding goes."""
    with World(ports=1, listen=ANYWHERE) as world:
        world.waits(0.05)
        before = world.messages(">REGISTER")[-1]
        assert isinstance(before, Request)
        world.registers()
        moves(world)
        assert world.wire() == [">REGISTER", "<200 REGISTER", ">REGISTER", "<200 REGISTER"]
        bound, removal = world.messages(">REGISTER")
        assert isinstance(bound, Request)
        assert isinstance(removal, Request)
        assert (before.contacts[0].uri, bound.contacts[0].uri) == (
            removal.contacts[0].uri,
            before.contacts[0].uri.replace("10.0.0.1", NEW),
        )
        assert (bound.expires, removal.expires) == (3600, 0)
        assert bound.call_id == removal.call_id == before.call_id
        numbers = [r.cseq.number - before.cseq.number for r in (bound, removal)]
        assert numbers == [1, 2]
        assert (bound.via.host, removal.via.host) == (NEW, NEW)
        assert world.register_column(1) == ["reg-ok:Activ", "reg-ing:Activ", "reg-ok:Activ"]
        world.matches("register-another-address")
        world.looks()
        world.sleeps(60)
        assert world.wire() == [], "nothing more until the refresh"


def test_without_a_socket_to_look_with_nothing_is_said_and_the_next_look_finds_it() -> None:
    """D13: EMFILE is no news of the network; what was missed meanwhile is noticed afterwards."""
    with World(ports=1, listen=ANYWHERE) as world:
        world.registers()
        world.network.socketless = True
        moves(world)
        assert world.wire() == []
        assert world.desk.handlers["alarms"]({}) == []
        world.network.socketless = False
        world.waits(NOTICED)
        assert world.wire() == [">REGISTER", "<200 REGISTER", ">REGISTER", "<200 REGISTER"]
        assert {m.via.host for m in world.messages(">REGISTER")} == {NEW}


def test_voice_and_dialogs_begin_at_the_new_address() -> None:
    """REG-22: Contact, Via and SDP of the next calls, both ways."""
    with World(ports=1, listen=ANYWHERE) as world:
        world.registers()
        moves(world)
        world.sbc.forgets()
        a, invite = calls_out(world)
        assert invite.via.host == NEW
        assert f"@{NEW}:5060" in invite.contacts[0].uri
        assert b"c=IN IP4 " + NEW.encode() in invite.body
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        a.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        called = world.sbc.calls("101")
        ringing = world.sbc.gets_answer(180, "INVITE")
        assert called.uri == ringing.contacts[0].uri


def test_a_way_out_that_was_lost_and_is_back_is_used_at_once() -> None:
    """REG-22, C08: no address for a minute; the same one afterwards; nothing is waited for."""
    with World(ports=1, listen=ANYWHERE, granted=60) as world:
        world.registers()
        world.network.down.add("10.0.0.1")
        world.sleeps(200)
        assert world.row(1).startswith(("reg-fail", "reg-ing"))
        alarms = {alarm.where: alarm.what for alarm in world.gateway.alarms.all()}
        assert "no way" in alarms["network"]
        world.network.down.clear()
        world.waits(NOTICED)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert "network" not in {alarm.where for alarm in world.gateway.alarms.all()}


def test_a_way_out_that_was_lost_for_a_moment_is_no_reason_to_ask() -> None:
    """L4: no storm, whatever the cable does."""
    with World(ports=1, listen=ANYWHERE) as world:
        world.registers()
        for _ in range(3):
            world.network.down.add("10.0.0.1")
            world.waits(NOTICED)
            world.network.down.clear()
            world.waits(NOTICED)
        registers = [name for name in world.wire() if name == ">REGISTER"]
        assert len(registers) <= 1


def test_an_address_that_was_configured_stays() -> None:
    """`[sip] listen` with an address: that is where we are, whatever the routes say."""
    with World(ports=1) as world:
        world.registers()
        world.network.own_host = NEW
        world.waits(NOTICED)
        assert world.gateway.signalling.local.host == "10.0.0.1"


def test_what_the_kernel_tells_is_looked_at_at_once() -> None:
    """REG-22: the address of before goes, another comes; a talk is silent for no longer."""
    with World(ports=1, listen=ANYWHERE, told_of_ways=True) as world:
        world.registers()
        world.network.down.add("10.0.0.1")
        world.ways.changed()
        world.waits(0.11)
        assert "network" in {alarm.where for alarm in world.gateway.alarms.all()}
        world.network.own_host = NEW
        world.ways.changed()
        world.waits(0.05)
        world.ways.changed()
        world.waits(0.07)
        assert world.gateway.signalling.local.host == NEW
        assert world.row(1).startswith("reg-ok")
        assert world.gateway.alarms.all() == []
        world.network.own_host = "10.0.0.1"
        world.network.down.clear()
        world.waits(NOTICED)
        assert world.gateway.signalling.local.host == "10.0.0.1", "nobody has told"


@pytest.mark.parametrize("ringing", [False, True])
def test_a_call_that_was_not_answered_ends_too(ringing: bool) -> None:
    with World(ports=1, listen=ANYWHERE) as world:
        world.registers()
        _, invite = calls_out(world)
        world.sbc.says(invite, 180 if ringing else 100)
        world.waits(0.2)
        moves(world)
        record = world.records(1)[-1]
        assert record.cause == "ADDRESS_CHANGED"
        assert "from 10.0.0.1 to 10.0.0.77 before the call was answered" in record.sentence
        assert ">CANCEL" in world.wire()


def test_a_call_that_rings_here_rings_on_and_is_answered_from_there() -> None:
    """REG-22, RFC 3261 section 13.2.2.4: the 200 says where we are, and voice comes in there."""
    with World(ports=1, listen=ANYWHERE) as world:
        world.registers()
        b, invite = is_called(world)
        world.waits(0.5)
        moves(world)
        assert world.sbc.gets_answer(180, "INVITE").contacts[0].uri != invite.uri
        world.waits_until(lambda: b.bell_rings)
        world.sbc.forgets()
        b.lifts()
        ok = world.sbc.gets_answer(200, "INVITE")
        assert f"@{NEW}:5060" in ok.contacts[0].uri
        assert b"c=IN IP4 " + NEW.encode() in ok.body
        world.sbc.acks(invite, ok)
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        world.matches("rings-on-at-another-address")


def test_without_a_network_the_time_of_the_next_look_is_shown() -> None:
    """REG-14, C08: boot without a network; as soon as there is one the line registers."""
    with World(ports=1, listen=ANYWHERE, cut_off=True) as world:
        world.waits(5.0)
        line = world.registration(1)
        assert line.register_status.value == "unreg"
        assert "network is unreachable" in line.last_error
        assert line.next_attempt_in_s is not None
        assert 0 <= line.next_attempt_in_s <= 2.0
        world.network.down.clear()
        world.waits(2.1)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
