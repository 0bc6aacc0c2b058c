"""Ladders as pictures: compared with tests/cli/golden/ (UPDATE_GOLDEN=1 rewrites them)."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from firmware.cli import ladder as command  # noqa: F401 fills the table
from firmware.cli.command import TABLE, UsageError
from firmware.errors import CommandError
from firmware.trace.ladder import Renderer, render
from firmware.trace.marks import Lane, Mark, Trace, around, select
from tests.cli.lab import MARKS, TableDaemon, context

GOLDEN = Path(__file__).parent / "golden"
FIRST, SECOND = "192.0.2.10:5060", "192.0.2.11:5060"


def copper(at: float, what: str, *, port: int = 1, out: bool = False) -> Mark:
    return Mark(at=at, port=port, lane=Lane.COPPER, outward=out, what=what)


def sip(at: float, what: str, *, out: bool = False, port: int = 1, peer: str = FIRST) -> Mark:
    return Mark(at=at, port=port, lane=Lane.SIP, outward=out, what=what, peer=peer, call=1)


def voice(at: float, what: str, *, out: bool, port: int = 1) -> Mark:
    return Mark(at=at, port=port, lane=Lane.VOICE, outward=out, what=what, call=1)


def house(at: float, what: str, *, port: int = 1) -> Mark:
    return Mark(at=at, port=port, lane=Lane.HOUSE, outward=False, what=what)


CALL = [
    copper(100.0, "off-hook"),
    copper(100.0, "dial-tone", out=True),
    copper(100.1, "8"),
    copper(100.1, "silence", out=True),
    copper(100.2, "0"),
    sip(100.4, "INVITE", out=True),
    sip(100.4, "100"),
    sip(100.4, "180"),
    copper(100.4, "ringback", out=True),
    sip(103.4, "200"),
    sip(103.4, "ACK", out=True),
    voice(103.4, "RTP PCMA", out=True),
    voice(103.42, "RTP PCMA", out=False),
    copper(163.4, "on-hook"),
    sip(163.4, "BYE", out=True),
    copper(163.4, "silence", out=True),
    house(163.4004, "NORMAL: This telephone hung up."),
]
BOTH = [
    *CALL[:6],
    sip(100.5, "INVITE", port=2, peer=SECOND),
    copper(100.5, "ringing 25 Hz, number 101, name Front desk", port=2, out=True),
    sip(100.6, "OPTIONS", port=0, out=True),
    copper(101.0, "off-hook", port=2),
    voice(101.0, "RTP PCMA", out=True, port=2),
    house(101.2, "registered at 192.0.2.11:5060", port=2),
    house(101.3, "sbc 1 dead", port=0),
    sip(101.4, "\x1b[2Jevil\r\n180", peer="\x07peer"),
]


@pytest.mark.parametrize(
    ("name", "marks", "ports"),
    [
        ("one-telephone", CALL, None),
        ("two-telephones", BOTH, None),
        ("one-of-two", BOTH, [1]),
        ("many-telephones", BOTH, [1, 2, 3, 4]),
        ("nothing", [], None),
    ],
)
def test_the_picture_is_the_golden_one(
    name: str, marks: list[Mark], ports: list[int] | None
) -> None:
    picture = render(marks, ports=ports)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(picture)
    assert picture == path.read_text()


def test_following_draws_the_same_lines_one_by_one() -> None:
    renderer = Renderer([1, 2])
    lines = [renderer.head(), *(renderer.line(mark) for mark in BOTH)]
    assert "\n".join(lines) + "\n" == render(BOTH)


def test_the_command_asks_the_daemon_and_draws() -> None:
    made = context()
    answer = TABLE.execute(["ladder", "1", "--last", "2"], made)
    assert answer.text + "\n" == render(MARKS, ports=[1])
    assert len(answer.data) == len(MARKS)
    followed = TABLE.execute(["ladder", "--follow"], made)
    assert followed.more is not None
    lines = [followed.text, *(part.text for part in followed.more)]
    assert "\n".join(lines) + "\n" == render(MARKS, ports=[1, 2])
    assert isinstance(made.control, TableDaemon)
    assert made.control.asked == [
        ("ladder", {"port": 1, "last": 2}),
        ("ports", {}),
        ("follow", {"port": None}),
    ]


def test_the_ring_forgets_the_oldest_and_tells_followers_until_they_leave() -> None:
    trace, heard = Trace(3), list[Mark]()
    leave = trace.subscribe(heard.append)
    for mark in CALL[:4]:
        trace.record(mark)
    assert trace.since() == CALL[1:4]
    here = trace.count
    leave()
    leave()
    trace.record(CALL[4])
    assert trace.since(here) == [CALL[4]]
    assert heard == CALL[:4]


def test_a_follower_may_leave_while_he_is_told() -> None:
    trace, heard = Trace(3), list[Mark]()

    def once(mark: Mark) -> None:
        heard.append(mark)
        leave()

    leave = trace.subscribe(once)
    trace.subscribe(heard.append)
    trace.record(CALL[0])
    trace.record(CALL[1])
    assert heard == [CALL[0], CALL[0], CALL[1]]


def numbered(*calls: int) -> list[Mark]:
    return [
        Mark(at=float(at), port=1 + at % 2, lane=Lane.SIP, outward=True, what=str(at), call=call)
        for at, call in enumerate(calls)
    ]


def whats(marks: list[Mark]) -> str:
    return "".join(mark.what for mark in marks)


def test_the_last_calls_begin_where_the_ones_before_them_ended() -> None:
    marks = numbered(0, 1, 1, 0, 0, 2, 0, 3)
    assert whats(select(marks)) == "01234567"
    assert whats(select(marks, last=1)) == "67"
    assert whats(select(marks, last=2)) == "34567"
    assert whats(select(marks, last=9)) == "01234567"
    assert whats(select(marks, last=0)) == ""
    assert whats(select(numbered(0, 0), last=1)) == "01"
    assert whats(select(marks, port=1)) == "0246"


def test_how_the_call_before_was_put_down_is_no_part_of_the_last_one() -> None:
    """Nor is what was dialled in between and never became a call."""
    marks = [
        sip(1.0, "BYE"), copper(1.0, "busy", out=True), copper(2.0, "on-hook"),
        copper(3.0, "off-hook"), copper(4.0, "7"), copper(5.0, "on-hook"),
        copper(5.0, "silence", out=True), copper(5.5, "off-hook", port=2),
        copper(6.0, "off-hook"), replace(sip(7.0, "INVITE", out=True), call=2),
    ]  # fmt: skip
    assert [mark.at for mark in select(marks, last=1)] == [6.0, 7.0]
    assert [mark.at for mark in select(marks[:-2], last=1)] == [mark.at for mark in marks[:-2]]
    incoming = [*marks[:3], replace(sip(7.0, "INVITE"), call=2), copper(8.0, "off-hook")]
    assert [mark.at for mark in select(incoming, last=1)] == [7.0, 8.0]


def test_the_picture_of_a_call_lies_between_its_neighbours_on_the_same_port() -> None:
    marks = numbered(0, 1, 0, 0, 2, 1, 0, 3, 0)
    assert whats(around(marks, 1)) == "135"
    assert whats(around(marks, 2)) == "02468"
    assert around(marks, 9) == []
    held = numbered(1, 0, 1, 0, 2, 0, 1, 0, 3)
    assert whats(around(held, 2)) == whats(around(held, 1)) == "0246", "one was held meanwhile"


def test_one_call_or_the_calls_with_one_number_are_asked_for() -> None:
    made = context()
    assert isinstance(made.control, TableDaemon)
    assert TABLE.execute(["ladder", "call", "1"], made).text + "\n" == render(MARKS)
    TABLE.execute(["ladder", "--number", "8001"], made)
    assert made.control.asked == [
        ("ladder", {"call": 1}),
        ("ladder", {"port": None, "last": None, "number": "8001"}),
    ]
    with pytest.raises(CommandError, match="call 9 is not known"):
        TABLE.execute(["ladder", "call", "9"], context({"ladder": []}))


def test_what_is_followed_is_chosen_too_and_may_begin_with_what_was() -> None:
    made = context()
    answer = TABLE.execute(["ladder", "--follow", "--number", "8001", "--last", "1"], made)
    assert answer.more is not None
    lines = [answer.text, *(part.text for part in answer.more)]
    assert "\n".join(lines[: 1 + len(MARKS)]) + "\n" == render(MARKS, ports=[1, 2])
    assert len(lines) == 1 + 2 * len(MARKS)
    call = TABLE.execute(["ladder", "call", "7", "--follow"], made)
    assert call.more is not None
    assert len(list(call.more)) == 2 * len(MARKS)
    over = TABLE.execute(["ladder", "call", "6", "--follow"], made)
    assert (over.more, over.text + "\n") == (None, render(MARKS))
    assert isinstance(made.control, TableDaemon)
    assert [one for one in made.control.asked if one[0] == "follow"] == [
        ("follow", {"port": None, "number": "8001", "since": MARKS[-1].at}),
        ("follow", {"call": 7, "since": MARKS[-1].at}),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ladder --follow --format svg", "drawn line by line"),
        ("ladder call 1 --follow --format mermaid", "drawn line by line"),
        ("ladder --follow --number 8001 --heartbeat", "heartbeats belong to no call"),
    ],
)
def test_what_cannot_be_followed_is_refused(line: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        TABLE.execute(line.split(), context())


def test_the_ring_is_bounded_in_octets_too_and_knows_what_it_has_lost() -> None:
    trace = Trace(octets=10_000)
    for number in range(40):
        trace.record_later(Lane.SIP, 1, 600, partial(sip, float(number), "INVITE"))
    kept = [mark.at for mark in trace.since()]
    assert kept == [float(number) for number in range(30, 40)]
    assert (trace.whole_since(30), trace.whole_since(29)) == (True, False)
    trace.record(
        Mark(at=99.0, port=1, lane=Lane.HOUSE, outward=False, what="x", detail="y" * 5000)
    )
    assert len(trace.since()) == 5
