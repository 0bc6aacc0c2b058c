"""Two ends of a handshake on loopback, with the real process behind one of them or both."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from typing import Self, TypeVar

from firmware.dtls.link import HandshakeLink
from firmware.dtls.messages import PATIENCE, Agree, Agreed, Left, Ready, Refused, Report

PROGRAM = (sys.executable, "-W", "ignore", "-m", "firmware.dtls")
HERE = "127.0.0.1"
PATIENT = 30.0
"""Seconds for what takes one: aiortc is large, and the machine busy."""
Kind = TypeVar("Kind", Ready, Agreed, Refused, Left)


class End:
    """A process that shakes hands, and the socket of its call."""

    def __init__(self, program: tuple[str, ...] = PROGRAM) -> None:
        self._reports: list[Report] = []
        self._more = asyncio.Event()
        self.exits: asyncio.Queue[int] = asyncio.Queue()
        self.link = HandshakeLink(self._report, self.exits.put_nowait, program=program)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 0))
        self.port: int = self.socket.getsockname()[1]
        self.fingerprint = ""

    async def __aenter__(self) -> Self:
        self.link.start()
        self.fingerprint = (await self.hears(Ready)).fingerprint
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.link.closed()
        self.socket.close()

    def _report(self, report: Report) -> None:
        self._reports.append(report)
        self._more.set()

    async def hears(self, kind: type[Kind]) -> Kind:
        """The next report of that kind; those before it are of no interest."""
        async with asyncio.timeout(PATIENT):
            while True:
                while self._reports:
                    report = self._reports.pop(0)
                    if isinstance(report, kind):
                        return report
                self._more.clear()
                await self._more.wait()

    async def ends(self) -> tuple[Report, ...]:
        """All that is told up to the one that ends a handshake, with it."""
        async with asyncio.timeout(PATIENT):
            while not any(isinstance(r, Agreed | Refused) for r in self._reports):
                self._more.clear()
                await self._more.wait()
        told, self._reports = tuple(self._reports), []
        return told

    def agrees(
        self,
        port: int,
        theirs: str,
        *,
        active: bool,
        number: int = 1,
        patience: float = PATIENCE,
    ) -> None:
        self.link.send(
            Agree(
                number=number,
                host=HERE,
                port=port,
                active=active,
                ours=self.fingerprint,
                theirs=(theirs,),
                patience=patience,
            ),
            self.socket,
        )


class Way:
    """Two ports that lead to the two ends, and lose what they are told to lose."""

    def __init__(self, a: End, b: End) -> None:
        self._ends = a.port, b.port
        self._sockets = tuple(socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for one in self._sockets:
            one.bind((HERE, 0))
            one.setblocking(False)
        self.ports: tuple[int, ...] = tuple(one.getsockname()[1] for one in self._sockets)
        """Where a sends, and where b does."""
        self.loses: list[set[int]] = [set(), set()]
        """Which datagrams of a, and of b, counted from 0."""
        self._passed = [0, 0]
        loop = asyncio.get_running_loop()
        for n in range(2):
            loop.add_reader(self._sockets[n], self._pass, n)

    def _pass(self, n: int) -> None:
        data = self._sockets[n].recv(2048)
        if self._passed[n] not in self.loses[n]:
            self._sockets[1 - n].sendto(data, (HERE, self._ends[1 - n]))
        self._passed[n] += 1

    def closes(self) -> None:
        for one in self._sockets:
            asyncio.get_running_loop().remove_reader(one)
            one.close()


class OpenSsl:
    """`openssl s_client` or `s_server`: another implementation, which tells its keys."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def runs(cls, *words: str) -> Self:
        return cls(
            await asyncio.create_subprocess_exec(
                "openssl", *words,
                "-use_srtp", "SRTP_AES128_CM_SHA1_80",
                "-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "60",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT, env={**os.environ, "LC_ALL": "C"},
            )
        )  # fmt: skip

    async def material(self) -> bytes:
        """The keys, as it derived them."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENT):
            while line := await self._process.stdout.readline():
                if found := re.search(rb"Keying material: ([0-9A-F]{120})", line):
                    return bytes.fromhex(found[1].decode())
        raise AssertionError("it has agreed on nothing")

    async def ends(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()
