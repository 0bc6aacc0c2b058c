"""The fuzzer's targets take their own seeds, so that `make fuzz` finds faults of ours only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.corpus import seeds, write, write_dictionary
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(name: str) -> None:
    for data in seeds(name):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_nonsense(name: str) -> None:
    for data in (b"", b"\x00", b"\xff" * 400, b"a" * 400, bytes(range(256))):
        TARGETS[name](data)


def test_seeds_and_dictionary_can_be_written(tmp_path: Path) -> None:
    write("challenge", tmp_path / "challenge")
    assert len(list((tmp_path / "challenge").iterdir())) == 4
    write_dictionary(tmp_path / "sip.dict")
    words = (tmp_path / "sip.dict").read_text(encoding="ascii").splitlines()
    assert '"z9hG4bK"' in words
    assert all(word.startswith('"') and word.endswith('"') for word in words)
