"""A good file gives a configuration; the configuration can be shown and keeps its secrets."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config.lines import key_lines, line_of, shown
from firmware.config.load import load, parse
from firmware.config.schema import Config, as_dict
from firmware.config.text import as_text
from firmware.config.values import Secret, split_address, split_range
from firmware.errors import ConfigError

CONTRACT = """\
[gateway]
country = "cn"
card = 1

[[card]]
number = 1
driver = "si3210"
bus = "simulated"
ports = 2
pcm = "simulated"

[sip]
domain = "ims.example.net"
transport = "udp"
listen = "0.0.0.0:5060"
expires = 3600
prack = "off"
session_expires = 0
no_answer = 50
give_up = 120
dial_tone = "always"

[[sip.server]]
host = "192.0.2.10"
port = 5060
[[sip.server]]
host = "192.0.2.11"

[sip.heartbeat]
interval = 30
lost = 3
failback = "auto"
hold = 60

[sip.tls]
ca_file = "/etc/ssl/certs/ca-certificates.crt"

[rtp]
ports = "10000-10099"
codecs = ["PCMA", "PCMU"]
ptime = 20
dtmf = "rfc4733"
jitter_ms = [20, 200]
echo_canceller = true

[dialling]
digit_map = ""
first_digit = 15
short = 4
long = 10

[[line]]
port = 1
number = "101"
auth_user = "101"
password = "s3cr3t"
display = "Front desk"
hotline = ""
hotline_delay = 0

[security]
sources = "servers"
contact_token = true

[services]
call_waiting = true

[control]
socket = "/run/tipring/control.sock"
"""

SHORT = """\
card = [{}]
sip = {domain = "d", server = [{host = "h"}]}
"""


def loaded(text: str) -> Config:
    return parse(text, "t.toml", Path()).config


def test_the_file_of_the_contract_loads_and_attributes_are_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "tipring.toml"
    path.write_text(CONTRACT.replace("\n", "\r\n"))
    config = load(path)
    assert config.gateway.country == "cn"
    assert config.card[0].driver == "si3210"
    assert [(server.host, server.port) for server in config.sip.server] == [
        ("192.0.2.10", 5060),
        ("192.0.2.11", None),
    ]
    assert config.sip.listen_address == ("0.0.0.0", 5060)  # noqa: S104 nothing listens there
    assert config.rtp.port_range == (10000, 10099)
    assert config.line[0].password.reveal() == "s3cr3t"
    assert (config.line[0].user, config.line_card(config.line[0])) == ("101", 1)
    assert config.board_socket == Path("/run/tipring/board.sock")


def test_the_contract_states_the_defaults() -> None:
    full, short = as_dict(loaded(CONTRACT)), as_dict(loaded(SHORT))
    for table in ("gateway", "rtp", "dialling", "security", "services", "control", "lab"):
        assert full[table] == short[table]
    assert full["card"] == short["card"]
    for key in set(full["sip"]) - {"domain", "server"}:
        assert full["sip"][key] == short["sip"][key], key


def test_no_repr_no_text_and_no_json_tells_a_secret() -> None:
    config = loaded(CONTRACT)
    told = [repr(config), str(config), as_text(as_dict(config)), f"{config.line[0].password}"]
    assert not [text for text in told if "s3cr3t" in text]
    assert 'password = "******"' in told[2]
    assert not Secret()
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_what_show_config_prints_is_a_configuration() -> None:
    tree = as_dict(loaded(CONTRACT.replace("Front desk", 'Fr\\u007f \\"ö\\"')))
    text = as_text(tree)
    again = tomllib.loads(text)
    assert again["line"][0]["display"] == 'Fr\x7f "ö"'
    assert as_dict(loaded(text)) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:5062", ("10.0.0.1", 5062)),
        ("10.0.0.1", ("10.0.0.1", 5060)),
        ("[::1]:5070", ("::1", 5070)),
        ("[::1]", ("::1", 5060)),
        ("::1", ("::1", 5060)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
    ],
)
def test_addresses_are_taken_apart(text: str, expected: tuple[str, int]) -> None:
    assert split_address(text) == expected


@pytest.mark.parametrize("text", ["", ":5060", "a:b", "a:70000", "[::1", "[::1]x", "a:", "a:²"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        split_address(text)


@pytest.mark.parametrize(
    "text", ["", "1", "a-b", "10-20", "10000-10000", "10001-10002", "1024-9²"]
)
def test_what_is_no_range_of_ports(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|is outside|holds no"):
        split_range(text)


def test_lines_are_found_behind_strings_arrays_comments_and_quoted_keys() -> None:
    text = '''\
a = """
[not.a.table]
x = 1
"""""
b = [ # one
  "]", # [
  {c = 1},
]
"d.e" = 'x = ["'
[ f . "g h" ]  # table
i.j = 1979-05-27 07:32:00
[[k]]
l = 1
[[k.m]]
n = 1
[[k]]
[[k.m]]
[k.m.o]
p = {q = 1}
'''
    tomllib.loads(text)
    lines = key_lines(text)
    assert lines == {
        (): 1,
        ("a",): 1,
        ("b",): 5,
        ("d.e",): 9,
        ("f",): 10,
        ("f", "g h"): 10,
        ("f", "g h", "i"): 11,
        ("f", "g h", "i", "j"): 11,
        ("k",): 12,
        ("k", 0): 12,
        ("k", 0, "l"): 13,
        ("k", 0, "m"): 14,
        ("k", 0, "m", 0): 14,
        ("k", 0, "m", 0, "n"): 15,
        ("k", 1): 16,
        ("k", 1, "m"): 17,
        ("k", 1, "m", 0): 17,
        ("k", 1, "m", 0, "o"): 18,
        ("k", 1, "m", 0, "o", "p"): 19,
    }
    assert line_of(("k", 1, "m", 0, "o", "p", "q"), lines) == 19
    assert line_of(("nowhere", 3), lines) == 1
    assert shown(("k", 1, "m", 0)) == "k[1].m[0]"


@given(st.text(alphabet="[]{}=\"'\n #.,ab1\\-", max_size=60))
def test_any_text_loads_or_is_refused_with_lines(text: str) -> None:
    told = problems_of(text)
    assert all(problem.startswith("t.toml:") for problem in told)


def problems_of(text: str) -> list[str]:
    try:
        loaded(text)
    except ConfigError as error:
        return error.problems
    return []
