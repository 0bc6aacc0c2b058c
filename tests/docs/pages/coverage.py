"""docs/reference/coverage.md: behaviour by behaviour, the tests that name it."""

from __future__ import annotations

import re

from tests.docs.pages import faults
from tests.docs.pages.markdown import page, table
from tests.docs.pages.mentions import Mention, linked, mentions

GROUPS = {
    "REG": "Registration",
    "HB": "Heartbeat and failover",
    "CLI": "Command line",
    "LINE": "The analog side of a call",
    "IA": "Authentication of INVITE",
    "CO": "A call that succeeds, and its release",
    "PR": "Reliable provisional responses",
    "BW": "Set-up that fails from behind",
    "FW": "Set-up that the caller gives up",
    "FC": "Failing calls, in detail",
    "Q1": "Does dial tone prove anything?",
    "Q2": "Why was there a busy tone?",
    "EDU": "Teaching",
}
PROMISED = (
    *(f"REG-{n:02}" for n in range(1, 24)),
    *(f"HB-{n:02}" for n in range(1, 11)),
    *(f"CLI-{n:02}" for n in range(1, 11)),
    *(f"LINE-{n:02}" for n in range(1, 14)),
    *(f"IA-{n:02}" for n in range(1, 9)),
    *(f"CO-{n:02}" for n in range(1, 17)),
    *(f"PR-{n:02}" for n in range(1, 9)),
    "BW-BUSY",
    "BW-NA-TERM",
    "BW-NA-NET",
    *(f"BW-{n:02}" for n in range(1, 4)),
    "FW-CANCEL",
    *(f"FC-{n:02}" for n in range(1, 8)),
    *(f"Q1-{n}" for n in range(1, 5)),
    *(f"Q2-{n}" for n in (1, 2)),
)
"""What this release promises: each must be named by a test."""

_NAMED = "BUSY|NA-TERM|NA-NET|CANCEL"
BEHAVIOUR = re.compile(
    rf"\b({'|'.join(GROUPS)})-(\d+|{_NAMED})\b(?:(?:\.\.| to (?:\1-)?|-)(\d+)\b)?"
)
"""``REG-01``, ``LINE-01..03``, ``CLI-04 to CLI-07``, ``BW-NA-TERM``."""

HEAD = """\
The behaviours of the gateway have numbers, which tests carry in their docstrings; this page is
collected from there. `REG-01` to `EDU-2` come from the specification that the project was built
to: registration, heartbeat, command line, the analog side, authentication, calls and their
failures. A bold number is promised by this release: a test of the documents fails if no test
names it. A number that is not listed has no test, and the behaviour is not claimed
([limits](limits.md)).
"""

FAULTS = """\
What can go wrong has numbers, too: rows of the fault matrix that the gateway was built to stand.
Every one that is listed must be named by a test.
"""


def found() -> dict[str, set[Mention]]:
    """The tests that name each behaviour."""
    by_id: dict[str, set[Mention]] = {}
    for match, mention in mentions(BEHAVIOUR, "tests"):
        for behaviour in behaviours(match):
            by_id.setdefault(behaviour, set()).add(mention)
    return by_id


def make() -> str:
    by_id = found()
    parts = [HEAD]
    for group, title in GROUPS.items():
        ids = sorted(one for one in {*by_id, *PROMISED} if one.startswith(f"{group}-"))
        rows = [
            (f"**{one}**" if one in PROMISED else one, linked(by_id.get(one, set())))
            for one in ids
        ]
        if rows:
            parts += [f"## {group}: {title}", table(("behaviour", "named by"), rows)]
    faulty = faults.found()
    parts.append(FAULTS)
    for letter, title in faults.SECTIONS.items():
        those = [
            (f"**{row}**", what, linked(faulty.get(row, set())))
            for row, what in faults.ROWS.items()
            if row.startswith(letter)
        ]
        parts += [f"## {letter}: {title}", table(("row", "fault", "named by"), those)]
    return page("Which behaviour is tested where", *parts)


def behaviours(match: re.Match[str]) -> list[str]:
    """The numbers that a mention stands for."""
    group, first, last = match.groups()
    if not last or not first.isdecimal():
        return [f"{group}-{first}"]
    return [f"{group}-{n:0{len(first)}}" for n in range(int(first), int(last) + 1)]
