from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.stage import House


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.wire)


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    """A house that lives through all tests; each leaves it registered, idle and on-hook.

    Its gateway and voice process tell every import (`python -X importtime`).
    """
    with House() as house:
        house.start_exchange()
        house.comes_up(PYTHONPROFILEIMPORTTIME="1")
        yield house
