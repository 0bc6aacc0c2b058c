"""docs/reference/json.md: exit statuses, and the keys of ``--json``."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec

from drivers.sim import hearing, phone
from firmware import drill, status
from firmware.copper import line_verdict, ring_doctor
from firmware.explain import verdict as explain
from firmware.profiles import facts as profile_facts
from firmware.trace import marks as trace
from tests.docs.pages.markdown import attribute_docs, code, page, table

HEAD = """\
For scripts. The names on this page are stable: keys are added, none is renamed or removed. An
answer is one line of JSON on standard output; `ladder --follow --json` prints one object a line
as it happens.

```sh
tipring show registration --json | jq -r '.[] | select(.register_status != "reg-ok") | .number'
```

## Exit status

| status | meaning |
|---|---|
| 0 | success |
| 1 | a refusal or a fault: no such port, no gateway, a bad configuration; a call lost in a drill |
| 2 | wrong usage: no such command, a value is missing or not of its kind |
| 130 | ended by the interrupt key |

With 1 and 2 there is one line on standard error. It begins with `% `; only `config check` prints
its `FILE:LINE: key: reason` lines bare, for editors.
"""

SNAPSHOTS: dict[str, tuple[type, ModuleType, bool]] = {
    "show port status": (status.PortStatus, status, True),
    "show registration": (status.RegistrationStatus, status, True),
    "show sbc": (status.ServerStatus, status, True),
    "drill report": (drill.DrillReport, drill, False),
    "show call": (status.CallStatusRow, status, True),
    "show calls": (status.CallRecord, status, True),
    "show line 1": (status.LineStatus, status, False),
    "show profile": (profile_facts.InForce, profile_facts, False),
    "show profile cn": (profile_facts.ProfileFact, profile_facts, True),
    "show alarms": (status.Alarm, status, True),
    "show version": (status.Version, status, False),
    "ladder": (trace.Mark, trace, True),
    "explain port 1": (explain.PortExplanation, explain, False),
    "explain last-call 1": (explain.CallExplanation, explain, False),
    "explain registration 1": (explain.RegistrationExplanation, explain, False),
    "dial-test 1 8001": (explain.DialTest, explain, False),
    "each of the steps of dial-test": (explain.DialStep, explain, False),
    "test line 1": (line_verdict.LineReport, line_verdict, False),
    "each of the findings of test line": (line_verdict.Finding, line_verdict, False),
    "test ring 1": (ring_doctor.RingReport, ring_doctor, False),
    "each of the reaches of test ring": (ring_doctor.Reach, ring_doctor, False),
    "phone 1 state": (phone.PhoneState, phone, False),
    "phone 1 hear 2": (hearing.Heard, hearing, False),
}
"""What each command answers with, and whether there are several."""

OTHERS = """\
## Other answers

| command | keys |
|---|---|
| `profile check` | `file`, `ok`, `problems`, and `taken`: keys, and whose they are |
| `profile import` | `country`, `name`, `base`, `taken`, `unused`, `warnings`, `file`, `profile` |
| `config check` | `file`, `ok`, and the lists `problems` and `warnings` of lines |
| `show config` | the tables and keys of the [configuration](configuration.md) |
| `drill sbc 1 down 60` | as `drill report`, when it is over |
| the same with `--background`, or 0 seconds | one object of `show sbc`, at once |
| `terminal length 24` | `lines` |
| `register 1`, `deregister 1` | as one object of `show registration` |
| `line 1 enable`, `line 1 disable` | as one object of `show port status` |
| `phone 1 lift` and other acts | `port`; `seconds` where the person is busy for a while |
| `help` | `command`, `help`: a list |
"""


def make() -> str:
    parts = [HEAD]
    for command, (kind, module, many) in SNAPSHOTS.items():
        rows = list(_rows(kind, attribute_docs(module)))
        parts += [f"## {code(command)}", "A list of objects:" if many else "One object:"]
        parts.append(table(("key", "value", ""), rows))
    return page("Exit statuses and JSON", *parts, OTHERS)


def _rows(kind: type, said: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind)]
    else:
        names = [field.name for field in msgspec.structs.fields(kind)]
    for name in names:
        yield code(name), _kind(hints[name]), said.get(f"{kind.__name__}.{name}", "")


def _kind(hint: Any) -> str:
    words = {int: "whole number", float: "number", str: "text", bool: "true or false"}
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        inside = [one for one in typing.get_args(hint) if one is not type(None)]
        return f"{_kind(inside[0])} or null"
    if typing.get_origin(hint) is tuple:
        return f"list: {_kind(typing.get_args(hint)[0])}"
    if typing.get_origin(hint) is typing.Literal:
        return ", ".join(code(each) for each in typing.get_args(hint))
    if typing.get_origin(hint) is dict:
        return "object"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return ", ".join(code(member.value) or '`""`' for member in hint)
    if issubclass(hint, msgspec.Struct) or dataclasses.is_dataclass(hint):
        return "object"
    return words[hint]
