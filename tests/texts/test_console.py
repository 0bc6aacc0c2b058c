"""The console in Chinese: chosen by the locale, in columns that are straight, and JSON as ever."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import pytest

from firmware.cli.command import TABLE
from firmware.cli.context import Context, Options
from firmware.cli.main import complain, write
from firmware.cli.shell import Shell
from firmware.errors import CommandError
from firmware.texts import speak, tr
from firmware.texts.columns import columns, padded, wrapped
from tests.cli.lab import ALARM, ANSWERS, context
from tests.gateway.test_trace_bundle import Console
from tests.world import World


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    speak({"LC_ALL": "zh_CN.UTF-8"})
    yield
    speak({})


def typed(line: str, given: Context) -> str:
    out = io.StringIO()
    write(TABLE.execute(line.split(), given), Options(environment={}), out, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no alarm"),
        ({"LANG": "zh_CN.UTF-8"}, "无告警"),
        ({"LANG": "zh_TW"}, "无告警"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "de_DE"}, "no alarm"),
        ({"LANG": "de_DE", "LC_ALL": "", "LC_MESSAGES": "zh_CN"}, "无告警"),
        ({"LC_ALL": "C", "LC_MESSAGES": "zh_CN", "LANG": "zh_CN"}, "no alarm"),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], said: str) -> None:
    speak(environment)
    assert tr("no alarm") == said


def test_columns_stay_straight() -> None:
    lines = typed("show alarms", context({**ANSWERS, "alarms": [ALARM, ALARM]})).splitlines()
    assert lines[0].split() == ["起始", "级别", "位置", "项目"]
    starts = [columns(line[: line.index(word)]) for line, word in zip(
        lines, ("级别", "严重", "严重"), strict=True)]  # fmt: skip
    assert len(set(starts)) == 1


def test_the_status_table_has_the_words_of_the_specification_in_every_language() -> None:
    chinese = typed("show port status", context())
    speak({})
    assert typed("show port status", context()) == chinese


def test_data_is_the_same_in_every_language() -> None:
    out = io.StringIO()
    options = Options(environment={}, json=True)
    write(TABLE.execute(["show", "calls"], context()), options, out, out)
    (record,) = json.loads(out.getvalue())
    assert record["sentence"] == "8002 is busy."


def test_help_refusals_and_the_question_mark_speak_chinese() -> None:
    out = io.StringIO()
    complain(CommandError("card 9 not present (cards: 1 2)"), out)
    assert out.getvalue() == "% 板卡 9 不存在 (板卡: 1 2)\n"
    shell = Shell(context(), output=io.StringIO())
    assert "显示当前告警" in shell.explain(["show"])
    assert shell.explain(["show", "nonsense"]) == "  没有匹配的内容"
    assert "port, last-call, registration\n" in shell.explain([]), "what is typed stays"
    assert "列出所有命令" in typed("help", context())


ENGLISH = re.compile(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}\b")
PICTURE = re.compile(r"^ +(\d+\.\d{3}|[|<>-])|\|")


def spoken(text: str) -> list[str]:
    """What is left of English sentences, pictures apart."""
    return [line for line in text.splitlines()
            if not PICTURE.search(line) and ENGLISH.search(line)]  # fmt: skip


def test_explanations_of_a_live_gateway_have_no_english_left() -> None:
    with World(exchange=True).registers() as world:
        console = Console(world)
        person = world.person(1)
        person.lifts()
        world.waits(0.5)
        person.dials("103")
        world.waits(3.0)
        person.hangs_up()
        world.waits(1.0)
        for line in (
            "explain last-call 1", "explain port 1", "explain registration 1", "dial-test 1 102",
            "show calls", "show registration", "show sbc", "show version", "show alarms",
        ):  # fmt: skip
            said = typed(line, console.context)
            assert spoken(said) == [], line
            assert re.search(r"[\u4e00-\u9fff]", said)
        assert "能否呼出  能: 已在" in typed("explain port 1", console.context)


def test_a_wrong_password_is_explained_in_chinese() -> None:
    with World(password="wrong") as world:
        world.waits_until(lambda: "reg-fail" in world.row(1))
        said = typed("explain registration 1", Console(world).context)
        assert spoken(said) == []
        assert "含义      服务器要求鉴权, 但不接受我方的鉴权信息" in said
        assert "请检查    [[line]] 中的用户名和密码" in said


def test_wide_characters_take_two_columns() -> None:
    assert [columns(text) for text in ("", "abc", "注册", "a注b", "é", "e\u0301")] == [
        0, 3, 4, 4, 1, 1,
    ]  # fmt: skip
    assert padded("注册", 6) == "注册  "


def test_lines_are_broken_between_wide_characters_and_never_before_a_comma() -> None:
    text = "服务器要求鉴权, 但不接受我方的 REGISTER 鉴权信息, 请检查密码"
    for width in range(12, 60):
        lines = wrapped(text, width, "- ", "  ")
        assert all(columns(line) <= width + 2 for line in lines)
        assert "".join(line[2:] for line in lines).replace(" ", "") == text.replace(" ", "")
        assert not any(line[2:].startswith((",", ".")) for line in lines)
    assert wrapped("one two", 5) == ["one", "two"]
