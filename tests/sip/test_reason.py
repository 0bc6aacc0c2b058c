"""Why a call ends, told and understood: Reason, both ways (RFC 3326, RFC 6432, CO-12)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from firmware.causes import Cause, Code, cause
from firmware.responses import of_response
from firmware.sip.events import Alert, Ended, HangUp, Offered, Refuse
from firmware.tone import Tone
from tests.sip.bench import ANSWER, CONTACT, Bench, swapped


def ready(**settings: Any) -> tuple[Bench, str]:
    bench = Bench(**settings)
    return bench, bench.registers()


def refused(status: int, *reasons: str) -> Cause:
    """The cause of a call that was refused so after it had rung."""
    bench, _ = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 180, more=(CONTACT,))
    bench.waits(20.0)
    bench.replies(invite, status, more=tuple(("Reason", value) for value in reasons))
    ended: Ended = bench.last(Ended)
    return ended.cause


# understood


@pytest.mark.parametrize(
    ("status", "reason", "code", "tone"),
    [
        (480, "Q.850;cause=1", Code.UNALLOCATED, Tone.UNOBTAINABLE),
        (500, "Q.850;cause=3", Code.UNALLOCATED, Tone.UNOBTAINABLE),
        (503, "Q.850;cause=17", Code.PEER_BUSY, Tone.BUSY),
        (480, 'Q.850;cause=17;text="User busy"', Code.PEER_BUSY, Tone.BUSY),
        (500, "Q.850;cause=18", Code.NO_ANSWER_NET, Tone.BUSY),
        (500, "Q.850;cause=19", Code.NO_ANSWER_NET, Tone.BUSY),
        (404, "Q.850;cause=20", Code.NO_ANSWER_NET, Tone.BUSY),
        (404, "Q.850;cause=21", Code.UNALLOCATED, Tone.UNOBTAINABLE),
        (480, "Q.850;cause=22", Code.UNALLOCATED, Tone.UNOBTAINABLE),
        (500, "Q.850;cause=28", Code.INCOMPLETE, Tone.UNOBTAINABLE),
        (480, "Q.850;cause=16", Code.NO_ANSWER_NET, Tone.BUSY),
        (486, "Q.850;cause=31", Code.PEER_BUSY, Tone.BUSY),
        (404, "Q.850;cause=127", Code.UNALLOCATED, Tone.UNOBTAINABLE),
        (503, "Q.850;cause=41", Code.SERVER_ERROR, Tone.CONGESTION),
        (403, "Q.850;cause=17", Code.AUTH_REJECTED, Tone.CONGESTION),
        (488, "Q.850;cause=1", Code.CODEC, Tone.CONGESTION),
        (480, "SIP;cause=404", Code.NO_ANSWER_NET, Tone.BUSY),
        (480, "Q.850;cause=0", Code.NO_ANSWER_NET, Tone.BUSY),
        (480, "Q.850;cause=999", Code.NO_ANSWER_NET, Tone.BUSY),
        (480, "nonsense", Code.NO_ANSWER_NET, Tone.BUSY),
        (480, 'SIP;cause=480, Q.850;cause=17;text="a, b"', Code.PEER_BUSY, Tone.BUSY),
    ],
)
def test_a_reason_says_what_a_status_cannot(
    status: int, reason: str, code: Code, tone: Tone
) -> None:
    """RFC 6432, sip 12.1: the Q.850 cause decides where it concerns the called party."""
    why = refused(status, reason)
    assert (why.code, why.tone, why.status) == (code, tone, status)


@pytest.mark.parametrize(
    ("q850", "statuses"),
    [
        (1, (404, 485, 604)), (17, (486, 600)), (18, (480,)), (19, (487,)),
        (21, (401, 402, 403, 407, 603)), (22, (410,)), (25, (482, 483)), (28, (484,)),
        (31, (488, 606)), (38, (502,)), (41, (400, 409, 481, 491, 500, 503, 580, 699)),
        (63, (405,)), (79, (406, 415, 501)), (102, (408, 504)),
        (127, (413, 414, 416, 420, 421, 423, 505, 513)),
    ],
)  # fmt: skip
def test_a_status_alone_has_the_cause_of_rfc_3398(q850: int, statuses: tuple[int, ...]) -> None:
    """Q2 table 12.1, sip 12.1: RFC 3398 section 8.2.6.1."""
    for status in statuses:
        assert of_response(status, "", peer="8001", server="s").q850 == q850, status


@pytest.mark.parametrize("status", [488, 606])
def test_a_warning_tells_an_incompatibility_from_a_whim(status: int) -> None:
    """Q2 row 12: by the Warning header."""
    bench, _ = ready()
    bench.calls()
    warning = ("Warning", '305 sbc "Incompatible media format"')
    bench.replies(bench.one("INVITE"), status, more=(warning,))
    ended: Ended = bench.last(Ended)
    assert (ended.cause.code, ended.cause.q850) == (Code.CODEC, 127)
    assert refused(status).q850 == 31


def tones(statuses: Iterable[int], retry_after: int | None = None) -> set[tuple[Code, Tone]]:
    """What is heard after each of these, and why."""
    causes = [
        of_response(status, "x", peer="8001", server="s", retry_after=retry_after)
        for status in statuses
    ]
    return {(why.code, why.tone) for why in causes}


def test_every_final_response_has_its_cause_and_its_tone() -> None:
    """BW-01, Q2 table 12.2, from 300 to 699: whatever is not named is the server's failure."""
    named: list[tuple[tuple[int, ...], Code, Tone]] = [
        ((401, 403, 407), Code.AUTH_REJECTED, Tone.CONGESTION),
        ((404, 410, 604), Code.UNALLOCATED, Tone.UNOBTAINABLE),
        ((484,), Code.INCOMPLETE, Tone.UNOBTAINABLE),
        ((408, 480, 487), Code.NO_ANSWER_NET, Tone.BUSY),
        ((486, 600, 603), Code.PEER_BUSY, Tone.BUSY),
        ((415, 488, 606), Code.CODEC, Tone.CONGESTION),
    ]
    for statuses, code, tone in named:
        assert tones(statuses) == {(code, tone)}
    others = set(range(300, 700)).difference(*(statuses for statuses, _, _ in named))
    assert tones(others) == {(Code.SERVER_ERROR, Tone.CONGESTION)}
    assert tones((503,), retry_after=7) == {(Code.OVERLOAD, Tone.CONGESTION)}


