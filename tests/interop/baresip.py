"""baresip as the far end: a telephone that plays a sine and records what it hears."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.interop.programs import Folder, Place, Program, free_port, installed
from tests.interop.settings import DOMAIN, password
from tests.interop.sound import Voice, measure, write_sine
from tests.interop.waiting import LOOK, until

HOST = "127.0.0.1"
"""It talks RTP from there, whatever its signalling address is."""
CONFIG = """\
sip_listen {host}:{sip}
net_interface {host}
call_local_timeout 60
call_max_calls 2
audio_buffer 20-160
audio_source aufile,{folder}/plays.wav
audio_player aubridge,ear
audio_alert aubridge,bell
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp}-{rtp_last}
rtp_stats yes
jitter_buffer_delay 2-10
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
"""
ACCOUNT = (
    "<sip:{number}@{domain}>;auth_user={number};auth_pass={password};regint=60"
    ';outbound="sip:{server};transport=udp";answermode=manual'
    ";audio_codecs={codec};ptime=20{more}\n"
)


class Baresip:
    """A running baresip that will register as `number` at `server`.

    Args:
        number: its own.
        server: where it registers.
        plays_hz: what it says.
        encrypts: by which of its modules; empty: not at all.
        codec: the one that it speaks, as it names it.
        module: of its own, that works it; empty: that of G.711.
    """

    def __init__(
        self,
        number: str,
        server: Place,
        *,
        plays_hz: int,
        encrypts: str = "",
        codec: str = "PCMA/8000/1",
        module: str = "",
    ) -> None:
        self._events: list[dict[str, Any]] = []
        self._buffer = b""
        with ExitStack() as started:
            self.folder = started.enter_context(Folder())
            control = free_port(HOST)
            rtp = free_port(HOST)
            more = "".join(f"module {name}.so\n" for name in (encrypts, module) if name)
            self._write("config", CONFIG.format(
                host=HOST, sip=free_port(HOST), folder=self.folder, rtp=rtp, rtp_last=rtp + 19,
                modules=_modules(), control=control,
            ) + more)  # fmt: skip
            self._write("accounts", ACCOUNT.format(
                number=number, domain=DOMAIN, password=password(number), server=server,
                codec=codec, more=f";mediaenc={encrypts};rtcp_mux=yes" if encrypts else "",
            ))  # fmt: skip
            for name in ("contacts", "current_contact"):
                self._write(name, "")
            write_sine(self.folder / "plays.wav", plays_hz)
            words = [installed("baresip", "baresip-core"), "-f", str(self.folder)]
            self._program = started.enter_context(
                Program("baresip", words, self.folder, env={"HOME": str(self.folder)})
            )
            self._socket = started.enter_context(
                until("baresip listens", lambda: self._connected(control))
            )
            self._socket.settimeout(LOOK)
            self._started = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._started.close()

    def forgets(self) -> None:
        """Begin anew: no events yet."""
        self._read()
        self._events.clear()

    def does(self, command: str, params: str = "") -> None:
        """Give a command: ``dial``, ``accept``, ``hangup``, ``sndcode``."""
        text = json.dumps({"command": command, "params": params, "token": "t"}).encode()
        self._socket.sendall(b"%d:%s," % (len(text), text))

    def until(self, event: str) -> dict[str, Any]:
        """Wait for an event: ``CALL_INCOMING``, ``CALL_ESTABLISHED`` ..."""
        return until(event, lambda: self._seen(event))

    def calls(self, number: str) -> None:
        self.does("dial", f"sip:{number}@{DOMAIN}")

    def is_called(self) -> None:
        self.until("CALL_INCOMING")

    def answers(self) -> None:
        """Wait for a call, and take it."""
        self.is_called()
        self.does("accept")
        self.talks()

    def talks(self) -> None:
        self.until("CALL_ESTABLISHED")

    def is_released(self) -> None:
        self.until("CALL_CLOSED")

    @property
    def digits(self) -> str:
        """The keys that it was told by telephone-events."""
        self._read()
        began = (e for e in self._events if e.get("type") == "CALL_DTMF_START")
        return "".join(str(event["param"]) for event in began)

    def heard(self, hz: int) -> Voice | None:
        """What it has recorded in the last call, as the codec gave it; None: not enough yet."""
        recordings = self.folder.glob("dump-*-dec.wav")
        newest = max(recordings, key=lambda path: path.stat().st_mtime_ns, default=None)
        return measure(newest, hz) if newest else None

    def evidence(self) -> dict[str, str]:
        events = "\n".join(json.dumps(event) for event in self._events)
        return {"events of baresip": events, **self._program.evidence()}

    def _connected(self, port: int) -> socket.socket | None:
        assert self._program.runs()
        try:
            return socket.create_connection((HOST, port), timeout=1)
        except OSError:
            return None

    def _seen(self, kind: str) -> dict[str, Any] | None:
        assert self._program.runs()
        self._read()
        return next((event for event in self._events if event.get("type") == kind), None)

    def _read(self) -> None:
        """Take in what has come: netstrings of JSON."""
        try:
            while data := self._socket.recv(65536):
                self._buffer += data
        except TimeoutError:
            pass
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            if len(rest) <= int(length):
                return
            message = json.loads(rest[: int(length)])
            self._buffer = rest[int(length) + 1 :]
            self._events.append(message)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


def _modules() -> Path:
    for pattern in ("lib/baresip/modules", "lib/*/baresip/modules", "local/lib/baresip/modules"):
        for path in Path("/usr").glob(f"{pattern}/ctrl_tcp.so"):
            return path.parent
    pytest.skip("baresip has no modules here (Debian package baresip-core)")
