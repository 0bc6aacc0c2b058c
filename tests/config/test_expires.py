"""The registration time that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import parse
from firmware.config.schema import Config
from firmware.errors import ConfigError
from firmware.settings import agent_settings
from firmware.sip.events import Address, LineIdentity
from tests.sip.bench import Bench

FILE = """
[[card]]
[sip]
domain = "ims.example.net"
{expires}
[[sip.server]]
host = "192.0.2.10"
[[line]]
port = 1
number = "101"
{line}
"""


def configured(expires: str, line: str = "") -> Config:
    return parse(FILE.format(expires=expires, line=line), "t.toml", Path()).config


@pytest.mark.parametrize("seconds", [60, 3600, 86400])
def test_the_registration_time_can_be_set_from_a_minute_to_a_day(seconds: int) -> None:
    """REG-09: both limits, and what reaches the user agent."""
    config = configured(f"expires = {seconds}")
    assert agent_settings(config, Address("192.0.2.1", 5060)).expires_s == seconds


def test_an_hour_is_asked_for_unless_told_otherwise() -> None:
    """REG-09."""
    assert configured("").sip.expires == 3600


@pytest.mark.parametrize(
    ("sip", "line", "told"),
    [
        ("expires = 59", "", "t.toml:5: sip.expires: 59 is out of range: 60 or more"),
        ("expires = 86401", "", "t.toml:5: sip.expires: 86401 is out of range: 86400 or less"),
        ("", "expires = 59", "t.toml:11: line[0].expires: 59 is out of range: 60 or more"),
        ("", "expires = 0", "t.toml:11: line[0].expires: 0 is out of range: 60 or more"),
    ],
)
def test_less_than_a_minute_and_more_than_a_day_are_refused(
    sip: str, line: str, told: str
) -> None:
    """REG-09: of all lines and of one, with file and line."""
    with pytest.raises(ConfigError) as refused:
        configured(sip, line)
    assert refused.value.problems == [f"{told} is expected"]


def test_one_line_may_ask_for_another_time() -> None:
    """REG-09: "per port"; seen in its REGISTER."""
    config = configured("expires = 7200", "expires = 600")
    settings = agent_settings(config, Address("192.0.2.1", 5060))
    assert settings.expires_s == 7200
    own, other = settings.lines[0], LineIdentity(2, "102", "102", "x")
    bench = Bench(lines=(own, other), expires_s=7200)
    bench.starts()
    asked = {request.to.uri: request.expires for request in bench.gets("REGISTER", "REGISTER")}
    assert asked == {"sip:101@dom": 600, "sip:102@dom": 7200}
