"""Keys that are each well written and do not fit each other: told with their line, or as odd.

The other half of what `tipring check` finds; single keys are in test_mistakes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import parse
from tests.config.test_mistakes import GOOD, problems


def fits(more: str, *, sip: str = "") -> bool:
    text = GOOD.replace("[sip]\n", f"[sip]\n{sip}\n") + more
    return parse(text, "t.toml", Path()).config is not None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "[dialling]\nshort = 11\nlong = 10\n",
            "t.toml:19: dialling.short: longer than the long timer",
        ),
        (
            '[rtp]\ndtmf = "info"\nflash_event = true\n',
            't.toml:20: rtp.flash_event: an event needs dtmf = "rfc4733"',
        ),
        (
            '[rtp]\ncodecs = ["PCMA", "PCMU", "PCMA"]\n',
            "t.toml:19: rtp.codecs: a codec is named twice",
        ),
        (
            "[rtp]\nno_voice = 9\n",
            "t.toml:19: rtp.no_voice: 0, or 10 and more: packets are counted every 5 seconds",
        ),
        (
            "[rtp]\njitter_ms = [100, 99]\n",
            "t.toml:19: rtp.jitter_ms: the least, 100, is more than the most, 99",
        ),
        (
            '[sip.heartbeat]\njudge = "register"\ninterval = 0\n',
            "t.toml:19: sip.heartbeat.judge: register needs an interval: who asks the dead?",
        ),
        ('hotline = "10 0"\n', "t.toml:18: line[0].hotline: '10 0' is not a number"),
    ],
)
def test_keys_that_do_not_fit_each_other_are_refused_with_their_line(
    more: str, expected: str
) -> None:
    assert problems(GOOD + more) == [expected]


@pytest.mark.parametrize(
    "more",
    [
        "[dialling]\nshort = 10\nlong = 10\n",
        '[rtp]\ndtmf = "rfc4733"\nflash_event = true\n',
        "[rtp]\nno_voice = 10\n",
        "[rtp]\nno_voice = 0\n",
        "[rtp]\njitter_ms = [99, 99]\n",
        '[sip.heartbeat]\njudge = "register"\ninterval = 30\n',
        '[sip.heartbeat]\njudge = "options"\ninterval = 0\n',
        'hotline = "*21#+a.b_c-1"\n',
    ],
)
def test_what_just_fits_is_taken(more: str) -> None:
    assert fits(more)


@pytest.mark.parametrize(("seconds", "taken"), [(0, True), (89, False), (90, True)])
def test_a_session_is_confirmed_every_90_seconds_at_the_most_often(
    seconds: int, taken: bool
) -> None:
    """RFC 4028 section 4: no interval below 90 s; 0 is none at all."""
    sip = f"session_expires = {seconds}"
    if taken:
        assert fits("", sip=sip)
    else:
        (told,) = problems(GOOD.replace("[sip]\n", f"[sip]\n{sip}\n"))
        assert told.endswith("sip.session_expires: 0, or 90 and more (RFC 4028 section 4)")


@pytest.mark.parametrize(
    ("ports", "daisy", "word"), [(3, "false", "chip selects"), (9, "true", "8 chips")]
)
def test_a_card_of_chips_has_two_ports_or_a_chain_of_eight(
    ports: int, daisy: str, word: str
) -> None:
    """raspberry-pi.md: SPI0 has two chip selects; eight chips make a chain."""

    def card(ports: int) -> str:
        keys = f'ports = {ports}\nbus = "spi0.0"\npcm = "hw:0"\ndaisy = {daisy}'
        return GOOD.replace("ports = 2", keys)

    (told,) = problems(card(ports))
    assert "card[0].ports" in told
    assert word in told
    assert parse(card(ports - 1), "t.toml", Path()).config.card[0].ports == ports - 1
