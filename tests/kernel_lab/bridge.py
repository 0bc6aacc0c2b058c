"""Joins the simulated board to a kernel's devices; runs inside the lab's kernel.

Chip selects become /dev/spidev0.N through CUSE, RESET and INT become lines of gpio-sim, and
the PCM highway goes through snd-aloop: the gateway has one end of the cable, this the other.

``python -m tests.kernel_lab.bridge BOARD_SOCKET PORTS`` says "ready" when the files are there.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from drivers.highway import PERIOD, HighwaySettings, Layout, layout_for
from drivers.highway_pyaudio import SoundHighway
from drivers.pins import INTERRUPT_PIN, RESET_PIN
from drivers.sim.client import connect_highway, connect_spi, open_channel
from drivers.sim.wire import line, parse
from tests.kernel_lab.cuse import SpiFile, serve

FAR_END = "fxs_far"
"""The sound device at our end of the loopback cable."""
LOOK_S = 0.004
"""Between two looks at RESET; the shortest pulse of the driver is 10 ms."""

_nap = threading.Event()


class SimulatedLine:
    """A line of gpio-sim, as hardware outside the processor sees it."""

    def __init__(self, number: int) -> None:
        found = Path("/sys/devices/platform").glob(f"**/sim_gpio{number}")
        self._folder = next(found)

    @property
    def level(self) -> bool:
        """What is on the wire: the processor's output, or our pull."""
        return (self._folder / "value").read_text().strip() == "1"

    def pull(self, *, up: bool) -> None:
        """Put a level there for as long as the processor does not drive the line."""
        (self._folder / "pull").write_text("pull-up" if up else "pull-down")


class Reset:
    """RESET from the pin to the board, before whatever comes after it on another wire."""

    def __init__(self, wire: SimulatedLine, connection: socket.socket) -> None:
        self._wire = wire
        self._connection = connection
        self._told: bool | None = None
        self._lock = threading.Lock()
        wire.pull(up=False)

    def look(self) -> None:
        with self._lock:
            level = self._wire.level
            if level is not self._told:
                self._told = level
                self._connection.sendall(line({"pin": f"GPIO{RESET_PIN}", "level": level}))

    def watch(self) -> None:
        while True:
            self.look()
            _nap.wait(LOOK_S)


def show_interrupt(wire: SimulatedLine, connection: socket.socket) -> None:
    """INT from the board to the pin."""
    with connection.makefile("rb") as lines:
        for text in lines:
            message = parse(text)
            if message.get("pin") == f"GPIO{INTERRUPT_PIN}":
                wire.pull(up=bool(message["level"]))
    os._exit(1)  # the board has gone: so does the hardware


def to_board(frames: bytes, sound: Layout, board: Layout) -> bytes:
    """Put the timeslots of a sound device's frames where the board has them."""
    out = bytearray(board.width * PERIOD)
    for slot, offset in enumerate(sound.offsets):
        out[board.offset(slot) :: board.width] = frames[offset :: sound.width]
    return bytes(out)


def from_board(frames: bytes, sound: Layout, board: Layout) -> bytes:
    """The other way."""
    out = bytearray(sound.width * PERIOD)
    for slot, offset in enumerate(sound.offsets):
        out[offset :: sound.width] = frames[board.offset(slot) :: board.width]
    return bytes(out)


def carry_sound(board_socket: str, ports: int) -> None:
    """Carry periods between the board's highway and the loopback cable, for ever."""
    far = SoundHighway(HighwaySettings(device=FAR_END, layout=layout_for(ports, FAR_END)))
    simulated = layout_for(ports, "simulated")
    board = connect_highway(board_socket, HighwaySettings(device="simulated", layout=simulated))
    while True:
        far.write(from_board(board.read(), far.layout, simulated))
        board.write(to_board(far.read(), far.layout, simulated))


def chip_select(board_socket: str, chip: int, reset: Reset) -> SpiFile:
    """The file of one chip; RESET has reached the board before any byte does."""
    spi = connect_spi(board_socket, 1, chip)

    def exchange(sent: bytes) -> bytes:
        reset.look()
        return bytes(spi.xfer2(list(sent)))

    return SpiFile(f"spidev0.{chip}", exchange)


def main(board_socket: str, ports: int) -> None:
    pins, _ = open_channel(board_socket, open="pins", card=1)
    pins.settimeout(None)
    interrupt = SimulatedLine(INTERRUPT_PIN)
    interrupt.pull(up=True)
    reset = Reset(SimulatedLine(RESET_PIN), pins)
    reset.look()
    work: list[Callable[[], None]] = [
        reset.watch,
        lambda: show_interrupt(interrupt, pins),
        lambda: carry_sound(board_socket, ports),
    ]
    work += [partial(serve, chip_select(board_socket, chip, reset)) for chip in range(ports)]
    for each in work:
        threading.Thread(target=_or_die, args=(each,), daemon=True).start()
    while not all(Path(f"/dev/spidev0.{chip}").exists() for chip in range(ports)):
        _nap.wait(LOOK_S)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    _nap.wait()


def _or_die(work: Callable[[], None]) -> None:
    """Half a board is none: a thread that fails ends the process, and says why."""
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
        sys.stderr.write(f"bridge: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
