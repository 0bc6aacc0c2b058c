"""What is told of a call out with 407: which of ours is the product, and what it misses, and why.

Nothing is measured here.
"""

from __future__ import annotations

from benchmarks.call_out import ALONE, COLD, COMPILED, READ, RUSH, CallsOut
from benchmarks.figures import Sample


def _found(installed: str, **costs: list[float]) -> CallsOut:
    found = CallsOut(installed)
    for name, values in costs.items():
        agent, _, rate = name.rpartition("_")
        agent = agent if agent in {"pjsua2", "baresip"} else f"tipring, {agent}"
        found.found[agent, int(rate)] = Sample(agent, values=values)
    return found


def test_the_compiled_core_is_the_product_and_the_interpreted_stands_beside_it() -> None:
    found = _found(
        COMPILED, interpreted_20=[2.0, 2.2], compiled_20=[1.4, 1.6], pjsua2_20=[1.4, 2.0],
        baresip_20=[1.0, 1.0], interpreted_500=[1.4], compiled_500=[0.8],
    )  # fmt: skip
    told = {target.figure: target for target in found.targets()}
    assert {figure: round(target.found or 0, 2) for figure, target in told.items()} == {
        "tipring, compiled, one at a time": 1.5,
        "one at a time : pjsua2's": 0.9,
        "one at a time : baresip's": 1.5,
        "tipring, compiled, 500 a second": 0.8,
    }
    assert told["tipring, compiled, one at a time"].verdict == "missed by 0.50 ms"
    assert told["tipring, compiled, one at a time"].why == COLD
    assert told["tipring, compiled, 500 a second"].met
    rows = found.as_table().splitlines()
    assert [row.split("|")[2].strip() for row in rows[2:]] == [
        "tipring, interpreted", "tipring, compiled", "pjsua2", "baresip",
        "tipring, interpreted", "tipring, compiled",
    ]  # fmt: skip


def test_where_nothing_is_compiled_the_interpreter_is_the_product_and_says_so() -> None:
    found = _found("tipring, interpreted", interpreted_20=[2.0], interpreted_500=[1.4])
    assert [target.why for target in found.targets()] == [f"{COLD}; {READ}", f"{RUSH}; {READ}"]


def test_who_failed_once_has_no_figure_but_a_reason() -> None:
    found = _found(COMPILED, compiled_20=[1.4])
    found.lost["pjsua2", ALONE] = "pjsua2 as a caller does not say 'ready'"
    (ours, theirs) = found.targets()
    assert ours.found == 1.4
    assert (theirs.figure, theirs.verdict) == ("pjsua2, one at a time", "not measured")
    assert theirs.why == "pjsua2 as a caller does not say 'ready'"
