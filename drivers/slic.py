"""What every SLIC can do, in the words of the line and not of any chip.

The seven tasks of a subscriber line circuit are known as BORSCHT: Battery feed,
Overvoltage protection, Ringing, Supervision, Coding, Hybrid, Test.

For the person who adds a chip: implement `Slic`; no method blocks for more than a
millisecond, none sleeps. What takes time (the start-up) is a generator that yields the
seconds it wants to wait, so that several ports start in parallel and tests run it in
virtual time.

For the person who writes the line: ask `poll()` after each interrupt, and `glance()` at least
every 50 ms; the level they see is the truth, an edge only says "look".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, IntEnum, auto

from drivers.errors import ChipError
from drivers.line_test import Measuring, RingSource


class Linefeed(IntEnum):
    """DC feed modes of a subscriber loop (numbered as Si321x direct register 64)."""

    OPEN = 0
    FORWARD_ACTIVE = 1
    FORWARD_ON_HOOK_TRANSMISSION = 2
    TIP_OPEN = 3
    RINGING = 4
    REVERSE_ACTIVE = 5
    REVERSE_ON_HOOK_TRANSMISSION = 6
    RING_OPEN = 7


class Capability(Flag):
    """What a chip can do by itself; what it cannot is done in software above it."""

    HARDWARE_TONES = auto()
    HARDWARE_DTMF = auto()
    HARDWARE_CADENCE = auto()
    FSK = auto()
    METERING = auto()
    LINE_TEST = auto()
    IMPEDANCE = auto()
    REVERSAL = auto()
    ON_HOOK_TRANSMISSION = auto()
    GAIN = auto()


@dataclass(frozen=True, slots=True)
class RingSpec:
    """Ringing as the country profile wants it."""

    hz: float = 25.0
    vrms: float = 60.0
    cadence_ms: tuple[int, ...] = (1000, 4000)
    """On, off, on, off ... in milliseconds, repeated."""
    offset_v: float = 0.0
    """Direct voltage under the ring voltage, for bells that need it."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What a port is set to when it starts; from the country profile and configuration."""

    law: str = "PCMA"
    """Companding on the highway: PCMA (A-law) or PCMU (mu-law), ITU-T G.711."""
    timeslot: int = 0
    """The port's byte on the highway, counted from the frame sync."""
    impedance: str = "600"
    """Two-wire impedance by name: 600, 900, china, ctr21, nz, au ..."""
    loop_current_ma: int = 20
    rx_gain_db: float = 0.0
    """Gain from the network to the telephone, in dB."""
    tx_gain_db: float = 0.0
    """Gain from the telephone to the network, in dB."""
    hybrid_db: float = 0.0
    """What is taken off what the telephone sends, in dB against half of what it gets."""
    ring: RingSpec = RingSpec()


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a start-up has measured, for the next one of the same line circuit."""

    chip: str
    """The chip that was measured, by its name in `Slic.chip`."""
    registers: Mapping[int, int]
    unbalanced: bool = False
    """A calibration is still missing; see `Slic.unbalanced`."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The loop as the chip measures it; None where it measures nothing."""

    linefeed: Linefeed
    off_hook: bool
    loop_v: float | None = None
    """Tip minus ring, V; negative when the polarity is reversed."""
    loop_ma: float | None = None
    tip_v: float | None = None
    ring_v: float | None = None
    battery_v: float | None = None
    power_alarms: int = 0
    transistor_mw: tuple[float, ...] | None = None
    """Power in each transistor of the line feed."""


@dataclass(frozen=True, slots=True)
class HookChanged:
    """The debounced loop state has changed: by loop closure, or by ring trip."""

    off_hook: bool
    ring_trip: bool = False
    """It was detected during ringing; the ring voltage is off."""
    at: float | None = None
    """Instant of the edge, on the driver's clock; None: just now, less the chip's debounce."""


@dataclass(frozen=True, slots=True)
class PowerAlarm:
    """A transistor of the line feed overheats; the chip has opened the line."""

    transistors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChipReset:
    """The chip has lost its registers: a power glitch."""


@dataclass(frozen=True, slots=True)
class DtmfDigit:
    """The chip's own decoder heard a digit."""

    digit: str


SlicEvent = HookChanged | PowerAlarm | ChipReset | DtmfDigit

Steps = Generator[float, None, None]
"""Work that takes time: yields the seconds to wait before it wants to go on."""


