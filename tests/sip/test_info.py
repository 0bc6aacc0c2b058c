"""Digits of a call by INFO: told in their order, understood in both forms."""

from __future__ import annotations

import pytest

from firmware.sip.call.info import MOST_WAITING
from firmware.sip.events import DigitTold, TellDigit
from tests.sip.talking import Talk

RELAY = ("Content-Type", "application/dtmf-relay")
PLAIN = ("Content-Type", "application/dtmf")
CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n1", qop="auth"')
BOTH = pytest.mark.parametrize("ours", [True, False])


def talk(*, ours: bool = True) -> Talk:
    return Talk(ours=ours, info_digits=True)


def heard(call: Talk) -> list[tuple[str, int]]:
    told = [e for e in call.bench.said if isinstance(e, DigitTold)]
    call.bench.said.clear()
    return [(one.digit, one.duration_ms) for one in told]


@BOTH
def test_a_digit_is_told_in_the_dialog(ours: bool) -> None:
    call = talk(ours=ours)
    call.bench.feeds(TellDigit(call.call, "5"))
    info = call.bench.one("INFO")
    assert info.content_type == "application/dtmf-relay"
    assert info.body == b"Signal=5\r\nDuration=160\r\n"
    assert (info.call_id, bool(info.to.tag)) == (call.invite.call_id, True)


def test_digits_go_one_after_the_other_in_their_order() -> None:
    """An INFO that overtakes another would be refused with 500, and the digit be lost."""
    call = talk()
    for digit in "1*#":
        call.bench.feeds(TellDigit(call.call, digit))
    sent, numbers = b"", []
    for _ in range(3):
        info = call.bench.one("INFO")
        sent += info.body[7:8]
        numbers.append(info.cseq.number)
        call.answers(info, 200)
    call.bench.gets()
    assert sent == b"1*#"
    assert numbers == sorted(set(numbers))


def test_so_many_digits_wait_for_a_far_end_that_does_not_answer_and_no_more() -> None:
    call = talk()
    for _ in range(1 + MOST_WAITING + 5):
        call.bench.feeds(TellDigit(call.call, "1"))
    for _ in range(1 + MOST_WAITING):
        call.answers(call.bench.one("INFO"), 200)
    call.bench.gets()


@pytest.mark.parametrize("status", [405, 415, 481, 500])
def test_a_refusal_ends_no_call_and_holds_no_digit_back(status: int) -> None:
    call = talk()
    for digit in "12":
        call.bench.feeds(TellDigit(call.call, digit))
    call.answers(call.bench.one("INFO"), status)
    assert call.bench.one("INFO").body.startswith(b"Signal=2")


def test_an_info_that_nobody_answers_makes_way_for_the_next() -> None:
    call = talk()
    for digit in "12":
        call.bench.feeds(TellDigit(call.call, digit))
    call.bench.wire.clear()
    call.bench.waits(31)
    assert all(info.body.startswith(b"Signal=1") for info in call.bench.wire)
    call.bench.wire.clear()
    call.bench.waits(1.5)
    assert call.bench.wire[-1].body.startswith(b"Signal=2")


def test_a_challenged_info_is_repeated_with_credentials() -> None:
    """RFC 3261 section 22.2: any request may be challenged."""
    call = talk()
    call.bench.feeds(TellDigit(call.call, "7"))
    call.answers(call.bench.one("INFO"), 407, CHALLENGE)
    again = call.bench.one("INFO")
    assert again.headers.get("Proxy-Authorization")
    assert again.body.startswith(b"Signal=7")
    call.bench.feeds(TellDigit(call.call, "6"))
    call.bench.gets()
    call.answers(again, 200)
    assert call.bench.one("INFO").body.startswith(b"Signal=6")


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (RELAY, b"Signal=5\r\nDuration=240\r\n", [("5", 240)]),
        (RELAY, b"Signal= *\nDuration= 100", [("*", 100)]),
        (RELAY, b"Signal=11\r\n", [("#", 0)]),
        (RELAY, b"Signal=d\r\n", [("D", 0)]),
        (PLAIN, b"9\r\n", [("9", 0)]),
        (PLAIN, b" # ", [("#", 0)]),
    ],
)
@BOTH
def test_digits_of_the_far_end_are_understood(
    kind: tuple[str, str], body: bytes, told: list[tuple[str, int]], *, ours: bool
) -> None:
    call = talk(ours=ours)
    call.asks("INFO", body=body, more=(kind,))
    call.bench.gets("200 INFO")
    assert heard(call) == told


@pytest.mark.parametrize(
    ("more", "body", "status"),
    [
        ((), b"", 200),
        ((RELAY,), b"Signal=16\r\n", 400),
        ((RELAY,), b"Signal=\xd9\xa1\r\n", 400),
        ((RELAY,), b"Duration=100\r\n", 400),
        ((PLAIN,), b"12 34", 400),
        ((("Content-Type", "application/media_control+xml"),), b"<x/>", 415),
        ((RELAY, ("Info-Package", "foo")), b"Signal=1\r\n", 469),
    ],
)
def test_an_info_that_is_no_digit_is_answered_and_nothing_else(
    more: tuple[tuple[str, str], ...], body: bytes, status: int
) -> None:
    """RFC 6086 section 4.2.2 (469), RFC 3261 section 21.4.13 (415)."""
    call = talk()
    call.asks("INFO", body=body, more=more)
    call.bench.gets(f"{status} INFO")
    assert heard(call) == []


def test_who_was_not_told_to_knows_no_info() -> None:
    call = Talk()
    call.asks("INFO", body=b"Signal=1\r\n", more=(RELAY,))
    (response,) = call.bench.gets("405 INFO")
    assert "INFO" not in (response.headers.get("Allow") or "")


def test_allow_names_info_where_it_is_taken() -> None:
    call = talk()
    assert "INFO" in (call.invite.headers.get("Allow") or "")


def test_digits_of_no_call_are_nowhere() -> None:
    call = talk()
    call.bench.feeds(TellDigit(call.call + 7, "1"))
    call.bench.gets()
