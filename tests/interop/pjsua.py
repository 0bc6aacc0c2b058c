"""PJSUA2 as the far end: the process of `pjsua_peer`, commanded and listened to."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.interop.programs import Folder, Place, Program, somewhere
from tests.interop.settings import DOMAIN, password
from tests.interop.sound import Voice, measure, write_sine
from tests.interop.waiting import until


class Pjsua:
    """A running PJSUA2 telephone, registered as `number` at `server`.

    Args:
        number: of its line.
        server: its registrar and proxy.
        plays_hz: the sine that it says in every call.
        transport: UDP, TCP or TLS.
        prack: NOT_USED, OPTIONAL or MANDATORY.
        timer: INACTIVE, OPTIONAL, REQUIRED or ALWAYS.
        srtp: DISABLED, OPTIONAL or MANDATORY; keys by SDES.
    """

    def __init__(
        self,
        number: str,
        server: Place,
        *,
        plays_hz: int,
        transport: str = "UDP",
        prack: str = "NOT_USED",
        timer: str = "INACTIVE",
        srtp: str = "DISABLED",
    ) -> None:
        if importlib.util.find_spec("pjsua2") is None:
            pytest.skip("pjsua2 is not installed here (its wheel is for Python 3.11 on x86-64)")
        with ExitStack() as started:
            self.folder = started.enter_context(Folder())
            write_sine(self.folder / "plays.wav", plays_hz)
            at = somewhere()
            options = {
                "user": number, "password": password(number), "domain": DOMAIN,
                "server": str(server), "host": at.host, "sip": at.port, "rtp": 22000,
                "folder": str(self.folder), "transport": transport, "prack": prack, "timer": timer,
                "srtp": srtp,
            }  # fmt: skip
            words = [sys.executable, str(Path(__file__).with_name("pjsua_peer.py")),
                     json.dumps(options)]  # fmt: skip
            self._program = started.enter_context(
                Program("pjsua", words, self.folder, stdin=subprocess.PIPE)
            )
            self._forgotten = 0
            self.until("registration", status=200)
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
        """Begin anew: nothing has happened yet."""
        self._forgotten = len(self._events())

    def does(self, what: str, **more: Any) -> None:
        """Give a command of `pjsua_peer`."""
        pipe = self._program.process.stdin
        assert pipe is not None
        pipe.write(json.dumps({"do": what, **more}).encode() + b"\n")
        pipe.flush()

    @property
    def events(self) -> list[dict[str, Any]]:
        """What has happened."""
        return self._events()[self._forgotten :]

    def until(self, event: str, **facts: Any) -> None:
        """Wait for an event with those facts."""
        wanted = {"event": event, **facts}.items()
        until(
            f"{event} {facts} at pjsua",
            lambda: self.events,
            lambda events: any(wanted <= one.items() for one in events),
        )

    def calls(self, number: str) -> None:
        self.does("dial", uri=f"sip:{number}@{DOMAIN}")

    def is_called(self) -> None:
        self.until("incoming")

    def answers(self) -> None:
        """Wait for a call, and take it."""
        self.is_called()
        self.does("answer", status=200)
        self.talks()

    def talks(self) -> None:
        self.until("state", state="CONFIRMED")

    def is_released(self) -> None:
        self.until("state", state="DISCONNECTED")

    @property
    def digits(self) -> str:
        """The keys that it was told by telephone-events."""
        return "".join(one["digit"] for one in self.events if one["event"] == "digit")

    def heard(self, hz: int) -> Voice | None:
        """What it has recorded in the last call; None: not enough yet."""
        recordings = self.folder.glob("call-*.wav")
        return measure(max(recordings, key=lambda path: path.stat().st_mtime_ns), hz)

    def evidence(self) -> dict[str, str]:
        return self._program.evidence()

    def _events(self) -> list[dict[str, Any]]:
        assert self._program.runs()
        told = self.folder / "events.jsonl"
        whole = told.read_text().rpartition("\n")[0] if told.exists() else ""
        return [json.loads(line) for line in whole.splitlines()]
