"""The scripted server of the virtual-time tests, on a real socket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Self

from firmware.sip.events import Address
from tests.sbc import Registrar, Sbc
from tests.wire.stage import House, until

LARGEST = 65536


class Server(Sbc):
    """What the gateway of a house takes for its SBC; it accepts all registrations.

    It hears and answers while somebody waits through `waits`.
    """

    def __init__(self, house: House) -> None:
        self._gateway = ("127.0.0.1", house.sip)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", house.exchange))
        self._socket.setblocking(False)
        super().__init__(
            self._to_gateway,
            lambda true: self.waits("a message", true),
        )
        self.stays_on_the_way = (("Record-Route", f"<sip:127.0.0.1:{house.exchange};lr>"),)
        """Headers of an answer: what follows comes here, whatever the Contact says."""
        self.on("REGISTER", Registrar(self, challenging=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _to_gateway(self, data: bytes) -> None:
        self._socket.sendto(data, self._gateway)

    def waits(self, what: str, look: Callable[[], object]) -> None:
        """Hear and answer until that is so."""

        def hear() -> object:
            self.hears()
            return look()

        until(what, hear)

    def hears(self) -> None:
        """Take what has come, and answer it by the rules."""
        while True:
            try:
                data, (host, port) = self._socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            if (host, port) == self._gateway:  # others may mistake the port
                self.received(data, Address(host, port))
