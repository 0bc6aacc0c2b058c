"""Hook windows of one line: over those of its country, and checked with them (LINE-03)."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import parse
from firmware.errors import ConfigError
from firmware.profiles import load
from firmware.settings import port_settings

TEXT = """\
[[card]]
number = 1
[sip]
domain = "ims.example.net"
[[sip.server]]
host = "192.0.2.10"
[[line]]
port = 1
number = "101"
password = "secret"
hook = {{ {hook} }}
[[line]]
port = 2
number = "102"
password = "secret"
"""


def test_one_line_has_windows_of_its_own_and_the_next_those_of_the_country() -> None:
    text = TEXT.format(hook="slow_pulse_max_ms = 132, pulse_min_ms = 20")
    config, usual = parse(text, "t.toml", Path()).config, load("cn")
    own = port_settings(config, usual, 1).windows
    assert (own.slow_pulse_max, own.pulse_min, own.release) == (0.132, 0.020, usual.hook.release)
    assert port_settings(config, usual, 2).windows == usual.hook


def test_one_line_may_be_deaf_to_dials() -> None:
    """LINE-03: a worn hook switch dials ones by itself; its line hears keys only."""
    config = parse(TEXT.format(hook="pulse_dial = false"), "t.toml", Path()).config
    usual = load("cn")
    assert not port_settings(config, usual, 1).windows.pulse_dial
    assert port_settings(config, usual, 2).windows.pulse_dial


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        ("pulse_max_ms = 110, slow_pulse_max_ms = 110", "must hold: pulse_max < flash_min"),
        ("flash_max_ms = 800", "must hold: flash_max < release"),
    ],
)
def test_windows_that_do_not_fit_the_country_are_refused_with_their_line(
    hook: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TEXT.format(hook=hook), "t.toml", Path())
    assert caught.value.problems == [f"t.toml:11: line[0].hook: {problem}"]


def test_an_unknown_window_is_refused() -> None:
    with pytest.raises(ConfigError, match="pulse_most_ms"):
        parse(TEXT.format(hook="pulse_most_ms = 3"), "t.toml", Path())
