"""What a person may type for an instant (U16)."""

from __future__ import annotations

from datetime import datetime

import pytest

from firmware.cli.command import TABLE, UsageError
from firmware.cli.instant import clock, instant
from tests.cli.lab import context

NOW = datetime.fromisoformat("2026-11-22T14:30").astimezone()


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("14:05", "2026-11-22T14:05"),
        ("9:05:30", "2026-11-22T09:05:30"),
        ("14:31", "2026-11-21T14:31"),
        ("2026-11-20T23:59", "2026-11-20T23:59"),
        ("2026-11-20 23:59:01", "2026-11-20T23:59:01"),
    ],
)
def test_a_time_without_a_date_is_the_last_that_was(text: str, then: str) -> None:
    assert instant(text, NOW) == datetime.fromisoformat(then).timestamp()


@pytest.mark.parametrize("text", ["", "25:00", "14.05", "14:60", "2026-13-01T10:00", "T10:00"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert instant(text, NOW) is None


def test_a_time_is_told_with_its_date() -> None:
    at = instant("2026-11-20T23:59")
    assert at is not None
    assert clock(at) == "2026-11-20 23:59:00"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("show port 1 --at noon", "--at wants a time: 14:05, 14:05:30 or 2026-11-22T14:05"),
        ("show port 1 --at", "--at wants a time: 14:05, 14:05:30 or 2026-11-22T14:05"),
        ("show port 1 --follow --at 10:00", "what was then cannot be followed: --at or --follow"),
    ],
)
def test_a_wrong_instant_is_refused_in_words(line: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        TABLE.execute(line.split(), context())
    assert str(refused.value) == why
