"""Whatever is done with an Ag1171 in whatever order: no rule is broken, no lift is lost."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ag1171_duty import HOLD, SHARE, WINDOW, Duty
from drivers.slic import Linefeed, LineSettings, RingSpec
from tests.drivers.module_bench import CHINA, ModuleBench

UNITED_KINGDOM = RingSpec(25, 60, (400, 200, 400, 2000))
ACTS = (
    "lift",
    "hang up",
    "ring",
    "ring twice",
    "burst",
    "rest",
    "stop",
    "reverse",
    "forward",
    "open",
    "down and up",
)
WAITS = st.sampled_from([0.0, 0.001, 0.007, 0.013, 0.016, 0.05, 0.2, 0.9, 2.5])


def act(bench: ModuleBench, what: str) -> None:
    slic = bench.slic
    match what:
        case "lift":
            bench.phone.lift()
        case "hang up":
            bench.phone.hang_up()
        case "ring":
            slic.start_ringing(CHINA)
        case "ring twice":
            slic.start_ringing(UNITED_KINGDOM)
        case "burst" | "rest":
            slic.ring_burst(what == "burst")
        case "stop":
            slic.stop_ringing()
        case "reverse":
            slic.set_linefeed(Linefeed.REVERSE_ACTIVE)
        case "forward":
            slic.set_linefeed(Linefeed.FORWARD_ACTIVE)
        case "open":
            slic.set_linefeed(Linefeed.OPEN)
        case _:
            slic.shut_down()
            bench.do(slic.bring_up(LineSettings()))
            bench.told.clear()  # whatever was told before is told again


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), WAITS), max_size=25))
def test_any_order_of_calls_breaks_no_rule_and_finds_the_truth(
    script: list[tuple[str, float]],
) -> None:
    """What F/R does with RM low is left out: reversal may be asked for at any rate."""
    bench = ModuleBench().up()
    for what, wait in script:
        act(bench, what)
        bench.run(wait)
    broken = set(bench.model.broken) - {"F/R toggled with RM low"}
    assert broken == set()
    bench.slic.set_linefeed(Linefeed.FORWARD_ACTIVE)
    bench.run(0.4)
    assert bench.slic.off_hook is bench.phone.off_hook
    told = [off_hook for off_hook, _ in bench.hooks()]
    assert all(one is not other for one, other in pairwise(told))
    assert not bench.model.ringing
    bench.slic.shut_down()
    assert not bench.model.powered
    assert set(bench.model.broken) - {"F/R toggled with RM low"} == set()


@given(st.lists(st.tuples(st.floats(0.02, 8), st.floats(0.1, 4)), min_size=1, max_size=40))
def test_bursts_that_were_allowed_never_make_more_than_a_third_of_half_a_minute(
    wishes: list[tuple[float, float]],
) -> None:
    duty, now, spans = Duty(), 0.0, []
    for pause, wish in wishes:
        now += pause
        length = min(wish, duty.room(now))
        if length <= 0:
            continue
        duty.rises(now)
        end = now + length + HOLD
        duty.falls(end)
        spans.append((now, end))
        now = end
    for _, close in spans:
        high = sum(max(0.0, min(end, close) - max(begin, close - WINDOW)) for begin, end in spans)
        assert high <= SHARE * WINDOW + 1e-6
