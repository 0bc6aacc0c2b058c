"""Instants as people type them: a time of day that was, or a date with one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)?(?(1)[T ])(\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII)


def instant(text: str, now: datetime | None = None) -> float | None:
    """Seconds since 1970; None: it is none.

    Args:
        text: ``14:05``, ``14:05:30``, ``2026-11-22T14:05``; without a date the last time that it
            was so late.
        now: local; None: the clock's.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    now = now or datetime.now().astimezone()
    try:
        day = datetime.fromisoformat(found[1]) if found[1] else now
        then = datetime(
            day.year, day.month, day.day, int(found[2]), int(found[3]), int(found[4] or 0)
        ).astimezone()
    except ValueError:
        return None
    if found[1] is None and then > now:
        then -= timedelta(days=1)
    return then.timestamp()


def clock(at: float) -> str:
    """Back again, as the answers say it."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
