"""A Si3210, Si3210M, Si3215 or Si3215M that exists in memory only, at register level.

Everything a driver can see through SPI, the reset pin and the interrupt pin is here; time
is an argument, so the same chip runs in the board process by the real clock and in tests
by a virtual one. Between the instants at which something happens it computes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from drivers.sim.loop import LineSnapshot, Loop
from drivers.sim.si321x_audio import AudioPath, Tone
from drivers.sim.si321x_blocks import Blocks
from drivers.sim.si321x_core import Core
from drivers.sim.si321x_faults import Faults
from drivers.sim.si321x_linefeed import RINGING
from drivers.sim.si321x_path import audio_path
from drivers.sim.si321x_registers import VARIANTS
from drivers.sim.si321x_spi import FLOATING, Phase, SpiPort

PCLK_HZ = frozenset(
    {256_000, 512_000, 768_000, 1_024_000, 1_536_000, 2_048_000, 4_096_000, 8_192_000}
)
"""What the PLL locks to."""
SAME_S = 1e-7
"""What is due so soon is due: the difference of two long times is not exact."""
DTMF_CODES = {digit: code for code, digit in enumerate("D1234567890*#ABC")}


class Si321xModel:
    """One chip with its loop.

    Args:
        variant: ``Si3210``, ``Si3210M``, ``Si3215`` or ``Si3215M``.
        loop: the copper pair on its line side.
        seed: for the contents of the indirect RAM after reset, calibration results and
            bit errors.
        revision: silicon revision, 3 is C.
        spi_hz: bit rate of the bus. A byte takes its time: the chip is `now` that much
            older after each, so a driver that polls sees the chip work in virtual time too.

    Attributes:
        now: seconds since power-up.
        loop: the copper pair; closing its hook acts on the chip at `now`.
        on_int: called with True when the interrupt pin is asserted (low), False when not;
            in the middle of the chip's work, so it must leave the chip alone.
        undefined: what was asked of the chip that no data sheet defines, counted.
    """

    def __init__(
        self,
        variant: str = "Si3210",
        loop: Loop | None = None,
        *,
        seed: int = 0,
        revision: int = 5,
        spi_hz: float = 1e6,
    ) -> None:
        self.loop = loop or Loop()
        self.loop.watch(self._after)
        self.now = 0.0
        self.on_int: Callable[[bool], None] | None = None
        self._core = core = Core(VARIANTS[variant], revision, self.loop, seed)
        self.undefined: Counter[str] = core.undefined
        self._byte_s = 8 / spi_hz
        self._blocks = Blocks(core)
        self._spi = SpiPort(self._read, self._write, lambda: core.bit(0, 7))
        self._slip = False
        self._in_reset = False
        self._pclk_hz = 0
        self._locked_hz = 0
        self._due = math.inf
        self._int = False
        self._audio: AudioPath | None = None
        self.pll_error = False
        """PCLK was changed without a reset, or is none the PLL can use: the chip stands still."""
        self._reset()

    # time

    def advance(self, to: float) -> None:
        """Let the chip work until `to`, seconds since power-up.

        An instant that has passed is no error: the chip is ahead of its board by the bytes
        it has been sent.
        """
        if to < self.now:
            return
        if self._running:
            self._run(to)
        self.now = max(self.now, to)

    def step(self, to: float) -> None:
        """Let the chip work until `to`, or until something about it has changed before."""
        if to >= self.now and (not self._running or self._run(to, at_change=True)):
            self.now = max(self.now, to)

    @property
    def deadline(self) -> float:
        """When the chip will next do something by itself; infinite while it is idle."""
        return self.now + (self._due - self._core.clock) if self._running else math.inf

    @property
    def _running(self) -> bool:
        return self._pclk_hz > 0 and not self.pll_error

    def _run(self, to: float, *, at_change: bool = False) -> bool:
        """Work until `to`; whether it came so far, which it does not if it stops `at_change`."""
        core = self._core
        ahead = self.now - core.clock
        until = to - ahead
        while self._due <= until + SAME_S:
            core.clock = max(core.clock, self._due)
            for block in self._blocks.timed:
                if block.deadline <= core.clock:
                    block.tick()
            if not core.changed:
                self._due = self._sampled(until + SAME_S)
            if core.changed:
                self.now = core.clock + ahead
                self._after()
                if at_change:
                    return False
        core.clock = max(core.clock, until)
        return True

    def _sampled(self, until: float) -> float:
        """Take the samples of the current that come before anything else is due.

        Returns:
            When something is due next; not to be relied on when a sample has changed something.
        """
        core, supervision = self._core, self._blocks.supervision
        others = min([block.deadline for block in self._blocks.slow])
        while supervision.deadline <= until and supervision.deadline < others:
            core.clock = supervision.deadline
            supervision.tick()
            if core.changed:
                break
        return min(supervision.deadline, others)

    def _after(self) -> None:
        """Something was changed: registers, the loop, a fault."""
        self._core.changed = False
        self._audio = None
        if not self._in_reset:
            self._blocks.supervision.wake()
        self._blocks.feed.refresh()
        self._due = min(block.deadline for block in self._blocks.timed)
        asserted = self.int_asserted
        if asserted is not self._int:
            self._int = asserted
            if self.on_int:
                self.on_int(asserted)

    # pins

    def set_pclk(self, hz: int) -> None:
        """Start, stop (0) or change PCLK; only a reset lets the PLL follow a change."""
        if hz == self._pclk_hz:
            return
        if self._running and not self._core.bit(14, 4):
            self.undefined["PCLK lost while the converter runs"] += 1
        self._pclk_hz = hz
        self._measure()
        self._after()

    def _measure(self) -> None:
        if self._pclk_hz:
            self._locked_hz = self._locked_hz or self._pclk_hz
            if self._pclk_hz != self._locked_hz or self._pclk_hz not in PCLK_HZ:
                self.pll_error = True

    def set_reset(self, low: bool) -> None:
        """Drive the reset pin; the chip does nothing while it is low."""
        if low is not self._in_reset:
            self._in_reset = low
            self._reset()

    @property
    def int_asserted(self) -> bool:
        """The interrupt pin is low: some status bit is set (DR18 to DR20)."""
        faults, registers = self._core.faults, self._core.registers
        if faults.missing:
            return False
        if faults.int_stuck is not None:
            return faults.int_stuck
        return any(registers[18:21])

    # the bus

    def transfer(self, data: bytes) -> bytes:
        """One assertion of chip select; as many bytes come back as went in."""
        if self._core.faults.missing or self._in_reset:
            self.advance(self.now + self._byte_s * len(data))
            return bytes((FLOATING,)) * len(data)
        answer = bytearray()
        for byte in data:
            self.advance(self.now + self._byte_s)
            if self._slip:
                self._slip = False
                answer.append(FLOATING)
                continue
            answer.append(self._garble(self._spi.byte(self._garble(byte))))
        return bytes(answer)

    def partial_byte(self) -> None:
        """Chip select rose after fewer than eight clocks: the next byte is a command."""
        self._spi.resynchronise()

    @property
    def awaits_select(self) -> bool:
        """The next byte is a chip-select byte of the daisy chain."""
        return self._spi.phase is Phase.SELECT

    def _garble(self, byte: int) -> int:
        rate = self._core.faults.spi_bit_error_rate
        if rate:
            for bit in range(8):
                if self._core.dice.random() < rate:
                    byte ^= 1 << bit
        return byte

    # registers

    def peek(self, address: int) -> int:
        """What a read of a direct register would return, without the bus."""
        return self._blocks.read(address)

    def peek_indirect(self, address: int) -> int:
        """The indirect word at an address of this variant, without the bus."""
        return self._core.ram[address]

    def _read(self, address: int) -> int:
        self._blocks.note_read(address)
        return self._blocks.read(address)

    def _write(self, address: int, value: int) -> None:
        self._blocks.write(address, value)
        self._after()

    def _reset(self) -> None:
        self._core.reset()
        self._blocks.reset()
        self._spi.resynchronise()
        self.pll_error = False
        self._locked_hz = 0
        self._measure()
        self._after()

    # the line and the voice on it

    @property
    def linefeed(self) -> int:
        """The state the line is in (LFS, DR64.6:4)."""
        return self._core.linefeed

    @property
    def ringing(self) -> bool:
        """Ring voltage is on the line now."""
        return self._core.linefeed == RINGING

    @property
    def reversed(self) -> bool:
        """Tip and ring have changed places."""
        return self._blocks.feed.reversed

    @property
    def ring(self) -> tuple[float, float] | None:
        """Frequency and Vrms at the telephone; None when no ring voltage is on the line now."""
        if self._core.linefeed != RINGING:
            return None
        wave, point = self._blocks.ring.drive()
        return wave.hz, point.telephone_vrms

    @property
    def metering(self) -> Tone | None:
        """The metering pulse that is on the line now."""
        return self._blocks.metering.tone()

    @property
    def audio(self) -> AudioPath:
        """What happens to voice now; the same object until something changes."""
        if self._audio is None:
            self._audio = audio_path(
                self._core,
                self._blocks.oscillators,
                off_hook=self._blocks.supervision.off_hook,
                pclk_hz=self._pclk_hz if self._running else 0,
            )
        return self._audio

    def snapshot(self) -> LineSnapshot:
        """What a meter at the telephone shows."""
        ring = self.ring
        hz, vrms = ring or (0.0, 0.0)
        point = self._blocks.feed.dc()
        sign = -1.0 if self._blocks.feed.reversed else 1.0
        return LineSnapshot(
            line_v=sign * point.telephone_volts,
            loop_ma=sign * point.milliamps,
            reversed=self._blocks.feed.reversed,
            ringing=vrms > 0,
            ring_hz=hz,
            ring_vrms=vrms,
        )

    def dtmf_heard(self, digit: str | None) -> None:
        """The telephone plays a DTMF digit, or has stopped to (None); for DR24 of the Si3210."""
        core = self._core
        if 24 not in core.map:
            return
        if digit is None or not self._decoder_set:
            core.registers[24] &= 0x0F
            return
        core.registers[24] = 0x10 | DTMF_CODES[digit]
        core.interrupt(20, 0)
        self._after()

    @property
    def _decoder_set(self) -> bool:
        """The decoder's ratios are programmed: none asks for more than all of the power."""
        names = ("ROW0", "ROW1", "ROW2", "ROW3", "COL")
        return all(0 < self._core.signed(name) < 0x7000 for name in names)

    # faults

    @property
    def faults(self) -> Faults:
        return self._core.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._core.faults = faults
        self._after()

    def power_alarm(self, transistor: int) -> None:
        """Overheat a transistor of the line feed, 1 to 6."""
        self._core.interrupt(19, transistor + 1)
        self._blocks.linefeed.overheated()
        self._after()

    def chip_reset(self) -> None:
        """A glitch of the supply: every register is lost, the pins saw nothing."""
        self._reset()

    def spi_slip(self) -> None:
        """Lose the next byte: command and data fall out of step."""
        self._slip = True
