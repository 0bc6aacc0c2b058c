"""Dialogs (RFC 3261 section 12)."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.compose import Composer
from firmware.sip.dialog import Dialog, DialogId
from tests.sip.messages import LOCAL, request, response

COMPOSER = Composer(LOCAL, "tipring", random.Random(1))  # noqa: S311  reproducible on purpose
CONTACT = ("Contact", "<sip:b@192.0.2.20;ob>")
TWO = (("Record-Route", "<sip:p1@192.0.2.11;lr=on>, <sip:192.0.2.12;lr>"),)
INVITE = request(cseq=7)


def as_caller(*more: tuple[str, str]) -> Dialog:
    return Dialog.as_caller(INVITE, response(200, INVITE, more=(CONTACT, *more)))


def as_callee(*more: tuple[str, str]) -> Dialog:
    return Dialog.as_callee(request(cseq=8241, more=(CONTACT, *more)), "ours")


def test_a_dialog_is_known_by_call_id_and_both_tags() -> None:
    """CO-01."""
    assert as_caller().id == DialogId("ci", "a", "b")
    assert as_callee().id == DialogId("ci", "ours", "a")
    bye = as_callee().request("BYE", COMPOSER)
    assert DialogId.of_request(bye) == DialogId("ci", "a", "ours")


def test_the_caller_turns_the_route_round_and_the_callee_does_not() -> None:
    """CO-02."""
    caller, callee = as_caller(*TWO), as_callee(*TWO)
    assert caller.routes == ("<sip:192.0.2.12;lr>", "<sip:p1@192.0.2.11;lr=on>")
    assert callee.routes == ("<sip:p1@192.0.2.11;lr=on>", "<sip:192.0.2.12;lr>")
    assert (caller.next_hop, callee.next_hop) == ("sip:192.0.2.12;lr", "sip:p1@192.0.2.11;lr=on")


def test_the_parameters_of_the_contact_go_into_the_request_uri_unchanged() -> None:
    bye = as_caller().request("BYE", COMPOSER)
    assert bye.uri == "sip:b@192.0.2.20;ob"
    assert "Route" not in bye.headers


def test_a_strict_router_becomes_the_request_uri() -> None:
    """B28, RFC 3261 section 12.2.1.1."""
    strict = ("Record-Route", "<sip:192.0.2.12;lr>, <sip:192.0.2.13>")
    bye = as_caller(strict).request("BYE", COMPOSER)
    assert bye.uri == "sip:192.0.2.13"
    assert bye.headers.all("Route") == ("<sip:192.0.2.12;lr>", "<sip:b@192.0.2.20;ob>")


def test_the_callers_numbers_go_on_from_the_invite_and_the_ack_has_the_invites() -> None:
    """CO-04, table 8.3."""
    dialog = as_caller()
    assert dialog.ack(7, COMPOSER).cseq.number == 7
    assert [dialog.request("UPDATE", COMPOSER).cseq.number for _ in range(2)] == [8, 9]
    assert dialog.request("BYE", COMPOSER).cseq.number == 10


def test_the_callee_begins_anywhere_and_counts_on() -> None:
    """CO-04: no relation to the caller's 8241."""
    dialog = as_callee()
    first = dialog.request("INVITE", COMPOSER).cseq.number
    assert 1 <= first < 2**31
    assert dialog.request("BYE", COMPOSER).cseq.number == first + 1


def test_the_callees_bye_has_from_and_to_swapped() -> None:
    """CO-03."""
    bye = as_callee().request("BYE", COMPOSER)
    assert (bye.from_.uri, bye.from_.tag) == ("sip:8001@dom", "ours")
    assert (bye.to.uri, bye.to.tag) == ("sip:101@dom", "a")


def test_each_request_has_a_branch_of_its_own() -> None:
    dialog = as_caller()
    branches = {dialog.request("UPDATE", COMPOSER).via.branch for _ in range(100)}
    assert len(branches) == 100


@given(st.lists(st.integers(1, 2**31 - 1), min_size=1))
def test_a_number_counts_only_if_it_is_higher_than_all_before(numbers: list[int]) -> None:
    """RFC 3261 section 12.2.2: gaps are fine."""
    dialog = as_caller()
    taken = [n for n in numbers if dialog.takes(request("BYE", cseq=n))]
    assert taken == sorted(set(taken))
    assert taken[-1] == max(numbers)


def test_a_target_refresh_moves_the_target_only() -> None:
    dialog = as_caller(*TWO)
    dialog.retarget(request("UPDATE", more=(("Contact", "<sip:b@192.0.2.99>"), *TWO)))
    assert dialog.request("BYE", COMPOSER).uri == "sip:b@192.0.2.99"
    assert len(dialog.routes) == 2
