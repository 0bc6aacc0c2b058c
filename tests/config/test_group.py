"""[sip.group]: one registration for the whole box (REG-20), and what is refused (REG-19)."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import Loaded, parse
from firmware.config.schema import as_dict
from firmware.errors import ConfigError
from firmware.settings import agent_settings
from firmware.sip.events import Address, LineIdentity
from tests.configuration import configuration


def load(keys: str, folder: Path = Path()) -> Loaded:
    """Of lines that have no password of their own."""
    text = configuration(
        ["101", "102"], country="cn", sip="", line="", digit_map="10x", password="", more=""
    )
    lines = [line for line in text.splitlines() if not line.startswith("password")]
    return parse("\n".join((*lines, "[sip.group]", keys, "")), "t.toml", folder)


def test_each_line_registers_for_itself_unless_a_number_is_given() -> None:
    settings = agent_settings(load("").config, Address("10.0.0.1", 5060))
    assert settings.group is None
    assert [line.number for line in settings.registering] == ["101", "102"]


def test_the_box_registers_and_lines_without_a_password_answer_with_its() -> None:
    loaded = load('number = "100"\nauth_user = "trunk"\npassword = "canary"')
    assert loaded.warnings == ()
    settings = agent_settings(loaded.config, Address("10.0.0.1", 5060))
    assert settings.registering == (LineIdentity(0, "100", "trunk", "canary"),)
    assert {(line.auth_user, line.password) for line in settings.lines} == {("trunk", "canary")}


def test_the_password_is_read_from_its_file_and_shown_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("canary\n")
    (tmp_path / "box").chmod(0o600)
    config = load('number = "100"\npassword_file = "box"', tmp_path).config
    assert config.sip.group.password.reveal() == "canary"
    assert "canary" not in repr(config) + str(as_dict(config))


def test_a_box_without_a_password_is_odd() -> None:
    (odd,) = load('number = "100"').warnings
    assert odd.endswith("sip.group: no password: the registrar must know this box by address")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ('password = "p"', "sip.group: number is missing: nobody would register"),
        ('number = "1 2"', "sip.group.number"),
        ('number = "1"\npassword = "p"\npassword_file = "f"', "one of the two"),
        ('number = "1"\npassword_file = "nowhere"', "No such file"),
        ('number = "1"\nlines = 2', "sip.group.lines"),
    ],
)
def test_a_group_that_cannot_register_is_refused_with_the_line_and_the_reason(
    keys: str, why: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(keys)
    assert why in str(refused.value)
    assert str(refused.value).startswith("t.toml:")
