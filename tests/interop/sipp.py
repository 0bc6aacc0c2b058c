"""SIPp as a scripted server or caller: it says what a scenario says, once, and ends."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.box import Box
from tests.interop.programs import Folder, Place, Program, installed, listens, somewhere
from tests.interop.waiting import MOST, until

SCENARIOS = Path(__file__).with_name("scenarios")
PLAYED = '<nop><action><log message="played"/></action></nop>'
"""What each scenario ends with."""
BROKEN_OFF = re.compile("abort|failed", re.IGNORECASE)
"""A word in what SIPp says when something else came than the scenario wants."""


class Sipp:
    """A place where one SIPp after the other runs, over UDP or TCP."""

    def __init__(self, transport: str = "udp") -> None:
        self._transport = transport
        self._binary = installed("sipp", "sip-tester")
        self.at: Place = somewhere()
        self._ends = ExitStack()
        self._folder = self._ends.enter_context(Folder())
        self._program: Program | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._ends.close()

    def plays(self, scenario: str, *, against: Box | None = None, **words: str) -> None:
        """Start a scenario.

        Args:
            scenario: its file in scenarios/, without the ending; or the XML itself.
            against: whom to call; None: wait to be asked.
            words: what its ``[words]`` stand for, beside those that SIPp knows.
        """
        if self._program:
            self._program.end()
        for path in (self._messages, self._errors, self._log):
            path.unlink(missing_ok=True)
        text = scenario
        if not text.startswith("<"):
            text = (SCENARIOS / f"{scenario}.xml").read_text()
        for key, value in words.items():  # not SIPp's -key: it wants a status in figures
            text = text.replace(f"[{key}]", value)
        text = text.replace("</scenario>", f"{PLAYED}</scenario>")
        script = self._folder / "scenario.xml"
        script.write_text(text)
        line = [
            self._binary, "-sf", str(script), "-nostdin",
            "-i", self.at.host, "-p", str(self.at.port), "-mi", self.at.host, "-mp", "21000",
            "-trace_msg", "-message_file", str(self._messages), "-trace_err",
            "-error_file", str(self._errors), "-trace_logs", "-log_file", str(self._log),
            "-t", "t1" if self._transport == "tcp" else "u1",
            "-aa",  # a heartbeat is answered, and is not the scenario
        ]  # fmt: skip
        if against:
            line += ["-m", "1", str(against.at)]
        self._program = self._ends.enter_context(Program("sipp", line, self._folder))
        if against is None:
            until("sipp listens", lambda: self._listens)

    def finished(self, most: float = MOST) -> None:
        """Wait until the scenario has been played to its end, for so many seconds at most.

        Raises:
            AssertionError: something else came than what it says.
        """
        until(
            "the script is played or broken off", lambda: self._played or self._failed, most=most
        )
        assert self._played, self._failed

    @property
    def _played(self) -> bool:
        return "played" in _read(self._log)

    @property
    def _failed(self) -> str:
        """Why it has given up; empty: it has not."""
        errors = _read(self._errors)
        return errors if BROKEN_OFF.search(errors) else ""

    @property
    def _listens(self) -> bool:
        assert self._program is not None
        assert self._program.runs()
        return listens(self.at, self._transport)

    @property
    def _messages(self) -> Path:
        return self._folder / "messages.log"

    @property
    def _errors(self) -> Path:
        return self._folder / "errors.log"

    @property
    def _log(self) -> Path:
        return self._folder / "scenario.log"

    def evidence(self) -> dict[str, str]:
        return {"errors of sipp": _read(self._errors), "messages of sipp": _read(self._messages)}


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
