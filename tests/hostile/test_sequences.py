"""Messages in any order, mutated or not, while the owner does what he likes.

The agent never raises and never babbles; when everybody has fallen silent nothing is left
of it all. The same for the exchange.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.chaos import BeatingChaos, Chaos, ReliableChaos, Step, StrictChaos
from tests.hostile.exchange_chaos import ExchangeChaos

NUMBER = st.integers(0, 9999)
STEPS = st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=60)
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "80"))


@pytest.mark.parametrize("make", [Chaos, BeatingChaos, ReliableChaos, StrictChaos])
@given(steps=STEPS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_an_agent_survives_any_sequence_and_forgets_it(
    make: Callable[[], Chaos], steps: list[Step]
) -> None:
    chaos = make()
    for step in steps:
        chaos.does(step)
    assert len(chaos.bench.agent.board.calls) <= len(steps)
    chaos.settles()


@given(STEPS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_an_exchange_survives_any_sequence_and_forgets_it(steps: list[Step]) -> None:
    chaos = ExchangeChaos()
    for step in steps:
        chaos.does(step)
    chaos.settles()
