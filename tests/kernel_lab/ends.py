"""A call from the first port of a card to the last, for cards with more than two.

The demo's story is about two telephones side by side; here the timeslots lie as far apart as
they can, and those between them belong to ports that nobody uses.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.sim.client import PhoneClient
from firmware.control.client import ControlClient
from firmware.status import PortStatus, from_json
from tests.kernel_lab.stage import KernelStage

LEVEL, SLACK, CLEAN = -10.0, 1.5, 25.0
"""dBm0 of the tone, what may be lost or won on the way, and dB over all else."""
LOOK_S = 0.05
LONGEST_S = 40.0


class NotSoError(Exception):
    """Something was not seen."""


class Call:
    """Two telephones at the ends of a card."""

    def __init__(self, stage: KernelStage, control: ControlClient, phones: PhoneClient) -> None:
        self._stage = stage
        self._control = control
        self._phones = phones
        self._last = stage.card.ports

    def play(self, seen: Callable[[str], None]) -> None:
        """Make the call and tell what was seen.

        Raises:
            NotSoError: an observation was not made.
        """
        first, last = 1, self._last
        self._until("all ports in service", self._in_service)
        seen(f"{last} ports came up")
        self._until("both lines registered", self._registered)
        self._phones.call("lift", port=first)
        self._until("off-hook seen", lambda: self._row(first).physical_status.value == "OFF-HOOK")
        self._stage.wait(0.8)
        self._stage.wait(self._phones.call("dial", port=first, digits="102")["seconds"])
        self._until("the far bell rings", lambda: bool(self._state(last)["ringing"]))
        seen(f"telephone {last} rings")
        others = [port for port in range(2, last) if self._state(port)["ringing"]]
        self._need(f"no other bell rings: {others}", not others)
        self._phones.call("lift", port=last)
        self._until("both talk", self._talking)
        self._stage.wait(0.4)
        seen(self._cross(first, last))
        seen(self._cross(last, first))
        self._phones.call("hang-up", port=last)
        self._phones.call("hang-up", port=first)
        self._until("both idle", lambda: not self._talking())
        seen("both ends are idle again")

    def _cross(self, speaker: int, listener: int) -> str:
        self._phones.call("say-tone", port=speaker, hz=1000, seconds=1.5, level_dbm0=LEVEL)
        self._stage.wait(0.3)
        heard = self._phones.call("hear", port=listener, seconds=1.0, hz=1000)
        self._stage.wait(0.4)
        what = f"1 kHz from {speaker} to {listener}: {heard['tone_dbm0']:.1f} dBm0, "
        what += f"SNR {heard['snr_db']:.0f} dB"
        near = abs(heard["tone_dbm0"] - LEVEL) <= SLACK
        self._need(what, near and heard["snr_db"] >= CLEAN)
        return what

    def _need(self, what: str, so: bool) -> None:
        if not so:
            raise NotSoError(what)

    def _until(self, what: str, true: Callable[[], bool]) -> None:
        for _ in range(int(LONGEST_S / LOOK_S)):
            if true():
                return
            self._stage.wait(LOOK_S)
        raise NotSoError(f"not within {LONGEST_S:.0f} s: {what}\n{self._rows()}")

    def _rows(self) -> list[PortStatus]:
        return from_json(self._control.call("ports"), list[PortStatus])

    def _row(self, port: int) -> PortStatus:
        return next(row for row in self._rows() if row.port == port)

    def _ends(self) -> list[PortStatus]:
        return [self._row(1), self._row(self._last)]

    def _in_service(self) -> bool:
        states = {row.physical_status.value for row in self._rows()}
        return states == {"ON-HOOK"}

    def _registered(self) -> bool:
        return all(row.register_status.value == "reg-ok" for row in self._ends())

    def _talking(self) -> bool:
        return all(row.call_status.value == "Talking" for row in self._ends())

    def _state(self, port: int) -> dict[str, object]:
        state: dict[str, object] = self._phones.call("state", port=port)
        return state
