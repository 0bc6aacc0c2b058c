"""A line registers, keeps its binding and gives it back (behaviours 14.1 to 14.4)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request, Response, respond
from tests.sbc import REALM, SBC, Rule, proven
from tests.world import World

LATE = "start_delay = 60.0"
"""Long enough for somebody to look at a line that has not asked yet."""


def assert_basic(register: Request) -> None:
    """What a REGISTER must be, with or without credentials (RFC 3261 section 10.2)."""
    assert register.uri == f"sip:{REALM}"
    assert register.from_.uri == register.to.uri == f"sip:101@{REALM}"
    assert register.from_.tag
    assert not register.to.tag
    (contact,) = register.contacts
    assert contact.uri.endswith("@10.0.0.1:5060")
    assert register.max_forwards == 70
    assert register.via.branch.startswith("z9hG4bK")
    assert register.headers.get("Content-Length") in {None, "0"}


def test_a_line_registers_without_authentication() -> None:
    """A1 (REG-01, REG-03)."""
    with World(ports=1, challenging=False, sip=LATE, uptime=30.0) as world:
        assert world.row(1) == "unreg:Activ Idle ON-HOOK"
        world.waits_until(lambda: "reg-ok" in world.row(1))
        world.waits(0.05)
        assert world.wire() == [">REGISTER", "<200 REGISTER"]
        register = world.find(">REGISTER")
        assert_basic(register)
        assert register.expires == 3600
        assert not register.credentials
        sent, answered = world.packets()
        assert world.row_at(1, sent.at) == "reg-ing:Activ Idle ON-HOOK"
        assert world.row_at(1, answered.at) == "reg-ok:Activ Idle ON-HOOK"
        assert world.register_column(1) == ["unreg:Activ", "reg-ing:Activ", "reg-ok:Activ"]
        assert world.status(1).registrar.startswith("10.0.0.9")
        assert world.status(1).expires_in_s == pytest.approx(3600, abs=1)
        world.matches("register")


def test_a_line_registers_with_authentication() -> None:
    """A2 (REG-04): same Call-ID and From tag, next CSeq, new branch, the right credentials."""
    with World(ports=1) as world:
        world.waits(0.05)
        assert world.wire() == [">REGISTER", "<401 REGISTER", ">REGISTER", "<200 REGISTER"]
        first, second = world.messages(">REGISTER")
        assert isinstance(first, Request)
        assert isinstance(second, Request)
        assert_basic(first)
        assert_basic(second)
        assert not first.credentials
        assert second.call_id == first.call_id
        assert second.from_.tag == first.from_.tag
        assert second.cseq.number == first.cseq.number + 1
        assert second.via.branch != first.via.branch
        assert second.headers.get("Contact") == first.headers.get("Contact")
        assert second.expires == first.expires
        (given,) = second.credentials
        assert "Authorization" in second.headers
        assert (given.username, given.realm, given.nonce) == ("101", REALM, "n1")
        assert (given.uri, given.algorithm, given.qop) == (second.uri, "MD5", "auth")
        assert given.nc == "00000001"
        assert proven(second, "n1")
        rows = [world.row_at(1, packet.at) for packet in world.packets()]
        assert rows == [*["reg-ing:Activ Idle ON-HOOK"] * 3, "reg-ok:Activ Idle ON-HOOK"]
        world.matches("register-authenticated")


def test_a_binding_is_refreshed_before_it_ends() -> None:
    """A3 (REG-06, REG-10): same Call-ID, nonce used again; the row never leaves reg-ok."""
    with World(ports=1, granted=120) as world:
        world.waits(0.05)
        bound = world.messages(">REGISTER")[-1]
        assert isinstance(bound, Request)
        granted_at = world.packets()[-1].at
        world.registers()
        world.sleeps(59)
        (again,) = world.messages(">REGISTER")
        assert isinstance(again, Request)
        assert 0.9 * 60 <= world.packets()[0].at - granted_at <= 60
        assert again.call_id == bound.call_id
        assert again.cseq.number == bound.cseq.number + 1
        assert again.headers.get("Contact") == bound.headers.get("Contact")
        (given,) = again.credentials
        assert (given.nonce, given.nc) == ("n1", "00000002")
        assert proven(again, "n1")
        assert world.wire() == [">REGISTER", "<200 REGISTER"]
        assert world.register_column(1) == ["reg-ok:Activ"]
        assert world.rows(1) == ["Idle ON-HOOK"]
        world.matches("register-refresh")
        world.looks()
        world.sleeps(60)
        assert world.wire() == [">REGISTER", "<200 REGISTER"], "the timer started again"


def test_a_refresh_with_a_nonce_that_is_too_old_goes_on_silently() -> None:
    """A3, variant (REG-06): stale is not a failure, and nc begins again."""
    with World(ports=1, granted=120) as world:
        world.registers()
        world.registrar.stale = True
        world.sleeps(59)
        assert world.wire() == [">REGISTER", "<401 REGISTER", ">REGISTER", "<200 REGISTER"]
        old, new = world.messages(">REGISTER")
        assert isinstance(old, Request)
        assert isinstance(new, Request)
        assert (old.credentials[0].nonce, old.credentials[0].nc) == ("n1", "00000002")
        assert (new.credentials[0].nonce, new.credentials[0].nc) == ("n2", "00000001")
        assert new.call_id == old.call_id
        assert new.cseq.number == old.cseq.number + 1
        assert world.register_column(1) == ["reg-ok:Activ"]
        world.matches("register-refresh-stale")


def test_a_refresh_during_a_call_leaves_the_call_alone() -> None:
    """A3: the row of a port that talks changes nothing but nothing."""
    with World(granted=60, exchange=False, ports=1) as world:
        world.registers()
        (a,) = world.people
        a.lifts()
        world.waits(0.5)
        a.dials("8001")
        world.sbc.says(world.sbc.gets("INVITE"), 180)
        world.waits(0.1)
        world.looks()
        world.sleeps(40)
        assert ">REGISTER" in world.wire()
        assert world.rows(1) == ["RingBack OFF-HOOK 8001 Outgoing"]
        assert world.register_column(1) == ["reg-ok:Activ"]


def test_a_port_that_is_disabled_gives_its_binding_back() -> None:
    """A4 (REG-12): Expires 0, same Call-ID, next CSeq; the row says each step."""
    with World(ports=1) as world:
        bound = _registered(world)
        world.asks("disable", port=1)
        assert world.row(1) == "reg-ok:Deact Idle DOWN"
        world.waits(0.05)
        assert world.wire() == [">REGISTER", "<200 REGISTER"]
        removal = world.find(">REGISTER")
        assert_removal(removal, bound)
        assert world.row(1) == "unreg:Deact Idle DOWN"
        assert world.register_column(1) == ["reg-ok:Activ", "reg-ok:Deact", "unreg:Deact"]
        world.matches("deregister")
        world.looks()
        world.asks("enable", port=1)
        world.waits(0.05)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert world.find(">REGISTER").expires == 3600


def test_a_challenge_to_a_removal_is_answered() -> None:
    """A4, steps 2 and 3."""
    with World(ports=1) as world:
        bound = _registered(world)
        world.registrar.stale = True
        world.asks("disable", port=1)
        world.waits(0.05)
        assert world.wire() == [">REGISTER", "<401 REGISTER", ">REGISTER", "<200 REGISTER"]
        first, second = world.messages(">REGISTER")
        assert isinstance(second, Request)
        assert_removal(second, bound)
        assert second.cseq.number == first.cseq.number + 1
        rows = [world.row_at(1, packet.at) for packet in world.packets()]
        assert rows == [*["reg-ok:Deact Idle DOWN"] * 3, "unreg:Deact Idle DOWN"]


def test_a_deregistered_line_stays_in_service() -> None:
    """The command `deregister`: the telephone still gets dial tone, and register comes back."""
    with World(ports=1) as world:
        world.registers()
        world.asks("deregister", port=1)
        world.waits(0.05)
        assert world.row(1) == "unreg:Activ Idle ON-HOOK"
        (a,) = world.people
        a.lifts()
        assert a.hears(1.5).heard == "dial-tone"
        a.hangs_up()
        world.sleeps(100)
        assert world.row(1) == "unreg:Activ Idle ON-HOOK"
        world.asks("register", port=1)
        world.waits(0.05)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_the_service_leaves_no_binding_behind_when_it_stops() -> None:
    """A4, service stop: the registrar's location table is empty."""
    world = World(exchange=True).registers()
    try:
        assert sorted(world.exchange.registrar.all(world.now)) == ["101", "102"]
        world.stops()
        assert world.exchange.registrar.all(world.now) == {}
        removals = world.messages(">REGISTER")
        assert {m.expires for m in removals} == {0}
        assert world.register_column(1) == ["reg-ok:Activ", "reg-ok:Deact", "unreg:Deact"]
    finally:
        world.ends()


