"""Connections to the board process: what all have in common, the buses and the pins."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from drivers.sim.card import SimCard
from drivers.sim.wire import LENGTH, LONGEST_LINE, WIRES, WireError, line, parse

MOST_UNSENT = 1 << 22
"""Bytes that may wait for a client that does not read; then it is let go."""


class Channel(ABC):
    """One connection, never blocking."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.open = True
        self._unsent = bytearray()

    def read(self) -> None:
        """Take what has come; `open` is false afterwards when the client has gone."""
        try:
            data = self.socket.recv(LONGEST_LINE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.open = False
            return
        try:
            self.received(data)
        except WireError as error:
            self.send(line({"ok": False, "error": str(error)}))
            self.open = False

    @property
    def waits_to_send(self) -> bool:
        return bool(self._unsent)

    def send(self, data: bytes) -> None:
        """Send now what the socket takes, the rest when it takes more."""
        self._unsent += data
        self.flush()
        if len(self._unsent) > MOST_UNSENT:
            self.open = False

    def flush(self) -> None:
        try:
            sent = self.socket.send(self._unsent) if self._unsent else 0
        except BlockingIOError:
            return
        except OSError:
            self.open = False
            return
        del self._unsent[:sent]

    def close(self) -> None:
        self.open = False
        self.socket.close()

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Take bytes from the client.

        Raises:
            WireError: they are not of this protocol; the connection ends.
        """


class LineChannel(Channel):
    """A connection of JSON lines."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._begun = b""

    def received(self, data: bytes) -> None:
        *lines, self._begun = (self._begun + data).split(b"\n")
        if len(self._begun) > LONGEST_LINE:
            raise WireError("a line without end")
        for text in lines:
            self.message(parse(text))

    @abstractmethod
    def message(self, message: dict[str, Any]) -> None: ...


class Opening(LineChannel):
    """A connection that has not said yet what it is for."""

    def __init__(
        self, connection: socket.socket, chosen: Callable[[Opening, dict[str, Any]], None]
    ) -> None:
        super().__init__(connection)
        self._chosen = chosen

    def received(self, data: bytes) -> None:
        text, end, rest = (self._begun + data).partition(b"\n")
        if not end:
            super().received(data)
            return
        self.rest = rest
        self.message(parse(text))

    def message(self, message: dict[str, Any]) -> None:
        self._chosen(self, message)


class SpiChannel(Channel):
    """A chip select, or a chain on one.

    Args:
        connection: to the client.
        card: whose.
        transfer: exchanges bytes at a moment.
        now: the card's time at this moment.
    """

    def __init__(
        self,
        connection: socket.socket,
        card: SimCard,
        transfer: Callable[[bytes, float], bytes],
        now: Callable[[], float],
    ) -> None:
        super().__init__(connection)
        self.card = card
        self._transfer = transfer
        self._now = now
        self._begun = b""

    def received(self, data: bytes) -> None:
        data = self._begun + data
        answers = bytearray()
        while len(data) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(data)
            end = LENGTH.size + length
            if len(data) < end:
                break
            answer = self._transfer(data[LENGTH.size : end], self._now())
            answers += LENGTH.pack(length) + answer
            data = data[end:]
        self._begun = data
        if answers:
            self.send(bytes(answers))


class PinsChannel(LineChannel):
    """The pins of a card.

    Args:
        connection: to the client.
        card: whose pins.
        up_to_now: brings the card to this moment.
        wires: what is at which pin.
    """

    def __init__(
        self,
        connection: socket.socket,
        card: SimCard,
        up_to_now: Callable[[], None],
        wires: Mapping[str, tuple[str, int]] | None = None,
    ) -> None:
        super().__init__(connection)
        self.card = card
        self._up_to_now = up_to_now
        self._wires = dict(WIRES if wires is None else wires)
        for pin, (wire, n) in self._wires.items():
            if wire == "hook":
                card.modules[n].on_shk = partial(self._show, pin)
                self._show(pin, card.modules[n].shk)
        self.show_interrupt(asserted=card.interrupt_asserted)

    def message(self, message: dict[str, Any]) -> None:
        wire, n = self._wires.get(str(message.get("pin")), ("", 0))
        level = message.get("level")
        self._up_to_now()
        match wire:
            case "reset":
                self.card.set_reset(level is not True)
                return
            case "ring":
                self.card.modules[n].drive_ring_mode(level is True)
            case "reverse" if "hz" in message:
                self.card.modules[n].toggle_reverse(float(message["hz"]))
            case "reverse" if level is not None:
                self.card.modules[n].drive_reverse(level is True)
            case "power":
                self.card.modules[n].drive_power(level)
            case _:
                return  # a pin that nothing is wired to
        self.card.settle(n)

    def show_interrupt(self, *, asserted: bool) -> None:
        for pin, (wire, _) in self._wires.items():
            if wire == "interrupt":
                self._show(pin, not asserted)

    def _show(self, pin: str, level: bool) -> None:
        self.send(line({"pin": pin, "level": level}))

    def close(self) -> None:
        super().close()
        self._up_to_now()
        self.card.set_reset(True)
        for n, module in enumerate(self.card.modules):
            module.on_shk = None
            module.drive_ring_mode(False)
            module.drive_power(None)
            self.card.settle(n)


class ProbeChannel(LineChannel):
    """A probe at the interrupt wire of a card: it sees, and drives nothing.

    Args:
        connection: to the client.
        card: whose wire.
    """

    def __init__(self, connection: socket.socket, card: SimCard) -> None:
        super().__init__(connection)
        self.card = card
        self.show_interrupt(asserted=card.interrupt_asserted)

    def message(self, message: dict[str, Any]) -> None:
        """Nothing that a probe says moves anything."""

    def show_interrupt(self, *, asserted: bool) -> None:
        self.send(line({"level": not asserted}))
