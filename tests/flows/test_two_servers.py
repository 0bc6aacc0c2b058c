"""Two servers: heartbeat, switch-over, fail-back, and what the people notice (HB-01 to HB-08)."""

from __future__ import annotations

import re

import pytest

from firmware.sip.message import Request
from tests.far_end import FarEnd
from tests.flows.scenes import dials
from tests.flows.standby import FAR, STANDBY, TwoServers, voice
from tests.sbc import SBC
from tests.world import World


def test_a_dead_server_is_left_and_gone_back_to() -> None:
    """A6 (HB-01 to HB-06): noticed in 65 to 95 s, new Call-IDs, back after 3 answers and 60 s."""
    with TwoServers().registers() as two:
        world = two.world
        two.sleeps_until(lambda: two.servers[0].sent == 1 == two.servers[1].sent)
        assert [(s.state, s.in_use) for s in two.servers] == [("alive", True), ("alive", False)]
        assert two.servers[0].rtt_ms == pytest.approx(2.0, abs=0.1)
        before = {p.message.call_id for p in two.sent_to(SBC)}
        two.dies()
        died = world.now
        two.sees(1, "dead")
        assert 64.0 <= world.now - died <= 96.0
        assert [s.in_use for s in two.servers] == [False, True]
        assert two.alarms["sbc 1"] == "10.0.0.9:5060 is dead: no answer"
        two.sleeps_until(lambda: two.registered_at(2), 5.0)
        registers = [p for p in two.sent_to(STANDBY) if p.name == ">REGISTER"]
        assert len(registers) == 4, "each line: challenged, then with credentials"
        assert not {p.message.call_id for p in registers} & before
        assert len({p.message.call_id for p in registers}) == 2
        assert world.register_column(1) == ["reg-ok:Activ", "reg-ing:Activ", "reg-ok:Activ"]
        lost = [p for p in two.sent_to(SBC) if p.at > died]
        times = [round(p.at - lost[0].at, 1) for p in lost[:5]]
        assert times == [0.0, 0.5, 1.5, 3.5, 30.0]
        two.lives()
        two.sees(1, "alive")
        lives = world.now
        assert "sbc 1" not in two.alarms
        two.sleeps_until(lambda: two.registered_at(1))
        assert 60.0 + 60.0 - 1.0 <= world.now - lives <= 60.0 + 60.0 + 2.0
        assert [s.in_use for s in two.servers] == [True, False]
        two.matches("heartbeat-switch-and-fail-back")


def test_the_ladder_of_a_telephone_has_no_heartbeats() -> None:
    with TwoServers().registers() as two:
        two.sleeps_until(lambda: [server.sent for server in two.servers] == [2, 2])
        assert two.world.marks == []
        (row,) = two.picture.splitlines()[:1]
        assert "gateway" in row
        assert two.picture.count("OPTIONS") == 4


def test_one_invite_goes_to_the_next_server() -> None:
    """BW-03, ladder 14.18: 4 s without any answer; the late 200 is ended, nobody notices."""
    with TwoServers().registers() as two:
        world = two.world
        a = dials(world, "8001")
        first = two.first.gets("INVITE")
        second = two.standby.gets("INVITE")
        assert isinstance(second, Request)
        assert (second.call_id, second.from_.tag, second.cseq) == (
            first.call_id, first.from_.tag, first.cseq,
        )  # fmt: skip
        assert second.via.branch != first.via.branch
        sent = [p.at for p in world.packets(1) if p.name == ">INVITE"]
        assert [round(at - sent[0], 1) for at in sent] == [0.0, 0.5, 1.5, 3.5, 4.0]
        assert world.row(1) == "reg-ok:Activ Calling OFF-HOOK 8001 Outgoing"
        two.standby.says(second, 100)
        two.standby.says(second, 180)
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 8001 Outgoing"
        two.first.forgets()
        two.first.says(first, 200, tag="late", body=voice())
        two.first.gets("ACK")
        bye = two.first.gets("BYE")
        two.first.says(bye, 200, tag="late")
        world.waits(0.2)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 8001 Outgoing"
        assert a.hears(6.0).heard == "ringback"
        two.standby.says(second, 200, body=voice())
        two.standby.gets("ACK")
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        a.hangs_up()
        two.standby.says(two.standby.gets("BYE"), 200)
        world.waits(0.2)
        world.matches("invite-to-the-next-server")


