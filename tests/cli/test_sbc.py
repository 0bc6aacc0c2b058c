"""``drill`` and ``failback``, as they are typed."""

from __future__ import annotations

import pytest

from firmware.cli import sbc  # noqa: F401 fills the table
from firmware.cli.command import TABLE, UsageError
from tests.cli.lab import ANSWERS, TableDaemon, context


def test_a_drill_names_the_server_and_for_how_long() -> None:
    made = context({"drill": ANSWERS["servers"][0]})
    answer = TABLE.execute(["drill", "sbc", "1", "down", "90", "--background"], made)
    assert answer.text == (
        "sbc 1 (192.0.2.10:5060) is treated as dead for 90 s; drill report tells what comes of it"
    )
    daemon = made.control
    assert isinstance(daemon, TableDaemon)
    assert daemon.asked == [("drill", {"server": 1, "seconds": 90.0})]


def test_a_drill_of_no_seconds_ends_it() -> None:
    assert (
        TABLE.execute(["dr", "s", "2", "d", "0"], context({"drill": {}})).text
        == "sbc 2: drill ended"
    )


@pytest.mark.parametrize("line", ["drill sbc", "drill sbc 1 down", "drill sbc 1 down soon"])
def test_half_a_drill_is_none(line: str) -> None:
    with pytest.raises(UsageError):
        TABLE.parse(line.split())


def test_failback_shows_where_the_lines_go() -> None:
    answer = TABLE.execute(["failback"], context({"go-back": ANSWERS["servers"]}))
    head, first, *_ = answer.text.splitlines()
    assert head.split()[:5] == ["sbc", "server", "address", "state", "use"]
    assert first.split()[:5] == ["1", "192.0.2.10:5060", "192.0.2.10:5060", "alive", "yes"]
