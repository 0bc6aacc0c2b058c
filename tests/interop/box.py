"""The gateway as it runs in the field, on a simulated board, and the people at its telephones."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.sim.client import PhoneClient, spawn_board
from firmware.control.client import ControlClient
from firmware.errors import ControlError
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
from firmware.trace.ladder import render
from firmware.trace.marks import Lane, Mark
from tests.interop.capture import Capture
from tests.interop.person import Person
from tests.interop.programs import Folder, Place, Program, note, ourselves, somewhere
from tests.interop.settings import Line, Settings
from tests.interop.waiting import until

ANY = "0.0.0.0"  # noqa: S104 - where our own address may be another
MESSAGES = 6
"""So many SIP messages go into a failure."""
REGISTERING = re.compile(r"^CSeq: [0-9]+ REGISTER\r?$", re.MULTILINE)
CONTACT = re.compile(r"^Contact: <sip:([0-9a-z]+)@", re.MULTILINE)


class Box:
    """`tipring run` with a board and telephones.

    Args:
        server: its preferred one.
        lines: one a port; ports are counted from 1.
        odd: words of tshark's complaints that are no fault of the gateway's, each with a
            reason beside it.
        at: where it is at first, listening at any address; None: somewhere, and only there.
        others: of `Settings`.
    """

    def __init__(
        self,
        server: Place,
        lines: Sequence[Line],
        *,
        odd: Sequence[str] = (),
        at: Place | None = None,
        **others: Any,
    ) -> None:
        self.at = at or somewhere()
        listens = Place(ANY, at.port) if at else self.at
        self.lines = tuple(lines)
        self._mark = 0.0
        self._odd = odd
        self._well = False
        with ExitStack() as started:
            folder = started.enter_context(Folder())
            config = Settings(server, lines, **others).write(listens, folder)
            started.callback(self._is_dissected)
            self._capture = started.enter_context(Capture(self.at.host, folder))
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
        self._well = error is None
        self._started.close()

    def _is_dissected(self) -> None:
        """At the end of what went well: what tshark thinks of all that has been said."""
        if self._well:
            complaints = self._capture.complaints(*self._odd)
            assert not complaints, "tshark complains:\n" + "\n".join(complaints)

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

    def shakes_hands(self) -> bool:
        """Whether keys of voice can be agreed on (DTLS-SRTP)."""
        return any(mark.what == "handshakes" for mark in self._ladder())

    def token(self, port: int) -> str:
        """The user part of the Contact that a line has registered first: calls must come to it."""
        marks = [mark for mark in self._ladder() if mark.port == port and mark.what == "REGISTER"]
        found = CONTACT.search(marks[0].detail)
        assert found, marks[0].detail
        return found[1]

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

    def voice(self, port: int) -> list[Mark]:
        """What became of the voice of a port since `quiet`, digits included."""
        return [
            mark
            for mark in self._ladder()
            if mark.lane is Lane.VOICE and mark.port == port and mark.at > self._mark
        ]

    def wire(self, port: int) -> list[str]:
        """The same as words: ``>INVITE``, ``<180`` ..."""
        return _words(self.marks(port))

    def call_wire(self, port: int) -> list[str]:
        """The same without registration, which may come in between at any time."""
        return _words(m for m in self.marks(port) if not REGISTERING.search(m.detail))

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


def _words(marks: Iterable[Mark]) -> list[str]:
    return [(">" if mark.outward else "<") + mark.what for mark in marks]


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
