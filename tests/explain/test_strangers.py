"""Somebody who has read only the README finds out what is wrong, with the console."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.cli.command import TABLE
from firmware.cli.help import overview
from firmware.texts import speak
from tests.explain.strangers import COMMANDS, SCENES, SECONDS_TO_READ, Scene, transcript

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_the_words_name_the_cause_and_what_to_do(scene: Scene) -> None:
    """Q1-2, Q2-1: by the commands of the README alone, in less than two minutes."""
    said = " ".join(transcript(scene).split())
    assert [words for words in (*scene.cause, *scene.do) if words not in said] == []
    assert set(scene.types) <= set(COMMANDS)
    assert len(scene.types) * SECONDS_TO_READ < 120


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_the_same_in_chinese(scene: Scene) -> None:
    speak({"LANG": "zh_CN.UTF-8"})
    try:
        said = transcript(scene)
    finally:
        speak({})
    left = [
        line for line in said.splitlines()
        if "|" not in line and re.search(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}\b", line)
    ]  # fmt: skip
    assert [line for line in left if not line.startswith(("tipring>", "- Warning:"))] == []


def test_the_commands_that_a_stranger_knows_stand_in_the_readme_and_in_the_help() -> None:
    listed = re.sub(r"[][]", "", overview(TABLE).text)
    for command in COMMANDS:
        assert f"`{command}`" in README or f"tipring> {command}\n" in README, command
        assert re.sub(r"\d", "<port>", command) in listed, command
