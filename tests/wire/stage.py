"""The gateway as it runs in the field, killed, garbled and started again: real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from drivers.sim.client import PhoneClient
from firmware.control.client import ControlClient
from firmware.demo.stage import CONFIG, Stage
from firmware.errors import ControlError
from firmware.status import Alarm, PortStatus, from_json

T = TypeVar("T")

MOST = 20.0
"""Seconds that anything may take on a machine with other things to do."""
LOOK = 0.02
TIPRING = Path(sys.executable).with_name("tipring")
"""The command as it is installed."""
IDLE = "reg-ok:Activ Idle ON-HOOK"

_nap = threading.Event()


def until(what: str, look: Callable[[], T], most: float = MOST) -> T:
    """Look again and again until there is something to see, and return it."""
    end = time.monotonic() + most
    while not (seen := look()):
        assert time.monotonic() < end, f"not within {most:g} s: {what}; last seen: {seen!r}"
        _nap.wait(LOOK)
    return seen


class House(Stage):
    """A board, an exchange and a gateway; nothing runs until it is started.

    Args:
        more: TOML behind the demo's configuration.
        text: of the configuration, in place of the demo's.
    """

    def __init__(self, more: str = "", *, text: str = CONFIG) -> None:
        super().__init__(text + more)
        self._control: ControlClient | None = None
        self._phones: PhoneClient | None = None
        self.gateway: subprocess.Popen[bytes]

    def start(self) -> None:
        """Nothing: each test says what it needs."""

    def opens(self, *more: str) -> House:
        """Start exchange and gateway, and wait until both lines are registered and idle.

        Args:
            more: words on the command line of the exchange.
        """
        self.start_exchange(*more)
        self.comes_up()
        return self

    def comes_up(self, **environment: str) -> None:
        """Start the gateway (again), and wait until both lines are registered."""
        self.runs(**environment)
        until(
            "both lines registered",
            lambda: all(self.row(port).startswith("reg-ok:Activ") for port in (1, 2)),
        )

    def runs(self, **environment: str) -> None:
        """Start the gateway (again), and wait until both ports are in service."""
        self.gateway = self.start_gateway(environment)
        self.until_answers()
        until("both ports in service", self._in_service)

    def _in_service(self) -> bool:
        states = [row.physical_status.value for row in self.rows()]
        return len(states) == 2 and not {"DOWN", "FAULT"} & set(states)

    def killed(self) -> None:
        """SIGKILL the gateway, and only that."""
        self.gateway.send_signal(signal.SIGKILL)
        self.gateway.wait(10)

    # what the operator sees

    @property
    def asks(self) -> Callable[..., Any]:
        """Ask the gateway, over one connection that is made again when it was restarted."""
        if self._control is None:
            self._control = self.control()
        return self._control.call

    def rows(self) -> list[PortStatus]:
        """The status table; empty while nobody answers."""
        try:
            return from_json(self.asks("ports"), list[PortStatus])
        except ControlError:
            return []

    def status(self, port: int) -> PortStatus:
        return next(row for row in self.rows() if row.port == port)

    def row(self, port: int) -> str:
        """The status row without card and port: ``reg-ok:Activ Idle ON-HOOK``; or nothing."""
        row = next((row for row in self.rows() if row.port == port), None)
        if row is None:
            return ""
        cells = (
            f"{row.register_status.value}:{row.admin_status.value[:5]}",
            row.call_status.value,
            row.physical_status.value,
            row.peer_number,
            row.call_direction.value,
        )
        return " ".join(cell for cell in cells if cell)

    def alarms(self) -> dict[str, str]:
        """What is wrong, by place."""
        return {a.where: a.what for a in from_json(self.asks("alarms"), list[Alarm])}

    def says(self, event: str) -> list[str]:
        """Lines of the gateway's log that begin with that word."""
        return [line for line in self.log.read_text().splitlines() if line.split(" ")[0] == event]

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a one-shot command, as a person at a prompt does."""
        return subprocess.run(
            [TIPRING, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env={
                **{n: v for n, v in os.environ.items() if not n.startswith("TIPRING_")},
                "TIPRING_SOCKET": str(self.control_path),
            },
        )

    def types_json(self, *words: str) -> Any:
        """The same with ``--json``, and what it prints."""
        done = self.types(*words, "--json")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return json.loads(done.stdout)

    # the people

    def phone(self, port: int, method: str, **params: Any) -> dict[str, Any]:
        """Have the person at a telephone do something; see `drivers.sim.person`."""
        if self._phones is None:
            self._phones = self.telephones()
        return self._phones.call(method, port=port, **params)

    def hears(self, port: int, tone: str, seconds: float = 0.5) -> dict[str, Any]:
        """Listen again and again until it is that tone."""
        last: dict[str, Any] = {}

        def listen() -> bool:
            nonlocal last
            last = self.phone(port, "hear", seconds=seconds)
            return bool(last["heard"] == tone)

        try:
            until(f"port {port} hears {tone}", listen)
        except AssertionError as error:
            raise AssertionError(f"{error}: {last}") from None
        return last

    def calls(self, port: int, number: str) -> None:
        """Lift, wait for dial tone, dial."""
        self.phone(port, "lift")
        self.hears(port, "dial-tone")
        self.pause(self.phone(port, "dial", digits=number)["seconds"])

    def rings(self) -> None:
        """Telephone 1 calls telephone 2, which rings."""
        self.calls(1, "102")
        until("telephone 2 rings", lambda: self.phone(2, "state")["ringing"])

    def talks(self) -> None:
        """Telephone 1 calls telephone 2, which answers."""
        self.rings()
        self.phone(2, "lift")
        until("they talk", lambda: all("Talking" in self.row(port) for port in (1, 2)))

    def voice_passes(self) -> None:
        """A sine in each direction arrives at the other's copper as loud as it was sent."""
        for speaker, listener in ((1, 2), (2, 1)):
            self.phone(speaker, "say-tone", hz=1000, seconds=MOST)
            self._hears_well(listener, 1000)
            self.phone(speaker, "hush")

    def _hears_well(self, port: int, hz: int) -> None:
        heard: dict[str, Any] = {}

        def clear() -> bool:
            nonlocal heard
            heard = self.phone(port, "hear", seconds=0.4, hz=hz)
            return bool(abs(heard["tone_dbm0"] + 10) <= 1.5 and heard["snr_db"] >= 25)

        try:
            until(f"telephone {port} hears the other", clear)
        except AssertionError as error:
            raise AssertionError(f"{error}: {heard}\n{self.excuse()}") from None

    def all_hang_up(self) -> None:
        for port in (1, 2):
            self.phone(port, "hang-up")
        self.is_idle()

    def is_idle(self) -> None:
        """Wait until both lines are registered, idle and on-hook."""
        until("both idle", lambda: [self.row(port) for port in (1, 2)] == [IDLE, IDLE])

    def pause(self, seconds: float) -> None:
        """Let a person take that long."""
        self.wait(seconds)

    def _end(self) -> None:
        for client in (self._control, self._phones):
            if client is not None:
                client.close()
        super()._end()


def children(pid: int, word: str) -> set[int]:
    """Processes that `pid` started and that have that word on their command line."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        if parent == pid and word in words:
            found.add(int(entry.name))
    return found


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
