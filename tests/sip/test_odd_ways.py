"""Where requests go, when the far end names the way by what is legal and rare."""

from __future__ import annotations

import pytest

from firmware.sip.dialog import Dialog
from firmware.sip.events import HangUp
from tests.sip.bench import ANSWER, Bench
from tests.sip.messages import request


def bye_of(contact: str, *routes: str) -> tuple[str, tuple[str, ...], str]:
    """Request-URI, Route lines and address of our BYE to whoever answered so."""
    bench = Bench()
    bench.registers()
    call = bench.calls()
    more = (("Contact", contact), *(("Record-Route", route) for route in routes))
    bench.replies(bench.one("INVITE"), 200, more=more, body=ANSWER)
    bench.gets("ACK")
    bench.feeds(HangUp(call))
    target = str(bench.targets[-1])
    bye = bench.one("BYE")
    return bye.uri, bye.headers.all("Route"), target


@pytest.mark.parametrize(
    "route",
    ['"a <b>; lr, c" <sip:192.0.2.11;lr>', '"<sip:192.0.2.99>" <sip:192.0.2.11;lr>;x="<"'],
)
def test_a_route_may_have_a_name_with_brackets_in_it(route: str) -> None:
    """CO-02, RFC 3261 section 25.1: a quoted string holds any character."""
    uri, routes, target = bye_of("<sip:b@192.0.2.20:5070>", route)
    assert (uri, routes, target) == ("sip:b@192.0.2.20:5070", (route,), "192.0.2.11:5060")


def test_headers_of_a_contact_do_not_go_into_the_request_uri() -> None:
    """RFC 3261 section 19.1.1, table 1: a Request-URI has none."""
    uri, _, target = bye_of("<sip:b@192.0.2.20:5070;ob?Replaces=a%3Bto-tag%3Db>")
    assert (uri, target) == ("sip:b@192.0.2.20:5070;ob", "192.0.2.20:5070")
    uri, _, _ = bye_of("<sip:b?c@192.0.2.20>")
    assert uri == "sip:b?c@192.0.2.20", "that one belongs to the user part"


def test_nor_do_those_of_a_contact_that_moves_the_dialog() -> None:
    """RFC 3261 section 12.2.2."""
    contact = ("Contact", '"x, y" <sip:c@192.0.2.21?X=1>;q=0.5, <sip:d@192.0.2.22>')
    dialog = Dialog.as_callee(request(), "ours")
    dialog.retarget(request("UPDATE", more=(contact,)))
    assert dialog.target == "sip:c@192.0.2.21"


def test_maddr_says_where_a_uri_leads() -> None:
    """RFC 3261 section 18.1.1, RFC 3263 section 4: its host is only a name then."""
    uri, _, target = bye_of("<sip:b@host.example:5070;maddr=192.0.2.77>")
    assert (uri, target) == ("sip:b@host.example:5070;maddr=192.0.2.77", "192.0.2.77:5070")
    route = "<sip:192.0.2.11;maddr=192.0.2.13;lr>"
    assert bye_of("<sip:b@192.0.2.20>", route)[1:] == ((route,), "192.0.2.13:5060")
    assert bye_of("<sip:b@192.0.2.20;maddr=nobody.example>")[2] == "192.0.2.10:5060"


def test_nothing_is_sent_to_a_group_of_hosts() -> None:
    """Each of them would take what is meant for one; our server knows the way."""
    for contact in ["<sip:b@192.0.2.20:5070;maddr=239.1.1.1>", "<sip:b@[ff02::1]>"]:
        assert bye_of(contact)[2] == "192.0.2.10:5060"
