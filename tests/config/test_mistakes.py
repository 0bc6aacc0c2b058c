"""Every mistake of a configuration file is told, with its line, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.load import load, parse, read
from firmware.errors import ConfigError
from firmware.profiles import countries

GOOD = """\
[gateway]
country = "cn"

[[card]]
number = 1
ports = 2

[sip]
domain = "ims.example.net"

[[sip.server]]
host = "192.0.2.10"

[[line]]
port = 1
number = "101"
password = "secret"
"""


def problems(text: str, folder: Path = Path("/nowhere")) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "t.toml", folder)
    return caught.value.problems


def test_all_mistakes_are_told_in_one_run_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
[gateway]
country = "atlantis"
[[card]]
number = 1
bus = "spi0"
pcm = "hw:0"
[sip]
domain = "a b"
prakc = "off"
expires = "x"
listen = "foo:1"
session_expires = 30
[[sip.server]]
host = "192.0.2.10"
port = 70000
[[sip.server]]
[sip.heartbeat]
interval = -1
[rtp]
ports = "20-10"
codecs = ["PCMA", "GSM"]
jitter_ms = [20, "x"]
ptime = 25
[dialling]
digit_map = "(8x"
[[line]]
port = 1
number = "101"
password = 5
[[line]]
port = 1
number = "102"
password_file = "nope"
[[line]]
port = 9
number = "10 3"
[security]
contact_token = "yes"
[lab]
t1 = -1
"""
    assert problems(text, tmp_path) == [
        "t.toml:2: gateway.country: no profile 'atlantis' "
        f"(there are: {', '.join(countries())}; or the name of a .toml file)",
        "t.toml:5: card[0].bus: 'spi0' with si3210: use simulated or spi0.0",
        "t.toml:8: sip.domain: 'a b' is not a domain",
        "t.toml:9: sip.prakc: unknown key; did you mean prack?",
        "t.toml:10: sip.expires: a whole number is expected, not text",
        "t.toml:11: sip.listen: 'foo:1' is not a numeric address:port",
        "t.toml:12: sip.session_expires: 0, or 90 and more (RFC 4028 section 4)",
        "t.toml:15: sip.server[0].port: 70000 is out of range: 65535 or less is expected",
        "t.toml:16: sip.server[1].host: missing",
        "t.toml:18: sip.heartbeat.interval: -1 is out of range: 0 or more is expected",
        "t.toml:20: rtp.ports: '20-10' is outside 1024-65535",
        "t.toml:21: rtp.codecs: element 1: 'GSM' is not one of: PCMA, PCMU, G722, opus, G726-32, "
        "AAL2-G726-32, G729",
        "t.toml:22: rtp.jitter_ms: element 1: a whole number is expected, not text",
        "t.toml:23: rtp.ptime: 25 is not one of: 10, 20, 30, 40, 50, 60",
        "t.toml:25: dialling.digit_map: digit map, character 4 (its end): "
        "the bracket of the map is not closed",
        "t.toml:29: line[0].password: text is expected, not a whole number",
        "t.toml:31: line[1].port: port 1 has a line already: 101",
        f"t.toml:33: line[1].password_file: {tmp_path}/nope: No such file or directory",
        "t.toml:35: line[2].port: card 1 has ports 1 to 2, no 9",
        "t.toml:36: line[2].number: '10 3' holds characters that it must not",
        "t.toml:38: security.contact_token: true or false is expected, not text",
        "t.toml:40: lab.t1: -1 is out of range: 0.01 or more is expected",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"cn"', '"cn', "t.toml:2: syntax: illegal character '\\n'"),
        (
            "[sip]",
            '[sip]\nresponse_tones = ["403 busy", "200 busy"]',
            "t.toml:9: sip.response_tones: element 1: '200 busy' is no status with a tone, such",
        ),
        ("[gateway]", "[gateway", "t.toml:1: syntax: expected ']' at the end of a table declarat"),
        ('"secret"', '"""', "t.toml:17: syntax: unterminated string"),
        ("number = 1", "number = 1\nnumber = 2", "t.toml:6: syntax: cannot overwrite a value"),
        ("[sip]", "[spi]", "t.toml:8: spi: unknown key; did you mean sip?"),
        ("[sip]", "[sipp]", "t.toml:8: sipp: unknown key; did you mean sip?"),
        ("[[line]]", "[line]", "t.toml:14: line: an array of tables is expected ([[line]])"),
        ("[[sip.server]]", "[sip.server]", "t.toml:11: sip.server: an array of tables is expe"),
        ("[gateway]", "gateway = 3\n[x]", "t.toml:1: gateway: a table is expected, not a whole"),
        (
            "ports = 2",
            "ports = true",
            "t.toml:6: card[0].ports: a whole number is expected, not t",
        ),
        ("ports = 2", "ports = 2.5", "t.toml:6: card[0].ports: a whole number is expected, not a"),
        ("ports = 2", "ports = 1979-05-27", "t.toml:6: card[0].ports: a whole number is expected"),
        ("ports = 2", "ports = 0", "t.toml:6: card[0].ports: 0 is out of range: 1 or more"),
        ('"101"', '""', "t.toml:16: line[0].number: must not be empty"),
        ("port = 1", "port = 3", "t.toml:15: line[0].port: card 1 has ports 1 to 2, no 3"),
        (
            "port = 1",
            "port = 1\ncard = 2",
            "t.toml:16: line[0].card: card 2 not present (cards: 1",
        ),
        (
            "[gateway]",
            "[gateway]\ncard = 9",
            "t.toml:2: gateway.card: card 9 not present (cards: ",
        ),
        (
            'host = "192.0.2.10"',
            'host = "192.0.2.10"\n[[sip.server]]\nhost = "192.0.2.10"',
            "t.toml:14: sip.server[1].host: the same server stands above already",
        ),
        ("[[line]]", "[rtp]\ncodecs = []\n[[line]]", "t.toml:15: rtp.codecs: must not be empty"),
        (
            "[[line]]",
            "[rtp]\njitter_ms = [20]\n[[line]]",
            "t.toml:15: rtp.jitter_ms: 2 elements are expected",
        ),
        (
            "[[line]]",
            "[rtp]\njitter_ms = [200, 20]\n[[line]]",
            "t.toml:15: rtp.jitter_ms: the least, 200, is more than the most, 20",
        ),
        (
            "[sip]",
            '[sip]\ntransport = "tls"\ntls.ca_file = "/no/such"',
            "t.toml:10: sip.tls.ca_file: /no/such: No such file or directory",
        ),
        (
            "ports = 2",
            'ports = 2\nbus = "spi0.0"',
            "t.toml:4: card[0].pcm: bus and pcm must be bo",
        ),
        (
            "ports = 2",
            'ports = 4\nbus = "spi0.0"\npcm = "hw:0"',
            "t.toml:6: card[0].ports: more than 2 chip selects",
        ),
        (
            "ports = 2",
            'ports = 3\ndriver = "ag1171"\nbus = "gpio"\npcm = "hw:0"\nhook_gpio = [1, 2, 3]\n'
            "ring_gpio = [4, 5, 6]\nreverse_gpio = [7, 8, 9]",
            "t.toml:4: card[0].power_gpio: a pin for each of 3 ports is needed",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    told = problems(GOOD.replace(old, new, 1))
    assert any(one.startswith(expected) for one in told), told


def test_tables_that_must_be_there_are_missed() -> None:
    assert problems("") == ["t.toml:1: card: missing", "t.toml:1: sip: missing"]


def test_an_absent_file_is_a_problem_and_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(
        ConfigError, match=f"{path}:1: file: No such file or directory; tipring setup"
    ):
        load(path)


def test_a_folder_binary_junk_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="file: Is a directory"):
        load(tmp_path)
    junk = tmp_path / "junk.toml"
    junk.write_bytes(b"[gateway]\n\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"junk\.toml:2: file: not UTF-8"):
        load(junk)
    junk.write_bytes(b"#" * (10 << 20))
    with pytest.raises(ConfigError, match="more than 1048576 bytes"):
        load(junk)
    junk.write_bytes(b"a = " + b"[" * 5000 + b"]" * 5000)
    with pytest.raises(ConfigError, match="syntax"):
        load(junk)


def test_a_password_file_must_be_private_and_hold_something(tmp_path: Path) -> None:
    text = GOOD.replace('password = "secret"', 'password_file = "101"')
    secret = tmp_path / "101"
    secret.write_text("hidden\nmore\n")
    secret.chmod(0o644)
    assert problems(text, tmp_path) == [
        f"t.toml:17: line[0].password_file: {secret}: everybody may read it; chmod o= 101"
    ]
    secret.chmod(0o640)
    assert parse(text, "t.toml", tmp_path).config.line[0].password.reveal() == "hidden"
    secret.write_text("\n")
    assert problems(text, tmp_path) == [
        f"t.toml:17: line[0].password_file: {secret}: the first line is empty"
    ]
    both = text + 'password = "x"\n'
    assert problems(both, tmp_path) == [
        "t.toml:17: line[0].password_file: password stands here too: one of the two"
    ]


def test_passwords_in_a_file_that_everybody_may_read_are_a_warning(tmp_path: Path) -> None:
    """Where none is, or they stand in files of their own, anybody may read it."""
    path, secret = tmp_path / "t.toml", tmp_path / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    apart = GOOD.replace('password = "secret"', 'password_file = "secret" # password = "x"')
    for text, mode, line in ((GOOD, 0o644, 17), (GOOD, 0o640, 0), (apart, 0o644, 0)):
        path.write_text(text)
        path.chmod(mode)
        reason = "password: everybody may read this file; chmod o= t.toml, or use password_file"
        told = [one for one in read(path).warnings if "everybody" in one]
        assert told == ([f"{path}:{line}: {reason}"] if line else [])


def test_what_is_odd_is_a_warning_and_no_mistake() -> None:
    text = (
        GOOD.replace("[sip]", "[sip]\nno_answer = 60")
        + '[[line]]\nport = 2\nnumber = "101"\n[rtp]\nports = "10001-10004"\n'
        + '[security]\nsources = "any"\n'
    )
    assert list(parse(text, "t.toml", Path()).warnings) == [
        "t.toml:1: dialling.digit_map: no pattern fits 101, 101: these lines cannot be called "
        "from here",
        "t.toml:9: sip.no_answer: 60 s is also how long callers wait (give_up, or the server's "
        "own timer): who ends an unanswered call is a race",
        "t.toml:19: line[1]: no password: the registrar must know this line by address",
        "t.toml:21: line[1].number: another line has the number 101 too",
        "t.toml:23: rtp.ports: room for 1 calls, but there are 2 ports",
        "t.toml:25: security.sources: requests are taken from anybody: for a lab only",
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("[[card]]\nnumber = 2\nports = 2\n", "card[1].number: a second card is not built"),
    ],
)
def test_what_is_not_built_yet_is_refused_and_not_ignored(more: str, expected: str) -> None:
    assert any(expected in one for one in problems(GOOD + more))
