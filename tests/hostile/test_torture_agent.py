"""RFC 4475 at a running user agent: every message gets what the verdict table says.

The messages come from a listed server. An INVITE is addressed to us: its Request-URI gets
the token of the line's Contact in place of user and host; all else stays as tortured as it
is. A01 to A03.
"""

from __future__ import annotations

import re

import pytest

from firmware.sip.events import Alert, LineIdentity, Offered
from tests.hostile.scene import Scene, Talking, answered, dropped, statuses
from tests.sip.bench import STRANGER
from tests.sip.torture import MESSAGES

RINGS = ["wsinv", "esc01", "longreq", "baddate", "inv2543"]
SILENCE = ["unreason", "noreason", "scalarlg", "bigcode", "bcast"]
ANSWERS = {
    200: "lwsdisp semiuri transports badbranch zeromf",
    400: (
        "badinv01 clerr ncl scalar02 quotbal ltgtruri lwsruri lwsstart trws escruri regbadct"
        " badaspec baddn mismatch01 mismatch02 insuf multi01 mcl01"
    ),
    405: ("intmeth escnull esc02 dblreq mpart01 unksm2 regaut01 cparam01 cparam02 regescrt"),
    406: "sdp01",
    415: "invut",
    416: "unkscm novelsc",
    420: "bext01",
    505: "badvers",
}
VERDICTS = [(name, status) for status, names in ANSWERS.items() for name in names.split()]
LEAVES_NOTHING = {400, 505}
ADDRESSED = {*RINGS, "sdp01", "invut"}
TO_TAG = re.compile(rb"(?m)(?<=example\.com) ;   tag    = 1918181833n")
"""Only wsinv has one: an INVITE within a dialog that never was."""


def addressed(name: str, token: str) -> bytes:
    """The message with one of our own URIs in the start line, where that is due."""
    data = MESSAGES[name].data
    if name not in ADDRESSED:
        return data
    uri = f"sip:{token}@192.0.2.1:5060".encode()
    done, times = re.subn(rb"\AINVITE sip:[^@ ]+@[^;? ]+", b"INVITE " + uri, data)
    assert times == 1
    return TO_TAG.sub(b"", done)


def test_every_message_has_its_verdict() -> None:
    assert sorted(RINGS + SILENCE + [name for name, _ in VERDICTS]) == sorted(MESSAGES)


@pytest.mark.parametrize("name", RINGS)
def test_an_odd_but_valid_invite_rings(name: str) -> None:
    scene = Scene()
    outputs = scene.throws(addressed(name, scene.token))
    offered = outputs[-1]
    assert isinstance(offered, Offered)
    assert offered.line == 1
    ringing = answered(scene.bench.agent.feed(Alert(offered.call), scene.bench.now))
    assert ringing.status == 180
    assert ringing.to.tag
    scene.settles()


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("esc01", "sips:user@example.com"),
        ("baddate", "user"),
        ("inv2543", "UserB"),
    ],
)
def test_it_rings_by_its_own_request_uri_where_numbers_are_taken(name: str, user: str) -> None:
    """Without the token, to the byte as the RFC has it; the user part means what it says."""
    scene = Scene(contact_token=False, lines=(LineIdentity(3, user, user, "s"),) * 2)
    assert isinstance(scene.throws(MESSAGES[name].data)[-1], Offered)


def test_wsinv_as_it_stands_is_within_a_dialog_that_we_do_not_know() -> None:
    """B20 goes first: a To tag that we never gave gets 481, so that the far end clears."""
    scene = Scene()
    assert statuses(scene.throws(MESSAGES["wsinv"].data)) == [481]
    scene.settles()


@pytest.mark.parametrize(("name", "status"), VERDICTS)
def test_a_request_gets_its_answer(name: str, status: int) -> None:
    scene = Scene()
    outputs = scene.throws(addressed(name, scene.token))
    assert statuses(outputs) == [status]
    if status in LEAVES_NOTHING:
        assert dropped(outputs), "and is counted"
        assert not scene.bench.agent.busy, "and leaves no state"
    scene.settles()


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("intmeth", "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE"),
        ("invut", "Accept", "application/sdp"),
        ("bext01", "Unsupported", "nothingsupportsthis, nothingsupportsthiseither"),
    ],
)
def test_a_refusal_says_what_would_have_been_taken(name: str, header: str, value: str) -> None:
    scene = Scene()
    refused = answered(scene.throws(addressed(name, scene.token)))
    assert (refused.headers.get(header) or "").lower() == value.lower()


@pytest.mark.parametrize("name", SILENCE)
def test_a_response_that_answers_nothing_is_dropped(name: str) -> None:
    scene = Scene()
    outputs = scene.throws(MESSAGES[name].data)
    assert len(outputs) == 1
    assert dropped(outputs)
    assert not scene.bench.agent.busy


def test_what_follows_a_message_in_its_datagram_is_ignored() -> None:
    """dblreq: the INVITE behind the REGISTER never happened."""
    scene = Scene()
    assert statuses(scene.throws(MESSAGES["dblreq"].data)) == [405]
    scene.settles()
    assert not scene.offered


def test_the_whole_torture_leaves_a_conversation_alone() -> None:
    """Some share their branch and would be taken for repetitions: each gets one of its own."""
    scene = Talking()
    for name in MESSAGES:
        branch = b"branch=z9hG4bK" + name.encode()
        scene.throws(addressed(name, scene.other).replace(b"branch=z9hG4bK", branch))
        scene.refuses_what_is_offered()
    scene.close()
    scene.settles()


def test_the_torture_by_a_stranger_meets_silence() -> None:
    scene = Scene()
    for name in MESSAGES:
        outputs = scene.throws(addressed(name, scene.token), STRANGER)
        assert dropped(outputs)
        assert not statuses(outputs)
    assert not scene.bench.agent.busy
