"""The catalogue of a language: whole, true to the code, and with the same facts in every line."""

from __future__ import annotations

import re
from collections import Counter

from firmware.texts.catalogue import Catalogue, causes, load, pairs
from tests.texts.english import sentences, words

LINES = list(pairs("zh"))
COMPOSED = {
    "at {}:", "alive for {}", "dead for {}", "alive for {}, in use", "alive for {} ({} ms)",
    "alive for {} ({} ms), in use", "dead for {}, {}", "dead for {}, in use",
    "dead for {}, in use, {}", " (credentials refused)", "from {}", "to {}", "next: {}",
    "was lost", "{}, to be left alone for {} s",
    "nothing fits", "cannot be sent: {}", "certificates seem not valid yet; {}",
    "the daemon's answer is not understood: {}", "{} cannot be read", "connection to {}",
    "busy", "congestion", "unobtainable", "remote", "in service",
}  # fmt: skip
"""Made of several parts, or by files whose other words are not for people."""


def test_every_sentence_of_the_console_has_a_chinese_one() -> None:
    """Whoever adds a sentence puts it into firmware/texts/zh.txt, with its Chinese below."""
    known = {english for english, _ in (*LINES, *causes())}
    assert sorted(sentences() - known) == []


def test_no_line_is_for_what_the_code_no_longer_says() -> None:
    said = sentences() | words() | COMPOSED
    assert [english for english, _ in LINES if english not in said] == []


def test_no_sentence_is_there_twice() -> None:
    assert [text for text, count in Counter(e for e, _ in LINES).items() if count > 1] == []


def test_the_facts_of_a_line_are_those_of_its_english() -> None:
    for english, chinese in (*LINES, *causes()):
        facts = set(range(1, english.count("{}") + 1))
        named = {int(n) for n in re.findall(r"\{(\d+)'?\}", chinese)}
        said_of_causes = (english, chinese) not in LINES
        assert named <= facts, english
        assert said_of_causes or named == facts, english
        assert not re.search(r"\{\w*[a-z]\w*\}", chinese), english


def test_facts_are_found_between_the_words_and_translated_in_their_turn() -> None:
    chinese = load("zh")
    assert chinese.say("8001 is busy.") == "被叫 8001 忙"
    assert chinese.say(
        "Registration: reg-ok at 10.0.0.9:5060, last REGISTER 200 OK 14 s ago, the binding ends"
        " in 3586 s, next attempt in 2999 s."
    ) == (
        "注册: reg-ok 于 10.0.0.9:5060, 最近一次 REGISTER 200 OK 14 s 前, 绑定将在 3586 s 后到期,"
        " 2999 s 后再次尝试"
    )
    assert chinese.say("the line is not registered: 403 Forbidden; an INVITE would be sent all the"
                       " same") == "线路未注册: 403 Forbidden; 但 INVITE 仍会发出"  # fmt: skip


def test_a_full_stop_that_belongs_to_a_fact_stays() -> None:
    """A digit map may end in one."""
    chinese = load("zh")
    said = chinese.say("No pattern begins with 7. The digit map is: 10x | 0x.")
    assert said == "没有以 7 开头的模式. 数图为: 10x | 0x."
    assert chinese.say("They had talked for 3.1 s, codec PCMA.") == "已通话 3.1 s, 编码 PCMA"


def test_what_has_to_be_typed_stays_as_it_is() -> None:
    chinese = load("zh")
    assert chinese.say("status") != "status"
    assert chinese.say("incomplete: show port 1 ... (next: status)") == (
        "不完整: show port 1 ... (接下来: status)"
    )
    assert chinese.say("x after line 1 is not one of: enable, disable") == (
        "line 1 之后的 x 不是其中之一: enable, disable"
    )


def test_a_line_of_few_words_is_found_in_no_other_sentence() -> None:
    """``{}, {} of {}`` is: a comma and an "of" somewhere, and what stands between them."""
    chinese = load("zh")
    assert chinese.say("104 ms, 2 of 2") == "104 毫秒, 2 条中的 2 条"
    for text in (
        "t.toml:2: gateway.country: no profile 'xx' (there are: at, cn; or the name of a file)",
        "open 90 ms at most in a call",
    ):
        assert chinese.say(text) == text


def test_a_point_in_a_number_ends_no_sentence_and_each_sentence_is_found() -> None:
    chinese = load("zh")
    sound = "The line is sound: no foreign voltage, no leak, bells of 1.0 REN."
    assert chinese.say(sound) == "线路良好: 没有外来电压, 没有漏电, 铃共 1.0 REN."
    assert (
        chinese.say(
            "Not sent: The number 7 fits no pattern of the digit map. Heard: unobtainable tone. "
            "No pattern begins with 7. The digit map is: 10x"
        )
        == "未发出: 所拨号码 7 与数图不匹配. 听到: 空号音. 没有以 7 开头的模式. 数图为: 10x"
    )


def test_what_nobody_has_a_word_for_stays_as_it_is() -> None:
    chinese = load("zh")
    for text in ("", ".", "[1:1]       reg-ok:Activ    Idle        ON-HOOK", "Grüße, 8001", "{}"):
        assert chinese.say(text) == text


def test_a_language_is_found_by_the_longest_sentence_that_fits() -> None:
    two = Catalogue(iter([("{} is dead", "A{1}"), ("{} is dead: {}", "B{2}{1}"), (", so", "C")]))
    assert two.say("x is dead: y") == "Byx"
    assert two.say("x is dead, so.") == "AxC"
    assert two.say("x is dead, so, so") == "AxCC"
