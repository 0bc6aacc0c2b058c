"""A trace bundle read back: what happened, with which configuration, in which state it began."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from firmware.config.schema import Config
from firmware.config.values import Secret
from firmware.errors import CommandError
from firmware.sip.events import Address, Transport
from firmware.status import PortStatus, RegistrationStatus, ServerStatus
from firmware.trace.marks import Mark

T = TypeVar("T")

FORMAT = 1
MOST = 64 << 20
"""Octets of a part of a bundle, unpacked; no trace is a tenth as long."""
PARTS = ("marks.json", "config.json", "replay.json")


class State(msgspec.Struct, frozen=True):
    """How everything stood when the record begins."""

    known: bool
    """It is that state; else that of a later instant, the older one being forgotten."""
    ports: list[PortStatus]
    registrations: list[RegistrationStatus]
    servers: list[ServerStatus]


class Life(msgspec.Struct, frozen=True):
    """What the marks do not show."""

    format: int
    offset: float
    """Seconds from the clock of the gateway to 1970's."""
    local: str
    began: float
    """When the gateway was started; monotonic seconds, like the next."""
    whole: bool
    """Nothing is missing since then."""
    quiet_s: float
    speaks: float | None
    """When it could speak to the network first."""
    tokens: dict[str, str]
    """What stands in the Contact of each line."""
    draws: list[tuple[float, float]]
    state: State


@dataclass(frozen=True, slots=True)
class Record:
    """One bundle."""

    name: str
    marks: list[Mark]
    """In order; on the clock of the gateway that was."""
    config: Config
    life: Life

    @property
    def local(self) -> Address:
        """Where the gateway was."""
        host, _, port = self.life.local.rpartition(":")
        return Address(host.strip("[]"), int(port), Transport(self.config.sip.transport))


def read(path: Path, config: Config | None = None) -> Record:
    """Open a bundle.

    Args:
        path: of the file.
        config: to use in place of the one in it.

    Raises:
        CommandError: it is none, is damaged, or does not hold what a replay needs; says which.
    """
    parts = _parts(path)
    life = _read(path, "replay.json", parts, Life)
    if life.format != FORMAT:
        raise CommandError(f"{path}: is of format {life.format}; this tipring knows {FORMAT}")
    if not life.local.rpartition(":")[2].isdecimal() or life.speaks is None:
        raise CommandError(f"{path}: the gateway had no network, so there is nothing to replay")
    rows = _read(path, "marks.json", parts, list[dict[str, Any]])
    try:
        marks = [
            msgspec.convert({**row, "at": round(row["at"] - life.offset, 6)}, Mark) for row in rows
        ]
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise CommandError(f"{path}: marks.json is damaged: {error}") from error
    known = config or _read(path, "config.json", parts, Config)
    return Record(str(path), sorted(marks, key=lambda mark: mark.at), known, life)


def _parts(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            missing = [name for name in PARTS if name not in archive.namelist()]
            if missing == ["replay.json"]:
                raise CommandError(
                    f"{path}: was written by a tipring that could not replay; it has no state and "
                    "no clock to begin from"
                )
            if missing:
                raise CommandError(f"{path}: is no trace bundle: it has no {missing[0]}")
            if any(archive.getinfo(name).file_size > MOST for name in PARTS):
                raise CommandError(f"{path}: is no trace bundle: a part of it is far too long")
            return {name: archive.read(name) for name in PARTS}
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise CommandError(
            f"{path}: is no trace bundle, or not the whole of one ({error})"
        ) from error


def _read(path: Path, name: str, parts: dict[str, bytes], kind: type[T]) -> T:
    try:
        value = json.loads(parts[name])
        return msgspec.convert(value, kind, strict=False, dec_hook=_secret)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise CommandError(f"{path}: {name} is damaged: {error}") from error


def _secret(kind: type, raw: object) -> Secret:
    if kind is not Secret or not isinstance(raw, str):
        raise msgspec.ValidationError(f"expected text, got {type(raw).__name__}")
    return Secret(raw)
