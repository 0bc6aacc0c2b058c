"""Handshakes in descriptions: what is offered, answered, kept and refused (RFC 5763, RFC 8842)."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.description import Description, NotAcceptableError
from firmware.sip.dtls import Identity, fingerprints, new_association
from firmware.sip.events import Handshake, LocalMedia, MediaPlan
from firmware.sip.sdes import NotSecuredError
from firmware.sip.sdp import Terms, answer, offer, plan_from_answer
from firmware.sip.securing import NO_FINGERPRINT, NO_HANDSHAKE, is_secured
from tests.sip.test_sdes import line as crypto
from tests.sip.test_sdp import body

HERE = LocalMedia("192.0.2.1", 10000)
OURS = "sha-256 " + ":".join(["AB"] * 32)
SHOWN = "sha-256 " + ":".join(["0C"] * 32)
OTHER = "sha-384 " + ":".join(["1D"] * 48)
NAME, THEIR_NAME, NEW_NAME = "a" * 30, "b" * 20, "c" * 20
US = Identity(OURS, NAME)
TERMS = Terms(srtp="dtls", rtcp_mux="offer")
VOICE = "m=audio 4000 UDP/TLS/RTP/SAVP 8"


def theirs(setup: str = "actpass", *more: str, shown: str = SHOWN, media: str = VOICE) -> bytes:
    return body(media, f"a=fingerprint:{shown}", f"a=setup:{setup}", *more)


def named(name: str = THEIR_NAME) -> str:
    return f"a=tls-id:{name}"


def our_offer(ours: Identity = US) -> bytes:
    return offer(HERE, TERMS, session_id=7, version=8, keys=ours)


def answered(offered: bytes, ours: Identity = US) -> tuple[list[str], MediaPlan]:
    said, plan = answer(offered, HERE, TERMS, session_id=7, version=8, in_session=True, keys=ours)
    return said.decode().split("\r\n"), plan


def about(lines: list[str]) -> list[str]:
    return [text for text in lines if text.startswith(("a=finger", "a=setup", "a=tls"))]


def shakes(plan: MediaPlan) -> Handshake:
    assert isinstance(plan.protection, Handshake)
    return plan.protection


def test_our_offer_names_our_certificate_and_lets_the_far_end_choose() -> None:
    """RFC 5763 section 5: actpass; RTCP goes the same way; there is no key to be read."""
    lines = our_offer().decode().split("\r\n")
    assert "m=audio 10000 UDP/TLS/RTP/SAVP 8 0 101" in lines
    assert about(lines) == [f"a=fingerprint:{OURS}", "a=setup:actpass", f"a=tls-id:{NAME}"]
    assert "a=rtcp-mux" in lines
    assert "crypto" not in str(lines)
    assert is_secured(our_offer())


@pytest.mark.parametrize(
    ("setup", "ours"), [("actpass", "active"), ("passive", "active"), ("active", "passive")]
)
@pytest.mark.parametrize("media", [VOICE, "m=audio 4000 UDP/TLS/RTP/SAVPF 8"])
def test_we_begin_unless_they_want_to(setup: str, ours: str, media: str) -> None:
    """RFC 5763 section 5: active is quicker; the transport is answered as it was offered."""
    lines, plan = answered(theirs(setup, "a=rtcp-mux", media=media))
    assert media.replace("4000", "10000") in lines
    assert about(lines) == [f"a=fingerprint:{OURS}", f"a=setup:{ours}"]
    assert shakes(plan) == Handshake(ours == "active", OURS, (SHOWN,))
    assert plan.rtcp_mux


def test_who_names_his_handshake_is_told_the_name_of_ours() -> None:
    """RFC 8842 section 5.3."""
    lines, plan = answered(theirs("actpass", named()))
    assert f"a=tls-id:{NAME}" in lines
    assert shakes(plan).association == THEIR_NAME


def test_what_the_session_says_counts_for_its_line() -> None:
    """RFC 8122 section 5: the line's own word comes first."""
    lines = theirs("actpass").decode().split("\r\n")
    voice = next(n for n, text in enumerate(lines) if text.startswith("m="))
    lifted = [*lines[:voice], *about(lines), *[t for t in lines[voice:] if t not in about(lines)]]
    _, plan = answered("\r\n".join(lifted).encode())
    assert shakes(plan) == Handshake(True, OURS, (SHOWN,))
    own = [*lifted[:-1], f"a=fingerprint:{OTHER}", ""]
    assert shakes(answered("\r\n".join(own).encode())[1]).theirs == (OTHER,)


def test_fingerprints_are_read_in_one_spelling_and_weak_ones_are_not() -> None:
    """RFC 8122 section 5: SHA-1 and MD5 prove nothing any more."""
    lines = theirs(
        "active", f"a=fingerprint:SHA-384 {OTHER[8:].lower()}",
        "a=fingerprint:sha-1 " + ":".join(["11"] * 20), "a=fingerprint:sha-256 AB:CD",
        "a=fingerprint:sha-256", f"a=fingerprint:{SHOWN}",
    )  # fmt: skip
    assert fingerprints(Description.parse(lines).media[0]) == (SHOWN, OTHER)


