"""Keys in descriptions: what is offered, taken and refused (RFC 4568, row C22)."""

from __future__ import annotations

import random
from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.description import Description, NotAcceptableError
from firmware.sip.events import LocalMedia, MediaPlan, Protection
from firmware.sip.sdes import (
    NO_KEYS,
    NOT_ENCRYPTED,
    OTHER_KEY,
    SUITES,
    Mode,
    NotSecuredError,
    keys_of,
    new_keys,
)
from firmware.sip.sdp import Terms, answer, offer, plan_from_answer, restated
from firmware.text import HIDDEN, mask
from tests.sip.test_sdp import body

HERE = LocalMedia("192.0.2.1", 10000)
OURS = (bytes(range(30)), bytes(range(30, 60)))
THEIRS = bytes(range(100, 130))
INLINE = b64encode(THEIRS).decode()
LONG, SHORT = SUITES
SECURED = "m=audio 4000 RTP/SAVP 8"
NEEDED, TAKEN = Terms(srtp="required"), Terms(srtp="optional")


def line(tag: int = 1, suite: str = LONG, more: str = "") -> str:
    return f"a=crypto:{tag} {suite} inline:{INLINE}{more}"


def our_offer(terms: Terms = NEEDED) -> bytes:
    keys = OURS if terms.srtp == "required" else ()
    return offer(HERE, terms, session_id=7, version=8, keys=keys)


def answered(offered: bytes, terms: Terms, *, in_session: bool = False) -> tuple[str, MediaPlan]:
    said, plan = answer(
        offered, HERE, terms, session_id=7, version=8, in_session=in_session, keys=OURS
    )
    return said.decode(), plan


def test_our_offer_has_both_suites_the_longer_tag_first() -> None:
    """RFC 4568 section 6.2: a key of its own for each."""
    lines = our_offer().decode().split("\r\n")
    assert "m=audio 10000 RTP/SAVP 8 0 101" in lines
    assert [text for text in lines if "crypto" in text] == [
        f"a=crypto:1 {LONG} inline:{b64encode(OURS[0]).decode()}",
        f"a=crypto:2 {SHORT} inline:{b64encode(OURS[1]).decode()}",
    ]
    assert b"RTP/AVP" in our_offer(TAKEN)
    assert b"crypto" not in our_offer(TAKEN)


@pytest.mark.parametrize("mode", ["optional", "required"])
def test_the_first_key_that_we_know_is_taken(mode: Mode) -> None:
    """Section 5.1.2: their order counts; our key is that of the suite, under their tag."""
    offered = body(SECURED, line(3, "AES_256_CM_HMAC_SHA1_80"), line(7, SHORT), line(8, LONG))
    said, plan = answered(offered, Terms(srtp=mode))
    assert "m=audio 10000 RTP/SAVP 8\r\n" in said
    ours = b64encode(OURS[1]).decode()
    assert [text for text in said.split("\r\n") if "crypto" in text] == [
        f"a=crypto:7 {SHORT} inline:{ours}"
    ]
    assert plan.protection == Protection(SHORT, OURS[1], THEIRS)


@pytest.mark.parametrize(
    "more", ["|2^20", "|1048576", " WSH=128", "|2^48 WSH=64 -UNKNOWN=1", " -X"]
)
def test_lifetimes_and_harmless_parameters_are_read(more: str) -> None:
    """Sections 6.1, 6.3.6 and 6.3.7."""
    assert answered(body(SECURED, line(more=more)), TAKEN)[1].protection is not None


@pytest.mark.parametrize(
    "wrong",
    [
        line(more="|2^20|1:4"),
        line(more=f";inline:{INLINE}"),
        line(more=" KDR=1"),
        line(more=" UNENCRYPTED_SRTP"),
        line(more=" UNENCRYPTED_SRTCP"),
        line(more=" UNAUTHENTICATED_SRTP"),
        line(more=" FEC_ORDER=FEC_SRTP"),
        line(more=" WHATEVER"),
        line(more="|0"),
        line(suite="F8_128_HMAC_SHA1_80"),
        line().replace(INLINE, INLINE[:-4]),
        line().replace(INLINE, INLINE + "AAAA"),
        line().replace(INLINE[:4], "????"),
        line().replace("inline", "outline"),
        "a=crypto:x y z",
        "a=crypto",
    ],
)
def test_a_key_that_we_cannot_use_is_passed_over(wrong: str) -> None:
    """C22: MKI, several keys, KDR, FEC and what weakens; the next line may do, else 488."""
    said, plan = answered(body(SECURED, wrong, line(2)), TAKEN)
    assert "a=crypto:2 " in said
    assert plan.protection is not None
    with pytest.raises(NotSecuredError, match=NO_KEYS) as refused:
        answered(body(SECURED, wrong), TAKEN)
    assert (refused.value.status, refused.value.warning) == (488, 302)
    assert INLINE not in str(refused.value)


