"""Mistakes of [[card]]: bus, pins and ports that do not fit each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.config.load import parse
from tests.config.test_mistakes import GOOD, problems

MODULES = 'ports = 2\ndriver = "ag1171"\n'


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (MODULES + 'bus = "spi0.0"', "card[0].bus: 'spi0.0' with ag1171: use simulated or gpio"),
        ('ports = 2\nbus = "gpio"', "card[0].bus: 'gpio' with si3210: use simulated or spi0.0"),
        (MODULES + "daisy = true", "card[0].daisy: only Si321x are chained"),
        (MODULES + "ring_gpio = [16, 5]", "card[0].ring_gpio: GPIO 5 is used twice"),
        (MODULES + "reverse_gpio = [12]", "card[0].reverse_gpio: a pin for each of 2 ports"),
        (MODULES + "power_gpio = [23]", "card[0].power_gpio: a pin for each of 2 ports"),
        (MODULES + "reverse_idle = 2", "card[0].reverse_idle: 2 is not one of: 0, 1"),
        (
            MODULES + "trip_debounce_ms = 5",
            "card[0].trip_debounce_ms: 5 is out of range: 10 or more",
        ),
        (
            'ports = 4\ndriver = "ag1171"\nbus = "gpio"\npcm = "hw:0"',
            "card[0].ports: a stereo codec carries 2 ports",
        ),
        ("ports = 2\nreset_gpio = 25", "card[0].interrupt_gpio: 25 is the reset pin"),
    ],
)
def test_a_mistake_in_a_card_is_named_with_its_line(card: str, expected: str) -> None:
    told = problems(GOOD.replace("ports = 2", card, 1))
    assert any(re.match(rf"t\.toml:\d+: {re.escape(expected)}", one) for one in told), told


def test_a_card_of_modules_without_power_down_is_accepted() -> None:
    text = GOOD.replace("ports = 2", MODULES + "power_gpio = []", 1)
    assert parse(text, "t.toml", Path()).config.card[0].power_gpio == ()
