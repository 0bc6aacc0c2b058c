"""The page of caller ID names the kinds that there are."""

from __future__ import annotations

from pathlib import Path

from firmware.line.callerid_kinds import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "caller-id.md"


def test_every_kind_of_caller_id_is_in_its_page_in_its_own_words() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in page if line.startswith("| `")]
    assert rows == [f"| `{name}` | {kind.words} |" for name, kind in KINDS.items()]
