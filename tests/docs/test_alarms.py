"""Every alarm is explained, and nothing is explained that is none."""

from __future__ import annotations

from tests.docs.pages.alarms import MEANT, sites

SEVERITIES = {"critical", "major", "minor", "warning"}


def test_every_place_that_sets_an_alarm_is_explained() -> None:
    """Whoever adds an alarm says in tests/docs/pages/alarms.py what it means and what to do."""
    assert sorted((site.file, site.where) for site in sites()) == sorted(MEANT)
    assert all(all(words) for words in MEANT.values())


def test_severities_are_those_of_x733() -> None:
    assert {name for site in sites() for name in site.severities} == SEVERITIES
