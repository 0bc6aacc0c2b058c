"""What a file changes, in words; and the least that has to start anew for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.diff import changes, steps
from firmware.config.load import parse
from firmware.config.schema import Config

FILE = """
[gateway]
country = "cn"
[[card]]
ports = 2
[sip]
domain = "d.example"
expires = 3600
[[sip.server]]
host = "192.0.2.1"
[[line]]
port = 1
number = "101"
password = "first secret"
[[line]]
port = 2
number = "102"
password = "second secret"
"""


def config(*pairs: str) -> Config:
    """The file, with every first text replaced by the second."""
    text = FILE
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return parse(text, "t.toml", Path()).config


@pytest.mark.parametrize(
    ("before", "after", "words", "anew"),
    [
        ('"102"', '"103"', ['line of port 2: number: "102" -> "103"'], ["port 2"]),
        ("second secret", "third", ["line of port 2: password: another one"], ["port 2"]),
        ("3600", "600", ["sip.expires: 3600 -> 600"], ["signalling"]),
        ("192.0.2.1", "192.0.2.2", ['sip.server 1: host: "192.0.2.1" -> "192.0.2.2"'],
         ["signalling"]),
        ('"192.0.2.1"', '"192.0.2.1"\n[[sip.server]]\nhost = "192.0.2.2"',
         ["sip.server 2: (none) -> there"], ["signalling"]),
        ("ports = 2", "ports = 4", ["card 1: ports: 2 -> 4"], ["gateway"]),
        ('"cn"', '"de"', ['gateway.country: "cn" -> "de"'], ["port 1", "port 2"]),
        ("[gateway]", "[rtp]\njitter_ms = [40, 100]\n[gateway]",
         ["rtp.jitter_ms: [20,200] -> [40,100]"], ["voice"]),
        ("[gateway]", '[rtp]\nports = "20000-20099"\n[gateway]',
         ['rtp.ports: "10000-10099" -> "20000-20099"'], []),
        ("[gateway]", "[dialling]\nfirst_digit = 20\n[gateway]",
         ["dialling.first_digit: 15 -> 20"], ["port 1", "port 2"]),
        ('port = 2\nnumber = "102"\npassword = "second secret"',
         'port = 2\nnumber = "102"\ndisplay = "Anna"',
         ["line of port 2: password: ****** -> (none)",
          'line of port 2: display: (none) -> "Anna"'], ["port 2"]),
    ],
)  # fmt: skip
def test_every_key_is_named_and_no_more_starts_anew_than_must(
    before: str, after: str, words: list[str], anew: list[str]
) -> None:
    old, new = config(), config(before, after)
    assert sorted(str(change) for change in changes(old, new)) == sorted(words)
    assert [str(step) for step in steps(old, new)] == anew


def test_a_line_that_is_new_or_gone_is_named_by_its_port() -> None:
    alone = parse(FILE.rpartition("[[line]]")[0], "t.toml", Path()).config
    assert [str(change) for change in changes(config(), alone)] == [
        "line of port 2: there -> (none)"
    ]
    assert [str(change) for change in changes(alone, config())] == [
        "line of port 2: (none) -> there"
    ]
    assert [str(step) for step in steps(alone, config())] == ["port 2"]


def test_passwords_are_never_shown() -> None:
    told = str(
        [str(c) for c in changes(config(), config("first secret", "x1", "second secret", ""))]
    )
    assert "secret" not in told
    assert "x1" not in told
