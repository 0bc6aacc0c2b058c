"""What a registration needs, taken away one by one: the check names exactly that (REG-19)."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import parse
from firmware.errors import ConfigError
from firmware.settings import agent_settings
from firmware.sip.events import Address

WHOLE = """\
[[card]]
ports = 2

[sip]
domain = "ims.example.net"
transport = "udp"
listen = "192.0.2.1:5060"
expires = 3600

[[sip.server]]
host = "192.0.2.10"
port = 5060

[[line]]
port = 1
number = "1001"
auth_user = "1001@ims.example.net"
password = "secret"
"""


def check(text: str) -> tuple[list[str], list[str]]:
    """Mistakes and warnings."""
    try:
        loaded = parse(text, "t.toml", Path("/nowhere"))
    except ConfigError as error:
        return error.problems, []
    about = [one for one in loaded.warnings if "digit_map" not in one]
    return [], about


def without(line: str) -> str:
    assert f"{line}\n" in WHOLE
    return WHOLE.replace(f"{line}\n", "")


def test_a_configuration_with_everything_that_registration_needs_is_taken() -> None:
    """REG-19: number (IMPU), domain, user (IMPI), password, registrar, local port, expires."""
    assert check(WHOLE) == ([], [])


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('domain = "ims.example.net"', "t.toml:4: sip.domain: missing"),
        ('host = "192.0.2.10"', "t.toml:10: sip.server[0].host: missing"),
        ('number = "1001"', "t.toml:14: line[0].number: missing"),
        ("port = 1", "t.toml:14: line[0].port: missing"),
    ],
)
def test_what_cannot_be_guessed_is_a_mistake(line: str, named: str) -> None:
    """REG-19: file, line and key, and nothing else is complained of."""
    assert check(without(line)) == ([named], [])


def test_without_any_server_there_is_no_registrar() -> None:
    """REG-19."""
    text = WHOLE.replace('[[sip.server]]\nhost = "192.0.2.10"\nport = 5060\n', "")
    assert check(text)[0] == ["t.toml:4: sip.server: missing"]


def test_a_line_without_a_password_is_odd() -> None:
    """REG-19: a registrar may know the line by its address, so it is only a warning."""
    assert check(without('password = "secret"')) == (
        [],
        ["t.toml:14: line[0]: no password: the registrar must know this line by address"],
    )


@pytest.mark.parametrize(
    ("line", "what", "default"),
    [
        ('auth_user = "1001@ims.example.net"', "user", "1001"),
        ('transport = "udp"', "transport", "udp"),
        ("port = 5060", "port", 5060),
        ("expires = 3600", "expires", 3600),
        ('listen = "192.0.2.1:5060"', "listen", "0.0.0.0:5060"),
    ],
)
def test_what_has_a_usual_value_takes_it(line: str, what: str, default: object) -> None:
    """REG-19."""
    text = without(line)
    assert check(text) == ([], [])
    config = parse(text, "t.toml", Path("/nowhere")).config
    settings = agent_settings(config, Address("192.0.2.1", 5060))
    taken = {
        "user": settings.lines[0].auth_user,
        "transport": config.sip.transport,
        "port": settings.servers[0].port,
        "expires": settings.expires_s,
        "listen": config.sip.listen,
    }
    assert taken[what] == default


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("port = 5060", "port = 0", "sip.server[0].port: 0 is out of range"),
        ("expires = 3600", "expires = 5", "sip.expires: 5 is out of range"),
        ('"udp"', '"sctp"', "sip.transport: 'sctp' is not one of: udp, tcp, tls"),
        ('"192.0.2.1:5060"', '"192.0.2.1:x"', "sip.listen: '192.0.2.1:x' is not a numeric"),
        ('"1001"', '"10 01"', "line[0].number: '10 01' holds characters"),
    ],
)
def test_what_makes_no_sense_is_named(old: str, new: str, named: str) -> None:
    """REG-19."""
    (problem,) = check(WHOLE.replace(old, new, 1))[0]
    assert named in problem
