"""A bundle is lived through again: the same gateway does the same, others are found out (U11)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from firmware.cli import replay as command  # noqa: F401 fills the table
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context, Options
from firmware.errors import CommandError, ConfigError
from firmware.replay.player import Outcome, replay
from firmware.replay.record import read
from tests.configuration import configuration
from tests.replay.scenes import SCENES

PLACE: list[Path] = []
"""Where the bundles of a session are."""


@pytest.fixture(scope="session", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> None:
    PLACE.append(tmp_path_factory.mktemp("bundles"))


@cache
def recorded(name: str) -> Path:
    """The folder with the bundles of a scene."""
    folder = PLACE[0] / name
    folder.mkdir()
    SCENES[name](folder)
    return folder


def again(path: Path) -> Outcome:
    return replay(read(path))


def types(*words: str, config: Path | None = None) -> Answer:
    return TABLE.execute(["replay", *words], Context(Options(config=config, environment={})))


@pytest.mark.parametrize("part", ["whole", "call"])
@pytest.mark.parametrize("name", SCENES)
def test_the_same_gateway_does_the_same(name: str, part: str) -> None:
    outcome = again(recorded(name) / f"{part}.zip")
    assert outcome.difference is None, types(str(recorded(name) / f"{part}.zip")).text
    assert outcome.plan.whole is (part == "whole")
    assert outcome.as_recorded == len(outcome.plan.expected) > 5


def edited(
    name: str, tmp_path: Path, change: Callable[[list[dict[str, Any]]], object], part: str = "call"
) -> Path:
    """A bundle whose marks somebody has changed."""
    path = tmp_path / "edited.zip"
    with zipfile.ZipFile(recorded(name) / f"{part}.zip") as old:
        parts = {one: old.read(one) for one in old.namelist()}
    marks = json.loads(parts["marks.json"])
    change(marks)
    parts["marks.json"] = json.dumps(marks).encode()
    with zipfile.ZipFile(path, "w") as new:
        for one, data in parts.items():
            new.writestr(one, data)
    return path


def the(marks: list[dict[str, Any]], what: str, lane: str = "sip") -> dict[str, Any]:
    return next(mark for mark in marks if (mark["lane"], mark["what"]) == (lane, what))


def test_a_header_that_was_sent_otherwise_is_the_first_difference(tmp_path: Path) -> None:
    def other(marks: list[dict[str, Any]]) -> None:
        mark = the(marks, "INVITE")
        mark["detail"] = mark["detail"].replace("Max-Forwards: 70", "Max-Forwards: 17")

    found = again(edited("call-out", tmp_path, other)).difference
    assert found is not None
    assert found.how == "recorded 'Max-Forwards: 17', now 'Max-Forwards: 70'"
    assert found.expected is not None
    assert (found.expected.what, found.expected.outward) == ("INVITE", True)


def test_another_answer_of_the_far_end_leads_to_another_tone(tmp_path: Path) -> None:
    """What is told again is changed: 404 in place of 486."""

    def other(marks: list[dict[str, Any]]) -> None:
        mark = the(marks, "486")
        mark["detail"] = mark["detail"].replace("SIP/2.0 486 Busy Here", "SIP/2.0 404 Not Found")

    path = edited("rotary-and-busy", tmp_path, other)
    found = again(path).difference
    assert found is not None
    assert (found.expected.what if found.expected else "") == "PEER_BUSY"
    assert (found.came.what if found.came else "") == "UNALLOCATED"
    assert found.how == "something else came"
    answer = types(str(path))
    assert answer.status == 1
    assert "  recorded  PEER_BUSY: 8012 is busy." in answer.text
    assert "  now       UNALLOCATED: The number 8012 does not exist (404)." in answer.text
    assert any(line.startswith("> ") and "PEER_BUSY" in line for line in answer.text.splitlines())
    assert answer.data["same"] is False
    assert answer.data["difference"]["now"]["what"] == "UNALLOCATED"


def test_what_did_not_happen_and_what_came_of_itself_are_told(tmp_path: Path) -> None:
    def lost(marks: list[dict[str, Any]]) -> None:
        marks.remove(the(marks, "ringback", "copper"))

    def more(marks: list[dict[str, Any]]) -> None:
        marks.append({**the(marks, "ringback", "copper"), "what": "busy"})

    found = again(edited("call-out", tmp_path, lost)).difference
    assert found is not None
    assert found.expected is None
    assert found.how == "nothing was expected"
    missed = again(edited("call-out", tmp_path, more)).difference
    assert missed is not None
    assert (missed.expected.what if missed.expected else "") == "busy"
    assert missed.how == "it did not come"


def test_what_comes_too_late_is_a_difference_unless_it_is_tolerated(tmp_path: Path) -> None:
    def late(marks: list[dict[str, Any]]) -> None:
        the(marks, "ringback", "copper")["at"] += 0.8

    path = edited("call-out", tmp_path, late)
    found = again(path).difference
    assert found is not None
    assert found.how == "it came 0.800 s too early"
    assert types(str(path), "--tolerance", "1").status == 0


def test_a_file_of_another_configuration_shows_what_it_would_change(tmp_path: Path) -> None:
    """The bundle of a rotary telephone, and windows in which its pulses are none."""
    text = configuration(
        ["101", "102"], country="cn", sip="reason = false\ngive_up = 5", line="",
        digit_map="10x|8xxx|9xxx.|0x.", password="", more="",
    )  # fmt: skip
    file = tmp_path / "tipring.toml"
    file.write_text(text)
    answer = types(str(recorded("nobody-answers") / "call.zip"), config=file)
    assert answer.status == 1
    assert answer.data["difference"]["how"] == "something else was expected" or (
        "too early" in answer.data["difference"]["how"]
    )
    same = types(str(recorded("rotary-and-busy") / "call.zip"), config=file)
    assert (same.status, same.data["same"]) == (0, True)
    file.write_text("[sip]\n")
    with pytest.raises(ConfigError):
        types(str(recorded("call-out") / "call.zip"), config=file)


def test_a_record_from_the_middle_says_what_is_not_compared() -> None:
    text = types(str(recorded("call-in") / "call.zip")).text
    assert "begins in the middle: registration and heartbeat are not compared" in text
    assert text.splitlines()[-1].startswith("no difference: ")
    assert "begins in the middle" not in types(str(recorded("call-in") / "whole.zip")).text


def rewritten(tmp_path: Path, **parts: bytes | None) -> Path:
    """A bundle with other parts; None: without."""
    path = tmp_path / "rewritten.zip"
    path.unlink(missing_ok=True)
    with zipfile.ZipFile(recorded("call-out") / "call.zip") as old:
        kept = {name: old.read(name) for name in old.namelist()}
    kept |= {f"{name}.json": data for name, data in parts.items() if data is not None}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in kept.items():
            if parts.get(name.removesuffix(".json"), b"") is not None:
                new.writestr(name, data)
    return path


def life(**other: object) -> bytes:
    with zipfile.ZipFile(recorded("call-out") / "call.zip") as old:
        return json.dumps({**json.loads(old.read("replay.json")), **other}).encode()


def test_a_file_that_is_no_bundle_is_refused_in_one_line(tmp_path: Path) -> None:
    """Truncated, foreign, old, damaged: never an exception."""
    whole = (recorded("call-out") / "call.zip").read_bytes()
    files = {
        "cut": whole[: len(whole) // 2],
        "pcap": b"\xd4\xc3\xb2\xa1" + bytes(40),
        "empty": b"",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(CommandError, match=rf"{name}: is no trace bundle, or not the whole"):
            again(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as foreign:
        foreign.writestr("holiday.txt", "sun")
    told = {
        str(tmp_path / "foreign.zip"): "it has no marks.json",
        str(tmp_path / "none.zip"): "No such file",
        str(tmp_path): "Is a directory",
    }
    for path, why in told.items():
        with pytest.raises(CommandError, match=why):
            again(Path(path))


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"replay": None}, "was written by a tipring that could not replay"),
        ({"marks": b"[{"}, "marks.json is damaged"),
        ({"marks": b'[{"at": "noon"}]'}, "marks.json is damaged"),
        ({"marks": b"[]"}, "nothing happened in it"),
        ({"config": b'{"sip": 7}'}, "config.json is damaged"),
        ({"config": b"\xff"}, "config.json is damaged"),
    ],
)
def test_a_bundle_without_enough_says_what_is_missing(
    tmp_path: Path, parts: dict[str, bytes | None], why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        again(rewritten(tmp_path, **parts))


def test_a_bundle_of_another_age_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is of format 9; this tipring knows 1"):
        again(rewritten(tmp_path, replay=life(format=9)))
    with pytest.raises(CommandError, match="the gateway had no network"):
        again(rewritten(tmp_path, replay=life(speaks=None, local=":0")))
    with pytest.raises(CommandError, match=r"replay\.json is damaged"):
        again(rewritten(tmp_path, replay=b'{"format": 1}'))


def test_a_bundle_without_a_beginning_is_refused(tmp_path: Path) -> None:
    def headless(marks: list[dict[str, Any]]) -> None:
        del marks[: marks.index(the(marks, "180"))]

    with pytest.raises(CommandError, match="holds no beginning of a call"):
        again(edited("call-out", tmp_path, headless))


def test_nothing_of_the_password_is_needed_and_nothing_of_it_is_there() -> None:
    for part in ("whole", "call"):
        with zipfile.ZipFile(recorded("call-out") / f"{part}.zip") as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"secret-101" not in everything
