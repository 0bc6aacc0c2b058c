"""Secrets stay out of what is shown, and foreign text cannot drive a terminal."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import log
from firmware.text import HIDDEN, escape, mask

CANARY = "c4n4ry"


@pytest.mark.parametrize(
    "text",
    [
        f'Authorization: Digest username="101", response="{CANARY}", cnonce="n"',
        f'Authorization : digest username="101",\r\n response = "{CANARY}"\r\nVia: x',
        f"Proxy-Authorization: Digest response={CANARY},nc=1",
        f"proxy-authorization: Basic {CANARY}",
        f'Authorization: Digest response="{CANARY}',
        f"Authorization: Bearer x\r\n\t{CANARY}",
        f"sip:101:{CANARY}@example.net",
        f"<sips:101:{CANARY}@example.net>",
        f"password={CANARY}",
        f'password = "{CANARY} {CANARY}"',
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{CANARY}|2^20",
    ],
)
def test_what_could_be_used_against_the_line_is_masked(text: str) -> None:
    masked = mask(text)
    assert CANARY not in masked
    assert HIDDEN in masked
    assert mask(masked) == masked


def test_what_explains_a_failure_stays() -> None:
    text = (
        "REGISTER sip:example.net SIP/2.0\r\n"
        'Authorization: Digest username="101", realm="r", nonce="n", uri="sip:example.net", '
        'response="abc", cnonce="c", nc=00000001\r\n'
        "Contact: <sip:101@192.0.2.1:5060>\r\n\r\n"
    )
    assert mask(text) == text.replace('"abc"', f'"{HIDDEN}"')


def test_control_and_direction_characters_become_visible() -> None:
    assert escape("a\x1b[2J\r\n\t\x9b\u202e中文é") == "a\\x1b[2J\\r\\n\\t\\x9b\\u202e中文é"


@given(st.text())
def test_whatever_comes_is_one_printable_line(text: str) -> None:
    escaped = escape(text)
    assert len(escaped.splitlines()) <= 1
    escaped.encode()


def logged(*, journal: bool, **facts: Any) -> str:
    stream = io.StringIO()
    environment = {"JOURNAL_STREAM": "8:1"} if journal else {}
    before = logging.getLogger().handlers[:], logging.getLogger().level
    log.start(stream=stream, environment=environment)
    try:
        log.event("line-registered", **facts)
        log.event("call\nfailed", level=logging.ERROR)
        log.event("detail", level=logging.DEBUG)
    finally:
        logging.getLogger().handlers[:] = before[0]
        logging.getLogger().setLevel(before[1])
    return stream.getvalue()


def test_an_event_is_one_line_of_facts() -> None:
    assert logged(
        journal=False, port=1, peer='a "b"\x1b', none=None, empty="", zero=0, t=1.50, eq="a=b"
    ) == ('line-registered port=1 peer="a \\"b\\"\\x1b" zero=0 t=1.5 eq="a=b"\ncall\\nfailed\n')


def test_the_journal_gets_priorities() -> None:
    assert logged(journal=True) == "<6>line-registered\n<3>call\\nfailed\n"


def test_an_exception_stays_in_one_line() -> None:
    wrong = ValueError("two\nlines")
    raised = (type(wrong), wrong, None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "odd %s", ("\x07",), raised)
    line = log.Formatter(journal=False).format(record)
    assert len(line.splitlines()) == 1
    assert line.startswith('odd \\x07 exception="ValueError: two')


def test_a_log_that_cannot_be_written_costs_nobody_a_call() -> None:
    """D13."""

    class Full(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise OSError(28, "No space left on device")

    handler = log.Handler(Full())
    handler.emit(logging.LogRecord("x", logging.INFO, "f", 1, "lost", (), None))
