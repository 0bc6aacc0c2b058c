"""Whether a call would get through: asked, not remembered."""

from __future__ import annotations

from firmware.cli import tables
from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.grid import table
from firmware.explain.verdict import PathTest
from firmware.hues import of_state
from firmware.status import from_json

EVERY = 0.2
"""s from one look to the next."""
MOST = 100
"""Looks; no server is waited for so long."""


@TABLE.command("test call-path <port>")
def call_path(context: Context, port: int) -> Answer:
    """Test what a call of this port needs, step by step; nobody is called.

    Line circuit, network, server, an answer to an OPTIONS sent for this, registration, and
    the policy of dial tone. The first that fails is named, and the exit status is 1.
    """
    data = context.control.call("test-call-path", port=port)
    told = from_json(data, PathTest)
    for _ in range(MOST):
        if told.done:
            break
        context.wait(EVERY)
        counted = {"sent": told.sent, "lost": told.lost}
        data = context.control.call("test-call-path", port=port, **counted)
        told = from_json(data, PathTest)
    rows = ((step.step, of_state(step.state), step.what) for step in told.steps)
    verdict = f"It fails at: {told.failed}." if told.failed else "A call would get through."
    if not told.done:
        verdict = "No answer yet."
    lines = [
        f"{tables.where(told.card, told.port)} call path of {told.number or 'no number'}",
        table(("step", "state", "evidence"), rows, context.brush),
        verdict,
        "Nobody was called.",
    ]
    return Answer("\n".join(lines), data, status=0 if told.done and not told.failed else 1)
