"""The generated pages say what the code says."""

from __future__ import annotations

import os

import pytest

from tests.docs.pages import PAGES
from tests.docs.pages.configuration import UNSAID, keys
from tests.docs.pages.markdown import DOCS
from tests.docs.pages.pictures import PICTURES

MADE = {**PAGES, **PICTURES}


@pytest.mark.parametrize("name", MADE)
def test_a_generated_page_is_what_the_code_makes_of_it(name: str) -> None:
    path = DOCS / "reference" / name
    made = MADE[name]()
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, encoding="utf-8")
    stale = "it is stale: run `UPDATE_GOLDEN=1 pytest tests/docs/test_pages.py`"
    assert path.read_text(encoding="utf-8") == made, stale


def test_only_keys_that_exist_are_explained_beside_the_code() -> None:
    assert set(UNSAID) <= {key.path for key in keys()}
