"""The hardware's way up, begun while the rest of the gateway is still being imported.

A telephone that is off-hook waits for its dial tone, and most of that waiting is for hardware:
the PCM clock, the reset, the battery. Meanwhile this process has three hundred modules to read. So
both are done at once, without a thread: before each module that is imported the chips are seen to.

What has been begun here is taken over by `Rack` (the card) and `VoiceLink` (the voice process),
at whatever point it is. If anything goes wrong it is left as it is, and they meet it themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

from drivers.board import Card, CardSettings, open_card
from drivers.errors import DriverError
from drivers.slic import LineSettings, Steps
from firmware.card.calibrations import Calibrations, beside
from firmware.card.words import card_settings, line_settings, media_start
from firmware.config.schema import Config
from firmware.control.place import Place
from firmware.launched import Launched
from firmware.media.messages import Ready, Start, decode_report, encode
from firmware.profiles import load as load_profile
from firmware.simulated import board

Opener = Callable[[CardSettings], Card]


class Voice(Protocol):
    """The voice process, while it has no owner; see `launched.Launched`."""

    def begin(self, first: bytes) -> None: ...
    def listen(self) -> list[bytes]: ...


class Walk:
    """Does steps ahead of time, before their owner exists.

    Args:
        steps: yield seconds to wait.
        clock: monotonic seconds.
    """

    def __init__(self, steps: Steps, clock: Callable[[], float]) -> None:
        self._steps = steps
        self._clock = clock
        self._due = clock()
        self._problem: DriverError | None = None
        self.over = False
        """No step is left; the last may have failed."""

    @property
    def well(self) -> bool:
        """All steps are done, and none failed."""
        return self.over and self._problem is None

    def go_on(self) -> None:
        """Do the steps whose time has come."""
        try:
            while not self.over and self._clock() >= self._due:
                wait = next(self._steps)
                self._due = self._clock() + wait
        except StopIteration:
            self.over = True
        except DriverError as error:
            self.over, self._problem = True, error

    def rest(self) -> Steps:
        """The steps that are left.

        Raises:
            DriverError: that of the steps, whenever they were walked.
        """
        if self._problem:
            raise self._problem
        if not self.over:
            yield max(0.0, self._due - self._clock())
            yield from self._steps


class Chips:
    """Voice told to begin; then the card opened; with the clock, reset; then its chips started.

    Args:
        voice: the voice process; None: it could not be started, so there will be no clock.
        start: its first message.
        settings: of the card.
        lines: what each line circuit is started with, by port.
        calibrations: what the chips measured before.
        open_card: opens the card.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        voice: Voice | None,
        start: Start,
        settings: CardSettings,
        lines: dict[int, LineSettings],
        calibrations: Calibrations,
        *,
        open_card: Opener = open_card,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._voice = voice
        self._first = encode(start)
        self._settings = settings
        self._lines = lines
        self._calibrations = calibrations
        self._open_card = open_card
        self._clock = clock
        self._card: Card | None = None
        self._reset: Walk | None = None
        self._ports: dict[int, Walk] = {}
        self._going = False
        self._ended = False
        """Somebody else goes on from here, or there is nothing that could."""

    def begin(self) -> None:
        """Have the clock started, and open the card, which holds its chips in reset."""
        try:
            if self._voice:
                self._voice.begin(self._first)
            self._card = self._open_card(self._settings)
        except (OSError, DriverError):
            self._ended = True  # whoever comes next will be told the same, and says so

    def go_on(self) -> None:
        """Go on with clock and chips as far as time allows."""
        if self._going or self._ended or self._card is None:
            return
        self._going = True
        try:
            self._see_to(self._card)
        finally:
            self._going = False

    def _see_to(self, card: Card) -> None:
        if self._reset is None:
            if not self._clock_runs():
                return
            self._reset = Walk(card.reset(), self._clock)
        self._reset.go_on()
        if self._reset.well and not self._ports:
            known = self._calibrations.known(self._settings)
            for slic in card.slics:
                if slic.port in known:
                    slic.recall(known[slic.port])
                steps = slic.bring_up(self._lines[slic.port])
                self._ports[slic.port] = Walk(steps, self._clock)
        for walk in self._ports.values():
            walk.go_on()

    def _clock_runs(self) -> bool:
        """The voice process has said that the clock runs."""
        said = self._voice.listen() if self._voice else []
        return any(isinstance(decode_report(data), Ready) for data in said)

    # taking over

    def card(self, settings: CardSettings) -> Card | None:
        """The card, which is the caller's from now on; None: the caller has to open it."""
        self._ended = True
        card, self._card = self._card, None
        if card is not None and settings != self._settings:
            card.close()
            return None
        return card

    def reset(self) -> Steps | None:
        """The rest of the card's reset; None: it was not begun. Can be asked for once."""
        walk, self._reset = self._reset, None
        return walk.rest() if walk else None

    def bring_up(self, port: int, settings: LineSettings) -> Steps | None:
        """The rest of a line circuit's start; None: it was not begun, or with other settings."""
        walk = self._ports.pop(port, None)
        return walk.rest() if walk and settings == self._lines[port] else None

    @property
    def recalled(self) -> bool:
        """The chips were given what they had measured before."""
        return bool(self._ports)

    def close(self) -> None:
        """Leave the lines dead, if nobody has taken the card over."""
        self._ended = True
        card, self._card = self._card, None
        if card is not None:
            card.close()


@dataclass(frozen=True, slots=True)
class HeadStart:
    """What is under way when the daemon begins.

    Attributes:
        place: of the control socket; the daemon's to give up.
        board: the simulated one's process, if it was started here.
        voice: the voice process.
        chips: the card and its line circuits.
    """

    place: Place
    board: object
    voice: Launched | None
    chips: Chips

    def go_on(self) -> None:
        """Go on with the chips."""
        self.chips.go_on()


@contextmanager
def begun(config: Config, voice: Launched | None) -> Iterator[HeadStart]:
    """Take the place of the gateway, and begin; at the end nothing is left alive.

    Raises:
        ControlError: another gateway runs here, or another board; no hardware was touched.
    """
    place = Place(Path(config.control.socket))
    try:
        settings = card_settings(config)
        keep = board(settings)
        profile = load_profile(config.gateway.country)
        chips = Chips(
            voice,
            media_start(config, profile, realtime=True),
            settings,
            {port: line_settings(config, profile, port) for port in range(1, settings.ports + 1)},
            beside(place.path),
        )
        chips.begin()
        try:
            yield HeadStart(place, keep, voice, chips)
        finally:
            chips.close()
    finally:
        place.give_up()


@contextmanager
def meanwhile(see_to: Callable[[], None]) -> Iterator[None]:
    """Call `see_to` before each module that is imported in the block."""
    finder = _Meanwhile(see_to)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Meanwhile:
    """Sees each import, by pretending to look for the module; it never finds one."""

    def __init__(self, see_to: Callable[[], None]) -> None:
        self._see_to = see_to

    def find_spec(self, *_: object) -> None:
        self._see_to()
