"""What tests get, and what a failure shows: the gateway's ladder, the last words of the peer."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.interop.lab import Lab


@pytest.fixture
def lab(house: Lab[Any]) -> Lab[Any]:
    """The `house` of a module, as a test wants to find it."""
    house.begins_anew()
    return house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and report.failed:
        given: dict[str, Any] = getattr(item, "funcargs", {})
        told: dict[str, str] = {}
        for value in given.values():
            if hasattr(value, "evidence"):
                told |= value.evidence()
        report.sections += list(told.items())
    return report
