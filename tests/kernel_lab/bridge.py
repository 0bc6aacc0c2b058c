"""Joins the simulated board to a kernel's devices; runs inside the lab's kernel.

Chip selects become /dev/spidev0.N through CUSE, the other wires lines of gpio-sim, and the
PCM highway goes through snd-aloop: the gateway has one end of the cable, this the other.

``python -m tests.kernel_lab.bridge BOARD_SOCKET DRIVER PORTS [daisy]`` says "ready" when all is
there.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from drivers.board import CardSettings, highway_settings
from drivers.highway import PERIOD, SIMULATED, HighwaySettings, Layout, layout_for
from drivers.highway_open import open_highway
from drivers.sim.client import connect_highway, connect_spi, open_channel
from drivers.sim.wire import line, parse
from tests.kernel_lab.cuse import SpiFile, serve

FAR_END = "fxs_far"
"""The sound device at our end of the loopback cable."""
LOOK_S = 0.004
"""Between two looks at the outputs; the shortest pulse of RESET is 10 ms."""
RINGING_S = 0.0005
"""The same while a module rings: F/R changes every 20 ms, and is measured to half a hertz."""
PULLED_UP = {"reset": False, "ring": False, "reverse": True, "power": True}
"""Outputs of the gateway: what the board does to them while nobody drives them."""
AT_REST = {"interrupt": True, "hook": False}
"""Inputs of the gateway."""

_nap = threading.Event()


class SimulatedLine:
    """A line of gpio-sim, as hardware outside the processor sees it."""

    def __init__(self, number: int) -> None:
        found = Path("/sys/devices/platform").glob(f"**/sim_gpio{number}")
        self._folder = next(found)

    @classmethod
    def of(cls, pin: str) -> SimulatedLine:
        """The line of ``GPIO24``."""
        return cls(int(pin.removeprefix("GPIO")))

    @property
    def level(self) -> bool:
        """What is on the wire: the processor's output, or our pull."""
        return (self._folder / "value").read_text().strip() == "1"

    def pull(self, *, up: bool) -> None:
        """Put a level there for as long as the processor does not drive the line."""
        (self._folder / "pull").write_text("pull-up" if up else "pull-down")


class Outputs:
    """The pins that the gateway drives, told to the board as they change.

    The kernel tells nobody outside of a change, so the lines are looked at: every few
    milliseconds, and before every byte on SPI, so that a reset is never seen after what follows
    it. RM is told before F/R when it rises and after it when it falls.
    """

    def __init__(self, wires: Mapping[str, tuple[str, int]], connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._ringing = False
        self._told: dict[str, bool] = {}
        self._wires = {pin: wire for pin, (wire, _) in wires.items() if wire in PULLED_UP}
        self._lines = {pin: SimulatedLine.of(pin) for pin in self._wires}
        for pin, wire in self._wires.items():
            self._lines[pin].pull(up=PULLED_UP[wire])

    def look(self) -> None:
        with self._lock:
            levels = {pin: each.level for pin, each in self._lines.items()}
            changed = [pin for pin, level in levels.items() if self._told.get(pin) is not level]
            for pin in sorted(changed, key=lambda pin: self._turn(pin, levels[pin])):
                self._tell(pin, levels[pin])
            self._told = levels
            self._ringing = any(levels[pin] for pin, wire in self._wires.items() if wire == "ring")

    def watch(self) -> None:
        while True:
            self.look()
            _nap.wait(RINGING_S if self._ringing else LOOK_S)

    def _turn(self, pin: str, level: bool) -> int:
        """RM first when it rises, last when it falls."""
        return 1 if self._wires[pin] != "ring" else 0 if level else 2

    def _tell(self, pin: str, level: bool) -> None:
        # behind PD stands a diode: a high pin is no more than one that lets go
        said = None if self._wires[pin] == "power" and level else level
        self._connection.sendall(line({"pin": pin, "level": said}))


def show_inputs(wires: Mapping[str, tuple[str, int]], connection: socket.socket) -> None:
    """INT and SHK from the board to their pins."""
    lines = {pin: SimulatedLine.of(pin) for pin, (wire, _) in wires.items() if wire in AT_REST}
    with connection.makefile("rb") as said:
        for text in said:
            message = parse(text)
            if message.get("pin") in lines:
                lines[message["pin"]].pull(up=bool(message["level"]))
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


def carry_sound(board_socket: str, settings: CardSettings) -> None:
    """Carry periods between the board's highway and the loopback cable, for ever."""
    far = open_highway(highway_settings(settings))
    simulated = layout_for(settings.ports, SIMULATED)
    board = connect_highway(board_socket, HighwaySettings(device=SIMULATED, layout=simulated))
    while True:
        far.write(from_board(board.read(), far.layout, simulated))
        board.write(to_board(far.read(), far.layout, simulated))


def chip_select(board_socket: str, settings: CardSettings, chip: int, outputs: Outputs) -> SpiFile:
    """The file of one chip select; RESET has reached the board before any byte does."""
    spi = connect_spi(board_socket, 1, chip, daisy=settings.daisy)

    def exchange(sent: bytes) -> bytes:
        outputs.look()
        return bytes(spi.xfer2(list(sent)))

    return SpiFile(f"spidev0.{chip}", exchange)


def main(board_socket: str, driver: str, ports: str, *chain: str) -> None:
    settings = CardSettings(
        driver=driver, bus="spi0.0", pcm=FAR_END, ports=int(ports), daisy=chain == ("daisy",)
    )
    for pin, (wire, _) in settings.wires.items():
        if wire in AT_REST:
            SimulatedLine.of(pin).pull(up=AT_REST[wire])
    pins, _ = open_channel(board_socket, open="pins", card=1, wires=settings.wires)
    pins.settimeout(None)
    outputs = Outputs(settings.wires, pins)
    outputs.look()
    work: list[Callable[[], None]] = [
        outputs.watch,
        partial(show_inputs, settings.wires, pins),
        partial(carry_sound, board_socket, settings),
    ]
    chips = 0 if driver == "ag1171" else settings.chip_selects
    files = [chip_select(board_socket, settings, chip, outputs) for chip in range(chips)]
    work += [partial(serve, file) for file in files]
    for each in work:
        threading.Thread(target=_or_die, args=(each,), daemon=True).start()
    while not all(Path(f"/dev/spidev0.{chip}").exists() for chip in range(chips)):
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
    main(*sys.argv[1:])
