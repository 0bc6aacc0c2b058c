"""Nothing that a document shows is made up: links, commands, settings, files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.cli.command import UsageError
from firmware.config.load import parse
from firmware.config.text import as_text
from firmware.errors import ConfigError
from tests.docs.documents import Document, documents, slug, typed, understands
from tests.docs.pages.configuration import keys
from tests.docs.pages.markdown import ROOT

EACH = pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
ROOMS = (
    "firmware/",
    "drivers/",
    "docs/",
    "tests/",
    "systemd/",
    "hardware/",
    "tools/",
    "benchmarks/",
)
WHOLE: dict[str, Any] = {
    "card": [{}],
    "sip": {"domain": "ims.example.net", "server": [{"host": "192.0.2.10"}]},
    "line": [],
}
"""What a fragment of a configuration is completed with."""


@EACH
def test_no_link_is_broken(document: Document) -> None:
    assert [link for link in document.links if not _leads_somewhere(document, link)] == []


def _leads_somewhere(document: Document, link: str) -> bool:
    if re.match(r"(https?|mailto):", link):
        return True
    name, _, anchor = link.partition("#")
    target = (document.path.parent / name).resolve() if name else document.path
    if not target.exists() or ROOT not in (target, *target.parents):
        return False
    return not anchor or target.suffix != ".md" or anchor in Document(target).anchors


@EACH
def test_every_command_that_is_shown_is_a_command(document: Document) -> None:
    for words in typed(document):
        understands(words)


def test_a_command_that_is_none_would_be_noticed() -> None:
    with pytest.raises(UsageError):
        understands(["explain", "everything"])


@EACH
def test_every_configuration_that_is_shown_is_accepted(document: Document, tmp_path: Path) -> None:
    for block in document.blocks:
        if block.language == "toml":
            _accepts(block.body, tmp_path)


def _accepts(text: str, folder: Path) -> None:
    shown = tomllib.loads(text)
    whole = {**WHOLE, **shown}
    whole["sip"] = {**WHOLE["sip"], **shown.get("sip", {})}
    if tls := whole["sip"].get("tls"):  # nor are certificates
        assert {Path(name).parent for name in tls.values()} == {Path("/etc/tipring")}
        del whole["sip"]["tls"]
    if (group := whole["sip"].get("group")) and group.pop("password_file", ""):  # nor secrets
        group["password"] = "secret"
    for number, line in enumerate(whole["line"]):
        if "password_file" in line:  # not in this place
            del line["password_file"]
            whole["line"][number] = {**line, "password": "secret"}
    parse(as_text(whole), "shown.toml", folder)


def test_a_configuration_with_a_wrong_key_would_be_noticed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        _accepts("[sip]\ngive_in = 3\n", tmp_path)


@EACH
def test_every_setting_that_is_named_exists(document: Document) -> None:
    known = {(key.table, key.name) for key in keys()}
    tables = {table for table, _ in known} | {"sip"}
    for table, name in _settings(document):
        if name:
            assert (table, name) in known, f"[{table}] {name}"
        else:
            assert table in tables, f"[{table}]"


PROFILE = {"ring", "tones", "hook", "caller_id"}
"""Tables of a country profile, which are not those of the configuration."""


def _settings(document: Document) -> Iterator[tuple[str, str]]:
    for span in document.spans:
        found = re.fullmatch(r"\[{1,2}([a-z.]+)\]{1,2}(?: (\w+))?(?: = .+)?", span)
        if found and found[1] not in PROFILE:
            yield found[1], found[2] or ""


@EACH
def test_every_file_of_ours_that_is_named_exists(document: Document) -> None:
    if document.name == "CHANGELOG.md":
        return
    named = [span for span in document.spans if span.startswith(ROOMS) and "<" not in span]
    missing = [one for one in named if not list(ROOT.glob(one.rstrip("/")))]
    assert missing == []


def test_every_module_that_the_map_shows_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(\w+(?:/\w+)*\.py)\b", text))
    there = [path.as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert [one for one in named if not any(path.endswith(f"/{one}") for path in there)] == []


@EACH
def test_every_make_target_that_is_named_exists(document: Document) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`|\$ |sudo )make ([a-z-]+)", document.text, re.MULTILINE)
    assert set(named) <= targets


def test_an_anchor_is_made_as_the_hosts_of_repositories_make_it() -> None:
    assert slug("What `show port` says, and why?") == "what-show-port-says-and-why"
