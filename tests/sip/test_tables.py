"""The four transactions as tables: nothing unreachable, nothing without a way out."""

from __future__ import annotations

from types import ModuleType

import pytest

from firmware.sip import client, invite_client, invite_server, server
from tests.sip import tables

FIRST = {
    invite_client: invite_client.State.CALLING,
    client: client.State.TRYING,
    invite_server: invite_server.State.TRYING,
    server: server.State.TRYING,
}
ALL = pytest.mark.parametrize("machine", list(FIRST), ids=lambda module: module.__name__)


@ALL
def test_every_state_can_be_reached(machine: ModuleType) -> None:
    assert tables.unreachable_states(machine.TRANSITIONS, FIRST[machine]) == set()


@ALL
def test_every_state_but_the_last_can_be_left(machine: ModuleType) -> None:
    assert tables.dead_ends(machine.TRANSITIONS, machine.State.TERMINATED) == set()


@ALL
def test_every_running_timer_is_handled(machine: ModuleType) -> None:
    assert tables.unhandled_timers(machine.TRANSITIONS, machine.RUNNING) == set()


@ALL
def test_no_row_waits_for_a_timer_that_does_not_run(machine: ModuleType) -> None:
    assert tables.idle_timers(machine.TRANSITIONS, machine.RUNNING) == set()


@ALL
def test_the_last_state_runs_nothing_and_does_nothing(machine: ModuleType) -> None:
    last = machine.State.TERMINATED
    assert machine.RUNNING[last] == ()
    assert not any(before is last for before, _ in machine.TRANSITIONS)


@ALL
def test_every_input_and_every_action_is_used(machine: ModuleType) -> None:
    assert {what for _, what in machine.TRANSITIONS} == set(machine.Input)
    assert {do for _, actions in machine.TRANSITIONS.values() for do in actions} == set(machine.Do)
