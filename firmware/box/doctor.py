"""What a machine needs to be a gateway, looked at piece by piece; and what to do about the rest.

Nothing is changed and no chip is touched: `tipring bringup` does that. Whoever asks gives a
`Machine`, so that a test looks at files of its own making.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware.config.schema import Card, Config

LIBRARIES = {
    "libspandsp.so.2": (
        "no fax, no G.726",
        "libspandsp2 (Debian 13: libspandsp2t64)",
    ),
    "libspeexdsp.so.1": ("echo is not cancelled", "libspeexdsp1"),
    "libportaudio.so.2": ("no voice through a sound device", "libportaudio2"),
}
"""What is missing without each, and the Debian package."""
OLDEST, NEWEST = (3, 11), (3, 13)
A_YEAR_AGO = 2026
"""A clock that shows an earlier year was never set."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: str
    """``ok``, ``warn`` (it works, but) or ``FAIL``."""
    seen: str
    do: str = ""
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, as far as it can be looked at."""

    loads: Callable[[str], bool]
    """Whether that shared library can be loaded."""
    root: Path = Path("/")
    version: tuple[int, int] = sys.version_info[:2]
    bits: str = field(default_factory=lambda: platform.architecture()[0])
    year: int = 0
    may_use: Callable[[Path], bool] = lambda path: os.access(path, os.R_OK | os.W_OK)

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def text(self, name: str) -> str:
        """Of a file; empty if there is none."""
        try:
            return self.path(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def look(machine: Machine, config: Config | None) -> Iterator[Finding]:
    """Everything that can be said without the network; None: there is no configuration yet."""
    yield _python(machine)
    cards = config.card if config else ()
    yield from _libraries(machine, sound=any(card.pcm != "simulated" for card in cards))
    yield _clock(machine, tls=config is not None and config.sip.transport == "tls")
    for card in cards:
        yield from _card(machine, card)


def _python(machine: Machine) -> Finding:
    seen = f"{machine.version[0]}.{machine.version[1]}, {machine.bits}"
    if machine.version < OLDEST:
        return Finding("Python", "FAIL", seen, "use 3.11 to 3.13: Debian 12 and 13 have them")
    if machine.version > NEWEST:
        return Finding("Python", "warn", seen, "newer than what tipring was tried with")
    if machine.bits != "64bit":
        return Finding("Python", "warn", seen, "only 64-bit systems are tried")
    return Finding("Python", "ok", seen)


def _libraries(machine: Machine, *, sound: bool) -> Iterator[Finding]:
    for name, (lack, package) in LIBRARIES.items():
        if name == "libportaudio.so.2" and not sound:
            continue
        if machine.loads(name):
            yield Finding(name, "ok", "found")
        else:
            yield Finding(name, "FAIL", f"not there: {lack}", f"apt install {package}")


def _clock(machine: Machine, *, tls: bool) -> Finding:
    if machine.path("/run/systemd/timesync/synchronized").exists():
        return Finding("clock", "ok", "set by the network")
    if machine.year < A_YEAR_AGO:
        return Finding(
            "clock", "FAIL" if tls else "warn", f"it shows the year {machine.year}",
            "certificates seem not valid yet; " * tls + "timedatectl set-ntp true",
        )  # fmt: skip
    return Finding("clock", "ok", "plausible; nobody says that it was set by the network")


def _card(machine: Machine, card: Card) -> Iterator[Finding]:
    name = f"card {card.number}"
    if card.bus == "simulated" and card.pcm == "simulated":
        yield Finding(name, "ok", "simulated: it needs no hardware")
        return
    if not re.search("Raspberry Pi", machine.text("/proc/device-tree/model")):
        seen = machine.text("/proc/device-tree/model").rstrip("\0") or "no device tree"
        yield Finding(
            name, "warn", f"this is no Raspberry Pi ({seen})", "the pins are numbered as on one"
        )
    if found := re.fullmatch(r"spi(\d+)\.(\d+)", card.bus):
        chips = range(1 if card.daisy else card.ports)
        first = int(found[2])
        for chip in chips:
            device = f"/dev/spidev{found[1]}.{first + chip}"
            yield _device(machine, device, "spi", "dtparam=spi=on in /boot/firmware/config.txt")
    if card.bus != "simulated":
        chips_there = sorted(machine.path("/dev").glob("gpiochip*"))
        device = f"/dev/{chips_there[0].name}" if chips_there else "/dev/gpiochip0"
        yield _device(machine, device, "gpio", "no GPIO driver in this kernel")
    if card.pcm != "simulated":
        yield _sound(machine, card.pcm)


def _device(machine: Machine, device: str, group: str, missing: str) -> Finding:
    path = machine.path(device)
    if not path.exists():
        return Finding(device, "FAIL", "not there", missing)
    if not machine.may_use(path):
        who = f"usermod -aG {group} USER, and log in again; the service has it by its unit"
        return Finding(device, "FAIL", "you may not use it", who)
    return Finding(device, "ok", "there, and you may use it")


def _sound(machine: Machine, pcm: str) -> Finding:
    cards = re.findall(r"^\s*\d+ \[(\S+)\s*\]", machine.text("/proc/asound/cards"), re.MULTILINE)
    what = f"sound card {pcm}"
    bare = pcm.partition(":")[2].partition(",")[0].removeprefix("CARD=") or pcm
    if bare in cards or pcm in cards or bare.isdecimal():
        return Finding(what, "ok", "there")
    there = ", ".join(cards) or "none"
    overlay = (
        "the overlay of the board (hardware/overlays) in /boot/firmware/config.txt, and reboot"
    )
    named = re.search(rf"pcm\.{re.escape(pcm)}\b", machine.text("/etc/asound.conf"))
    if named:
        return Finding(what, "ok", f"named in /etc/asound.conf (cards: {there})")
    return Finding(what, "FAIL", f"not there (cards: {there})", overlay)


def verdict(findings: Sequence[Finding]) -> str:
    """All of it in one sentence."""
    bad = [finding for finding in findings if finding.state == "FAIL"]
    odd = [finding for finding in findings if finding.state == "warn"]
    if bad:
        return f"{len(bad)} of {len(findings)} must be mended: {', '.join(f.what for f in bad)}."
    return f"Nothing is missing{f', {len(odd)} odd' if odd else ''}."
