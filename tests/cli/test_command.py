"""The command table: abbreviations, ambiguity, values, options, help."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE, Answer, Table, UsageError
from firmware.cli.help import GROUPS, help_for, overview
from firmware.cli.kinds import OPTIONS
from firmware.errors import CommandError


def meant(line: str) -> tuple[str, dict[str, Any]]:
    command, values = TABLE.parse(line.split())
    return command.pattern, values


@pytest.mark.parametrize(
    ("line", "pattern", "values"),
    [
        ("sh c 2 po 2 st", "show card <card> port <port> status", {"card": 2, "port": 2}),
        ("show call", "show call", {}),
        ("show calls", "show calls", {}),
        ("show calls 2", "show calls <port>", {"port": 2}),
        ("sho reg", "show registration", {}),
        ("reg 1", "register <port>", {"port": 1}),
        ("lad", "ladder", {}),
        ("line 2 e", "line <port> enable", {"port": 2}),
        ("l 1 e", "line <port> enable", {"port": 1}),
        ("lin 2 dis", "line <port> disable", {"port": 2}),
        ("ph 1 li", "phone <port> lift", {"port": 1}),
        ("phone 1 dial *67#8,1", "phone <port> dial <digits>", {"port": 1, "digits": "*67#8,1"}),
        (
            "phone 1 say tone 1004 0.5",
            "phone <port> say tone <hz> <seconds>",
            {"port": 1, "hz": 1004.0, "seconds": 0.5},
        ),
        ("phone 1 say a.wav", "phone <port> say <file>", {"port": 1, "file": "a.wav"}),
        ("phone 1 hear 3", "phone <port> hear <seconds>", {"port": 1, "seconds": 3.0}),
        ("ladder 1 --last 2 --follow", "ladder <port>", {"port": 1, "last": 2, "follow": True}),
        ("ladder --last=2 1", "ladder <port>", {"port": 1, "last": 2}),
        ("ladder --follow 1", "ladder <port>", {"port": 1, "follow": True}),
        ("ladder --fol 1 --la 2", "ladder <port>", {"port": 1, "follow": True, "last": 2}),
        ("lad call 7 --form merm", "ladder call <call>", {"call": 7, "format": "mermaid"}),
    ],
)
def test_words_may_be_shortened_while_unique(
    line: str, pattern: str, values: dict[str, Any]
) -> None:
    assert meant(line) == (pattern, values)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no command; try help"),
        ("moon", "unknown command: moon; try help"),
        ("shwo port", "unknown command: shwo; did you mean show?"),
        ("lift phone 1", "unknown command: lift; did you mean phone <port> lift?"),
        ("phone lift 1", "phone wants the number of a port, not lift"),
        ("show cal", "ambiguous: show cal (show call, show calls)"),
        ("show", "incomplete: show ... (next: card, port, registration, sbc, call, calls, line, "),
        ("show card", "incomplete: show card ... (next: <card>)"),
        ("show port ² status", "² after show port is not one of: <port>, status"),
        ("show port -1", "-1 after show port is not one of"),
        ("show port 99999999999", "99999999999 after show port is not one of"),
        ("show sbc now", "nothing is expected after show sbc: now"),
        ("phone 1 dial 12x", "phone 1 dial wants digits: 0-9 * # A-D, not 12x"),
        ("phone 1 hear nan", "phone 1 hear wants a number of seconds, not nan"),
        ("ladder --last", "--last wants a number"),
        ("ladder --last x", "--last wants a number"),
        ("ladder --follow=1", "--follow takes no value"),
        ("show sbc --follow", "show sbc has no option --follow"),
        ("ladder --f", "ambiguous: --f (--follow, --format)"),
        ("ladder --format x", "--format wants text, mermaid or svg"),
        ("phone 1 say -x", "-x after phone 1 say is not one of: tone, <file>"),
    ],
)
def test_what_is_no_command_is_told_with_what_would_be(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        meant(line)
    assert str(caught.value).startswith(message)


def test_a_word_in_full_beats_a_longer_one_at_its_place() -> None:
    table = Table()

    def nothing(context: object) -> Answer:  # noqa: ARG001
        return Answer("")

    table.command("show call", "show calls", "show call list")(nothing)
    assert table.parse(["show", "call"])[0].pattern == "show call"
    assert table.parse(["sh", "calls"])[0].pattern == "show calls"
    assert table.parse(["sh", "call", "l"])[0].pattern == "show call list"
    with pytest.raises(UsageError, match="ambiguous: show c"):
        table.parse(["show", "c"])


def test_every_option_says_what_it_does_and_none_is_said_that_is_not_there() -> None:
    used = {option for command in TABLE.commands for option in command.options}
    assert used == set(OPTIONS)


def test_every_command_has_help_and_known_placeholders() -> None:
    assert all(command.help.endswith((".", ":")) for command in TABLE.commands)
    patterns = [command.pattern for command in TABLE.commands]
    assert len(patterns) == len(set(patterns))


def test_the_list_of_all_commands_has_each_and_fits_a_narrow_terminal() -> None:
    """What need not be typed stands in brackets; options are told of by the help on a command."""
    listing = overview(TABLE).text
    flat = listing.replace("[", "").replace("]", "")
    assert [c.pattern for c in TABLE.commands if f"  {c.pattern}" not in flat] == []
    for short in ("show port [status]", "show calls [<port>]", "ladder [<port>]"):
        assert f"  {short}  " in listing
    assert max(map(len, listing.splitlines())) <= 80
    assert {command.words[0] for command in TABLE.commands} == {
        w for _, some in GROUPS for w in some
    }
    assert "exchange [--listen A:P]" in listing
    assert "[--at <time>]" in help_for(["show", "call"]).text


def test_the_contract_s_commands_of_this_phase_are_all_there() -> None:
    for line in (
        "show card 1 port 1 status", "show port 1 status", "show port status",
        "show registration", "show sbc", "show call", "show calls", "show line 1",
        "show version", "show config", "show alarms", "ladder", "ladder 1", "register 1",
        "deregister 1", "deregister 1 everybody", "line 1 enable", "line 1 disable",
        "config check",
        "config check t.toml", "phone 1 lift", "phone 1 hang-up", "phone 1 flash",
        "phone 1 dial 12", "phone 1 pulse 12", "phone 1 say tone 440 1", "phone 1 say f.wav",
        "phone 1 hear 2", "phone 1 record f.wav 2", "phone 1 state", "help",
    ):  # fmt: skip
        meant(line)


def test_help_on_some_words_explains_the_commands_that_begin_so() -> None:
    assert help_for(["line"]).text == (
        "line <port> enable\n"
        "    Bring a port into service.\n"
        "line <port> disable\n"
        "    Take a port out of service; a call on it ends."
    )
    shown = help_for(["show", "port"]).text.splitlines()
    assert [line.partition(" [")[0] for line in shown if not line.startswith(" ")] == [
        "show port <port> status", "show port <port>", "show port status", "show port",
    ]  # fmt: skip
    assert len(shown) == 6, "the forms of one command have one text"
    assert help_for(["setup"]).text.startswith("tipring setup\n    Ask a few questions")
    assert help_for([]).text == overview(TABLE).text
    with pytest.raises(CommandError, match="no help on moon"):
        help_for(["moon"])


def test_what_may_follow_is_told_with_its_help() -> None:
    assert TABLE.following(["line", "1"]) == {
        "enable": "Bring a port into service.",
        "disable": "Take a port out of service; a call on it ends.",
    }
    assert TABLE.following(["ladder"]) == {
        "<cr>": "Draw what happened: on the line, in SIP, in voice.",
        "--follow": "go on with each change as it comes",
        "--last": "so many calls, the last ones",
        "--number": "the calls with one number",
        "--heartbeat": "the OPTIONS of the heartbeat too",
        "--format": "for a document",
        "<port>": "the number of a port",
        "call": "<call>",
    }
    assert TABLE.following(["sh"])["card"] == "<card>"
    assert "--follow" not in TABLE.following(["ladder", "--follow"])
    assert TABLE.following(["ladder", "--format"]) == {"<format>": "text, mermaid or svg"}
    assert TABLE.following(["trace", "save"]) == {"<file>": "the name of a file"}
