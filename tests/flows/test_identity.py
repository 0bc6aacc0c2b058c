"""Whose number is seen by whom: on the wire, in the row, on the display (CLI-07, LINE-07)."""

from __future__ import annotations

import pytest

from firmware.explain.verdict import DialTest
from firmware.sip.message import Request
from tests.flows.scenes import calls_out, dials, talks_out
from tests.sbc import description
from tests.world import World

CODES = '[services]\nwithhold_code = "*67"\nshow_code = "*82"\n'
ANONYMOUS = "sip:anonymous@anonymous.invalid"


@pytest.mark.parametrize(
    ("line", "dialled", "withheld"),
    [
        ("", "8001", False),
        ("", "*678001", True),
        ("withhold = true", "8001", True),
        ("withhold = true", "*828001", False),
        ("withhold = true", "*678001", True),
    ],
)
def test_a_number_is_withheld_by_the_line_or_by_a_code(
    line: str, dialled: str, withheld: bool
) -> None:
    """RFC 3323 section 4.1.1.3 and RFC 3325 section 9.3; the code is not part of the number."""
    with World(ports=1, line=line, more=CODES).registers() as world:
        _, invite = calls_out(world, dialled)
        assert invite.uri == "sip:8001@ims.example.net"
        assert world.row(1) == "reg-ok:Activ Calling OFF-HOOK 8001 Outgoing"
        assert (invite.from_.uri == ANONYMOUS) is withheld
        assert (invite.headers.get("Privacy") == "id") is withheld
        ours = invite.headers.get("P-Preferred-Identity")
        assert ours == ("<sip:101@ims.example.net>" if withheld else None)


def test_a_withheld_call_as_a_ladder() -> None:
    """INVITE, ACK, BYE: From is anonymous in all of them, the digest proves who it is."""
    with World(ports=1, more=CODES).registers() as world:
        a = dials(world, "*678001")
        invite = world.sbc.gets("INVITE")
        world.sbc.says(invite, 180)
        world.waits(1.0)
        world.sbc.says(invite, 200, body=description())
        world.sbc.gets("ACK")
        world.waits(2.0)
        a.hangs_up()
        bye = world.sbc.gets("BYE")
        world.sbc.says(bye, 200)
        world.waits(0.5)
        assert {m.from_.uri for m in (invite, world.find(">ACK"), bye)} == {ANONYMOUS}
        for name in (">ACK", ">BYE"):
            assert "P-Preferred-Identity" not in world.find(name).headers
        assert world.records(1)[-1].peer_number == "8001"
        world.matches("number-withheld")


def test_who_is_called_learns_nothing_of_a_withheld_number() -> None:
    """Both ends ours, the exchange between them: P on the display, and 101 nowhere."""
    with World(exchange=True, line="withhold = true").registers() as world:
        dials(world, "102")
        world.waits(6.0)
        b = world.person(2)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 102 Outgoing"
        assert world.row(2) == "reg-ok:Activ Ringing RINGING anonymous Incoming"
        assert b.sees.caller_id == "P"
        came = world.find("<INVITE", 2)
        assert "101" not in "".join(value for _, value in came.headers.items())


def test_a_call_for_help_is_never_anonymous() -> None:
    with World(ports=1, line="withhold = true", more=CODES).registers() as world:
        _, invite = calls_out(world, "*67110")
        assert invite.from_.uri == "sip:101@ims.example.net"
        assert "Privacy" not in invite.headers


@pytest.mark.parametrize(
    ("numbers", "uri", "caller"),
    [
        ("phone", "sip:8001@ims.example.net;user=phone", "sip:101@ims.example.net;user=phone"),
        ("tel", "tel:8001;phone-context=ims.example.net", "tel:101;phone-context=ims.example.net"),
    ],
)
def test_numbers_are_written_as_the_configuration_says(
    numbers: str, uri: str, caller: str
) -> None:
    """RFC 3966 section 5.1.4; the whole call goes through, and the ladder shows it."""
    with World(ports=1, more=f'[sip.identity]\nnumbers = "{numbers}"\n').registers() as world:
        a, invite = talks_out(world)
        assert (invite.uri, invite.to.uri, invite.from_.uri) == (uri, uri, caller)
        told = world.asks("dial-test", port=1, digits="8001")
        assert isinstance(told, DialTest)
        assert (told.request_uri, told.from_uri) == (uri, caller)
        world.waits(1.0)
        a.hangs_up()
        bye = world.sbc.gets("BYE")
        assert (bye.to.uri, bye.from_.uri) == (uri, caller)


def is_called(world: World, *more: tuple[str, str], by: str = "1001") -> None:
    world.sbc.calls("101", by=by, more=more)
    world.sbc.gets_answer(180, "INVITE")
    world.waits(4.8)


def test_what_the_network_asserts_is_shown() -> None:
    """LINE-07: row and display have the digits that one would dial back."""
    with World(ports=1).registers() as world:
        is_called(world, ("P-Asserted-Identity", '"Ann" <tel:+86-10-8210-0001>'))
        assert world.row(1) == "reg-ok:Activ Ringing RINGING +861082100001 Incoming"
        assert world.person(1).sees.caller_id == "861082100001"


def test_from_is_shown_if_that_is_wished() -> None:
    more = '[sip.identity]\ncaller = "from"\n'
    with World(ports=1, more=more).registers() as world:
        is_called(world, ("P-Asserted-Identity", "<tel:8009>"))
        assert world.person(1).sees.caller_id == "1001"


def test_a_caller_whom_nobody_names_is_shown_as_unknown() -> None:
    """GR-30: O on the display is not P; nobody has withheld anything."""
    with World(ports=1).registers() as world:
        invite = world.sbc.calls("101")
        world.sbc.cancels(invite)
        world.waits(0.3)
        world.sbc.forgets()
        again = Request(
            "INVITE",
            invite.uri,
            invite.headers.replaced("From", "<sip:sbc.example.net>;tag=q")
            .replaced("Call-ID", "q2")
            .replaced("Via", str(invite.via).replace("z9hG4bK", "z9hG4bKq")),
            invite.body,
        )
        world.sbc.sends(again)
        world.sbc.gets_answer(180, "INVITE")
        world.waits(4.8)
        assert world.row(1) == "reg-ok:Activ Ringing RINGING unknown Incoming"
        assert world.person(1).sees.caller_id == "O"


@pytest.mark.parametrize("privacy", ["id", "header", "user;critical"])
def test_a_caller_who_asks_for_privacy_is_shown_as_private(privacy: str) -> None:
    """CLI-07: ``anonymous`` in the row, P on the display, and nowhere the number."""
    with World(ports=1).registers() as world:
        asserted = ("P-Asserted-Identity", '"Ann" <tel:8009>')
        is_called(world, asserted, ("Privacy", privacy), by="8009")
        assert world.row(1) == "reg-ok:Activ Ringing RINGING anonymous Incoming"
        assert world.person(1).sees.caller_id == "P"
        assert "8009" not in world.picture
