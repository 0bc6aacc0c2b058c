"""The registration time that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config import Config
from firmware.config_load import parse
from firmware.settings import agent_settings
from firmware.sip.events import Address

FILE = """
[[card]]
[sip]
domain = "ims.example.net"
{expires}
[[sip.server]]
host = "192.0.2.10"
"""


def configured(expires: str) -> Config:
    return parse(FILE.format(expires=expires), "tipring.toml", Path()).config


@pytest.mark.parametrize("seconds", [60, 3600, 86400])
def test_the_registration_time_can_be_set_from_a_minute_to_a_day(seconds: int) -> None:
    """REG-09: both limits, and what reaches the user agent."""
    config = configured(f"expires = {seconds}")
    assert agent_settings(config, Address("192.0.2.1", 5060)).expires_s == seconds


def test_an_hour_is_asked_for_unless_told_otherwise() -> None:
    """REG-09."""
    assert configured("").sip.expires == 3600
