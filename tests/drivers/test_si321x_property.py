"""Whatever a person and a line do to a port, the driver's word and the copper agree."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.slic import HookChanged, Linefeed, RingSpec, SlicEvent
from tests.drivers.bench import Bench

RING = RingSpec(cadence_ms=(1000, 4000))
ACTS = ("lift", "hang up", "ring", "stop", "poll", "on-hook transmission", "reverse", "active")


@cache
def port() -> Bench:
    """One start-up for all examples; each ends with an idle line."""
    return Bench("Si3215").up()


def act(bench: Bench, name: str) -> list[SlicEvent]:
    slic = bench.slic
    match name:
        case "lift":
            bench.loop.set_hook(True)
        case "hang up":
            bench.loop.set_hook(False)
        case "poll":
            return slic.poll()
        # what a line does, it does to a telephone on-hook as far as it knows
        case "ring" if not slic.off_hook:
            slic.start_ringing(RING)
        case "stop":
            slic.stop_ringing()
        case "on-hook transmission" if not slic.off_hook:
            slic.set_linefeed(Linefeed.FORWARD_ON_HOOK_TRANSMISSION)
        case "reverse":
            slic.set_linefeed(Linefeed.REVERSE_ACTIVE)
        case "active":
            slic.set_linefeed(Linefeed.FORWARD_ACTIVE)
    return []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.floats(0, 1.5)), max_size=25))
def test_hook_changes_alternate_and_end_in_the_truth(history: list[tuple[str, float]]) -> None:
    bench = port()
    told: list[bool] = []

    def listen(events: list[SlicEvent]) -> None:
        told.extend(event.off_hook for event in events if isinstance(event, HookChanged))

    for name, wait in history:
        listen(act(bench, name))
        bench.run(wait)
    for _ in range(20):
        bench.run(0.100)
        listen(bench.slic.poll())
    assert told == [n % 2 == 0 for n in range(len(told))], "off-hook and on-hook take turns"
    assert bool(told and told[-1]) is bench.loop.hook_closed
    assert bench.slic.off_hook is bench.loop.hook_closed
    assert not bench.chip.undefined
    bench.loop.set_hook(False)
    bench.slic.stop_ringing()
    for _ in range(10):
        bench.run(0.100)
        bench.slic.poll()
    assert not bench.slic.off_hook