def test_our_own_contact_counts_among_three() -> None:
    """REG-02: the other bindings are other devices', with times of their own."""
    with World(ports=1, silent=True) as world:
        register = world.sbc.gets("REGISTER")
        own = register.contacts[0].uri
        listed = [
            ("Contact", "<sip:other@10.0.0.7:5060>;expires=7000, <sip:101@10.0.0.1>;expires=600"),
            ("Contact", f"<{own}>;expires=90"),
            ("Expires", "1800"),
        ]
        world.sbc.sends(respond(register, 200, to_tag="r", headers=listed))
        world.waits(0.05)
        assert world.status(1).expires_in_s == pytest.approx(90, abs=1)


def test_a_200_that_does_not_list_our_contact_is_no_success() -> None:
    with World(ports=1, silent=True) as world:
        register = world.sbc.gets("REGISTER")
        world.sbc.says(register, 200, more=[("Contact", "<sip:other@10.0.0.7>;expires=60")])
        world.waits(0.05)
        assert world.row(1) == "reg-fail:Activ Idle ON-HOOK"


def test_two_ports_register_each_for_itself() -> None:
    """REG-20: one wrong password leaves the other line alone."""
    with World(silent=True) as world:
        world.sbc.on("REGISTER", _only("102", world))
        world.waits(3.0)
        assert world.row(1) == "reg-fail:Activ Idle ON-HOOK"
        assert world.row(2) == "reg-ok:Activ Idle ON-HOOK"