class Slic(ABC):
    """One subscriber loop. Implementations block for less than 1 ms and never sleep."""

    port: int
    """Port number on the card, counted from 1."""
    chip: str
    """The chip that was found, for the operator: ``Si3210 rev E``; empty before bring-up."""
    capabilities: Capability
    unbalanced: bool
    """A calibration was put off because the telephone was off-hook; `balance` does it later."""
    notes: list[str]
    """What was odd at the last bring-up, or could not be set as wished, for the operator."""

    wake: Callable[[float], object] | None = None
    """Has `poll` called after so many seconds; set by the owner.

    For drivers that do by themselves what others leave to their chip.
    """

    # bring-up

    @abstractmethod
    def bring_up(self, settings: LineSettings) -> Steps:
        """Take the chip from reset to an idle, fed line.

        Yields seconds to wait. Raises:
            BringUpError: a check failed; the chip has been left with the line open and the
                converter off.
            BusError: nothing could be transferred.
        """

    @property
    def restorable(self) -> bool:
        """It has lost its registers, and `bring_up` restores them without a reset of the card."""
        return False

    @property
    def calibration(self) -> Calibration | None:
        """What `bring_up` and `balance` have measured; None: nothing."""
        return None

    @abstractmethod
    def recall(self, calibration: Calibration) -> None:
        """Let the next `bring_up` take over what a process before this has measured.

        If the line circuit is another one now, or will not work with it, it is measured anew.
        """

    @abstractmethod
    def balance(self) -> Steps:
        """Do the calibration that was put off; the line has to be idle, and is dead meanwhile.

        Yields seconds to wait. Raises:
            BringUpError: it does not end.
        """

    @abstractmethod
    def shut_down(self) -> None:
        """Open the line and stop the battery; never raises for a chip that is gone."""

    @abstractmethod
    def check(self) -> None:
        """Look whether the chip still has its state; cheap, for once a second.

        Raises:
            ChipResetError: it has lost its registers, and feeds nothing; bring it up again.
            PowerAlarmError: an alarm had opened the line; it is fed again unless the
                message says that this was the last time.
            ChipError: it does not answer sensibly.
        """

    # battery

    @abstractmethod
    def set_linefeed(self, mode: Linefeed) -> None:
        """Put the loop into `mode`.

        Raises:
            LinefeedRefusedError: the chip went elsewhere (power alarm, ring trip).
        """

    @property
    @abstractmethod
    def linefeed(self) -> Linefeed:
        """The mode the chip is in at this moment."""

    # ringing

    @abstractmethod
    def start_ringing(self, ring: RingSpec) -> None:
        """Ring with the given cadence, first burst at once, until told otherwise.

        A cadence for which `keeps_cadence` is False starts as a burst without end: switch
        it with `ring_burst`.
        """

    def rings_at(self, hz: float) -> float:
        """The frequency that it really rings with when it is told to ring with `hz`."""
        return hz

    def can_ring(self, ring: RingSpec) -> bool:  # noqa: ARG002 - for chips with limits
        """Whether it can ring in this cadence at all, by itself or switched from above."""
        return True

    @abstractmethod
    def keeps_cadence(self, ring: RingSpec) -> bool:
        """Whether the chip makes this cadence by itself."""

    @abstractmethod
    def ring_burst(self, on: bool) -> None:
        """Switch the ring voltage within a cadence that is made above the driver."""

    @abstractmethod
    def stop_ringing(self, mode: Linefeed = Linefeed.FORWARD_ACTIVE) -> None:
        """Take the ring voltage off (it is gone on return) and feed the line in `mode`."""

    # supervision

    @property
    @abstractmethod
    def off_hook(self) -> bool:
        """Whether DC loop current flows, by loop closure or by ring trip (read from the chip)."""

    def glance(self) -> bool:
        """Whether `poll` might find something; cheap, while nobody says "look".

        Raises:
            ChipError: the chip does not answer.
        """
        return True

    @abstractmethod
    def poll(self) -> list[SlicEvent]:
        """Serve the chip's latches and report what has changed since the last call.

        Raises:
            ChipError: the chip does not answer.
        """

    # coding and tones

    @abstractmethod
    def play_tone(self, frequencies: Sequence[float], level_dbm0: float) -> None:
        """Send one or two frequencies to the telephone with the chip's own oscillators.

        The level is that of the sum; of two frequencies each is 3 dB below.
        """

    @abstractmethod
    def stop_tone(self) -> None: ...

    def meter(self, hz: float, vrms: float, seconds: float) -> None:  # noqa: ARG002 - see below
        """Send one metering pulse of 12 or 16 kHz to a charge indicator; it ends by itself.

        For chips with `Capability.METERING`.

        Raises:
            ChipError: this one has none, or cannot send such a pulse.
        """
        raise ChipError(f"{self.chip or 'this chip'} sends no metering pulses", port=self.port)

    # test

    @abstractmethod
    def telemetry(self) -> Telemetry: ...

    def measure_line(self, hz: float, *, off_hook: bool | None = None) -> Measuring:  # noqa: ARG002 - see below
        """Test the loop: foreign voltage, leaks, a closed loop, bells; none of them rings.

        For chips with `Capability.LINE_TEST`. The line serves nobody meanwhile, a few seconds;
        then it is as it was, also when the test is given up (closed) half-way.

        Args:
            hz: the frequency that the bells are made for.
            off_hook: as the owner knows the handset; if it is not so the test ends at once.

        Yields seconds to wait. Raises:
            ChipError: this one measures nothing, or did not follow.
        """
        raise ChipError(f"{self.chip or 'this chip'} measures nothing", port=self.port)

    @abstractmethod
    def ring_source(self, ring: RingSpec) -> RingSource:
        """What this ringing is in volts at the line circuit.

        Raises:
            ChipError: it cannot ring like this.
        """
