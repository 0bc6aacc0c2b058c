"""``ring``: what is asked of the daemon, and what the table says meanwhile."""

from __future__ import annotations

from msgspec.structs import replace

from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE
from tests.cli.lab import ANSWERS, PORTS, context

RINGING = {**ANSWERS, "ring": PORTS[0], "ring-stop": PORTS[0]}


def test_seconds_and_name_are_passed_on_and_what_is_not_given_is_left_to_the_daemon() -> None:
    given = context(RINGING)
    words = ["ring", "1", "--seconds", "20", "--name", "Dinner is ready"]
    assert TABLE.execute(words, given).text == "port 1: ringing"
    assert TABLE.execute(["ring", "1"], given).text == "port 1: ringing"
    assert TABLE.execute(["ring", "1", "stop"], given).text == "port 1: silent"
    assert given.__dict__["control"].asked == [
        ("ring", {"port": 1, "seconds": 20.0, "name": "Dinner is ready"}),
        ("ring", {"port": 1}),
        ("ring-stop", {"port": 1}),
    ]


def test_the_status_table_says_that_nobody_calls() -> None:
    rows = [replace(PORTS[1], house_call="ringing"), replace(PORTS[0], house_call="answered")]
    said = TABLE.execute(["show", "port", "status"], context({"ports": rows})).text
    assert said.splitlines()[3:] == ["[2:1] house call: it rings, and nobody calls"]
