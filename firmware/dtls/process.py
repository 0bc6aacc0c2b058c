"""The process that shakes hands: one for all calls, started if a line wants DTLS-SRTP.

It is a process of its own because aiortc takes half a second and 60 MB to load, and because a
handshake computes for longer than voice may wait. The socket of a call is read here until there
are keys, and only then by the voice process; what comes before, RTP included, is dropped.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING

import msgspec

from firmware import child
from firmware.dtls.messages import (
    Agree,
    Agreed,
    Command,
    Failed,
    Leave,
    Left,
    Ready,
    Record,
    Refused,
    Report,
    Stop,
    decode_command,
    encode,
)
from firmware.errors import MediaError
from firmware.media.endpoint import normal

if TYPE_CHECKING:
    from firmware.dtls.association import Association, Certificate

CERTIFICATE_S = 86_400.0
"""So long a certificate is shown in new calls."""
KEPT = 4
"""Certificates that may still be shown: of calls that are days old."""
AT_ONCE = 16
"""Datagrams of a socket that are taken before others get their turn."""
_DATAGRAM = 2048
_HANDSHAKE = range(20, 64)
"""First octet of a record of DTLS (RFC 5764 section 5.1.2)."""


class Call:
    """The handshake of one call.

    Args:
        order: what was asked for.
        sock: of the call.
    """

    def __init__(self, order: Agree, sock: socket.socket) -> None:
        self._host = normal(order.host)
        self._peer = (self._host, order.port)
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self.association: Association | None = None
        self.task: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Read the socket."""
        self._reading = True
        self._loop.add_reader(self._sock, self._readable)

    def hush(self) -> None:
        """Read it no longer: it is the voice process's now."""
        if self._reading:
            self._loop.remove_reader(self._sock)
            self._reading = False

    def send(self, data: bytes) -> None:
        try:
            self._sock.sendto(data, self._peer)
        except OSError:
            return  # no way at the moment: the library repeats

    def _readable(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data, source = self._sock.recvfrom(_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # the ICMP answer to something sent before
                continue
            if source[0] != self._host or not data or data[0] not in _HANDSHAKE:
                continue  # a stranger, or voice that nobody can decrypt yet
            self._peer = source[:2]  # a NAT in between may have chosen another port
            if self.association:
                self.association.way.take(data)

    def close(self) -> None:
        self.hush()
        self._sock.close()


class Helper:
    """All handshakes of a gateway.

    Args:
        control: the socket pair to signalling.
    """

    def __init__(self, control: socket.socket) -> None:
        from firmware.dtls.association import Certificate

        self._control = control
        self._loop = asyncio.get_running_loop()
        self._make = Certificate
        self._certificates: dict[str, Certificate] = {}
        self._calls: dict[int, Call] = {}
        self._goodbyes = set[asyncio.Task[None]]()
        self.over = asyncio.Event()

    def start(self) -> None:
        """Make a certificate and listen to signalling."""
        self._control.setblocking(False)
        self._loop.add_reader(self._control, self._obey_all)
        self._certify()

    async def stop(self) -> None:
        """Say goodbye to everybody."""
        self._loop.remove_reader(self._control)
        for number in tuple(self._calls):
            self._leave(number)
        if self._goodbyes:
            await asyncio.wait(self._goodbyes)

    def _certify(self) -> None:
        made = self._make()
        self._certificates[made.fingerprint] = made
        if len(self._certificates) > KEPT:
            del self._certificates[next(iter(self._certificates))]
        self._tell(Ready(fingerprint=made.fingerprint))
        self._loop.call_later(CERTIFICATE_S, self._certify)

    def _tell(self, report: Report) -> None:
        try:
            self._control.send(encode(report))
        except OSError:
            self.over.set()

    def _obey_all(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data, descriptors = child.receive(self._control)
            except BlockingIOError:
                return
            if not data:
                self.over.set()
                return
            sockets = [socket.socket(fileno=number) for number in descriptors]
            try:
                self._obey(decode_command(data), sockets)
            except msgspec.DecodeError as error:
                sys.stderr.write(f"a command that is none: {error}\n")
            for unused in sockets:
                unused.close()

    def _obey(self, command: Command, sockets: list[socket.socket]) -> None:
        match command:
            case Agree(number=number) if sockets:
                self._begin(number, command, sockets.pop(0))
            case Agree(number=number):
                self._tell(Refused(number=number, why="no socket came with it"))
            case Record(number=number, data=data):
                call = self._calls.get(number)
                if call and call.association:
                    call.association.way.take(data)
            case Leave(number=number):
                self._leave(number)
            case Stop():
                self.over.set()

    def _begin(self, number: int, order: Agree, sock: socket.socket) -> None:
        from firmware.dtls.association import Association

        sock.setblocking(False)
        try:
            call = Call(order, sock)
        except MediaError as error:
            sock.close()
            self._tell(Refused(number=number, why=str(error)))
            return
        certificate = self._certificates.get(order.ours)
        if certificate is None:
            call.close()
            self._tell(Refused(number=number, why="the certificate that we named is gone"))
            return
        self._calls[number] = call
        call.association = Association(
            certificate, call.send, lambda: self._tell(Left(number=number))
        )
        call.task = self._loop.create_task(self._agree(number, order, call, call.association))
        call.listen()

    async def _agree(
        self, number: int, order: Agree, call: Call, association: Association
    ) -> None:
        from firmware.dtls.association import RefusedError

        try:
            secret = await association.agree(
                order.theirs, active=order.active, patience=order.patience
            )
        except RefusedError as error:
            call.hush()
            self._tell(Refused(number=number, why=str(error)))
            return
        except Exception as error:
            call.hush()  # signalling shall hear of what is wrong with the library, too
            self._tell(Refused(number=number, why=f"{type(error).__name__}: {error}"))
            raise
        call.hush()
        self._tell(
            Agreed(
                number=number,
                suite=secret.suite,
                sends=secret.sends,
                receives=secret.receives,
            )
        )

    def _leave(self, number: int) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            goodbye = self._loop.create_task(self._goodbye(call))
            self._goodbyes.add(goodbye)
            goodbye.add_done_callback(self._goodbyes.discard)

    async def _goodbye(self, call: Call) -> None:
        if call.task:
            call.task.cancel()
        if call.association:
            await call.association.leave()
        call.close()


async def serve(control: socket.socket) -> int:
    """Run until told to stop, or until signalling is gone; the exit status."""
    try:
        helper = Helper(control)
    except ImportError as error:
        control.send(encode(Failed(reason=f"aiortc cannot be loaded: {error}")))
        return 1
    helper.start()
    await helper.over.wait()
    await helper.stop()
    return 0


def main(arguments: list[str]) -> int:
    """Run the process: ``--fd N`` is the socket pair's descriptor."""
    return child.run(
        arguments,
        "firmware.dtls",
        lambda words, control: None if words else asyncio.run(serve(control)),
    )
