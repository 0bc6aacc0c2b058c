"""What registrars ask for and say, on the wire and in the row (REG-05 to REG-23)."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import pytest

from firmware.gateway import Gateway
from firmware.sip.message import Request, Response, respond
from tests.flows.standby import STANDBY, TwoServers
from tests.sbc import REALM, SBC
from tests.world import World


def test_a_proxy_before_the_registrar_is_answered_too() -> None:
    """REG-05: 407 like 401, and then one request with the credentials of both."""
    with World(ports=1, silent=True) as world:
        first = world.sbc.gets("REGISTER")
        asks = f'Digest realm="{REALM}", nonce="{{}}", algorithm=MD5, qop="auth"'
        both = [("Proxy-Authenticate", asks.format("p1")), ("WWW-Authenticate", asks.format("w1"))]
        world.sbc.says(first, 407, more=both[:1])
        second = world.sbc.gets("REGISTER")
        assert [(c.proxy, c.nonce, c.nc) for c in second.credentials] == [(True, "p1", "00000001")]
        world.sbc.says(second, 401, more=both[1:])
        third = world.sbc.gets("REGISTER")
        assert {(c.proxy, c.nonce, c.nc) for c in third.credentials} == {
            (True, "p1", "00000002"), (False, "w1", "00000001"),
        }  # fmt: skip
        assert [r.cseq.number - first.cseq.number for r in (second, third)] == [1, 2]
        _grants(world, third)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        world.matches("register-through-a-proxy")


TOGETHER = 'group = { number = "100", password = "secret-100" }'


def test_the_box_registers_once_and_its_lines_can_be_called_and_call() -> None:
    """REG-20, REG-21: one REGISTER; who is called is said by To; a line is asked for its calls."""
    with World(ports=2, sip=TOGETHER) as world:
        asked = [world.sbc.gets("REGISTER") for _ in range(2)]  # the first is challenged
        assert len({register.call_id for register in asked}) == 1
        world.waits(0.5)
        assert set(world.sbc.contacts) == {"100"}
        assert [world.row(port) for port in (1, 2)] == ["reg-ok:Activ Idle ON-HOOK"] * 2
        world.sbc.contacts["102"] = world.sbc.contacts["100"]
        world.sbc.calls("102")
        world.sbc.gets_answer(180, "INVITE")
        assert world.row(2) == "reg-ok:Activ Ringing RINGING 1001 Incoming"
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        world.matches("register-the-box")


def test_a_registrar_that_wants_sha_256_gets_it() -> None:
    """REG-08: SHA-256 above MD5 for one realm; response and hash are worked out here."""
    with World(ports=1, silent=True) as world:
        first = world.sbc.gets("REGISTER")
        asks = [
            (
                "WWW-Authenticate",
                f'Digest realm="{REALM}", nonce="s", algorithm=SHA-256, qop="auth"',
            ),
            ("WWW-Authenticate", f'Digest realm="{REALM}", nonce="m", algorithm=MD5, qop="auth"'),
        ]
        world.sbc.says(first, 401, more=asks)
        second = world.sbc.gets("REGISTER")
        (given,) = second.credentials
        secret = _sha(f"101:{REALM}:secret-101")
        asked = _sha(f"REGISTER:{given.uri}")
        proof = _sha(f"{secret}:s:{given.nc}:{given.cnonce}:auth:{asked}")
        assert (given.algorithm, given.nonce, given.response) == ("SHA-256", "s", proof)
        _grants(world, second)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _grants(world: World, register: Any, seconds: int = 3600) -> None:
    contact = ("Contact", f"<{register.contacts[0].uri}>;expires={seconds}")
    world.sbc.says(register, 200, more=[contact])
    world.waits(0.05)


def test_the_row_stays_reg_ok_until_the_binding_ends() -> None:
    """REG-11, REG-17: each refresh refused; warned of, retried by the back-off, then reg-fail."""
    with World(ports=1, granted=240) as world:
        world.registers()
        bound_until = world.now + (world.registration(1).expires_in_s or 0)
        world.sbc.on("REGISTER", lambda request: [respond(request, 503, to_tag="r")])
        world.sleeps(125)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert world.registration(1).last_error == "Service Unavailable"
        assert world.registration(1).next_attempt_in_s is not None
        world.sleeps(bound_until - world.now - 0.6)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        world.sleeps(1.2)
        assert world.row(1).startswith(("reg-fail:Activ", "reg-ing:Activ"))
        tries = [p.at for p in world.packets() if p.name == ">REGISTER"]
        gaps = [later - earlier for earlier, later in pairwise(tries)]
        assert 30 <= gaps[0] <= 60
        assert world.register_column(1)[0] == "reg-ok:Activ"
        world.matches("register-refresh-refused")


def test_everybody_is_thrown_off_only_by_an_explicit_word() -> None:
    """REG-13: `deregister 1 everybody`; nothing else ever sends `Contact: *`."""
    with World(ports=1) as world:
        world.registers()
        world.asks("deregister", port=1)
        world.waits(0.05)
        world.asks("deregister", port=1, everybody=True)
        world.waits(0.05)
        removals = [m for m in world.messages(">REGISTER") if isinstance(m, Request)]
        assert [m.headers.get("Contact") == "*" for m in removals][-1]
        assert not [m for m in removals[:1] if m.headers.get("Contact") == "*"]
        assert {m.expires for m in removals} == {0}
        assert world.row(1) == "unreg:Activ Idle ON-HOOK"


def test_a_redirection_is_refused_and_said_so() -> None:
    """REG-18: the default; the row, the reason and where it pointed."""
    with World(ports=1, silent=True) as world:
        register = world.sbc.gets("REGISTER")
        world.sbc.says(register, 302, more=[("Contact", "<sip:10.0.0.66>")])
        world.waits(0.2)
        assert world.row(1) == "reg-fail:Activ Idle ON-HOOK"
        assert world.registration(1).last_error == "Moved Temporarily: sip:10.0.0.66"
        assert world.wire() == [">REGISTER", "<302 REGISTER"]
        world.matches("register-redirected-refused")


def test_a_redirection_to_our_other_server_is_followed_if_allowed() -> None:
    """REG-18: `[sip] redirect = "servers"`."""
    with TwoServers(ports=1, sip='redirect = "servers"') as two:
        there = [("Contact", f"<sip:{STANDBY.host}>")]
        two.first.on("REGISTER", lambda r: [respond(r, 302, to_tag="r", headers=there)])
        world = two.world
        world.waits_until(lambda: "reg-ok" in world.row(1))
        world.waits(0.05)
        first, second, third = (p for p in world.packets() if p.name == ">REGISTER")
        assert first.message.uri == f"sip:{REALM}"  # type: ignore[union-attr]
        assert second.message.uri == third.message.uri == f"sip:{STANDBY.host}"  # type: ignore[union-attr]
        assert second.message.call_id != first.message.call_id
        assert world.registration(1).registrar == f"{STANDBY.host}:5060"
        two.matches("register-redirected")


class Shared(World):
    """Both ports have the number 101."""

    async def _start(self, text: str) -> Gateway:
        return await super()._start(text.replace('number = "102"', 'number = "101"'))


def test_an_invite_to_each_contact_of_a_number_rings_its_own_telephone() -> None:
    """REG-20, REG-21: two ports share a number: two bindings; the Contact tells which is meant."""
    with Shared(ports=2, password="secret-101").registers() as world:
        asked = [p.message for p in world._packets if p.name == ">REGISTER"]
        assert {m.to.uri for m in asked} == {f"sip:101@{REALM}"}
        contacts = {m.call_id: m.contacts[0].uri for m in asked if isinstance(m, Request)}
        assert len(contacts) == len(set(contacts.values())) == 2
        rang = []
        for contact in contacts.values():
            world.sbc.contacts["101"] = contact
            invite = world.sbc.calls("101")
            world.sbc.gets_answer(180, "INVITE")
            rang.append([p for p in (1, 2) if world.row(p).split()[1] == "Ringing"])
            world.sbc.cancels(invite)
            world.sbc.gets_answer(200, "CANCEL")
            answer: Response = world.sbc.gets_answer(487, "INVITE")
            world.sbc.acks(invite, answer)
            world.waits(1.0)
        assert sorted(rang) == [[1], [2]]


class Mistyped(World):
    """Port 3 has a wrong password."""

    async def _start(self, text: str) -> Gateway:
        return await super()._start(text.replace("secret-103", "mistyped"))


def test_of_eight_ports_one_has_a_wrong_password_and_no_other_notices() -> None:
    """REG-20, REG-07: two REGISTERs of that one, then peace; the others register and refresh."""
    with Mistyped(ports=8, exchange=True) as world:
        world.waits(2.0)
        rows = {port: world.row(port) for port in range(1, 9)}
        assert rows.pop(3) == "reg-fail:Activ Idle ON-HOOK"
        assert set(rows.values()) == {"reg-ok:Activ Idle ON-HOOK"}
        assert world.wire(3).count(">REGISTER") == 2
        world.looks()
        world.sleeps(100.0)
        assert world.wire(3) == [], "a server in trouble would have been asked again by now"


def test_after_the_return_of_power_lines_register_late_and_one_after_another() -> None:
    """REG-23: a random start delay, the next attempt shown meanwhile, then so many a second."""
    sip = "start_delay = 30\nregister_rate = 4"
    with World(ports=8, sip=sip, uptime=20.0) as world:
        waits = [world.registration(port).next_attempt_in_s for port in range(1, 9)]
        assert all(wait is not None and 0 < wait <= 32 for wait in waits)
        world.waits_until(lambda: all("reg-ok" in world.row(p) for p in range(1, 9)), most=40.0)
        first: dict[str, float] = {}
        for packet in world.packets():
            if packet.name == ">REGISTER":
                first.setdefault(packet.message.call_id, packet.at)
        gaps = [b - a for a, b in pairwise(sorted(first.values()))]
        assert len(gaps) == 7
        assert min(gaps) >= 0.25 - 1e-6


def test_a_service_that_is_restarted_registers_at_once() -> None:
    """REG-23: only the return of power is waited for, not the operator."""
    with World(ports=1, sip="start_delay = 30", uptime=500.0) as world:
        world.waits(0.05)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_a_stopped_service_removes_its_bindings_within_two_seconds() -> None:
    """REG-12, L12: also when nobody answers any more."""
    world = World(ports=2).registers()
    try:
        world.network.down.add(SBC.host)
        began = world.now
        world.stops()
        assert world.now - began <= 2.1
        removals = [m for m in world.messages(">REGISTER") if isinstance(m, Request)]
        assert len({m.call_id for m in removals}) == 2
        assert {m.expires for m in removals} == {0}
    finally:
        world.ends()


@pytest.mark.parametrize(("setting", "status"), [("alive", 200), ("as-invite", 486)])
def test_options_of_the_server_is_answered(setting: str, status: int) -> None:
    """HB-09: Allow, Accept and Supported; a busy line may say so if the carrier wants that."""
    with World(ports=1, sip=f'options = "{setting}"') as world:
        world.registers()
        contact = world.sbc.contacts["101"]
        idle = _options(world, contact)
        assert (idle.status, idle.headers.get("Accept")) == (200, "application/sdp")
        assert "INVITE" in str(idle.headers.get("Allow"))
        assert idle.headers.get("Supported") is not None
        world.person(1).lifts()
        world.waits(0.4)
        assert _options(world, contact).status == status
        assert _options(world, "sip:10.0.0.1:5060").status == 200, "it means the box"


def _options(world: World, uri: str) -> Response:
    world.sbc.forgets()
    world.sbc._asks(
        "OPTIONS", uri, 1, f"<sip:probe@{REALM}>;tag=p", f"<{uri}>", f"probe-{world.now}", (), b""
    )
    world.waits(0.05)
    (answer,) = world.sbc.unread
    assert isinstance(answer, Response)
    return answer
