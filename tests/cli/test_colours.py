"""Colours: on a terminal, for who wants them, and never instead of words."""

from __future__ import annotations

import io
import re

import pytest

from firmware.cli import doctor, explain, ladder, show  # noqa: F401 fill the table
from firmware.cli.command import TABLE
from firmware.cli.context import Options
from firmware.cli.front import split, suit
from firmware.cli.main import run
from firmware.cli.shell import Shell
from firmware.control.client import START
from firmware.hues import Hue, bright, of_state, plain, wanted
from firmware.texts import speak
from firmware.trace.ladder import Renderer, render
from tests.cli.lab import ALARM, ANSWERS, Terminal, context
from tests.cli.test_ladder import BOTH, CALL, house, sip

SGR = re.compile(r"\x1b\[[0-9;]*m")
XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("when", "environment", "terminal", "painted"),
    [
        ("auto", XTERM, True, True),
        ("auto", XTERM, False, False),
        ("auto", {**XTERM, "NO_COLOR": "1"}, True, False),
        ("auto", {**XTERM, "NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", XTERM, True, False),
    ],
)
def test_who_gets_colours(
    when: str, environment: dict[str, str], terminal: bool, painted: bool
) -> None:
    assert wanted(when, environment, terminal=terminal) is painted
    out = Terminal() if terminal else io.StringIO()
    options = Options(color=when, environment=environment)
    suit(options, out)
    assert options.brush is (bright if painted else plain)
    json = Options(color="always", json=True, environment=environment)
    suit(json, out)
    assert json.brush is plain


def test_the_option_is_read_anywhere_and_a_wrong_one_is_refused() -> None:
    assert split(["show", "--color", "never", "sbc"])[1].color == "never"
    assert split(["show", "--color=always", "sbc"])[1].color == "always"
    for wrong in (["--color"], ["--color", "blue"], ["--color="]):
        err = io.StringIO()
        assert run(["show", "sbc", *wrong], complaints=err) == 2
        assert err.getvalue() == "% --color wants one of: auto, always, never\n"


@pytest.mark.parametrize(
    "line",
    [
        "show port status", "show registration", "show sbc", "show call", "show calls",
        "show line 1", "show alarms", "show alarms --history", "ladder", "ladder call 1",
    ],
)  # fmt: skip
def test_without_colours_a_picture_is_the_same_to_the_letter(line: str) -> None:
    answers = {**ANSWERS, "alarms": [ALARM], "alarms-over": [ALARM]}
    painted, bare = context(answers), context(answers)
    painted.options.brush = bright
    with_colours = TABLE.execute(line.split(), painted).text
    assert SGR.sub("", with_colours) == TABLE.execute(line.split(), bare).text
    assert "\x1b" in with_colours or line in {"show calls", "show line 1"}


def test_states_have_the_colours_of_a_traffic_light_and_the_worst_one_wins() -> None:
    made = context()
    made.options.brush = bright
    rows = TABLE.execute(["show", "port", "status"], made).text.splitlines()
    assert "\x1b[33mno-reg:Deact\x1b[0m" in rows[1]
    assert "\x1b[31mreg-fail:Activ\x1b[0m  " in rows[2]
    assert "\x1b[32mreg-ok:Activ\x1b[0m" in rows[3]
    servers = TABLE.execute(["show", "sbc"], made).text
    assert "\x1b[32malive\x1b[0m" in servers
    assert "\x1b[31mdead\x1b[0m" in servers
    assert of_state("reg-ok:Fault").hue is Hue.BAD
    assert of_state("Idle").hue is None


def test_the_lanes_of_a_ladder_differ_and_a_refusal_is_red() -> None:
    renderer = Renderer([1], brush=bright)
    lines = [renderer.line(mark) for mark in CALL]
    assert "|\x1b[35m-------off-hook------>\x1b[0m|" in lines[0]
    assert "|\x1b[36m--------INVITE------->\x1b[0m|" in lines[5]
    assert "|\x1b[34m=======RTP PCMA======>\x1b[0m|" in lines[11]
    assert "\x1b[1m* NORMAL" in lines[-1]
    for what, hue in (("486", "31"), ("401", "36"), ("407", "36"), ("200", "36")):
        assert f"\x1b[{hue}m<--------{what}" in renderer.line(sip(1.0, what))
    assert "\x1b[31m* reg-fail" in renderer.line(house(1.0, "reg-fail"))
    assert "\x1b[32m* 0: sbc 1 alive" not in renderer.line(house(1.0, "sbc 1 alive", port=0))
    assert "\x1b[32m* sbc 1 alive" in renderer.line(house(1.0, "sbc 1 alive", port=0))
    assert SGR.sub("", render(BOTH, brush=bright)) == render(BOTH)


def test_what_an_explanation_cuts_off_is_counted_without_colours() -> None:
    long = sip(1.0, "INVITE", out=True, peer="2001:db8:1234:5678:9abc:def0:1234:5678:5060" * 2)
    painted = Renderer([1], brush=bright, most=80).line(long)
    assert SGR.sub("", painted) == Renderer([1], most=80).line(long)
    assert len(SGR.sub("", painted)) == 80
    assert painted.count("\x1b") == 2


def test_a_line_of_a_shell_may_have_the_options_of_a_command_line() -> None:
    out = io.StringIO()
    shell = Shell(context(), output=out)
    assert shell.execute("show alarms --json") == 0
    assert shell.execute("show sbc --color always") == 0
    assert shell.execute("show alarms") == 0
    json, painted, last = out.getvalue().split("\n", 1)[0], out.getvalue(), out.getvalue()
    assert json == "[]"
    assert "\x1b[32malive\x1b[0m" in painted
    assert last.endswith("no alarm\n")


def test_another_daemons_socket_is_asked_for_one_line_only(tmp_path: object) -> None:
    out = io.StringIO()
    shell = Shell(context(), output=out)
    assert shell.execute(f"show alarms --socket {tmp_path}/none") == 1
    assert shell.execute("show alarms") == 0
    assert out.getvalue() == (
        f"% tipring is not running (no socket at {tmp_path}/none); {START}\nno alarm\n"
    )


def test_chinese_columns_stay_straight_in_colours() -> None:
    speak({"LANG": "zh_CN.UTF-8"})
    try:
        made = context({**ANSWERS, "alarms": [ALARM]})
        bare = TABLE.execute(["show", "alarms"], made).text
        made.options.brush = bright
        painted = TABLE.execute(["show", "alarms"], made).text
    finally:
        speak({})
    assert SGR.sub("", painted) == bare
    assert "\x1b[31m严重\x1b[0m" in painted


def test_the_verdict_of_an_explanation_has_its_colour() -> None:
    rows = explain._named(100, [("CAN CALL", "yes: it is")], {"CAN CALL": True}, bright)
    assert rows == ["CAN CALL  \x1b[32myes\x1b[0m: it is"]
    assert explain._named(100, [("CAN CALL", "no: it is")], {"CAN CALL": False}, bright) == [
        "CAN CALL  \x1b[31mno\x1b[0m: it is"
    ]
