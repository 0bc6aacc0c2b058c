"""docs/reference/states.md: the transactions from their tables, registration and line besides."""

from __future__ import annotations

import ast
import inspect
from enum import Enum
from types import ModuleType

from firmware.line.events import CallStatus
from firmware.line.states import STATUS, State
from firmware.sip import client, invite_client, invite_server, registering, retry, server
from firmware.sip.timing import STANDARD
from tests.docs.pages.markdown import code, module_doc, page, table

HEAD = """\
The four transactions of SIP are two tables each, and these are the tables: `TRANSITIONS` says
where an input leads and what it makes the machine do, `RUNNING` which timers run in which
state. An input that a state does not list is a stray and changes nothing.
"""

LINE = """\
## The line

What `show port` calls the situation of a telephone, and the states of the machine that stand
behind it (`firmware/line/states.py`). What each event does in each state is a golden table of
the tests, [tests/line/golden/line-states.txt](../../tests/line/golden/line-states.txt).
"""

BINDING = """\
## Registration

A line is `reg-ok` as long as its binding lives, also while a refresh fails; otherwise
`reg-ing`, `reg-fail` or `unreg`. What it does about it is one of these phases
(`firmware/sip/registering.py`):
"""

REFRESH = """\
A binding is refreshed ten minutes before its end if it is granted for more than 20 minutes,
otherwise half-way, and up to a tenth of the wait earlier by chance:
"""

FAILURE = """\
After failures in a row it waits, unless the answer has a Retry-After (obeyed up to an hour). A
refusal is any 3xx, 4xx or 6xx but 408 and 480, which count as an unwell server, as every 5xx
and silence do:
"""

MACHINES = {
    "INVITE client": (invite_client, invite_client.State.CALLING),
    "non-INVITE client": (client, client.State.TRYING),
    "INVITE server": (invite_server, invite_server.State.TRYING),
    "non-INVITE server": (server, server.State.TRYING),
}


def make() -> str:
    parts = [HEAD]
    for name, (module, first) in MACHINES.items():
        parts += [f"## {name} transaction", module_doc(module), _diagram(module, first)]
        parts += [_timers(module)]
    parts += [BINDING, _phases(), REFRESH, _refresh(), FAILURE, _failures(), LINE, _line()]
    return page("States", *parts)


def _diagram(module: ModuleType, first: Enum) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, what), (after, actions) in module.TRANSITIONS.items():
        told = _words(what)
        if actions:
            told += " / " + ", ".join(_words(do) for do in actions)
        arrows.setdefault((before.name, after.name), []).append(told)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first.name}"]
    for (start, end), told_ in arrows.items():
        lines.append(f"    {start} --> {end}: {'<br>'.join(told_)}")
    return "\n".join([*lines, "    TERMINATED --> [*]", "```"])


def _timers(module: ModuleType) -> str:
    unreliable = module.seconds(STANDARD, reliable=False)
    reliable = module.seconds(STANDARD, reliable=True)
    about = _comments(module, "Input")
    rows = []
    for timer in module.Input:
        states = [state.name for state, timers in module.RUNNING.items() if timer in timers]
        if states:
            rows.append(
                (
                    _words(timer),
                    about.get(timer.name, ""),
                    ", ".join(states),
                    _span(unreliable.get(timer)),
                    _span(reliable.get(timer)),
                )
            )
    return table(("timer", "when it fires", "runs in", "UDP", "reliable transport"), rows)


def _span(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:g} s"


def _words(member: Enum) -> str:
    words = member.name.replace("_", " ").lower()
    return words[:-1] + words[-1].upper() if words.startswith("timer ") else words


def _phases() -> str:
    about = _comments(registering, "Phase")
    rows = [(code(phase.name), about.get(phase.name, "")) for phase in registering.Phase]
    return table(("phase", ""), rows)


class _Die:
    """Always shows the same: the ends of a range of chances."""

    def __init__(self, shows: float) -> None:
        self.shows = shows

    def random(self) -> float:
        return self.shows

    def randrange(self, start: int, stop: int, /) -> int:
        return start + int(self.shows * (stop - 1 - start))

    def getrandbits(self, bits: int, /) -> int:
        return int(self.shows * ((1 << bits) - 1))


def _refresh() -> str:
    rows = []
    for granted in (30, 60, 300, 1200, 1800, 3600, 86400):
        late, early = (retry.refresh_wait(granted, _Die(shows)) for shows in (0.0, 1.0))
        rows.append((f"{granted} s", f"{early:g} to {late:g} s"))
    return table(("granted", "refreshed after"), rows)


def _failures() -> str:
    rows = []
    for failures in range(1, 8):
        least, most = (retry.back_off(failures, 30.0, _Die(shows)) for shows in (0.0, 1.0))
        refused = retry.long_wait(failures, 30.0)
        rows.append((failures, f"{least:g} to {most:g} s", f"{refused:g} s"))
    return table(("failures", "unwell or silent server", "refusal"), rows)


def _line() -> str:
    rows = []
    for status in CallStatus:
        behind = "; ".join(state.value for state in State if STATUS[state] is status)
        behind = "talking, and a fax was heard" if status is CallStatus.FAX else behind
        rows.append((code(status.value), behind or "not built yet"))
    return table(("call-status", "states"), rows)


def _comments(module: ModuleType, name: str) -> dict[str, str]:
    """The comment behind each member of an enumeration."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    (node,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    found = {}
    for member in node.body:
        match member:
            case ast.Assign(targets=[ast.Name(id=target)], lineno=number):
                found[target] = lines[number - 1].partition("# ")[2]
    return found
