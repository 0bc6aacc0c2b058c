"""docs/reference/metrics.md, from what a gateway tells Prometheus in a call."""

from __future__ import annotations

from collections.abc import Iterable

from firmware.box.metrics import Metric, figures
from firmware.media.messages import Heartbeat
from tests.docs.pages.markdown import code, page, table
from tests.gateway.test_trace_bundle import talks
from tests.world import World

HEAD = """\
`[metrics] listen = "127.0.0.1:9187"` lets Prometheus ask for `/metrics` (text format 0.0.4). It is
off by default. Numbers and servers stand in the labels, so think who reaches it. Nothing is
measured for it: each question is answered from what is there. A value that nobody knows yet is
`NaN`.
"""
ENDED = """\
`cause` is the code of a [cause](causes.md), `direction` is `outgoing` or `incoming`, `severity`
that of an [alarm](alarms.md).
"""


def make() -> str:
    head = ("name", "kind", "labels", "what it is")
    rows = [(code(m.name), m.kind, labels(m), m.help) for m in told()]
    return page("Metrics", HEAD, table(head, rows), ENDED)


def labels(metric: Metric) -> str:
    names = list(dict.fromkeys(name for sample, _ in metric.samples for name in sample))
    return ", ".join(map(code, names))


def told() -> Iterable[Metric]:
    """All that there is, with the labels that it has once calls and an alarm have been."""
    found: dict[str, Metric] = {}
    with World(exchange=True).registers() as world:
        talks(world)
        world.gateway.voice.heartbeat = Heartbeat(ticks=1, xruns=0, late_ticks=0)
        world.gateway.alarms.set("box", "warning", "hot")
        world.person(1).lifts()
        world.waits(0.5)
        world.person(1).dials("102")
        world.waits_until(lambda: world.person(2).bell_rings)
        world.person(2).lifts()
        world.waits(12.0)
        handlers = world.desk.handlers
        for metric in figures(lambda method: handlers[method]({}), world.gateway):
            found[metric.name] = metric
    return found.values()