def _only(number: str, world: World) -> Rule:
    def rule(request: Request) -> list[Response]:
        if number in request.to.uri:
            return world.registrar(request)
        return [respond(request, 403, to_tag="r")]

    return rule


def _registered(world: World) -> Request:
    """Have the line registered; its last REGISTER."""
    world.waits(0.05)
    bound = world.messages(">REGISTER")[-1]
    assert isinstance(bound, Request)
    world.registers()
    return bound


def assert_removal(removal: Request, bound: Request) -> None:
    assert_basic(removal)
    assert removal.expires == 0
    assert removal.contacts[0].param("expires") == "0"
    assert removal.contacts[0].uri == bound.contacts[0].uri
    assert removal.call_id == bound.call_id
    assert removal.cseq.number > bound.cseq.number


@pytest.mark.parametrize(("setting", "lines"), [("", range(5, 7)), ("keep_alive = 0", range(1))])
def test_a_nat_on_the_way_is_reminded_of_us(setting: str, lines: range) -> None:
    """C06: an empty line every 24 to 29 s to where the lines are bound, one for both of them."""
    with World(sip=setting).registers() as world:
        world.sleeps(150.0)
        assert len(world.kept_alive) in lines
        assert {target for _, target in world.kept_alive} <= {SBC}
        assert set(world.wire()) == set(), "it is no message"
        world.asks("deregister", port=1)
        world.asks("deregister", port=2)
        world.waits(1.0)
        world.kept_alive.clear()
        world.sleeps(60.0)
        assert world.kept_alive == []
