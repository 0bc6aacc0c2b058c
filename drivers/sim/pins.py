"""Pins of a simulated card: for gpiozero as a pin factory, and in the same process.

``fxs-sim`` is an entry point of gpiozero, so the driver above opens these pins exactly as
it opens those of a Raspberry Pi.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

from drivers.sim.card import SimCard
from drivers.sim.client import open_channel
from drivers.sim.wire import line, parse

RASPBERRY_PI_3B = "a02082"
KEPT_STATES = 16
"""Of a pin's history, which gpiozero's mock pins keep for tests."""


class SimPin(MockPWMPin):  # type: ignore[misc] # gpiozero has no type hints
    """A pin whose output goes to the board and whose input comes from it."""

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        if self.frequency:
            self.factory.toggle(self.info.name, self.frequency)
        else:
            self.factory.drive(self.info.name, bool(value))

    def _set_function(self, value: str) -> None:
        was_output = self.function == "output"
        super()._set_function(value)
        if was_output and value == "input":
            self.factory.drive(self.info.name, None)

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.factory.refresh(self)

    def _change_state(self, value: bool) -> bool:
        changed: bool = super()._change_state(value)
        del self.states[:-KEPT_STATES]
        return changed


class SimFactory(MockFactory):  # type: ignore[misc] # gpiozero has no type hints
    """The pins of one card of the board process.

    Args:
        socket: of the board; the environment's ``TIPRING_BOARD`` when not given.
        card: its number.
        wires: how it is wired; see `drivers.sim.wire`. None: as Si321x are.

    Raises:
        BoardGoneError: there is no board.
    """

    def __init__(
        self,
        socket: str = "",
        card: int = 1,
        wires: Mapping[str, tuple[str, int]] | None = None,
    ) -> None:
        super().__init__(revision=RASPBERRY_PI_3B, pin_class=SimPin)
        path = socket or os.environ.get("TIPRING_BOARD", "")
        self._levels: dict[str, bool] = {}
        self._socket, _ = open_channel(path, open="pins", card=card, wires=wires)
        self._socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, name="fxs-sim pins", daemon=True)
        self._reader.start()

    def drive(self, name: str, level: bool | None) -> None:
        """Drive a pin of the board, or let go of it.

        A board that has gone is no error: wires do not report; the buses will.
        """
        self._send({"pin": name, "level": level})

    def toggle(self, name: str, hz: float) -> None:
        """Have a pin change all the time."""
        self._send({"pin": name, "hz": hz})

    def _send(self, message: dict[str, Any]) -> None:
        with suppress(OSError):
            self._socket.sendall(line(message))

    def refresh(self, pin: Any) -> None:
        """Give an input the level that the board drives."""
        level = self._levels.get(pin.info.name)
        if level is not None and pin.function == "input":
            (pin.drive_high if level else pin.drive_low)()

    def close(self) -> None:
        super().close()
        with suppress(OSError):  # when it was the board that left
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        begun = b""
        while True:
            try:
                data = self._socket.recv(4096)
            except OSError:
                return
            if not data:
                return
            *lines, begun = (begun + data).split(b"\n")
            for text in lines:
                self._driven(parse(text))

    def _driven(self, message: dict[str, Any]) -> None:
        name = str(message.get("pin"))
        self._levels[name] = bool(message.get("level"))
        for info, pin in list(self.pins.items()):
            if info.name == name:
                self.refresh(pin)


class SimPins:
    """`drivers.pins.Pins` of a card in the same process, on its virtual time."""

    def __init__(self, card: SimCard) -> None:
        self._card = card
        card.set_reset(True)

    def assert_reset(self) -> None:
        self._card.set_reset(True)

    def release_reset(self) -> None:
        self._card.set_reset(False)

    @property
    def interrupt_asserted(self) -> bool:
        return self._card.interrupt_asserted

    def watch(self, on_edge: Callable[[], None]) -> None:
        """Have `on_edge` called when the interrupt becomes asserted; on this thread.

        The chips may be spoken to from there.
        """

        def changed(asserted: bool) -> None:
            if asserted:
                on_edge()

        self._card.on_interrupt = changed

    def close(self) -> None:
        self._card.on_interrupt = None
        self._card.set_reset(True)
