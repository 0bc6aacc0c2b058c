"""The gateway as it runs in the field, on a simulated board, and the people at its telephones."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.sim.client import PhoneClient, spawn_board
from drivers.sim.hearing import Heard
from firmware.control_client import ControlClient
from firmware.errors import ControlError
from firmware.ladder import render
from firmware.line.events import CallStatus
from firmware.sip.events import RegisterStatus
from firmware.status import (
    CallRecord,
    CallStatusRow,
    PhysicalStatus,
    PortStatus,
    RegistrationStatus,
    from_json,
)
from firmware.trace import Lane, Mark
from tests.interop.programs import Folder, Place, Program, note, ourselves, somewhere
from tests.interop.waiting import pause, until

DOMAIN = "interop.tipring.example"
LOUD = -10.0
"""dBm0 of the tones with which voice is measured."""

MESSAGES = 6
"""So many SIP messages go into a failure."""

CONFIG = """
[gateway]
country = "cn"

[[card]]
number = 1
driver = "si3210"
bus = "simulated"
ports = {ports}
pcm = "simulated"

[sip]
domain = "{domain}"
listen = "{host}:{port}"
expires = {expires}

[[sip.server]]
host = "{server}"
port = {server_port}

[rtp]
ports = "20000-20099"

[dialling]
digit_map = "8xxx|9xxx"

[control]
socket = "{folder}/control.sock"

[lab]
t1 = {t1}
"""
LINE = """
[[line]]
port = {port}
number = "{number}"
password = "{password}"
"""


def password(number: str) -> str:
    """The password that every server here expects of the line `number`."""
    return f"pw-{number}"


@dataclass(frozen=True, slots=True)
class Line:
    """What a port is on the network."""

    number: str
    password: str = ""
    """Empty: the right one."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A sine as it arrived."""

    level_dbm0: float
    snr_db: float

    @property
    def good(self) -> bool:
        """As loud as it was sent (`LOUD`), and no more noise than G.711 makes."""
        return abs(self.level_dbm0 - LOUD) <= 1.5 and self.snr_db >= 25


class Box:
    """`tipring run` with a board; ports are counted from 1, in the order of `lines`.

    Args:
        server: the preferred one.
        lines: one a port.
        expires: seconds that they ask for.
        t1: of SIP.
        more: TOML that is put behind the configuration.
    """

    def __init__(
        self,
        server: Place,
        lines: Sequence[Line],
        *,
        expires: int = 600,
        t1: float = 0.5,
        more: str = "",
    ) -> None:
        self.at = somewhere()
        self.lines = tuple(lines)
        self._mark = 0.0
        with ExitStack() as started:
            folder = started.enter_context(Folder())
            config = folder / "tipring.toml"
            config.write_text(self._config(folder, server, expires, t1, more))
            board = spawn_board(folder / "board.sock", [(1, len(self.lines), "si3210")])
            if board is not None:
                started.callback(_end_board, board)
            self.daemon = started.enter_context(_daemon(config, folder))
            self.control = ControlClient(folder / "control.sock")
            started.callback(self.control.close)
            self.phones = PhoneClient(folder / "board.sock")
            started.callback(self.phones.close)
            until("the gateway answers", self._answers, most=30)
            until("all ports in service", self.rows, _all_on_hook, most=30)
            self._started = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if error is not None:
            note(error, self)
        self._started.close()

    def _config(self, folder: Path, server: Place, expires: int, t1: float, more: str) -> str:
        head = CONFIG.format(
            ports=len(self.lines), domain=DOMAIN, host=self.at.host, port=self.at.port, t1=t1,
            expires=expires, server=server.host, server_port=server.port, folder=folder,
        )  # fmt: skip
        return f"{head}{more}\n" + "".join(
            LINE.format(
                port=port, number=line.number, password=line.password or password(line.number)
            )
            for port, line in enumerate(self.lines, start=1)
        )

    def _answers(self) -> bool:
        self.daemon.runs()
        try:
            self.control.call("version")
        except ControlError:
            return False
        return True

    def stops(self) -> None:
        """The gateway is told to end, and ends; the board stays."""
        self.daemon.end()
        assert self.daemon.process.returncode == 0

    # the people

    def person(self, port: int) -> Person:
        return Person(self, port)

    def quiet(self) -> None:
        """Everybody hangs up; the picture of what comes next begins here."""
        for port, _ in enumerate(self.lines, start=1):
            self.person(port).hushes()
            self.person(port).hangs_up()
        until("all ports idle", self.rows, _all_idle)
        marks = self._ladder()
        self._mark = marks[-1].at if marks else 0.0

    def begins_at_power_up(self) -> None:
        """The picture is all that has happened."""
        self._mark = 0.0

    # what the operator sees

    def rows(self) -> list[PortStatus]:
        return from_json(self.control.call("ports"), list[PortStatus])

    def row(self, port: int) -> str:
        """The status row without card and port: ``reg-ok Talking OFF-HOOK 8002 Outgoing``."""
        (row,) = from_json(self.control.call("ports", port=port), list[PortStatus])
        cells = (row.register_status.value, row.call_status.value, row.physical_status.value,
                 row.peer_number, row.call_direction.value)  # fmt: skip
        return " ".join(cell for cell in cells if cell)

    def registration(self, port: int) -> RegistrationStatus:
        answer = self.control.call("registrations", port=port)
        return from_json(answer, list[RegistrationStatus])[0]

    def registered(self, port: int) -> RegistrationStatus:
        """Wait until the line is registered."""
        return self.registration_is(port, RegisterStatus.REGISTERED)

    def registration_is(self, port: int, status: RegisterStatus) -> RegistrationStatus:
        """Wait until it stands so with the line."""
        return until(
            f"port {port} is {status.value}",
            lambda: self.registration(port),
            lambda state: state.register_status is status,
        )

    def call(self, port: int) -> CallStatusRow | None:
        """The call that a port has now."""
        rows = from_json(self.control.call("calls"), list[CallStatusRow])
        return next((row for row in rows if row.port == port), None)

    def last_call(self, port: int) -> CallRecord:
        """The record of the call that has ended last."""
        return from_json(self.control.call("history", port=port), list[CallRecord])[-1]

    # the wire

    def marks(self, port: int) -> list[Mark]:
        """SIP of a port since `quiet`; port 0: of no line in particular, heartbeats too."""
        return [
            mark
            for mark in self._ladder()
            if mark.lane in {Lane.SIP, Lane.HEARTBEAT}
            and mark.port == port
            and mark.at > self._mark
        ]

    def wire(self, port: int) -> list[str]:
        """The same as words: ``>INVITE``, ``<180`` ..."""
        return [(">" if mark.outward else "<") + mark.what for mark in self.marks(port)]

    def goes(self, port: int, *words: str) -> None:
        """Wait until just this has gone over the wire, in this order."""
        until("all of it on the wire", lambda: self.wire(port), lambda w: len(w) >= len(words))
        assert self.wire(port) == list(words)

    def saw(self, port: int, *words: str) -> bool:
        """Whether these went over the wire in this order, perhaps with others between."""
        wire = iter(self.wire(port))
        return all(word in wire for word in words)

    def _ladder(self) -> list[Mark]:
        return from_json(self.control.call("ladder", heartbeat=True), list[Mark])

    def evidence(self) -> dict[str, str]:
        try:
            marks = [mark for mark in self._ladder() if mark.at > self._mark]
        except ControlError as error:
            return {"ladder": str(error), **self.daemon.evidence()}
        messages = [mark.detail for mark in marks if mark.lane is Lane.SIP]
        return {
            "ladder": render(marks, ports=range(1, 1 + len(self.lines))),
            "last SIP messages": "\n".join(messages[-MESSAGES:]),
            **self.daemon.evidence(),
        }


