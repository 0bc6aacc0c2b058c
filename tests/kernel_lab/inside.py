"""What runs in the lab's kernel: device by device, then the demo call over all of them.

Prints ``ok`` or ``NOT SO`` for each observation; exit status 0 if all were made. Everything
above the device files is what runs on a Raspberry Pi: spidev, gpiozero with lgpio, PyAudio.
"""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from drivers.bus import SpiRegisters, open_spi
from drivers.errors import DriverError
from drivers.pins import INTERRUPT_PIN, RESET_PIN, GpioPins, pin_factory
from firmware.demo.stage import StageError
from firmware.demo.story import NotSeenError, _Story
from tests.kernel_lab.bridge import FAR_END, SimulatedLine
from tests.kernel_lab.ends import Call, NotSoError
from tests.kernel_lab.stage import CARDS, CardStage, Fitted, KernelStage

SOUND = f"""\
pcm.fxs {{ type hw card fxs device 0 hint {{ show on description "the gateway's end" }} }}
pcm.{FAR_END} {{ type hw card fxs device 1 hint {{ show on description "the card's end" }} }}
"""
PACKAGES = ("spidev", "gpiozero", "lgpio", "PyAudio")

_nap = threading.Event()


class Report:
    """Observations, told as they are made."""

    def __init__(self) -> None:
        self.failed = 0

    def __call__(self, what: str, seen: bool, how: object = "") -> None:
        self.failed += not seen
        say(f"  {'ok' if seen else 'NOT SO'}  {what}{f': {how}' if how != '' else ''}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def pins(report: Report) -> None:
    """RESET and INT over gpiozero, lgpio and the kernel's character device."""
    interrupt, reset = SimulatedLine(INTERRUPT_PIN), SimulatedLine(RESET_PIN)
    interrupt.pull(up=True)
    reset.pull(up=False)
    factory = pin_factory("lgpio")
    report("gpiozero knows the board", factory.board_info.model == "4B", factory.board_info.model)
    wires = GpioPins(factory)
    report("RESET is driven low when the pins are opened", not reset.level)
    wires.release_reset()
    report("RESET goes high when it is released", reset.level)
    wires.assert_reset()
    report("RESET goes low again", not reset.level)
    edges: list[float] = []
    wires.watch(lambda: edges.append(time.monotonic()))
    for count in range(1, 11):
        interrupt.pull(up=False)
        wait_for(lambda count=count: len(edges) >= count)  # type: ignore[misc] # bound early
        interrupt.pull(up=True)
        _nap.wait(0.02)
    report("ten falling edges of INT are ten calls", len(edges) == 10, len(edges))
    report("INT reads as released", not wires.interrupt_asserted)
    wires.release_reset()
    wires.close()
    report("closed pins leave RESET to its pull-down", not reset.level)


def spi_of_the_kernel(report: Report) -> None:
    """The kernel's own spidev over bit-banged pins: mode 3, and what MISO says."""
    miso = SimulatedLine(9)
    for up, byte in ((True, 0xFF), (False, 0x00)):
        miso.pull(up=up)
        spi = open_spi("spi1.0")
        answer = spi.xfer2([0x8B, 0xFF])
        spi.close()
        report(f"/dev/spidev1.0 reads MISO {'high' if up else 'low'}", answer == [byte] * 2)


def chips(report: Report) -> None:
    """The chip models behind /dev/spidev0.0 and 0.1, read as the driver reads them."""
    with CardStage(Fitted("si3210")):
        wires = GpioPins(pin_factory("lgpio"))
        wires.release_reset()
        _nap.wait(0.05)
        for number in (0, 1):
            spi = open_spi(f"spi0.{number}")
            registers = SpiRegisters(spi, port=number + 1)
            identity = [registers.read(address) for address in (8, 11, 64)]
            report(
                f"chip {number} answers as after reset",
                identity == [0x02, 0x33, 0x00],
                " ".join(f"{each:02X}" for each in identity),
            )
            registers.write(2, 0x5A)
            report(f"chip {number} keeps what is written", registers.read(2) == 0x5A)
            spi.close()
        wires.assert_reset()
        _nap.wait(0.05)
        wires.release_reset()
        _nap.wait(0.05)
        spi = open_spi("spi0.0")
        report("RESET clears it", SpiRegisters(spi, port=1).read(2) == 0)
        spi.close()
        wires.close()


def call(report: Report, card: Fitted) -> None:
    """Bring-up, registration, dialling, ringing, voice both ways, hang-up."""
    began = time.monotonic()
    what = f"the call over {card.name}, from bring-up to hang-up"
    try:
        with KernelStage(card) as stage:
            try:
                talk(report, stage)
            except (NotSeenError, NotSoError):
                with stage.control() as control:
                    say(f"alarms: {control.call('alarms')}\n{stage.excuse()}")
                raise
    except (StageError, NotSeenError, NotSoError, DriverError) as error:
        report(what, False, error)
        return
    report(what, True, f"{time.monotonic() - began:.0f} s")


def talk(report: Report, stage: KernelStage) -> None:
    """The demo's story, or a call between the ends of a larger card."""
    if stage.card.ports == 2:
        _Story(stage).play()
        return
    phones = stage.telephones()
    with stage.control() as control:
        Call(stage, control, phones).play(lambda seen: report(seen, True))
    phones.close()


def wait_for(true: Callable[[], bool], most: float = 2.0) -> None:
    """Let time pass until something is so, or it has been long enough."""
    end = time.monotonic() + most
    while not true() and time.monotonic() < end:
        _nap.wait(0.002)


def main() -> int:
    Path(os.environ["HOME"], ".asoundrc").write_text(SOUND, encoding="utf-8")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    say(f"Linux {platform.release()}, Python {platform.python_version()}, {packages}")
    report = Report()
    for work in (pins, spi_of_the_kernel, chips):
        say(f"\n--- {(work.__doc__ or '').splitlines()[0]}")
        work(report)
    for name in os.environ["LAB_CARDS"].split(","):
        card = CARDS[name]
        say(f"\n--- A call over {card.name}")
        call(report, card)
    say(
        f"\n{report.failed} observations were not made"
        if report.failed
        else "\nall of it was seen"
    )
    return 1 if report.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
