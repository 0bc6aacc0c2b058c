"""Connections on the event loop: carries out what `firmware.transport.connections` wants."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Coroutine
from typing import Any, cast

from firmware.log import event as log_event
from firmware.pump import Pump
from firmware.sip.events import Address, Transport
from firmware.sip.targets import bare
from firmware.sip.tokens import Dice
from firmware.transport import sockets
from firmware.transport.connections import MOST_THEIRS, Connections
from firmware.transport.ears import Ears
from firmware.transport.tls import TlsError, Trust, words
from firmware.transport.words import (
    Accepted,
    Again,
    Came,
    Close,
    Failed,
    Gone,
    Heard,
    Input,
    Moved,
    Nonsense,
    NotOpened,
    Open,
    Opened,
    Output,
    Standing,
    Stuck,
    Submit,
    Unstuck,
    Write,
)

HANDSHAKE = 5.0
"""Seconds that a peer has for its part of the TLS handshake."""
LAST_WORDS = 2.0
"""Seconds for what was written to leave a connection that is being closed."""
NO_DESCRIPTORS = 1.0
"""Seconds without looking for peers, after one could not be taken for want of a descriptor."""
HIGH_WATER = 64 * 1024
"""Bytes waiting in a socket from which the peer counts as stuck."""
OUT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Streams:
    """All connections of one signalling address.

    Args:
        local: the address; its host is where connections of ours begin.
        ears: who hears of it.
        dice: for pauses.
        trust: for TLS; None: TLS is not to be had.
    """

    def __init__(self, local: Address, ears: Ears, dice: Dice, trust: Trust | None) -> None:
        self._local = local
        self._ears = ears
        self._trust = trust
        self._loop = asyncio.get_running_loop()
        self._machine = Connections(dice, ears.keeps)
        self._pump: Pump[Input, Output] = Pump(self._machine, self._perform)
        self._lines: dict[int, _Line] = {}
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._listening: socket.socket | None = None
        self._greeting = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """Let peers connect to us.

        Raises:
            NetworkError: the address is in use, or not ours.
        """
        self._listening = sockets.listening(self._local)
        self._spawn(self._accept(self._listening))

    def send(self, data: bytes, target: Address) -> None:
        self._pump.feed(Submit(data, target))

    def moved(self) -> None:
        """Our own address has changed: connections from the old one lead nowhere."""
        self._pump.feed(Moved())

    def close(self) -> None:
        """Close all connections; what was written may still leave."""
        self._pump.close()
        for task in (*self._tasks, *self._opening.values()):
            task.cancel()
        if self._listening is not None:
            self._listening.close()
        for line in tuple(self._lines.values()):
            line.end(self._loop)
        self._lines.clear()

    def _perform(self, output: Output) -> None:
        match output:
            case Open(flow, target):
                self._opening[flow] = self._spawn(self._open(flow, target))
            case Write(flow, data):
                if (line := self._lines.get(flow)) is not None:
                    line.write(data)
            case Close(flow):
                if (task := self._opening.pop(flow, None)) is not None:
                    task.cancel()
                if (ending := self._lines.pop(flow, None)) is not None:
                    ending.end(self._loop)
            case Heard(data, source):
                self._ears.received(data, source)
            case Nonsense(data, source, why, status):
                self._ears.garbled(data, source, why, status)
            case Failed(target, reason):
                self._ears.failed(target, reason)
            case Again(target):
                self._ears.reconnected(target)
            case Standing(target, problem):
                self._ears.standing(target, problem)

    # ours

    async def _open(self, flow: int, target: Address) -> None:
        line = _Line(self, flow, target, ours=True)
        try:
            await self._connect(line, target)
        except (OSError, TlsError, EOFError) as error:
            self._pump.feed(NotOpened(flow, _plainly(target, error) or words(error)))
        finally:
            self._opening.pop(flow, None)

    async def _connect(self, line: _Line, target: Address) -> None:
        """Connect, and if it is TLS, know to whom.

        Raises:
            OSError: nobody takes the connection, or the handshake fails.
            TlsError: the certificate is not the server's, or nothing can be judged.
        """
        context = self._trust.client if self._trust and line.encrypted else None
        if line.encrypted and context is None:
            raise TlsError("TLS is not set up")
        sock = sockets.connecting(target, self._local.host)
        try:
            await self._loop.sock_connect(sock, (target.host, target.port))
            await self._loop.create_connection(
                lambda: line,
                sock=sock,
                ssl=context,
                server_hostname=(target.name or self._domain) if context else None,
                ssl_handshake_timeout=HANDSHAKE if context else None,
            )
        except BaseException:
            sock.close()
            raise
        if line.refusal is not None:
            raise line.refusal

    @property
    def _domain(self) -> str:
        return self._trust.domain if self._trust else ""

    # theirs

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                sock, place = await self._loop.sock_accept(listening)
            except OSError as error:  # no descriptor left, or whoever it was has gone again
                if error.errno in OUT_OF:
                    log_event("accept", level=logging.WARNING, reason=error.strerror)
                await asyncio.sleep(NO_DESCRIPTORS)
                continue
            peer = Address(bare(str(place[0])), int(place[1]), self._local.transport)
            if not self._ears.admits(peer):
                self._send_away(sock, peer, "not one of our servers")
            elif self._machine.theirs + self._greeting >= MOST_THEIRS:
                self._send_away(sock, peer, "too many connections")
            else:
                self._greeting += 1
                self._spawn(self._greet(sock, peer))

    def _send_away(self, sock: socket.socket, peer: Address, why: str) -> None:
        sock.close()
        self._ears.refused(peer, f"connection: {why}")

    async def _greet(self, sock: socket.socket, peer: Address) -> None:
        context = self._trust.server if self._trust and peer.transport is Transport.TLS else None
        line = _Line(self, self._machine.new_flow(), peer, ours=False)
        try:
            sockets.prepare(sock)
            await self._loop.connect_accepted_socket(
                lambda: line,
                sock,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE if context else None,
            )
        except (OSError, EOFError) as error:
            sock.close()
            self._ears.refused(peer, f"connection: {words(error)}")
        finally:
            self._greeting -= 1

    # what happens on a connection

    def opened(self, line: _Line) -> None:
        self._lines[line.flow] = line
        event = Opened(line.flow) if line.ours else Accepted(line.flow, line.peer)
        self._pump.feed(event)

    def judge(self, line: _Line, certificate: dict[str, Any] | None) -> None:
        """Whether the certificate of a peer that we have connected to is its own.

        Raises:
            TlsError: it is not.
        """
        assert self._trust is not None, "there is no TLS without it"
        self._trust.check(certificate, line.peer.name, line.peer.host)

    def came(self, line: _Line, data: bytes) -> None:
        self._pump.feed(Came(line.flow, data))

    def stuck(self, line: _Line, *, stuck: bool) -> None:
        self._pump.feed(Stuck(line.flow) if stuck else Unstuck(line.flow))

    def gone(self, line: _Line, error: Exception | None) -> None:
        if self._lines.pop(line.flow, None) is None:
            return
        reason = words(error) if error else "the server has closed the connection"
        self._pump.feed(Gone(line.flow, reason))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _plainly(target: Address, error: BaseException) -> str:
    """Says in words why TCP failed, before there was any TLS."""
    if isinstance(error, ConnectionRefusedError):
        return f"nobody takes {target.transport.name} connections at {target}"
    if isinstance(error, OSError) and error.errno in OUT_OF:
        return f"no file descriptor left: {error.strerror}"
    return ""


class _Line(asyncio.Protocol):
    """One connection, as the event loop sees it."""

    def __init__(self, streams: Streams, flow: int, peer: Address, *, ours: bool) -> None:
        self.flow = flow
        self.peer = peer
        self.ours = ours
        self.encrypted = peer.transport is Transport.TLS
        self.refusal: TlsError | None = None
        self._streams = streams
        self._transport: asyncio.Transport | None = None

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def end(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connection, and do not wait long for the peer to take what is left."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
            loop.call_later(LAST_WORDS, transport.abort)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        if self.ours and self.encrypted:
            try:
                self._streams.judge(self, transport.get_extra_info("peercert"))
            except TlsError as error:
                self.refusal = error
                self._transport.abort()
                return
        self._streams.opened(self)

    def data_received(self, data: bytes) -> None:
        if self.refusal is None:
            self._streams.came(self, data)

    def eof_received(self) -> bool:
        return False  # who says no more wants no more

    def pause_writing(self) -> None:
        self._streams.stuck(self, stuck=True)

    def resume_writing(self) -> None:
        self._streams.stuck(self, stuck=False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.refusal is None:
            self._streams.gone(self, exc)
