"""The board process for real: its socket, its clock, its life."""

from __future__ import annotations

import audioop
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from drivers.bus import SpiRegisters
from drivers.errors import BusError, DriverError, HighwayError
from drivers.highway import HighwaySettings, layout_for
from drivers.pins import GpioPins, pin_factory
from drivers.sim.client import (
    BoardGoneError,
    PhoneClient,
    PhoneRefusedError,
    SimHighway,
    connect_highway,
    connect_spi,
    open_channel,
    spawn_board,
)
from drivers.sim.sounds import tone
from tests.sim.card_bench import feed_line

pytestmark = pytest.mark.wire


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """The socket of a board with one card of two ports."""
    path = tmp_path / "board.sock"
    board = spawn_board(path, [(1, 2, "si3210")])
    assert board is not None
    yield path
    board.terminate()
    assert board.wait(10) == 0
    assert not path.exists()


def settings(path: Path, ports: int = 2) -> HighwaySettings:
    return HighwaySettings("simulated", layout_for(ports, "simulated"), socket=str(path))


def read_on(highway: SimHighway) -> None:
    while True:
        highway.read()


class Player(threading.Thread):
    """A gateway that plays dial tone on port 1 while the context lasts."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._highway = connect_highway(path, settings(path))
        self._done = threading.Event()
        self.periods = 0

    def run(self) -> None:
        width = self._highway.layout.width
        frames = bytearray(b"\xd5" * width * 160)
        frames[0::width] = audioop.lin2alaw(tone(((450, -10),), 1.0).cut(0, 160), 2)
        while not self._done.is_set():
            self._highway.read()
            self._highway.write(bytes(frames))
            self.periods += 1

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join(5)
        self._highway.close()


def what_is_heard(person: PhoneClient) -> dict[str, Any]:
    """Listen once more when a busy machine tore the tone to pieces."""
    for _ in range(4):
        heard = person.call("hear", port=1, seconds=1, hz=450)
        if heard["heard"] == "dial-tone":
            break
    return heard


def when_dead(person: PhoneClient) -> dict[str, Any]:
    """The state once the board has noticed that nobody holds the reset pin any more."""
    for _ in range(1000):
        state = person.call("state", port=1)
        if not state["line_v"]:
            break
    return state


def test_the_telephone_stays_off_hook_while_gateways_come_and_go(path: Path) -> None:
    person = PhoneClient(path)
    person.call("events")
    person.call("lift", port=1)
    assert person.next_event(5)["on"] is True  # type: ignore[index]
    for _ in range(2):
        looked = threading.Event()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pins = GpioPins(pin_factory("fxs-sim", socket=str(path), card=1))
        pins.watch(looked.set)
        with Player(path) as player:
            start = time.monotonic()
            pins.release_reset()
            spi = connect_spi(path, 1, 0)
            feed_line(spi, timeslot=0)
            spi.close()
            assert looked.wait(5), "loop closure raises the interrupt"
            assert pins.interrupt_asserted
            heard = what_is_heard(person)
            assert (heard["heard"], heard["frequencies_hz"]) == ("dial-tone", [450])
            assert heard["level_dbm0"] == pytest.approx(-10, abs=0.5)
            assert player.periods == pytest.approx((time.monotonic() - start) * 50, rel=0.2)
        pins.close()
        state = when_dead(person)
        assert (state["hook"], state["line_v"]) == ("off", 0.0)
    person.close()


def test_a_transfer_takes_much_less_than_a_millisecond(path: Path) -> None:
    took = []
    with Player(path):
        spi = connect_spi(path, 1, 0)
        for _ in range(500):
            start = time.perf_counter()
            spi.xfer2([0x8B])
            took.append(time.perf_counter() - start)
        spi.close()
    assert statistics.median(took) < 1e-3


def test_what_is_not_there_is_refused_in_words(path: Path) -> None:
    with pytest.raises(BusError, match="chip select 5 leads nowhere"):
        connect_spi(path, 1, 5)
    with pytest.raises(BusError, match="card 2"):
        connect_spi(path, 2, 0)
    with pytest.raises(HighwayError, match="8 timeslots, not 16"):
        connect_highway(path, settings(path, ports=16))
    first = connect_highway(path, settings(path))
    with pytest.raises(HighwayError, match="in use"):
        connect_highway(path, settings(path))
    first.close()
    with pytest.raises(BoardGoneError, match="no channel 'modem'"):
        open_channel(path, open="modem")
    person = PhoneClient(path)
    with pytest.raises(PhoneRefusedError, match="port 9 not present"):
        person.call("lift", port=9)
    person.close()


def test_a_probe_sees_the_interrupt_wire_beside_the_gateway_and_drives_nothing(path: Path) -> None:
    """As an oscilloscope does: when it is taken away, no chip falls into reset."""
    person = PhoneClient(path)
    pins = GpioPins(pin_factory("fxs-sim", socket=str(path), card=1))
    with Player(path):
        probe, _ = open_channel(path, open="probe", card=1)
        seen = probe.makefile()
        assert json.loads(seen.readline()) == {"level": True}
        person.call("lift", port=1)
        pins.release_reset()
        spi = connect_spi(path, 1, 0)
        feed_line(spi, timeslot=0)
        spi.close()
        assert json.loads(seen.readline()) == {"level": False}
        seen.close()
        probe.close()
        assert what_is_heard(person)["heard"] == "dial-tone"
    pins.close()
    person.close()


def test_the_pins_of_a_card_are_for_one_gateway_and_free_as_soon_as_it_has_gone(
    path: Path,
) -> None:
    """As lines of the kernel are (EBUSY): another would put the chips of the first into reset."""
    for _ in range(3):
        first = GpioPins(pin_factory("fxs-sim", socket=str(path), card=1))
        first.release_reset()
        with pytest.raises(DriverError, match="the pins are in use"):
            pin_factory("fxs-sim", socket=str(path), card=1)
        spi = connect_spi(path, 1, 0)
        assert SpiRegisters(spi, port=1).read(0) != 0xFF, "the chips are not in reset"
        spi.close()
        first.close()


def test_a_path_has_one_board_and_a_dead_one_s_socket_is_taken_over(path: Path) -> None:
    assert spawn_board(path, [(1, 2, "si3210")]) is None
    words = [sys.executable, "-W", "ignore", "-m", "drivers.sim", "--socket"]
    second = subprocess.run([*words, str(path)], check=False, capture_output=True, timeout=30)
    assert second.returncode == 1
    assert b"a board is there already" in second.stderr
    stale = path.with_name("stale.sock")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(stale))
    board = spawn_board(stale, [(1, 1, "si3215")])
    assert board is not None
    person = PhoneClient(stale)
    assert person.call("cards") == {"1": {"ports": 1, "variant": "si3215"}}
    person.call("quit")
    assert board.wait(10) == 0
    assert not stale.exists()
    with pytest.raises(BoardGoneError):
        person.call("state", port=1)
    person.close()


def test_a_board_that_goes_is_an_error_of_the_bus_and_the_highway(tmp_path: Path) -> None:
    path = tmp_path / "board.sock"
    board = spawn_board(path, [(1, 2, "si3210")])
    assert board is not None
    spi, highway = connect_spi(path, 1, 0), connect_highway(path, settings(path))
    pins = GpioPins(pin_factory("fxs-sim", socket=str(path)))
    pins.watch(lambda: None)
    os.kill(board.pid, signal.SIGKILL)
    board.wait(10)
    with pytest.raises(BusError, match="port 1: register 11"):
        SpiRegisters(spi, port=1).read(11)
    with pytest.raises(HighwayError, match="simulated board"):
        read_on(highway)
    pins.release_reset()
    pins.close()
    spi.close()
    highway.close()
    with pytest.raises(BoardGoneError):
        PhoneClient(path)