def test_plain_voice_is_refused_where_encryption_is_required() -> None:
    """C22: no silent downgrade; a key beside plain voice is none."""
    for lines in (["m=audio 4 RTP/AVP 8"], ["m=audio 4 RTP/AVP 8", line()]):
        with pytest.raises(NotSecuredError, match=NOT_ENCRYPTED):
            answered(body(*lines), NEEDED)
        said, plan = answered(body(*lines), TAKEN)
        assert "crypto" not in said
        assert plan.protection is None


def test_encrypted_voice_is_refused_where_there_is_none() -> None:
    """B23, C22: off."""
    with pytest.raises(NotAcceptableError) as refused:
        answered(body(SECURED, line()), Terms())
    assert refused.value.warning == 302


def test_of_two_ways_the_encrypted_one_is_taken() -> None:
    """An offer of both, plain first: each m-line keeps its place."""
    both = body("m=audio 6 RTP/AVP 8", SECURED, line())
    for terms in (TAKEN, NEEDED):
        said, plan = answered(both, terms)
        assert plan.protection is not None
        assert "m=audio 0 RTP/AVP 8\r\nm=audio 10000 RTP/SAVP 8\r\n" in said
    assert answered(both, Terms())[1].protection is None


def test_other_transports_stay_what_they_were() -> None:
    """DTLS-SRTP is another mode's (test_dtls.py)."""
    with pytest.raises(NotAcceptableError) as refused:
        answered(body("m=audio 4 UDP/TLS/RTP/SAVPF 8"), NEEDED)
    assert refused.value.warning == 302
    assert not isinstance(refused.value, NotSecuredError)
    with pytest.raises(NotAcceptableError) as refused:
        answered(body("m=audio 4000 RTP/SAVP 18", line()), NEEDED)
    assert refused.value.warning == 305


@pytest.mark.parametrize("suite", SUITES)
def test_their_answer_says_which_of_our_keys_is_used(suite: str) -> None:
    place = SUITES.index(suite)
    plan = plan_from_answer(our_offer(), body(SECURED, line(place + 1, suite)))
    assert plan.protection == Protection(suite, OURS[place], THEIRS)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["m=audio 4 RTP/AVP 8"], NOT_ENCRYPTED),
        (["m=audio 4 RTP/AVP 8", line()], NOT_ENCRYPTED),
        ([SECURED], NO_KEYS),
        ([SECURED, line(1, SHORT)], OTHER_KEY),
        ([SECURED, line(3)], OTHER_KEY),
        ([SECURED, line(1), line(2, SHORT)], OTHER_KEY),
    ],
)
def test_an_answer_that_does_not_secure_the_call_is_refused(lines: list[str], why: str) -> None:
    """C22, section 5.1.3."""
    with pytest.raises(NotSecuredError, match=why):
        plan_from_answer(our_offer(), body(*lines))


def test_we_agree_with_ourselves() -> None:
    there = LocalMedia("192.0.2.2", 20000)
    other = new_keys(random.Random(1))  # noqa: S311 - the same each time
    said, plan = answer(our_offer(), there, TAKEN, session_id=9, version=1, keys=other)
    assert plan.protection == Protection(LONG, other[0], OURS[0])
    assert plan_from_answer(our_offer(), said).protection == Protection(LONG, OURS[0], other[0])
    assert restated(said, 2).replace(b"o=- 9 2", b"o=- 9 1") == said


def test_keys_are_new_for_each_call_and_never_shown() -> None:
    dice = random.Random(2)  # noqa: S311 - the same each time
    many = [key for _ in range(50) for key in new_keys(dice)]
    assert len(set(many)) == 100
    assert {len(key) for key in many} == {30}
    plan = plan_from_answer(our_offer(), body(SECURED, line()))
    read = keys_of(Description.parse(body(SECURED, line())).media[0])
    for key in (*OURS, THEIRS):
        assert repr(key)[2:-1] not in repr(plan) + repr(read)
    assert LONG in repr(plan)


@pytest.mark.parametrize(
    "written",
    [
        line(),
        line(more=f"|2^20|1:4;inline:{INLINE}|2^20|2:4"),
        line().replace("a=crypto", "a= CRYPTO "),
        line().replace("inline", "INLINE"),
        f"{line()}\r\na=sendrecv",
    ],
)
def test_a_key_is_masked_however_it_is_written(written: str) -> None:
    """Ladders and traces show the suite, and no key."""
    shown = mask(written)
    assert INLINE not in shown
    assert HIDDEN in shown
    assert LONG in shown


pieces = st.sampled_from(
    [SECURED, "m=audio 5 RTP/AVP 8", line(), line(2, SHORT), "a=crypto:", "a=crypto:1  inline:",
     line(more=" WSH="), line(more="|2^"), "m=audio 0 RTP/SAVP 8", "a=crypto:\u0663 A inline:x"]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=20), max_size=10), st.sampled_from(["off", "optional"]))
def test_any_offer_is_answered_or_refused(lines: list[str], mode: Mode) -> None:
    """And what is answered is secured as the offer says."""
    offered = body(*lines)
    with suppress(NotAcceptableError):
        said, plan = answered(offered, Terms(srtp=mode))
        assert ("RTP/SAVP" in said.replace("m=audio 0 RTP/SAVP", "")) is bool(plan.protection)
        assert said.count("a=crypto:") == bool(plan.protection)