def test_of_several_reasons_the_one_of_the_telephone_network_counts() -> None:
    why = refused(500, "SIP;cause=500", "Q.850;cause=17")
    assert (why.code, why.q850) == (Code.PEER_BUSY, 17)


@pytest.mark.parametrize("status", [302, 403, 404, 480, 486, 488, 500, 503, 603, 699])
def test_no_reason_makes_a_refusal_anything_but_a_refusal(status: int) -> None:
    """sip 12.1: it never becomes ringback or silence."""
    for q850 in (None, *range(1, 128)):
        why = of_response(status, "x", peer="8001", server="s", q850=q850)
        assert why.tone in {Tone.BUSY, Tone.CONGESTION, Tone.UNOBTAINABLE}
        assert "{" not in why.sentence + why.sentence_zh + why.hint


@pytest.mark.parametrize("status", [603, 486])
def test_who_declines_is_not_busy(status: int) -> None:
    why = of_response(status, "", peer="8001", server="s", q850=21)
    assert why.sentence == "8001 declined the call."


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("", "8001 hung up after 5 s."),
        ("Q.850;cause=16", "8001 hung up after 5 s."),
        ("Q.850;cause=31", "8001 hung up after 5 s."),
        (
            "Q.850;cause=41",
            "The network ended the call with 8001 after 5 s (Q.850 cause 41).",
        ),
        (
            "Q.850;cause=102",
            "The network ended the call with 8001 after 5 s (Q.850 cause 102).",
        ),
    ],
)
def test_a_bye_says_whether_somebody_hung_up(reason: str, sentence: str) -> None:
    """Q2 row 15; the tone is that of a release in any case."""
    bench, _ = ready()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER)
    ack = bench.one("ACK")
    bench.waits(5.0)
    more = (("Reason", reason),) if reason else ()
    bench.brings(bench.request("BYE", invite.contacts[0].uri, **swapped(ack, 1), more=more))
    ended: Ended = bench.last(Ended)
    assert (ended.cause.code, ended.cause.tone) == (Code.REMOTE_RELEASED, Tone.BUSY)
    assert ended.cause.sentence == sentence


