"""The demo's stage with its card behind real devices: board, bridge, exchange, gateway."""

from __future__ import annotations

import selectors
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from drivers.sim.client import spawn_board
from firmware.demo.stage import PATIENCE, Stage, StageError, config_for


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is on the board."""

    driver: str
    ports: int = 2
    daisy: bool = False

    @property
    def name(self) -> str:
        return f"{self.driver}, {self.ports} on a chain" if self.daisy else self.driver

    @property
    def words(self) -> list[str]:
        """For the bridge's command line."""
        return [self.driver, str(self.ports), *(["daisy"] if self.daisy else [])]

    def configuration(self) -> str:
        """The demo's, for this card behind real devices; line 2 is on the last port."""
        bus = "gpio" if self.driver == "ag1171" else "spi0.0"
        text = config_for(self.driver).replace('bus = "simulated"', f'bus = "{bus}"')
        text = text.replace('pcm = "simulated"', 'pcm = "fxs"')
        chain = "\ndaisy = true" if self.daisy else ""
        text = text.replace("\nports = 2\n", f"\nports = {self.ports}{chain}\n")
        return text.replace("port = 2\n", f"port = {self.ports}\n")


CARDS = {
    "si3210": Fitted("si3210"),
    "ag1171": Fitted("ag1171"),
    "chain": Fitted("si3210", ports=8, daisy=True),
}
"""What is called over: a chip select each; hook, ring and F/R lines; a chain, whose voice is in
the 32-bit samples of the longer frame."""


class KernelStage(Stage):
    """All of it; the gateway has answered when it has started."""

    def __init__(self, card: Fitted) -> None:
        super().__init__(card.configuration())
        self.card = card

    def start(self) -> None:
        self.start_card()
        self.start_exchange()
        self.start_gateway()
        self.until_answers()

    def start_card(self) -> None:
        """The board, and what joins it to the devices."""
        socket = self.folder / "board.sock"
        self._board = spawn_board(socket, [(1, self.card.ports, self.card.driver)])
        bridge = subprocess.Popen(
            [sys.executable, "-m", "tests.kernel_lab.bridge", str(socket), *self.card.words],
            cwd=Path(__file__).resolve().parents[2],  # lgpio has changed it
            stdout=subprocess.PIPE,
        )
        self._processes.append(bridge)
        if not _ready(bridge.stdout):
            raise StageError("the bridge between board and devices did not start")


class CardStage(KernelStage):
    """The card alone, and nobody who uses it."""

    def start(self) -> None:
        self.start_card()


def _ready(output: IO[bytes] | None) -> bool:
    assert output is not None
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        return bool(selector.select(PATIENCE) and output.readline())
