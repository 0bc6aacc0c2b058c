"""What the line circuits measured when they started, kept for the next process of this boot.

A chip that is measured gives no dial tone for two seconds and more. After a crash, or a restart
by the operator, its temperature and the wires are those of a moment ago: it gets the values that
it had. They lie beside the control socket, in memory; the next boot measures anew.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from drivers.board import CardSettings
from drivers.slic import Calibration

BOOT = Path("/proc/sys/kernel/random/boot_id")
NAME = "calibration.json"


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    boot: str
    card: str
    ports: dict[int, Calibration]


class Calibrations:
    """What the ports of one card have measured.

    Args:
        path: of the file; None: nothing is kept.
        boot: which boot this is.
    """

    def __init__(self, path: Path | None = None, boot: str = "") -> None:
        self._path = path
        self._boot = boot

    def known(self, card: CardSettings) -> dict[int, Calibration]:
        """The calibrations by port; empty: none was kept, or for another boot or card."""
        kept = self._read()
        if kept is None or (kept.boot, kept.card) != (self._boot, _named(card)):
            return {}
        return kept.ports

    def keep(self, card: CardSettings, ports: dict[int, Calibration]) -> None:
        """Write these down; if that fails, the next process measures again."""
        if self._path is None:
            return
        new = self._path.with_suffix(".new")
        with suppress(OSError):  # a reader sees the old file or the new one, whole
            new.write_bytes(msgspec.json.encode(_Kept(self._boot, _named(card), ports)))
            new.replace(self._path)

    def _read(self) -> _Kept | None:
        if self._path is None:
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return None


def beside(control: Path) -> Calibrations:
    """The calibrations in the folder of the control socket; none are kept if boots look alike."""
    try:
        return Calibrations(control.parent / NAME, BOOT.read_text().strip())
    except OSError:
        return Calibrations()


def _named(card: CardSettings) -> str:
    """A name of the card: other hardware at the same place has another one."""
    return f"{card.number} {card.driver} {card.bus} {card.daisy}"
