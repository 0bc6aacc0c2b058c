"""Somebody at a telephone of the box: what he does, and what he hears on the copper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from drivers.sim.hearing import Heard
from tests.interop.sound import LOUD, Voice
from tests.interop.waiting import pause, until

if TYPE_CHECKING:
    from tests.interop.box import Box


@runtime_checkable
class FarPhone(Protocol):
    """A telephone that is another program's."""

    def forgets(self) -> None:
        """Begin anew: nothing has happened yet."""

    def does(self, command: str, /) -> None:
        """Give the program a command, such as ``hold`` or ``resume``."""

    def calls(self, number: str) -> None:
        """Call; does not wait."""

    def is_called(self) -> None:
        """Wait for a call."""

    def answers(self) -> None:
        """Wait for a call, and take it."""

    def talks(self) -> None:
        """Wait until the call is confirmed."""

    def is_released(self) -> None:
        """Wait until the call is over."""

    def heard(self, hz: int) -> Voice | None:
        """What it has recorded in the last call of that sine; None: not enough yet."""


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

    def flashes(self) -> None:
        """Press the key that opens the loop for a moment."""
        self._do("flash", ms=300)

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

    def plays(self, file: Path) -> None:
        """Say a recording into the telephone, from now on; does not wait."""
        self._do("say-file", file=str(file))

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


def talk(one: Person, other: Person) -> None:
    """Each says a sine to the other in turn, and it is heard as it was said (`Voice.good`)."""
    for speaker, listener, hz in ((one, other, 1000), (other, one, 800)):
        speaker.says(hz, 60)
        listener.hears_well(hz)
        speaker.hushes()


def hear_each_other(person: Person, far: FarPhone) -> None:
    """A sine of ours in its recording, then its own (800 Hz) on our copper: as they were said."""
    person.says(1000, 60)
    until("our voice in its recording", lambda: far.heard(1000), lambda voice: voice.good)
    person.hushes()
    person.hears_well(800, 0.4)
