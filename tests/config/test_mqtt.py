"""[mqtt]: what is taken, and what is refused with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from firmware.config.load import Loaded, parse
from firmware.config.schema import as_dict
from firmware.errors import ConfigError
from tests.configuration import configuration

BEFORE = configuration(
    ["101"], country="cn", sip="", line="", digit_map="10x", password="", more=""
)


def load(keys: str, folder: Path = Path()) -> Loaded:
    return parse(f"{BEFORE}\n[mqtt]\n{keys}\n", "t.toml", folder)


def line_of(key: str, keys: str) -> int:
    lines = f"{BEFORE}\n[mqtt]\n{keys}\n".splitlines()
    return max(n for n, text in enumerate(lines, 1) if text.startswith(f"{key} ="))


def test_nothing_is_told_unless_a_broker_is_named() -> None:
    assert not parse(BEFORE, "t.toml", Path()).config.mqtt.host
    assert load("").warnings == ()
    (odd,) = (w for w in load("tls = true").warnings if "mqtt" in w)
    assert odd.endswith("mqtt: no host: nothing is told to anybody")


def test_the_usual_ports_are_those_of_the_register() -> None:
    assert load('host = "b"').config.mqtt.known_port == 1883
    assert load('host = "b"\ntls = true').config.mqtt.known_port == 8883
    assert load('host = "b"\nport = 1884').config.mqtt.known_port == 1884


def test_the_password_is_read_from_its_file_and_shown_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("canary\nmore\n")
    (tmp_path / "broker").chmod(0o600)
    keys = 'host = "127.0.0.1"\nusername = "t"\npassword_file = "broker"'
    config = load(keys, tmp_path).config
    assert config.mqtt.password.reveal() == "canary"
    assert "canary" not in repr(config) + str(as_dict(config))


def test_a_password_that_can_be_read_on_the_way_is_odd() -> None:
    keys = 'username = "t"\npassword = "p"\nhost = '
    told = [[w for w in load(keys + host).warnings if "mqtt" in w] for host in
            ('"10.0.0.5"', '"localhost"', '"::1"', '"10.0.0.5"\ntls = true')]  # fmt: skip
    assert [len(warnings) for warnings in told] == [1, 0, 0, 0]
    assert "without TLS the password of the broker can be read on the way" in told[0][0]


def test_a_machine_without_the_extra_refuses_the_file_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "paho", None)
    with pytest.raises(ConfigError, match=r"mqtt\.host: .*pip install 'tipring\[mqtt\]'"):
        load('host = "b"')
    assert not load("").config.mqtt.host


@pytest.mark.parametrize(
    ("keys", "key", "why"),
    [
        ('host = "a b"', "host", "'a b' is not a host name"),
        ('host = "b"\nport = 0', "port", "0 is out of range"),
        ('host = "b"\nprefix = "a/#"', "prefix", "'a/#' holds characters that it must not"),
        ('host = "b"\npassword = "p"', "username", "there is a password, and nobody whose it is"),
        ('host = "b"\nusername = "u"\npassword = "p"\npassword_file = "x"', "password_file",
         "password stands here too: one of the two"),
        ('host = "b"\nusername = "u"\npassword_file = "none"', "password_file",
         "none: No such file or directory"),
        ('host = "b"\ntls = true\nca_file = "none"', "ca_file", "No such file or directory"),
        ('host = "b"\nretain = true', "retain", "unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(keys: str, key: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(keys)
    (problem,) = refused.value.problems
    place = f"t.toml:{line_of(key, keys)}: " if f"{key} =" in keys else "t.toml:"
    assert problem.startswith(place)
    assert f"mqtt.{key}: " in problem
    assert why in problem
