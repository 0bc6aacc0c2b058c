"""A simulated card in one piece: chips, loops, telephones and the PCM highway.

It has neither a clock nor a socket. Whoever owns it tells it the time: the board process
by the real clock, a test by a virtual one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from drivers.sim.ag1171 import Ag1171Model
from drivers.sim.levels import PERIOD, PERIOD_S
from drivers.sim.line_audio import IDLE_CODE, IDLE_PERIOD, LineAudio
from drivers.sim.loop import Loop
from drivers.sim.phone import Phone
from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_audio import AudioPath, Law
from drivers.sim.si321x_spi import DaisyChain
from drivers.sim.timeline import Timeline

VARIANTS = {name.lower(): name for name in ("Si3210", "Si3210M", "Si3215", "Si3215M")}
"""Chips that can be fitted, as configuration and command line write them."""
MODULES = {"ag1171": True, "ks0835f": False}
"""What has four wires in place of registers, and which level of its F/R is forward."""
FITTED = (*VARIANTS, *MODULES)

MOST_PORTS = 120
"""At 8.192 MHz, with the clock that the frame sync takes."""

SLOTS_A_STEP = 16
"""Ports whose voice is carried between two looks at the outside world: about 1 ms."""


class SimCard:
    """A card of Si321x chips, one chip select a port, or of modules with four wires each.

    Args:
        ports: how many.
        variant: one of `FITTED`.
        seed: of everything that is not determined by a data sheet.
        law: of the idle code in timeslots that no chip drives.

    Attributes:
        models, loops, phones: of port 1, port 2 ... in that order.
        chips, modules: the models of either kind; one of the two is empty.
        on_interrupt: called when the common interrupt wire has changed; True is asserted.
            The chips may be spoken to from there.
        pclk_hz: what the card is clocked with when the highway runs.
    """

    def __init__(
        self, ports: int, *, variant: str = "si3210", seed: int = 0, law: str = "PCMA"
    ) -> None:
        self.timeline = Timeline()
        self.variant = variant
        self.law = law
        self.width = width_for(ports)
        self.pclk_hz = pclk_for(self.width)
        self.loops = [Loop() for _ in range(ports)]
        self.chips = [
            Si321xModel(VARIANTS[variant], loop, seed=seed + n)
            for n, loop in enumerate(self.loops if variant in VARIANTS else ())
        ]
        self.modules = [
            Ag1171Model(loop, slot=n, law=self._law, forward=MODULES[variant], seed=seed + n)
            for n, loop in enumerate(self.loops if variant in MODULES else ())
        ]
        self._chain = DaisyChain(self.chips)
        self.models: list[Si321xModel | Ag1171Model] = [*self.chips, *self.modules]
        self.phones = [
            Phone(n + 1, self.timeline, self._switch(n), model.snapshot)
            for n, model in enumerate(self.models)
        ]
        self.audio = [LineAudio(phone) for phone in self.phones]
        self.on_interrupt: Callable[[bool], None] | None = None
        self._seen = [(False, False)] * ports
        self._keys = [""] * ports
        self._interrupts: set[int] = set()
        self._interrupt_told = False
        for n, chip in enumerate(self.chips):
            chip.on_int = self._interrupt(n)

    @property
    def now(self) -> float:
        """Seconds since the card was switched on."""
        return self.timeline.now

    # wires

    def set_reset(self, asserted: bool) -> None:
        """Hold the chips in reset, or let them go."""
        for n, chip in enumerate(self.chips):
            chip.advance(self.now)
            chip.set_reset(asserted)
            self._look(n)

    @property
    def interrupt_asserted(self) -> bool:
        """Whether any chip pulls the common wire."""
        return bool(self._interrupts)

    def set_clock(self, running: bool) -> None:
        """Start or stop PCLK and frame sync."""
        for model in self.models:
            model.advance(self.now)
            model.set_pclk(self.pclk_hz if running else 0)

    def module(self, n: int, at: float | None = None) -> Ag1171Model:
        """A module, counted from 0, at this moment or at a later one; its wires may be driven.

        `settle` has to be called afterwards.
        """
        self.advance(self.now if at is None else max(at, self.now))
        return self.modules[n]

    def settle(self, n: int) -> None:
        """The wires of a module have been driven: its telephone notices what came of it."""
        self._look(n)

    def _law(self) -> Law:
        return "PCMU" if self.law == "PCMU" else "PCMA"

    def transfer(self, chip: int, data: bytes, at: float | None = None) -> bytes:
        """One SPI transfer with a chip, now or at a later moment.

        Only this chip is brought to that moment, unless a person did something before:
        a transfer must cost the same on a card of 2 ports and of 96.
        """
        moment = self.now if at is None else at
        planned = self.timeline.next
        if planned is not None and planned <= moment:
            self.advance(moment)
        self._bring(chip, moment)
        answer = self.chips[chip].transfer(data)
        self._look(chip)
        return answer

    def chain_transfer(self, data: bytes, at: float | None = None) -> bytes:
        """One SPI transfer with all chips, chained on one chip select."""
        self.advance(self.now if at is None else max(at, self.now))
        answer = self._chain.transfer(data)
        for n in range(len(self.chips)):
            self._look(n)
        return answer

    def spi(self, chip: int) -> CardSpi:
        """A chip select, in the form in which the SPI library has it."""
        return CardSpi(partial(self.transfer, chip))

    def chain(self) -> CardSpi:
        """The chip select of all chips as a chain."""
        return CardSpi(self.chain_transfer)

    # time

    def advance(self, to: float) -> None:
        """Let `to - now` seconds pass: hands, contacts, cadences, in their order.

        A chip feels nothing of its neighbours, so each works by itself up to the next thing
        that somebody does; what it does may lead to something that comes before.
        """
        while True:
            until = to
            for n in range(len(self.models)):
                until = self._bring(n, self._next_plan(until))
            self.timeline.run(until)
            if until >= to:
                break

    def _next_plan(self, latest: float) -> float:
        """When somebody does something, or `latest` if nobody does before."""
        planned = self.timeline.next
        return latest if planned is None else min(planned, latest)

    @property
    def next_event(self) -> float:
        """When a chip, a contact or a person is going to do something; may be infinite."""
        due = self.timeline.next
        models = min(model.deadline for model in self.models)
        return models if due is None else min(due, models)

    def _bring(self, n: int, to: float) -> float:
        """Let one chip work until `to`, and its telephone notice what it does.

        Returns:
            `to`, or when somebody is going to do something because of that.
        """
        model = self.models[n]
        if model.deadline > to:
            model.advance(to)
            return to
        while model.deadline <= to:
            model.step(to)
            self._look(n)
            to = self._next_plan(to)
        model.advance(to)
        return to

    def _look(self, n: int) -> None:
        model = self.models[n]
        seen = model.ringing, model.reversed
        if seen != self._seen[n]:
            self._seen[n] = seen
            self.phones[n].look_at_line(model.now)
        if self.interrupt_asserted is not self._interrupt_told:
            self._interrupt_told = self.interrupt_asserted
            if self.on_interrupt:
                self.on_interrupt(self._interrupt_told)

    def _switch(self, n: int) -> Callable[[bool], None]:
        def switch(closed: bool) -> None:
            self.models[n].advance(self.now)
            self.loops[n].set_hook(closed)
            self.phones[n].look_at_line(self.now)
            self._look(n)

        return switch

    def _interrupt(self, n: int) -> Callable[[bool], None]:
        """The chip says so in the middle of its work: `_look` passes it on afterwards."""

        def changed(asserted: bool) -> None:
            (self._interrupts.add if asserted else self._interrupts.discard)(n)

        return changed

    # the highway

    def exchange(self, frames: bytes) -> bytes:
        """Carry one period, the 20 ms that end now: what is played in, what is captured out.

        Both are ``width * 160`` bytes, frame by frame, one byte a timeslot.
        """
        steps = self.exchanging(frames)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                captured: bytes = done.value
                return captured

    def run(self, frames: bytes) -> bytes:
        """Let 20 ms pass and carry their period."""
        self.advance(self.now + PERIOD_S)
        return self.exchange(frames)

    def exchanging(
        self, frames: bytes, *, at: float | None = None
    ) -> Generator[None, None, bytes]:
        """As `exchange`, in steps of no more than a millisecond or two.

        Args:
            frames: to be played.
            at: the end of the period, when that is not exactly now.
        """
        end = self.now if at is None else at
        width = self.width
        captured = bytearray((IDLE_CODE[self.law],)) * (width * PERIOD)
        for n, model in enumerate(self.models):
            path = model.audio
            if path.rx_slot is not None or path.tx_slot is not None or path.tones_to_line:
                codes = self._carry(n, path, frames, end)
                if codes is not None and path.tx_slot is not None and path.tx_slot < width:
                    captured[path.tx_slot :: width] = codes
            if n % SLOTS_A_STEP == SLOTS_A_STEP - 1:
                yield
        return bytes(captured)

    def _carry(self, n: int, path: AudioPath, frames: bytes, end: float) -> bytes | None:
        played = IDLE_PERIOD.get(path.law, b"")
        if path.rx_slot is not None and path.rx_slot < self.width:
            played = frames[path.rx_slot :: self.width]
        codes = self.audio[n].period(path, played, end)
        key = self.phones[n].key
        if key != self._keys[n]:
            self._keys[n] = key
            self.models[n].dtmf_heard(key or None)
            self._look(n)
        return codes


class CardSpi:
    """A chip select of a card in the same process."""

    def __init__(self, transfer: Callable[[bytes], bytes]) -> None:
        self._transfer = transfer

    def xfer2(self, values: list[int], /) -> list[int]:
        return list(self._transfer(bytes(values)))

    def close(self) -> None:
        """Nothing is held."""


def width_for(ports: int) -> int:
    """Timeslots of a frame for so many ports: whole groups of eight."""
    return 8 * max(1, -(-ports // 8))


def pclk_for(width: int) -> int:
    """The slowest PCLK that has `width` timeslots, and frame sync, in a frame.

    Raises:
        ValueError: no PCLK of the Si321x is fast enough.
    """
    for hz in (1_024_000, 2_048_000, 4_096_000, 8_192_000):
        if 8 * width < hz // 8000:
            return hz
    raise ValueError(f"{width} timeslots do not fit into a frame")