@pytest.mark.parametrize(
    ("offered", "why"),
    [
        (body("m=audio 4 RTP/AVP 8"), NO_HANDSHAKE),
        (body("m=audio 4 RTP/SAVP 8", crypto()), NO_HANDSHAKE),
        (body("m=audio 4 RTP/AVP 8", f"a=fingerprint:{SHOWN}"), NO_HANDSHAKE),
        (body(VOICE, "a=setup:actpass"), NO_FINGERPRINT),
        (theirs(shown="sha-1 " + ":".join(["11"] * 20)), NO_FINGERPRINT),
        (theirs("holdconn"), NO_FINGERPRINT),
    ],
)
def test_an_offer_without_a_handshake_is_refused(offered: bytes, why: str) -> None:
    """C22: plain voice, or keys that are told, are not what was asked for."""
    with pytest.raises(NotSecuredError, match=why) as refused:
        answered(offered)
    assert (refused.value.status, refused.value.warning) == (488, 302)


def test_a_handshake_is_refused_where_keys_are_told_and_the_other_way_round() -> None:
    """A line does the one or the other."""
    for mode in ("off", "optional", "required"):
        with pytest.raises(NotAcceptableError) as refused:
            answer(theirs(), HERE, Terms(srtp=mode), session_id=7, version=8, keys=())
        assert refused.value.warning == 302
    both = body("m=audio 6 RTP/AVP 8", VOICE, f"a=fingerprint:{SHOWN}", "a=setup:actpass")
    lines, plan = answered(both)
    assert lines[5:7] == ["m=audio 0 RTP/AVP 8", "m=audio 10000 UDP/TLS/RTP/SAVP 8"]
    assert shakes(plan).active


@pytest.mark.parametrize(("setup", "active"), [("active", False), ("passive", True)])
def test_their_answer_says_who_begins(setup: str, active: bool) -> None:
    plan = plan_from_answer(our_offer(), theirs(setup, named(), "a=rtcp-mux"))
    assert shakes(plan) == Handshake(active, OURS, (SHOWN,), THEIR_NAME)
    assert plan.rtcp_mux


@pytest.mark.parametrize(
    ("answer_", "why"),
    [
        (body("m=audio 4 RTP/AVP 8"), NO_HANDSHAKE),
        (body("m=audio 4 RTP/SAVP 8", crypto()), NO_HANDSHAKE),
        (theirs("active", media="m=audio 4 UDP/TLS/RTP/SAVPF 8"), NO_HANDSHAKE),
        (body(VOICE, "a=setup:active"), NO_FINGERPRINT),
        (theirs("actpass"), NO_FINGERPRINT),
        (theirs("holdconn"), NO_FINGERPRINT),
    ],
)
def test_an_answer_without_a_handshake_is_refused(answer_: bytes, why: str) -> None:
    """C22; `actpass` is no answer."""
    with pytest.raises(NotSecuredError, match=why):
        plan_from_answer(our_offer(), answer_)


STANDS = Handshake(True, OURS, (SHOWN,), THEIR_NAME)


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        (theirs("actpass", named()), True),
        (theirs("passive", named()), True),
        (theirs("active", named()), False),
        (theirs("actpass", named(NEW_NAME)), False),
        (theirs("actpass", named(), shown=OTHER), False),
        (theirs("actpass", named(), f"a=fingerprint:{OTHER}"), False),
    ],
)
def test_an_offer_in_a_call_goes_on_with_its_keys_or_wants_others(
    offered: bytes, kept: bool
) -> None:
    """RFC 8842 section 4: another certificate, name or role is another handshake."""
    lines, plan = answered(offered, Identity(OURS, NAME, STANDS))
    assert (plan.protection == STANDS) is kept
    assert (f"a=setup:{'active' if shakes(plan).active else 'passive'}") in lines


@pytest.mark.parametrize("active", [True, False])
def test_who_began_stays_who_began(active: bool) -> None:
    """Whatever is answered to our offer later: not all remember; and `actpass` leaves it to us."""
    stands = Handshake(active, OURS, (SHOWN,), THEIR_NAME)
    for setup in ("active", "passive"):
        plan = plan_from_answer(our_offer(), theirs(setup, named()), stands)
        assert plan.protection == stands
    assert (
        answered(theirs("actpass", named()), Identity(OURS, NAME, stands))[1].protection == stands
    )
    renewed = plan_from_answer(our_offer(), theirs("active", named(NEW_NAME)), stands)
    assert shakes(renewed) == Handshake(False, OURS, (SHOWN,), NEW_NAME)


def test_we_agree_with_ourselves() -> None:
    there = Identity(SHOWN, THEIR_NAME)
    said, plan = answer(
        our_offer(), LocalMedia("192.0.2.2", 20000), TERMS, session_id=9, version=1, keys=there
    )
    assert plan.protection == Handshake(True, SHOWN, (OURS,), NAME)
    assert shakes(plan_from_answer(our_offer(), said)) == Handshake(
        False, OURS, (SHOWN,), THEIR_NAME
    )


def test_each_call_has_a_name_of_its_own() -> None:
    dice = random.Random(1)  # noqa: S311 - the same each time
    names = {new_association(dice) for _ in range(100)}
    assert len(names) == 100
    assert {len(name) for name in names} == {30}


pieces = st.sampled_from(
    [VOICE, "m=audio 5 RTP/AVP 8", f"a=fingerprint:{SHOWN}", f"a=fingerprint:{OTHER}",
     "a=setup:actpass", "a=setup:active", "a=setup:", "a=tls-id:x", named(), "a=fingerprint:",
     "m=audio 0 UDP/TLS/RTP/SAVP 8", "a=rtcp-mux", "a=fingerprint:sha-256 \u0660:"]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=20), max_size=10))
def test_any_offer_is_answered_by_a_handshake_or_refused(lines: list[str]) -> None:
    with suppress(NotAcceptableError):
        said, plan = answered(body(*lines))
        answers = [text for text in said if text.startswith("m=audio 10000 ")]
        assert len(answers) == bool(plan.protection)
        assert all("UDP/TLS" in text for text in answers)
