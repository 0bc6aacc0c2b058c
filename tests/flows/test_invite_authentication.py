"""INVITE and digest (behaviours 7 and 14.7)."""

from __future__ import annotations

from firmware.sip.message import Request, Response
from tests.flows.scenes import dials
from tests.sbc import REALM, description, proven
from tests.world import World


def assert_acked(world: World, invite: Request, refusal: Response) -> None:
    """The ACK is of the refused INVITE's own transaction (IA-01, RFC 3261 section 17.1.1.3)."""
    ack = world.sbc.gets("ACK")
    assert ack.via.branch == invite.via.branch
    assert len(ack.vias) == 1
    assert ack.uri == invite.uri
    assert ack.headers.get("Route") == invite.headers.get("Route")
    assert ack.call_id == invite.call_id
    assert ack.headers.get("From") == invite.headers.get("From")
    assert ack.cseq.number == invite.cseq.number
    assert ack.to.tag == refusal.to.tag
    assert ack.body == b""


def test_an_invite_that_is_challenged_goes_out_again_with_credentials() -> None:
    """INV-AUTH (IA-01, IA-02)."""
    with World(ports=1).registers() as world:
        a = dials(world, "8001")
        sbc = world.sbc
        first = sbc.gets("INVITE")
        assert not first.credentials, "nobody has asked for them yet"
        assert not first.to.tag
        refusal = world.registrar.challenge(first, 407)
        sbc.sends(refusal)
        assert_acked(world, first, refusal)
        second = sbc.gets("INVITE")
        assert second.uri == first.uri
        assert second.call_id == first.call_id
        assert second.from_.tag == first.from_.tag
        assert not second.to.tag
        assert second.cseq.number == first.cseq.number + 1
        assert second.via.branch != first.via.branch
        assert second.headers.get("Route") == first.headers.get("Route")
        assert second.body == first.body
        assert "Proxy-Authorization" in second.headers
        assert "Authorization" not in second.headers
        (given,) = second.credentials
        assert (given.uri, given.nc, given.realm) == (second.uri, "00000001", REALM)
        assert proven(second, f"n{world.registrar.nonces}")
        sbc.says(second, 100)
        world.waits(0.01)
        assert world.row(1) == "reg-ok:Activ Calling OFF-HOOK 8001 Outgoing"
        sbc.says(second, 180)
        assert a.hears(6.0).heard == "ringback"
        assert world.rows(1) == [
            "Idle ON-HOOK",
            "DialTone OFF-HOOK",
            "Dialing OFF-HOOK",
            "Calling OFF-HOOK 8001 Outgoing",
            "RingBack OFF-HOOK 8001 Outgoing",
        ]
        asked, *between, rang = world.packets()
        assert {world.row_at(1, p.at) for p in (asked, *between)} == {
            "reg-ok:Activ Calling OFF-HOOK 8001 Outgoing"
        }
        assert world.row_at(1, rang.at) == "reg-ok:Activ RingBack OFF-HOOK 8001 Outgoing"
        world.matches("invite-authenticated")


def test_the_next_call_sends_its_credentials_at_once() -> None:
    """IA-03: the nonce of the 407 again, with the next count."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a = dials(world, "8001")
        sbc.sends(world.registrar.challenge(sbc.gets("INVITE"), 407))
        sbc.gets("ACK")
        sbc.says(sbc.gets("INVITE"), 486)
        sbc.gets("ACK")
        a.hangs_up()
        world.waits(1.0)
        dials(world, "8001")
        again = sbc.gets("INVITE")
        (given,) = again.credentials
        assert "Proxy-Authorization" in again.headers
        assert given.nc == "00000002"
        assert proven(again, f"n{world.registrar.nonces}")


def test_proxy_and_far_end_may_challenge_in_turn() -> None:
    """IA-04: the third INVITE carries both credentials."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        dials(world, "8001")
        proxy = 'Digest realm="edge.example.net", nonce="edge", algorithm=MD5, qop="auth"'
        sbc.says(sbc.gets("INVITE"), 407, more=[("Proxy-Authenticate", proxy)])
        sbc.gets("ACK")
        second = sbc.gets("INVITE")
        assert [(c.realm, c.nonce) for c in second.credentials] == [("edge.example.net", "edge")]
        sbc.sends(world.registrar.challenge(second, 401))
        sbc.gets("ACK")
        third = sbc.gets("INVITE")
        assert {(c.proxy, c.realm, c.nonce) for c in third.credentials} == {
            (True, "edge.example.net", "edge"),
            (False, REALM, f"n{world.registrar.nonces}"),
        }
        assert third.cseq.number == second.cseq.number + 1


def test_a_second_challenge_without_stale_ends_the_call() -> None:
    """IA-05, IA-07: at most two INVITEs; the person hears congestion, the record says why."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a = dials(world, "8001")
        for _ in range(2):
            sbc.sends(world.registrar.challenge(sbc.gets("INVITE"), 407))
            sbc.gets("ACK")
        assert a.hears(3.0).heard == "congestion"
        assert sbc.unread == []
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert world.records(1)[-1].cause == "AUTH_REJECTED"


def test_who_hangs_up_at_the_challenge_sends_no_second_invite() -> None:
    """IA-06: the 407 is acknowledged, and that is all."""
    with World(ports=1).registers() as world:
        a = dials(world, "8001")
        first = world.sbc.gets("INVITE")
        a.hangs_up()
        world.waits(1.0)
        refusal = world.registrar.challenge(first, 407)
        world.sbc.forgets()  # repetitions: nobody has answered for a second
        world.sbc.sends(refusal)
        assert_acked(world, first, refusal)
        world.waits(5.0)
        assert world.sbc.unread == []
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_a_bye_that_is_challenged_goes_out_again() -> None:
    """IA-08: with the next CSeq, and credentials."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a = dials(world, "8001")
        invite = sbc.gets("INVITE")
        sbc.says(invite, 200, body=description())
        sbc.gets("ACK")
        world.waits(0.5)
        a.hangs_up()
        first = sbc.gets("BYE")
        sbc.sends(world.registrar.challenge(first, 407))
        second = sbc.gets("BYE")
        assert second.cseq.number == first.cseq.number + 1
        assert second.to.tag == "b"
        assert proven(second, f"n{world.registrar.nonces}")
        sbc.says(second, 200)
        world.waits(5.0)
        assert sbc.unread == []
