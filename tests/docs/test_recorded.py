"""What was recorded of the programs is whole, and shows them in good health."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import Document
from tests.docs.record import PROMPT, README, RECORDED, STEP, ladder

EACH = pytest.mark.parametrize("document", [Document(path) for path in RECORDED], ids=str)
TROUBLE = re.compile(
    r"Traceback|exception|not running|no simulated board|does not answer", re.IGNORECASE
)
DEMO = """\
         phone 1                phone 2               gateway                 exchange
   0.002 |                      |                      |-------REGISTER------>|  port 1
  ok  port 1 was challenged (401) and answered
   0.737 |------------------off-hook------------------>|                      |
   2.512 |<------------------silence-------------------|                      |
   2.797 |                      |                      |--------INVITE------->|  port 1
   2.797 |                      |                      * 2: NORMAL
"""


@EACH
def test_every_line_that_is_typed_has_its_answer(document: Document) -> None:
    for step in STEP.finditer(document.text):
        if step["what"] != "recorded":
            continue
        lines = step["body"].splitlines()
        for line, answer in zip(lines, [*lines[1:], "$ "], strict=True):
            if line.startswith(("$ ", PROMPT)) and line != PROMPT + "exit":
                assert not answer.startswith(("$ ", PROMPT)), line


@EACH
def test_nothing_went_wrong_while_it_was_recorded(document: Document) -> None:
    recorded = [step["body"] for step in STEP.finditer(document.text) if step["body"]]
    assert recorded
    assert [body for body in recorded if TROUBLE.search(body)] == []


def test_the_ladder_of_the_readme_tells_a_whole_call() -> None:
    (drawn,) = [one for one in Document(README).blocks if "demo-ladder" in one.before]
    what = re.findall(r"off-hook|INVITE|180|200|ACK|RTP|BYE|busy", drawn.body)
    order = iter(what)
    whole = ["off-hook", "INVITE", "180", "off-hook", "200", "ACK", "RTP", "BYE", "200", "busy"]
    assert all(word in order for word in whole)


def test_the_short_ladder_begins_with_the_lift_and_leaves_out_what_is_dull() -> None:
    head, *lines = DEMO.splitlines()
    assert ladder(DEMO).splitlines() == [head, lines[2], lines[4].removesuffix("  port 1")]
