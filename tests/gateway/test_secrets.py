"""A canary: a password that no output of the product may sing (faults.md, security posture).

Registration with a challenge, a call with a challenge, refusals, a wrong password and a bad
file: whatever can be seen afterwards is searched for the password, for what its digests are
made of, and for both in base64.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware.box.metrics import MetricsServer
from firmware.cli.command import TABLE
from firmware.cli.context import Context
from firmware.cli.main import split
from firmware.config.load import parse
from firmware.errors import ConfigError, GatewayError
from firmware.log import Formatter
from firmware.mqtt.telephone import Topics, discovery, state
from firmware.replay.report import report
from tests.configuration import configuration
from tests.gateway.test_trace_bundle import Console, talks, unpacked
from tests.sbc import REALM
from tests.world import World

CANARY = "canary-7f3a91"
PASSWORDS = {"101": "secret-101", "102": "secret-102"}


def songs() -> list[str]:
    """The passwords, HA1 of both lines by both algorithms, and all that in base64."""
    plain = [CANARY, *PASSWORDS.values()]
    for number, right in PASSWORDS.items():
        for password in (right, CANARY):
            whole = f"{number}:{REALM}:{password}".encode()
            md5, sha256 = hashlib.md5(whole), hashlib.sha256(whole)  # noqa: S324 - RFC 2617
            plain += [md5.hexdigest(), sha256.hexdigest()]
    return plain + [base64.b64encode(text.encode()).decode().rstrip("=") for text in plain]


def sings(text: str) -> list[str]:
    return [song for song in songs() if song.lower() in text.lower()]


COMMANDS = (
    "show port status", "show port 1 status", "show registration", "show call", "show calls",
    "show calls 1", "show line 1", "show version", "show config", "show alarms", "show sbc",
    "show profile", "explain port 1", "explain registration 1", "explain last-call 1",
    "ladder", "ladder 1 --last 1", "ladder --heartbeat", "dial-test 1 102",
    "ladder --format mermaid", "ladder --format svg", "show alarms --history",
)  # fmt: skip


def everything(world: World, folder: Path) -> str:
    """All that can be asked for, as text and as data."""
    console = Console(world)
    console.context.__dict__["options"] = Context().options
    console.types(f"trace save {folder / 'all.zip'}")
    said = [data.decode("latin-1") for data in unpacked(folder / "all.zip").values()]
    assert any("REGISTER" in part for part in said), "the bundle is of what has happened"
    said.append(replayed(folder / "all.zip"))
    for line in COMMANDS:
        words, _ = split(line.split())
        try:
            answer = TABLE.execute(words, console.context)
        except GatewayError as error:
            said.append(str(error))
        else:
            said.append(f"{answer.text} {answer.complaint} {answer.data}")
    acts = {"enable", "disable", "register", "deregister", "drill", "voice-fetch", "trace-start"}
    for name, handler in world.desk.handlers.items():
        if name in acts:
            continue
        for params in ({}, {"port": 1}, {"port": 1, "digits": "102"}):
            try:
                said.append(f"{msgspec.to_builtins(handler(params), enc_hook=repr)}")
            except GatewayError as error:
                said.append(str(error))
    said += [MetricsServer(world.desk.handlers, world.gateway).text, *_automation(world)]
    said += [repr(world.gateway.config), repr(world.gateway), str(vars(world.gateway))]
    return "\n".join(said)


def _automation(world: World) -> Iterator[str]:
    """What a broker is told of each telephone."""
    topics = Topics("house", "homeassistant")
    rows: Any = world.asks("ports")
    for row in rows:
        yield state(row, callers=True)
        yield from (text for _, text in discovery(topics, row))


def replayed(path: Path) -> str:
    told = report(path, None, tolerance=None, progress=lambda _: None)
    return f"{told.text} {told.data}"


@pytest.mark.parametrize("right", [True, False])
def test_no_output_shows_a_password(
    right: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with World(exchange=True, password="" if right else CANARY) as world:
        if right:
            talks(world.registers())
        else:
            world.waits_until(lambda: "reg-fail" in world.row(1), most=20.0)
        seen = everything(world, tmp_path)
    form = Formatter(journal=True)
    seen += "\n".join(form.format(record) for record in caplog.records)
    assert len(seen) > 10_000
    assert "Authorization: Digest" in seen, "it was looked at the right place"
    assert sings(seen) == []


def test_the_search_finds_what_is_there() -> None:
    assert sings(f"x{CANARY.upper()}y") == [CANARY]
    assert sings(base64.b64encode(CANARY.encode()).decode()) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'password = "{CANARY}"', f'password = "{CANARY}'),
        (f'password = "{CANARY}"', f'pasword = "{CANARY}"'),
        (f'password = "{CANARY}"', f'password = ["{CANARY}"]'),
        ("number = 1\n", "number = 1\nx = 1\n"),
    ],
)
def test_a_file_that_is_refused_is_refused_without_its_passwords(old: str, new: str) -> None:
    text = configuration(
        list(PASSWORDS), country="cn", sip="", line="", digit_map="10x", password=CANARY, more=""
    )
    assert old in text
    with pytest.raises(ConfigError) as refused:
        parse(text.replace(old, new, 1), "t.toml", Path())
    assert sings("\n".join(refused.value.problems)) == []
