"""Whether a call would get through, step by step: the first that fails is the answer (Q1-3).

Unlike `explain port` it asks the server itself, by an OPTIONS of its own, and waits for the
answer: what was so a minute ago proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware.explain.live import Live
from firmware.explain.port import dead, no_server, unbound
from firmware.explain.servers import home
from firmware.explain.verdict import PathStep, PathTest
from firmware.text import escape

OK, FAILED, ASKING, UNSEEN = "ok", "failed", "asking", "-"


def path_test(live: Live, sent: int | None, lost: int) -> PathTest:
    """Look at every step as it stands now.

    Args:
        live: how the port stands.
        sent: how many OPTIONS of its server had ended when this one was sent; None: it has
            only just been.
        lost: how many of them had not been answered.
    """
    server = live.in_use
    if sent is None:
        sent, lost = (server.sent, server.lost) if server else (0, 0)
    steps: list[PathStep] = []
    for name, state, what in _looked_at(live, sent, lost):
        failed = any(step.state == FAILED for step in steps)
        seen = (UNSEEN, "") if failed else (state, what)
        steps.append(PathStep(step=name, state=seen[0], what=escape(seen[1])))
    return PathTest(
        card=live.port.card,
        port=live.port.port,
        number=live.port.number,
        steps=tuple(steps),
        done=all(step.state != ASKING for step in steps),
        failed=next((step.step for step in steps if step.state == FAILED), ""),
        sent=sent,
        lost=lost,
    )


def _looked_at(live: Live, sent: int, lost: int) -> Iterator[tuple[str, str, str]]:
    """Name, state and evidence of every step, in the order in which a call needs them."""
    yield _either("line", dead(live), f"{live.chip or 'the line circuit'} works")
    fault = live.network_fault
    yield _either("network", fault and f"there is no network: {fault}", "we have an address")
    unknown = "" if home(live) else "no server's address is known"
    yield _either("server", unknown, home(live))
    yield ("options", *_options(live, sent, lost))
    told = f"registered at {live.port.registrar}"
    yield _either("registration", unbound(live), told)
    yield _either("dial tone", live.barrier, "the policy lets the line call")


def _either(name: str, problem: str, well: str) -> tuple[str, str, str]:
    return (name, FAILED, problem) if problem else (name, OK, well)


def _options(live: Live, sent: int, lost: int) -> tuple[str, str]:
    """What came of the OPTIONS that was sent for this test."""
    server = live.in_use
    if server is None:
        return FAILED, no_server(live) or "there is nobody to ask"
    if server.lost > lost:
        return FAILED, f"{server.server} does not answer: {server.last_error or 'no answer'}"
    if server.sent > sent:
        return OK, f"{server.server} answered in {server.rtt_ms or 0:g} ms"
    return ASKING, f"{server.server} is being asked"