class Person:
    """Somebody at a telephone of the box: acts, and hears what the copper carries."""

    def __init__(self, box: Box, port: int) -> None:
        self._box = box
        self.port = port

    def lifts(self) -> None:
        """Lift the handset; returns when the gateway has seen it."""
        self._do("lift")
        self.is_("OFF-HOOK")

    def hangs_up(self) -> None:
        self._do("hang-up")

    def presses(self, digits: str) -> None:
        """Press keys and release the last."""
        pause(self._do("dial", digits=digits)["seconds"])

    def dials(self, digits: str) -> None:
        """Wait for dial tone, then press the keys."""
        until(f"dial tone at port {self.port}", lambda: self.hears(0.3).heard == "dial-tone")
        self.presses(digits)

    def calls(self, digits: str) -> None:
        self.lifts()
        self.dials(digits)

    def is_(self, word: str) -> None:
        """Wait until the status row has that word in it: ``Talking``, ``OFF-HOOK`` ..."""
        until(f"port {self.port} is {word}", lambda: word in self._box.row(self.port).split())

    @property
    def bell_sounds(self) -> bool:
        """Ring voltage is on the line at this moment."""
        return bool(self._do("state")["sounding"])

    def is_called(self) -> None:
        """Wait for the bell."""
        until(f"the bell of port {self.port}", lambda: self.bell_sounds)

    def hears(self, seconds: float) -> Heard:
        seen = self._do("hear", seconds=seconds)
        return Heard(
            seen["heard"],
            tuple(seen["frequencies_hz"]),
            seen["level_dbm0"],
            tuple(seen["cadence_ms"]),
        )

    def hears_soon(self, name: str, seconds: float) -> Heard:
        """Listen again and again, so long each time, until it is that tone."""
        return until(name, lambda: self.hears(seconds), lambda heard: heard.heard == name)

    def says(self, hz: int, seconds: float) -> None:
        """Say a sine into the telephone, from now on; does not wait."""
        self._do("say-tone", hz=hz, seconds=seconds, level_dbm0=LOUD)

    def hushes(self) -> None:
        self._do("hush")

    def hears_tone(self, hz: int, seconds: float = 0.6) -> Voice:
        """How much of what is heard is that sine."""
        seen = self._do("hear", seconds=seconds, hz=hz)
        return Voice(seen["tone_dbm0"], seen["snr_db"])

    def hears_well(self, hz: int, seconds: float = 0.6) -> Voice:
        """Wait until the sine is there as it was sent, measured over so long."""
        return until(
            f"{hz} Hz, loud and clear",
            lambda: self.hears_tone(hz, seconds),
            lambda voice: voice.good,
        )

    def _do(self, method: str, **params: Any) -> dict[str, Any]:
        return self._box.phones.call(method, port=self.port, **params)


def _daemon(config: Path, folder: Path) -> Program:
    words, env = ourselves("run", "--config", str(config))
    return Program("gateway", words, folder, env=env)


def _end_board(board: subprocess.Popen[bytes]) -> None:
    board.terminate()
    board.wait(10)


def _all_on_hook(rows: Sequence[PortStatus]) -> bool:
    return bool(rows) and all(row.physical_status is PhysicalStatus.ON_HOOK for row in rows)


def _all_idle(rows: Sequence[PortStatus]) -> bool:
    return _all_on_hook(rows) and all(row.call_status is CallStatus.IDLE for row in rows)


def talk(one: Person, other: Person) -> None:
    """Each says a sine to the other in turn, and it is heard as it was said (`Voice.good`)."""
    for speaker, listener, hz in ((one, other, 1000), (other, one, 800)):
        speaker.says(hz, 20)
        listener.hears_well(hz)
        speaker.hushes()
