"""[sip] transport and [sip.tls]: what is taken, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import parse
from firmware.config.schema import Config
from firmware.config.tls import files_of
from firmware.errors import ConfigError
from firmware.settings import agent_settings
from firmware.sip.events import Address, Transport
from tests.certificates import Authority

TEXT = """[[card]]

[sip]
domain = "ims.example.net"
transport = "{transport}"
{server}
[sip.tls]
ca_file = "ca.pem"
{more}
"""
SERVERS = """[[sip.server]]
host = "192.0.2.10"
[[sip.server]]
host = "sbc.example.net"
[[sip.server]]
host = "192.0.2.11"
port = 5070
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With ca.pem, and own.pem with own.key."""
    folder = tmp_path_factory.mktemp("config")
    Authority(folder).certifies("own", "DNS:gateway.example")
    return folder


def load(folder: Path, more: str = "", transport: str = "tls") -> Config:
    text = TEXT.format(transport=transport, server=SERVERS, more=more)
    return parse(text, "t.toml", folder).config


@pytest.mark.parametrize(("transport", "port"), [("udp", 5060), ("tcp", 5060), ("tls", 5061)])
def test_each_transport_is_taken_and_has_its_usual_port(
    folder: Path, transport: str, port: int
) -> None:
    """RFC 3261 section 19.1.2; a name without a port is the name service's to say."""
    local = Address("192.0.2.1", 5060, Transport(transport))
    servers = agent_settings(load(folder, transport=transport), local).servers
    assert [server.port for server in servers] == [port, 0, 5070]
    assert {server.transport for server in servers} == {local.transport}


def test_names_of_files_begin_beside_the_configuration(folder: Path) -> None:
    config = load(folder, 'cert_file = "own.pem"\nkey_file = "own.key"')
    assert files_of(config).ca == str(folder / "ca.pem")
    assert files_of(config).key == str(folder / "own.key")


def test_files_are_not_looked_at_where_tls_is_not_spoken(folder: Path) -> None:
    load(folder, 'cert_file = "nowhere.pem"', transport="tcp")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('cert_file = "no.pem"', "t.toml:16: sip.tls.cert_file: "),
        ('cert_file = "own.pem"', "t.toml:16: sip.tls.cert_file: "),
        ('key_file = "own.key"', "t.toml:16: sip.tls.key_file: a key without cert_file"),
        (
            'cert_file = "own.pem"\nkey_file = "ca.key"',
            "t.toml:17: sip.tls.key_file: ",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(
    folder: Path, more: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(folder, more)
    assert any(problem.startswith(expected) for problem in caught.value.problems)


def test_a_key_that_everybody_may_read_is_refused(folder: Path) -> None:
    key = folder / "open.key"
    key.write_bytes((folder / "own.key").read_bytes())
    key.chmod(0o644)
    with pytest.raises(ConfigError, match=r"sip.tls.key_file: .*everybody may read it"):
        load(folder, 'cert_file = "own.pem"\nkey_file = "open.key"')
