"""docs/reference/causes.md, from the cause table."""

from __future__ import annotations

import re

from firmware.causes import TABLE, Code
from firmware.responses import of_response
from tests.docs.pages.markdown import code, page, table
from tests.docs.pages.mentions import mentions

HEAD = """\
Every call, and every attempt to make one, ends in exactly one of these. The code is stable: it
stands in `show calls`, in the log (`call-ended`), in the ladder and in `--json`. `{facts}` are
filled in for each call. A tone of `silence` means that nobody is there to hear one, or that the
line is dead.
"""

RESPONSES = """\
## What a final response to our INVITE means

Q.850 is the value that is recorded unless the response brings a Reason header of its own (RFC
3326); the mapping is that of RFC 3398 section 8.2.6.1. After 488 and 606 it is 127 if a Warning
header says why.
"""

STATUSES = (
    300, 400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 423, 480,
    481, 482, 483, 484, 485, 486, 487, 488, 500, 501, 502, 503, 504, 505, 513, 600, 603, 604, 606,
)  # fmt: skip


NEVER = "¹ part of the table, but nothing in this release ends a call with it."


def make() -> str:
    given = _given()
    rows = [
        (
            code(cause.value) + ("" if cause in given else " ¹"),
            row.origin.value,
            row.tone.value,
            row.q850 or "",
            f"{row.english}<br>{row.chinese}",
            row.hint,
        )
        for cause, row in TABLE.items()
    ]
    head = ("code", "origin", "tone", "Q.850", "sentence", "hint")
    return page("Causes", HEAD, table(head, rows), NEVER, RESPONSES, _responses())


def _given() -> set[Code]:
    """The causes that some code ends a call with, or that a response means."""
    made = mentions(re.compile(r"\bcause\(Code\.(\w+)"), "firmware")
    answered = {of_response(status, "", peer="", server="").code for status in STATUSES}
    overload = of_response(503, "", peer="", server="", retry_after=1).code
    return {Code[match[1]] for match, _ in made} | answered | {overload}


def _responses() -> str:
    rows: list[tuple[object, ...]] = []
    for status in STATUSES:
        rows.append(_row(str(status), status, None))
        if status == 503:
            rows.append(_row("503 with Retry-After", status, 30))
    return table(("response", "cause", "tone", "Q.850"), rows)


def _row(told: str, status: int, retry_after: int | None) -> tuple[object, ...]:
    why = of_response(status, "", peer="", server="", retry_after=retry_after)
    return told, code(why.code.value), why.tone.value, why.q850 or ""