def test_a_talk_outlives_its_server_and_the_next_call_takes_the_other() -> None:
    """HB-04, HB-05, C02: talk on, hang up into the void, and the telephone is free at once."""
    with TwoServers(heartbeat="interval = 5\ntimeout = 2").registers() as two:
        world = two.world
        far = FarEnd(world.network, (FAR, 20000), world.waits)
        a = dials(world, "8001")
        invite = two.first.gets("INVITE")
        two.first.says(invite, 200, body=voice())
        two.first.gets("ACK")
        far.sings(800, (invite.via.host, audio_port(invite)))
        a.says(1000, 60.0)
        world.waits(0.5)
        two.dies()
        world.waits_until(lambda: two.servers[0].state == "dead", most=20.0)
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        assert two.registered_at(2)
        assert a.hears_tone(800, 0.5).snr_db > 30
        assert far.hears(0.5).frequencies_hz == (1000,)
        far.hushes()
        a.hangs_up()
        world.waits_until(lambda: world.row(1) == "reg-ok:Activ Idle ON-HOOK", most=1.0)
        two.standby.forgets()
        dials(world, "8002")
        again = two.standby.gets("INVITE")
        two.standby.says(again, 180)
        world.waits(0.2)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 8002 Outgoing"


def audio_port(invite: Request) -> int:
    """Where the gateway wants to hear voice."""
    found = re.search(rb"m=audio ([0-9]+)", invite.body)
    assert found
    return int(found[1])


def test_a_telephone_in_use_goes_back_later_than_the_other() -> None:
    """HB-06: not while somebody dials."""
    with TwoServers(heartbeat="interval = 2\ntimeout = 1\nhold = 2").registers() as two:
        world = two.world
        two.dies()
        world.waits_until(lambda: two.registered_at(2), most=20.0)
        two.lives()
        a = world.person(1)
        world.waits_until(lambda: two.servers[0].state == "alive", most=10.0)
        world.waits(3.0)
        a.lifts()
        world.waits_until(lambda: two.servers[0].in_use, most=10.0)
        world.waits(1.0)
        assert world.registration(2).registrar == "10.0.0.9:5060"
        assert world.registration(1).registrar == "10.0.0.8:5060"
        two.standby.forgets()
        a.dials("8001")
        invite = two.standby.gets("INVITE")
        two.standby.says(invite, 486)
        world.waits(0.2)
        a.hangs_up()
        world.waits(2.0)
        assert world.registration(1).registrar == "10.0.0.9:5060"


def test_cut_off_the_telephones_of_one_gateway_can_call_each_other() -> None:
    """HB-08: isolated; ringing, voice both ways, hanging up, and congestion for all else."""
    with TwoServers(heartbeat="interval = 2\ntimeout = 1").registers() as two:
        world = two.world
        two.dies()
        two.dies(STANDBY)
        world.waits_until(lambda: "sbc" in two.alarms, most=20.0)
        assert [s.state for s in two.servers] == ["dead", "dead"]
        world.looks()
        a, b = dials(world, "102"), world.person(2)
        world.waits_until(lambda: b.bell_rings)
        world.waits(1.5)
        assert a.hears(5.5).heard == "ringback"
        b.lifts()
        world.waits(0.5)
        a.says(1000, 2.0)
        world.waits(0.5)
        assert b.hears_tone(1000, 0.5).snr_db > 30
        b.hangs_up()
        world.waits(0.5)
        a.hangs_up()
        world.waits(1.0)
        assert [r.cause for r in world.records(2)] == ["NORMAL"]
        assert world.records(1)[0].peer_number == "102"
        world.matches("cut-off-and-calling-inside")
        a = dials(world, "8001")
        world.waits_until(lambda: bool(world.records(1)[1:]), most=9.0)
        assert world.records(1)[-1].cause == "NO_SERVER"
        assert "10.0.0.8:5060" in world.records(1)[-1].sentence
        assert a.hears(3.0).heard == "congestion"
        two.lives(STANDBY)
        world.waits_until(lambda: "sbc" not in two.alarms, most=5.0)


