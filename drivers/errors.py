"""What drivers raise. Every error names the port, and the register where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class DriverError(Exception):
    """Base of all errors from drivers/.

    Attributes:
        port: the FXS port it happened on, 0 for the whole card.
        message: what happened, without the port.
    """

    def __init__(self, message: str, *, port: int) -> None:
        super().__init__(f"port {port}: {message}" if port else message)
        self.port = port
        self.message = message


class BusError(DriverError):
    """The transfer itself failed: cable, permission, or a device that went away."""


class ChipError(DriverError):
    """The chip answered nonsense, or did not do what it was told; the register is named."""


class BringUpError(ChipError):
    """A step of the start-up failed its check; the port stays out of service.

    Attributes:
        step: the step of the start-up sequence, in the words of the fact sheet.
    """

    def __init__(self, message: str, *, port: int, step: str) -> None:
        super().__init__(f"{step}: {message}", port=port)
        self.step = step


class ChipResetError(ChipError):
    """The chip has lost its registers (a power glitch); bring it up again."""


class PowerAlarmError(ChipError):
    """The chip opened the line because a transistor of the line feed overheats.

    Attributes:
        gave_up: it has happened too often; the line stays open.
    """

    def __init__(self, message: str, *, port: int, gave_up: bool = False) -> None:
        super().__init__(message, port=port)
        self.gave_up = gave_up


class LinefeedRefusedError(ChipError):
    """The chip did not enter the linefeed mode it was told to enter."""


class HighwayError(DriverError):
    """The PCM highway is gone, or cannot be opened."""

    def __init__(self, message: str) -> None:
        super().__init__(message, port=0)


@contextmanager
def bus_errors(*, port: int, address: int) -> Iterator[None]:
    """Turn what the SPI library raises into what drivers raise, where it is called."""
    try:
        yield
    except OSError as error:
        raise BusError(f"register {address}: {error}", port=port) from error
