"""Lines without chips: the signalling of the gateway, and people who lift at once.

Run as ``python -m benchmarks.lines CONFIG [unregistered]``; the configuration says how many
lines there are and who the server is. What runs is the signalling room as the gateway runs it:
socket, user agent, ladder. Where a gateway has ports there is a person a line here who answers
at the first ring and refuses a second call. Each line of the standard input is a command,
``call COUNT RATE``: so many calls in all, from all lines in turn, each hung up when it is
answered. What is told, a line each:

    ready                        the socket is open
    registered LINES SECONDS CPU all are, so long after the first REGISTER was sent; CPU seconds
    called COUNT ANSWERED        all calls of a command are over
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from firmware.config.load import load
from firmware.config.schema import Config
from firmware.daemon import real_seams
from firmware.heap import settle
from firmware.port.port import Port
from firmware.signalling import Signalling
from firmware.sip import events as sip
from firmware.trace.marks import Trace
from firmware.trace.records import Alarms
from firmware.trace.wire_marks import WireMarks

MEDIA = sip.LocalMedia("127.0.0.1", 30000)


class People:
    """One at each telephone; the owner of the signalling."""

    def __init__(self, config: Config, *, register: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self.signalling = Signalling(config, real_seams(), self, Alarms(time.time))
        self._lines = [line.port for line in config.line]
        self._register = register
        self._numbers = {line.number: line.port for line in config.line}
        self._busy: dict[int, int] = {}
        self._bound: set[int] = set()
        self.trace = Trace()
        self.ports: dict[int, Port] = {}
        """There is none: the ladder cannot say which call of a port a message belongs to."""
        self._marks = WireMarks(self)
        self._first_sent: float | None = None
        self._used_before = 0.0
        self._left = self._answered = 0

    def agent_ready(self) -> None:
        settle()  # as a gateway that is up
        self._used_before = time.process_time()
        print("ready", flush=True)
        for line in self._lines if self._register else ():
            self.signalling.feed(sip.Register(line))

    def from_agent(self, output: sip.Output) -> None:
        match output:
            case sip.Offered(call, line):
                self._offered(call, line)
            case sip.Established(call) if call in self._busy and call > 0 and self._left:
                self._answered += 1
                self.signalling.feed(sip.HangUp(call))
            case sip.Ended(call):
                self._ended(call)
            case sip.RegistrationReport(line, state):
                self._registered(line, state)

    def on_wire(self, data: bytes, peer: sip.Address, *, outward: bool) -> None:
        """As the gateway does: every message gets its place in the ladder."""
        if self._first_sent is None and outward:
            self._first_sent = self.loop.time()
        self._marks.passes(data, peer, outward=outward)

    def line_of(self, user: str) -> int:
        return self._numbers.get(user) or self.signalling.line_of(user)

    def undelivered(self, target: sip.Address, reason: str) -> None:
        """What was sent there does not arrive; a call that waits for it ends by itself."""

    def relocated(self, old: str, new: str) -> None:
        """Our own address has changed; nobody here moves."""

    def moved(self) -> None: ...

    def occupied(self, line: int) -> bool:
        return line in self._busy.values()

    def _offered(self, call: int, line: int) -> None:
        if self.occupied(line):
            self.signalling.feed(sip.Refuse(call, 486))
            return
        self._busy[call] = line
        self.signalling.feed(sip.Alert(call))
        self.signalling.feed(sip.Accept(call, MEDIA))

    def _ended(self, call: int) -> None:
        if self._busy.pop(call, None) is None or not self._left:
            return
        self._left -= 1
        if not self._left:
            print("called", self._wanted, self._answered, flush=True)

    def _registered(self, line: int, state: sip.RegistrationState) -> None:
        if state.status is not sip.RegisterStatus.REGISTERED or line in self._bound:
            return
        self._bound.add(line)
        if len(self._bound) == len(self._lines) and self._first_sent is not None:
            took = self.loop.time() - self._first_sent
            used = time.process_time() - self._used_before
            print("registered", len(self._lines), took, used, flush=True)

    async def obey(self) -> None:
        """Until the standard input ends."""
        pipe = asyncio.StreamReader()
        await self.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(pipe), sys.stdin)
        while line := await pipe.readline():
            _, count, rate = line.split()
            self._wanted = self._left = int(count)
            self._answered = 0
            for number in range(self._wanted):
                self.loop.call_later(number / float(rate), self._call, number)

    def _call(self, number: int) -> None:
        line = self._lines[number % len(self._lines)]
        call = self.signalling.new_call()
        self._busy[call] = line
        self.signalling.feed(sip.Invite(call, line, "8001", MEDIA))


async def _run(path: Path, *, register: bool) -> None:
    people = People(load(path), register=register)
    people.signalling.start()
    await people.obey()
    await people.signalling.close([])


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), register=sys.argv[2:] != ["unregistered"]))
