"""The agents beside which the gateway is measured, each started in the same way.

All of them register with the far end, take calls in A-law, and send and receive a packet
each 20 ms. baresip and PJSUA2 loop the voice back through their own mixers; the gateway
carries it between network and PCM highway, which it reads and writes each period.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol, Self

from benchmarks import machine
from benchmarks.far_end import FarEnd, Seen, rtp_port_of
from benchmarks.resources import Calls
from benchmarks.rtp import Voices
from benchmarks.stand import Stand, StandError, free_port

BARESIP = """\
sip_listen 127.0.0.1:{port}
call_max_calls 200
audio_player aubridge,l
audio_source aubridge,l
audio_alert aubridge,z
audio_level no
audio_buffer {audio}
audio_srate 8000
audio_channels 1
rtp_ports 42000-48000
jitter_buffer_delay {packets}
rtp_stats no
module_path {modules}
module g711.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app echo.so
"""
BARESIP_ACCOUNT = (
    "<sip:u0@127.0.0.1:{registrar}>;auth_pass=p;regint=3600;audio_codecs=PCMA/8000/1;"
    "ptime=20;answermode=manual;mediaenc=;medianat=\n"
)
MODULES = Path("/usr/lib/baresip/modules")
BETWEEN_CALLS_S = 0.04
"""PJSUA2's null sound device does not start again when calls follow each other closer."""
WAIT = 10.0


class Talk(Protocol):
    """Calls that are up while it is entered."""

    voices: Voices

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


class Agent(ABC):
    """Something that takes calls; a context that ends its processes."""

    name: str
    most: int
    """Calls at once."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...

    @abstractmethod
    def pids(self) -> list[int]:
        """The processes that count."""

    @abstractmethod
    def calls(self, count: int) -> Talk:
        """So many calls."""

    def cpu_s(self) -> float:
        return sum(map(machine.cpu_s, self.pids()))

    def memory(self) -> machine.Memory:
        parts = [machine.memory(pid) for pid in self.pids()]
        return machine.Memory(
            sum(m.rss for m in parts), sum(m.pss for m in parts), sum(m.uss for m in parts)
        )


class Gateway(Agent):
    """Ours, signalling and media together; the simulated board is hardware and not counted."""

    name = "tipring"

    def __init__(self, ports: int) -> None:
        self.most = ports
        self._stand = Stand(ports)

    def __enter__(self) -> Self:
        self._stand.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stand.__exit__()

    @property
    def board(self) -> int:
        return self._stand.board

    @property
    def media(self) -> int:
        return self._stand.media

    def pids(self) -> list[int]:
        return [self._stand.signalling, self._stand.media]

    def calls(self, count: int) -> Calls:
        return Calls(self._stand, count)


class Program(Agent):
    """One process that registers as u0."""

    def __init__(self) -> None:
        self.far_end = FarEnd()
        self._folder = Path(tempfile.mkdtemp(prefix="tipring-bench-"))
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self, port: int, registrar: int, folder: Path) -> list[str]: ...

    def __enter__(self) -> Self:
        command = self.command(free_port(), self.far_end.port, self._folder)
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        end = time.monotonic() + WAIT
        while "u0" not in self.far_end.contacts:
            if time.monotonic() > end or self._process.poll() is not None:
                self.__exit__()
                raise StandError(f"{self.name} does not register")
            self.far_end.wait("REGISTER", 0.05)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.far_end.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def pids(self) -> list[int]:
        assert self._process is not None
        return [self._process.pid]

    pause_s = 0.0

    def calls(self, count: int) -> SimpleCalls:
        return SimpleCalls(self.far_end, count, self.pause_s)


class Baresip(Program):
    name = "baresip"
    most = 96
    buffers = ("20-160", "5-10")
    """Of its sound in milliseconds and of its packets, as its template has them."""

    def command(self, port: int, registrar: int, folder: Path) -> list[str]:
        audio, packets = self.buffers
        (folder / "config").write_text(
            BARESIP.format(port=port, modules=MODULES, audio=audio, packets=packets)
        )
        (folder / "accounts").write_text(BARESIP_ACCOUNT.format(registrar=registrar))
        (folder / "contacts").write_text("")
        return ["env", f"HOME={folder}", "baresip", "-4", "-f", str(folder)]


class Pjsua2(Program):
    name = "pjsua2"
    most = 4
    pause_s = BETWEEN_CALLS_S

    def command(self, port: int, registrar: int, folder: Path) -> list[str]:  # noqa: ARG002 - it has no files
        program = "benchmarks.loopback_pjsua2"
        words = [str(port), str(registrar), *self.words()]
        return [sys.executable, "-W", "ignore", "-m", program, *words]

    def words(self) -> list[str]:
        """What it is asked for besides."""
        return []


class SimpleCalls:
    """Calls to an agent that answers at once; `pause_s` lies between two of them."""

    def __init__(self, far_end: FarEnd, count: int, pause_s: float = BETWEEN_CALLS_S) -> None:
        self._far_end = far_end
        self._pause_s = pause_s
        self._count = count
        self._answers: list[Seen] = []
        self.voices = Voices()

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self._far_end.forget()
            ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ours.bind(("127.0.0.1", 0))
            call_id, _ = self._far_end.invite("u0", ours.getsockname()[1])
            answer = self._far_end.wait("200 INVITE", WAIT, call_id)
            if answer is None:
                raise StandError("no 200")
            self._far_end.ack("u0", answer)
            self._answers.append(answer)
            self.voices.add(ours, rtp_port_of(answer))
            if self._pause_s:
                self._far_end.wait("nothing", self._pause_s)
        return self

    def __exit__(self, *_: object) -> None:
        for answer in self._answers:
            self._far_end.bye("u0", answer)
            self._far_end.wait("200 BYE", WAIT, answer.call_id)
        self.voices.close()


def installed() -> list[type[Program]]:
    """The neighbours that are on this machine."""
    found: list[type[Program]] = []
    if importlib.util.find_spec("pjsua2"):
        found.append(Pjsua2)
    if shutil.which("baresip") and MODULES.is_dir():
        found.append(Baresip)
    return found
