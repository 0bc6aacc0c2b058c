"""The bound that no receive buffer falls below, beside all ways to play a few frames."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.foresight import PERIOD_MS, least_delay_ms

FRAMES = 5
SENT = [1.0 + number * PERIOD_MS for number in range(FRAMES)]


def every_way(came: dict[int, float]) -> list[tuple[int, float]]:
    """How many are left out, and the sum of delays, each frame played as soon as it can be."""
    found = []
    for many in range(len(came) + 1):
        for played in combinations(sorted(came), many):
            period, delays = -1.0, 0.0
            for number in played:
                due = -(-came[number] // PERIOD_MS)
                period = max(period + 1, due)
                delays += period * PERIOD_MS - SENT[number]
            found.append((len(came) - many, delays))
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.none() | st.floats(0, 130), min_size=FRAMES, max_size=FRAMES).filter(any),
    st.integers(0, 3),
)
def test_no_way_to_play_a_trace_is_quicker_than_the_bound(
    late: list[float | None], left_out: int
) -> None:
    came = {n: SENT[n] + by for n, by in enumerate(late) if by is not None}
    bound = least_delay_ms(SENT, came, left_out / len(came))
    for without, delays in every_way(came):
        if without <= left_out:
            assert delays / len(came) >= bound - 1e-6


def test_where_nothing_may_be_left_out_the_bound_is_what_the_latest_make_of_all_after_them() -> (
    None
):
    late = [0.0, 45.0, 0.0, 0.0, 0.0]
    came = {n: SENT[n] + by for n, by in enumerate(late)}
    assert least_delay_ms(SENT, came, 0.0) == pytest.approx((19 + 4 * 59) / 5)


def test_a_frame_that_was_lost_takes_no_time_of_who_is_behind() -> None:
    came = {0: SENT[0] + 25, 2: SENT[2], 3: SENT[3]}
    assert least_delay_ms(SENT, came, 0.0) == pytest.approx((39 + 19 + 19) / 3)