# told


def test_the_caller_who_gives_up_cancels_with_normal_clearing() -> None:
    """FW-CANCEL, CO-12."""
    bench, _ = ready()
    call = bench.calls()
    bench.replies(bench.one("INVITE"), 180, more=(CONTACT,))
    bench.feeds(HangUp(call))
    assert bench.one("CANCEL").headers.get("Reason") == "Q.850;cause=16"


def test_our_own_timer_cancels_with_no_answer() -> None:
    """Q2 row 9b, FC-07: nobody lifted, and nobody hung up."""
    bench, _ = ready(give_up_s=20.0)
    bench.calls()
    bench.replies(bench.one("INVITE"), 180, more=(CONTACT,))
    bench.waits(20.1)
    assert bench.one("CANCEL").headers.get("Reason") == "Q.850;cause=19"


def test_a_cancel_that_had_to_wait_still_knows_why() -> None:
    """FC-01: the CANCEL goes out with the first provisional response."""
    bench, _ = ready()
    call = bench.calls()
    invite = bench.one("INVITE")
    bench.feeds(HangUp(call, cause(Code.LINE_FAULT, alarm="power")))
    bench.gets()
    bench.replies(invite, 100)
    assert bench.one("CANCEL").headers.get("Reason") == "Q.850;cause=27"


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (cause(Code.NORMAL), "Q.850;cause=16"),
        (cause(Code.ADMIN, who="operator"), "Q.850;cause=27"),
        (cause(Code.LINE_FAULT, alarm="x"), "Q.850;cause=27"),
        (cause(Code.NO_RTP, seconds=30), "Q.850;cause=16"),
        (None, "Q.850;cause=16"),
    ],
)
def test_a_bye_says_why(why: Cause | None, reason: str) -> None:
    """CO-12."""
    bench, _ = ready()
    call = bench.calls()
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=ANSWER)
    bench.one("ACK")
    bench.feeds(HangUp(call, why))
    assert bench.one("BYE").headers.get("Reason") == reason


@pytest.mark.parametrize(
    ("code", "reason"), [(486, "Q.850;cause=17"), (480, "Q.850;cause=27"), (404, "Q.850;cause=1")]
)
def test_a_refusal_says_why(code: int, reason: str) -> None:
    """RFC 6432: what a telephone network behind the server shall be told."""
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(Refuse(offered.call, code))
    assert bench.one(f"{code} INVITE").headers.get("Reason") == reason


def test_nobody_lifts_and_the_caller_is_told_so() -> None:
    """BW-NA-TERM."""
    bench, token = ready()
    _, offered = bench.rings(token)
    assert isinstance(offered, Offered)
    bench.feeds(Alert(offered.call))
    bench.one("180 INVITE")
    bench.waits(50.1)
    assert bench.one("480 INVITE").headers.get("Reason") == "Q.850;cause=19"


def test_reasons_can_be_left_out() -> None:
    """CO-12 is a setting: some networks stumble over what they do not know."""
    bench, token = ready(tells_reason=False)
    call = bench.calls()
    bench.replies(bench.one("INVITE"), 180, more=(CONTACT,))
    bench.feeds(HangUp(call))
    assert "Reason" not in bench.one("CANCEL").headers
    talk = bench.calls()
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=ANSWER)
    bench.one("ACK")
    bench.feeds(HangUp(talk))
    assert "Reason" not in bench.one("BYE").headers
    _, offered = bench.rings(token)
    bench.feeds(Refuse(offered.call, 486))
    assert "Reason" not in bench.one("486 INVITE").headers


def test_a_bell_that_is_taken_away_says_why() -> None:
    bench, token = ready()
    _, offered = bench.rings(token)
    bench.feeds(HangUp(offered.call, cause(Code.ADMIN, who="operator")))
    assert bench.one("480 INVITE").headers.get("Reason") == "Q.850;cause=27"
