"""A process of the gateway, its console or its exchange is killed (faults D15)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.wire.stage import IDLE, House, children, lives, until


def test_a_killed_gateway_leaves_dead_lines_and_starts_again_into_dial_tone() -> None:
    """D15: the board holds the chips in reset until the next gateway starts them."""
    with House() as house:
        house.opens()
        house.talks()
        (voice,) = _voice(house.gateway.pid)
        house.killed()
        until("the voice process has ended", lambda: not lives(voice), 2)
        for port in (1, 2):  # no clock, no gateway: the board holds its chips in reset
            state = house.phone(port, "state")
            assert (state["hook"], state["line_v"], state["loop_ma"]) == ("off", 0, 0)
        assert house.control_path.exists(), "nobody was left to remove it"
        house.comes_up()
        for port in (1, 2):
            assert house.row(port) == "reg-ok:Activ DialTone OFF-HOOK"
            house.hears(port, "dial-tone")
        house.all_hang_up()
        house.talks()
        house.voice_passes()
        house.all_hang_up()
        house.rings()
        house.killed()
        until("the bell is silent", lambda: not house.phone(2, "state")["sounding"], 2)
        assert [house.phone(port, "state")["line_v"] for port in (1, 2)] == [0, 0]
        house.comes_up()
        assert not house.phone(2, "state")["sounding"]
        house.hears(1, "dial-tone")


def test_a_killed_voice_process_is_replaced_and_the_call_goes_on(house: House) -> None:
    house.talks()
    house.voice_passes()
    (voice,) = _voice(house.gateway.pid)
    os.kill(voice, signal.SIGKILL)
    until("another voice process", lambda: _voice(house.gateway.pid) - {voice})
    house.voice_passes()
    assert house.gateway.poll() is None
    assert [house.row(port).split()[1] for port in (1, 2)] == ["Talking", "Talking"]
    assert house.alarms() == {}
    house.all_hang_up()


def test_a_console_that_is_killed_while_it_follows_is_let_go(house: House) -> None:
    """D17: the gateway closes what it had open for it, and nobody notices."""
    before = _files(house.gateway.pid)
    console = subprocess.Popen(
        [sys.executable, "-m", "firmware", "show", "port", "status", "--follow"],
        stdout=subprocess.PIPE,
        env={**os.environ, "TIPRING_SOCKET": str(house.control_path)},
    )
    with console:
        assert console.stdout is not None
        assert console.stdout.readline(), "it follows"
        console.kill()
    until("its connection is closed", lambda: _files(house.gateway.pid) <= before)
    house.is_idle()


def test_an_exchange_that_is_killed_takes_nothing_of_the_gateway_along() -> None:
    """Its bindings are gone with it; the lines register with the next, and call."""
    with House() as house:
        exchange = house.start_exchange()
        house.comes_up()
        exchange.kill()
        exchange.wait(10)
        house.phone(1, "lift")
        house.hears(1, "dial-tone")
        house.phone(1, "hang-up")
        house.start_exchange()
        for port in (1, 2):
            house.types("register", str(port))
        until("both registered", lambda: all(house.row(port) == IDLE for port in (1, 2)))
        house.talks()


def _files(pid: int) -> int:
    """How many descriptors a process has."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _voice(gateway: int) -> set[int]:
    """The voice processes of a gateway; there is one, or while it is replaced none."""
    return children(gateway, "firmware.media")
