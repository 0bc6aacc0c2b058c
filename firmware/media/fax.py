"""A fax by T.38: a port's telephone, the gateway between, and the peer's datagrams."""

from __future__ import annotations

import audioop
from collections.abc import Callable

from firmware.errors import MediaError
from firmware.media.endpoint import Endpoint
from firmware.media.fax_messages import Fax, FaxOver, FaxReport
from firmware.media.g711 import to_linear
from firmware.media.messages import Report
from firmware.media.t38 import FaxGateway
from firmware.media.udptl import REPEATED, Receiver, Sender, read

AT_ONCE = 16
"""Datagrams taken a period: more is a flood, and the rest waits in the kernel."""
REPORT_TICKS = 250
"""5 s."""
OVER_TICKS = 500
"""10 s: two machines that are still busy with each other are not silent for so long (T.30: an
answer is waited for 3 s, three times)."""
_FAINTEST = 70
"""Root mean square, -47 dBm0: what is softer is silence."""


class FaxRelay:
    """In place of a call's voice.

    Args:
        message: what was agreed on.
        endpoint: of the call.
        law: of the highway.
        report: where reports go.

    Raises:
        MediaError: libspandsp is not there, or voice was encrypted: this would not be.
    """

    def __init__(
        self, message: Fax, endpoint: Endpoint, law: str, report: Callable[[Report], None]
    ) -> None:
        if endpoint.guard is not None:
            raise MediaError(f"port {message.port}: T.38 is not encrypted, and this call is")
        self._port, self._call = message.port, message.call
        self._law = law
        self._endpoint = endpoint
        self._report = report
        self._gateway = FaxGateway(law, message.bit_rate)
        self._sender = Sender(message.largest, REPEATED if message.repeats else 0)
        self._receiver = Receiver()
        self._ticks = self._silent = self._sent = 0
        self._told_over = False
        endpoint.aim(message.host, message.udptl_port)

    def change(self, message: Fax) -> None:
        """The peer is elsewhere now, or takes other datagrams.

        Raises:
            MediaError: the address is none.
        """
        self._endpoint.aim(message.host, message.udptl_port)

    def tick(self, said: bytes) -> bytes:
        """What the machine said comes in, what it hears goes out: a period each."""
        self._receive()
        for ifp, times in self._gateway.say(said):
            self._send(ifp, times)
        heard = self._gateway.hear()
        self._listen(said, heard)
        self._ticks += 1
        if self._ticks % REPORT_TICKS == 0:
            self._report(self.figures())
        if not self._endpoint.settled:
            self._endpoint.tick()
        return heard

    def _receive(self) -> None:
        for _ in range(AT_ONCE):
            data = self._endpoint.receive()
            if data is None:
                return
            datagram = read(data)
            if datagram is None:  # the last of its voice, perhaps
                continue
            self._endpoint.heard()
            for packet in self._receiver.feed(datagram):
                self._gateway.take(packet)

    def _send(self, ifp: bytes, times: int) -> None:
        self._sent += 1
        data = self._sender.datagram(ifp)
        for _ in range(max(1, times)):
            self._endpoint.send(data)

    def _listen(self, said: bytes, heard: bytes) -> None:
        """Whether anybody still says something."""
        if max(self._level(said), self._level(heard)) > _FAINTEST:
            self._silent = 0
            return
        self._silent += 1
        if self._silent >= OVER_TICKS and not self._told_over:
            self._told_over = True
            over = FaxOver(port=self._port, call=self._call, silent_s=self._silent / 50)
            self._report(over)

    def _level(self, payload: bytes) -> int:
        return audioop.rms(to_linear(self._law, payload), 2)

    def figures(self, *, final: bool = False) -> FaxReport:
        """So far."""
        progress, receiver = self._gateway.progress, self._receiver
        return FaxReport(
            port=self._port,
            call=self._call,
            pages=progress.pages,
            bit_rate=progress.bit_rate,
            corrects=progress.corrects,
            sent=self._sent,
            received=receiver.received,
            recovered=receiver.recovered,
            lost=receiver.lost,
            final=final,
        )

    def close(self) -> None:
        """It has ended; the endpoint stays."""
        self._report(self.figures(final=True))
