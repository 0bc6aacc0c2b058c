"""The voice process of the gateway by itself, in as many calls as one likes.

No chips and no signalling: what is measured is what a call costs where voice passes. The process
is the gateway's, told what signalling would tell it, on a clock of its own (`paced_media`).
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

from benchmarks import machine
from benchmarks.neighbours import Agent
from benchmarks.rtp import Voices
from benchmarks.stand import StandError
from drivers.highway import SIMULATED, HighwaySettings, Layout
from firmware.media.messages import (
    Close,
    Command,
    Failed,
    Listen,
    Open,
    Ready,
    Start,
    Stop,
    decode_report,
    encode,
)

WAIT_S = 15.0


class VoiceAlone(Agent):
    """The voice process.

    Args:
        ports: of the highway.
        dsp: echo is cancelled, and keys are listened for, at all ports in a call.
        returns: every telephone says what it hears, a period later.
        notes: it tells at its end how late each period began.
        tape: octets of packets that are kept, as `[rtp] tape_kib` says.
    """

    name = "tipring, voice process"

    def __init__(
        self,
        ports: int,
        *,
        dsp: bool = False,
        returns: bool = False,
        notes: bool = False,
        tape: int = 1 << 20,
    ) -> None:
        self.most = ports
        self.dsp = dsp
        self._returns = returns
        self._notes = notes
        self._tape = tape
        self._folder = tempfile.TemporaryDirectory(prefix="tipring-bench-")
        self._process: subprocess.Popen[bytes] | None = None
        self.realtime = False

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = ["--fd", str(theirs.fileno())]
        if self._notes:
            words += ["--told", str(self._told)]
        if self._returns:
            words.append("--returns")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "benchmarks.paced_media", *words],
                pass_fds=(theirs.fileno(),), cwd=Path(__file__).parents[1],
            )  # fmt: skip
        self._control = ours
        ours.settimeout(WAIT_S)
        width = -(-self.most // 8) * 8
        layout = Layout(width, tuple(range(width)))
        self.tell(
            Start(
                highway=HighwaySettings(SIMULATED, layout),
                timeslots={port: port - 1 for port in range(1, self.most + 1)},
                cancel_echo=self.dsp,
                tape=self._tape,
            )
        )
        while True:
            report = decode_report(ours.recv(65536))
            if isinstance(report, Failed):
                raise StandError(report.reason)
            if isinstance(report, Ready):
                self.realtime = report.realtime
                break
        ours.setblocking(False)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def _told(self) -> Path:
        return Path(self._folder.name, "told.json")

    def stop(self) -> dict[str, Any]:
        """End it; what it tells of itself."""
        if self._process is None:
            return {}
        self.tell(Stop())
        try:
            self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._control.close()
        told: dict[str, Any] = json.loads(self._told.read_text()) if self._told.exists() else {}
        return told

    def tell(self, command: Command, *sockets: socket.socket) -> None:
        if sockets:
            socket.send_fds(self._control, [encode(command)], [s.fileno() for s in sockets])
        else:
            self._control.send(encode(command))

    def drain(self) -> None:
        """Take what it has reported; nobody wants to know."""
        try:
            while self._control.recv(65536):
                pass
        except BlockingIOError:
            return

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def pids(self) -> list[int]:
        return [self.pid]

    def wake_ups(self) -> int:
        return machine.wake_ups(self.pid)

    def calls(self, count: int) -> AloneCalls:
        return AloneCalls(self, count)


class AloneCalls:
    """So many ports in calls."""

    def __init__(self, voice: VoiceAlone, count: int) -> None:
        self._voice = voice
        self._count = count
        self.voices = Voices()

    def __enter__(self) -> Self:
        for port in range(1, self._count + 1):
            ours, rtp, rtcp = (bound() for _ in range(3))
            with rtp, rtcp:
                host, where = ours.getsockname()
                opened = Open(port=port, call=port, host=host, rtp_port=where, payload_type=8)
                self.voices.add(ours, rtp.getsockname()[1])
                self._voice.tell(opened, rtp, rtcp)
            if self._voice.dsp:
                self._voice.tell(Listen(port=port, on=True))
            if port % 16 == 0:
                self.voices.run(0.1)  # the socket pair holds only so many messages
        self._voice.drain()
        return self

    def __exit__(self, *_: object) -> None:
        for port in range(1, self._count + 1):
            self._voice.tell(Close(port=port))
            if port % 16 == 0:
                self.voices.run(0.1)
        self.voices.run(0.1)
        self._voice.drain()
        self.voices.close()


def bound() -> socket.socket:
    """A UDP socket with a port of its own."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock
