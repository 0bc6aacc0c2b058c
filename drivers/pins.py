"""Pins of a card, its reset and interrupt: the only importer of gpiozero.

The pin factory is chosen by its entry-point name, as gpiozero itself does it: ``lgpio``
on a Raspberry Pi, ``fxs-sim`` for the simulated board.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any, Protocol

from drivers.errors import DriverError

FACTORIES = "gpiozero_pin_factories"
"""The entry-point group that gpiozero reads."""
INTERRUPT_PIN = 25
"""INT: active low, open drain, shared by all chips (BCM number)."""
RESET_PIN = 24
"""RESET: active low, with a pull-down, so that a dead daemon means dead lines."""


class Pins(Protocol):
    """The two wires of a card beside its buses."""

    def assert_reset(self) -> None:
        """Hold all chips in reset; takes the voltage off the lines at once."""

    def release_reset(self) -> None: ...

    @property
    def interrupt_asserted(self) -> bool:
        """Whether a chip wants to be looked at, now."""

    def watch(self, on_edge: Callable[[], None]) -> None:
        """Have `on_edge` called when the interrupt becomes asserted.

        It comes on another thread and says only "look"; edges may be lost or repeated.
        """

    def close(self) -> None: ...


def pin_factory(name: str, **options: Any) -> Any:
    """Make gpiozero's pin factory of that entry-point name.

    Raises:
        DriverError: it is not installed, or finds no pins on this machine.
    """
    found = tuple(entry_points(group=FACTORIES, name=name))
    if not found:
        raise DriverError(f"pin factory {name!r} is not installed", port=0)
    try:
        return found[0].load()(**options)
    except Exception as error:  # each factory has errors of its own
        raise DriverError(f"pin factory {name!r}: {error}", port=0) from error


@contextmanager
def pin_errors(*pins: int, port: int = 0) -> Iterator[None]:
    """Turn what gpiozero raises about `pins` into what drivers raise."""
    from gpiozero import GPIOZeroError

    try:
        yield
    except (GPIOZeroError, OSError) as error:
        *others, last = map(str, pins)
        named = f"{', '.join(others)} and {last}" if others else last
        raise DriverError(f"pins {named}: {error}", port=port) from error


class GpioPins:
    """`Pins` on GPIO lines. The card is in reset until `release_reset`."""

    def __init__(
        self, factory: Any, *, interrupt: int = INTERRUPT_PIN, reset: int = RESET_PIN
    ) -> None:
        from gpiozero import DigitalInputDevice, OutputDevice

        self._factory = factory
        self._watched = False
        with pin_errors(reset, interrupt):
            self._reset = OutputDevice(
                reset, active_high=False, initial_value=True, pin_factory=factory
            )
            # gpiozero's own debouncing drops edges: none is asked for
            self._interrupt = DigitalInputDevice(interrupt, pull_up=True, pin_factory=factory)

    def assert_reset(self) -> None:
        self._reset.on()

    def release_reset(self) -> None:
        self._reset.off()

    @property
    def interrupt_asserted(self) -> bool:
        return bool(self._interrupt.is_active)

    def watch(self, on_edge: Callable[[], None]) -> None:
        self._watched = True
        self._interrupt.when_activated = on_edge

    def close(self) -> None:
        """Give the pins back; the pull-down of RESET then holds the chips in reset."""
        if self._watched:
            self._interrupt.when_activated = None
        self._reset.on()
        self._interrupt.close()
        self._reset.close()
        self._factory.close()