def test_a_drill_rehearses_the_switch_and_leaves_the_network_alone() -> None:
    with TwoServers(heartbeat="interval = 2\ntimeout = 1\nhold = 3").registers() as two:
        world = two.world
        row = world.asks("drill", server=1, seconds=10)
        assert isinstance(row, type(two.servers[0]))
        assert (row.state, row.last_error) == ("dead", "drill")
        world.waits(0.5)
        assert two.registered_at(2)
        assert two.alarms["sbc 1"] == "10.0.0.9:5060 is dead: drill"
        dials(world, "8001")
        two.standby.gets("REGISTER")
        world.waits_until(lambda: any(p.name == ">INVITE" for p in two.sent_to(STANDBY)))
        world.person(1).hangs_up()
        world.waits_until(lambda: two.registered_at(1), most=25.0)


def test_manual_fail_back_waits_for_the_word() -> None:
    settings = 'interval = 2\ntimeout = 1\nhold = 1\nfailback = "manual"'
    with TwoServers(heartbeat=settings).registers() as two:
        world = two.world
        world.asks("drill", server=1, seconds=3)
        world.waits(20.0)
        assert two.registered_at(2)
        world.asks("go-back")
        world.waits(1.0)
        assert two.registered_at(1)


@pytest.mark.parametrize("policy", ["always", "alive"])
def test_dial_tone_proves_a_server_only_if_it_is_told_to(policy: str) -> None:
    """Q1-1, Q1-4: with "alive" the lack of one is heard within the detection window."""
    with World(sip=f'dial_tone = "{policy}"').registers() as world:
        world.network.down.add(SBC.host)
        world.sleeps(96.0)
        a = world.person(1)
        a.lifts()
        world.waits(0.4)
        heard = a.hears(2.0).heard
        assert heard == ("dial-tone" if policy == "always" else "congestion")
        if policy == "alive":
            assert world.records(1)[-1].cause == "NO_SERVER"


def test_with_registered_the_other_tone_comes_with_the_end_of_the_binding() -> None:
    """Q1-4, REG-11: dial tone while the binding lasts, congestion from the instant it ends."""
    with World(ports=1, granted=100, sip='dial_tone = "registered"').registers() as world:
        ends = world.now + (world.registration(1).expires_in_s or 0)
        world.network.down.add(SBC.host)
        a = world.person(1)
        heard = {}
        for at in (ends - 3.0, ends + 1.0):
            world.sleeps(at - world.now)
            a.lifts()
            world.waits(0.4)
            heard[at - ends] = a.hears(1.6).heard
            a.hangs_up()
            world.waits(0.8)
        assert list(heard.values()) == ["dial-tone", "congestion"]
        assert world.records(1)[-1].cause == "NOT_REGISTERED"


@pytest.mark.parametrize("policy", ["always", "registered"])
def test_calls_may_wait_for_the_registration_at_the_standby(policy: str) -> None:
    """HB-04: new calls use the standby at once, unless dial_tone asks for a binding first."""
    beat = "interval = 2\ntimeout = 1\nhold = 30"
    with TwoServers(heartbeat=beat, sip=f'dial_tone = "{policy}"').registers() as two:
        world, answer = two.world, two.registrar
        two.standby.on("REGISTER", lambda _: [])
        two.dies()
        two.sees(1, "dead")
        a = world.person(1)
        a.lifts()
        world.waits(0.4)
        if policy == "always":
            a.dials("8001")
            world.waits_until(lambda: two.invited(STANDBY))
            assert world.row(1) == "reg-ing:Activ Calling OFF-HOOK 8001 Outgoing"
            return
        assert a.hears(2.0).heard == "congestion"
        a.hangs_up()
        world.waits(0.8)
        two.standby.on("REGISTER", answer)
        two.sleeps_until(lambda: two.registered_at(2), 40.0)
        assert not two.invited(STANDBY)
        dials(world, "8001")
        world.waits_until(lambda: two.invited(STANDBY))
