"""The blocks of the simulated Si321x, joined by its register file."""

from __future__ import annotations

from drivers.sim.si321x_calibration import Calibration, PeakCurrentCalibration
from drivers.sim.si321x_core import Core
from drivers.sim.si321x_feed import Feed
from drivers.sim.si321x_indirect import IndirectAccess
from drivers.sim.si321x_linefeed import RINGING, LinefeedControl
from drivers.sim.si321x_registers import CLEARED_BY_ONES
from drivers.sim.si321x_ring import RingGenerator
from drivers.sim.si321x_supervision import Supervision
from drivers.sim.si321x_telemetry import Telemetry
from drivers.sim.si321x_tones import Metering, Oscillator

RING_SOUNDING = 0xA4
"""RSS, RDAC and ROE of DR34."""


class Blocks:
    """What is on the silicon: reading a register asks a block, writing one tells a block.

    Attributes:
        timed: the blocks that do something by themselves, each with a `deadline` on the
            chip's clock and a `tick` for when it has come.
        slow: those among them that do not sample the current, which needs a look every 1.25 ms.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.feed = Feed(core)
        self.ring = RingGenerator(core, self.feed)
        self.linefeed = LinefeedControl(core)
        self.indirect = IndirectAccess(core)
        self.oscillators = (Oscillator(core, 0), Oscillator(core, 1))
        self.metering = Metering(core)
        self.calibration = Calibration(core)
        self.peak_current = PeakCurrentCalibration(core)
        self.supervision = Supervision(core, self.feed, self.ring, self.linefeed)
        self.telemetry = Telemetry(
            core, self.feed, self.ring, self.linefeed, self.supervision, self.calibration
        )
        self._cadences = (
            self.linefeed.cadence,
            self.oscillators[0].cadence,
            self.oscillators[1].cadence,
            self.metering.cadence,
        )
        self._machines = (self.indirect, self.calibration, self.peak_current, self.supervision)
        self.timed = (*self._machines, *self._cadences)
        self.slow = tuple(block for block in self.timed if block is not self.supervision)

    def reset(self) -> None:
        for machine in self._machines:
            machine.reset()
        for cadence in self._cadences:
            cadence.stop()

    def note_read(self, address: int) -> None:
        """The host reads; some reads are mistakes."""
        if address in (28, 29) and self.indirect.pending:
            self._core.undefined["indirect data read while IAS = 1"] += 1

    def read(self, address: int) -> int:
        """What the direct register shows now."""
        if address in Telemetry.MEASURED:
            return self.telemetry.read(address)
        stored = self._core.registers[address]
        match address:
            case 31:
                return int(self.indirect.pending)
            case 32 | 33:
                return stored | self.oscillators[address - 32].cadence.on << 7
            case 34:
                return stored | RING_SOUNDING if self._core.linefeed == RINGING else stored
            case 35:
                return stored | self.metering.cadence.on << 7
        return stored

    def write(self, address: int, value: int) -> None:
        """The host writes a direct register."""
        core = self._core
        register = core.map.get(address)
        if register is None:
            core.undefined[f"write to reserved register {address}"] += 1
            return
        before = core.registers[address]
        if address in CLEARED_BY_ONES:
            core.registers[address] = before & ~value
        elif address in (28, 29, 30) and self.indirect.pending:
            core.undefined["indirect access while IAS = 1"] += 1
        elif address == 64:
            self.linefeed.request(value & 7)
        else:
            core.registers[address] = before & ~register.writable | value & register.writable
            self._start(address, before)

    def _start(self, address: int, before: int) -> None:
        """What a write sets going; the register held `before`."""
        match address:
            case 28 | 29:
                self.indirect.data_written()
            case 30:
                self.indirect.start()
            case 32 | 33:
                self.oscillators[address - 32].control_written(before)
            case 34:
                self.linefeed.control_written(before)
            case 35:
                self.metering.control_written(before)
            case 93:
                self.peak_current.control_written()
            case 96:
                self.calibration.control_written()
