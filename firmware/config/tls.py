"""The files of [sip.tls]: relative names begin beside the configuration; all must be good."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from firmware.config.lines import KeyPath
from firmware.config.schema import Config
from firmware.config.sip import Tls

if TYPE_CHECKING:
    from firmware.transport.tls import Files


def check_tls(config: Config, folder: Path, wrong: Callable[[KeyPath, str], None]) -> Config:
    """Say what is wrong with the files, if they are to be used at all.

    Args:
        config: as read.
        folder: where relative names begin.
        wrong: is told of each mistake.

    Returns:
        The same with the names of the files in full.
    """
    if config.sip.transport != "tls":
        return config
    from firmware.transport.tls import Files, mistakes  # brings OpenSSL along

    tls = config.sip.tls
    named = {key: _full(getattr(tls, key), folder) for key in ("ca_file", "cert_file", "key_file")}
    files = Files(named["ca_file"], named["cert_file"], named["key_file"])
    for key, reason in mistakes(files):
        wrong(("sip", "tls", key), reason)
    secret = "key_file" if files.key else "cert_file"
    if named[secret] and _open_to_all(Path(named[secret])):
        name = Path(named[secret]).name
        wrong(("sip", "tls", secret), f"{named[secret]}: everybody may read it; chmod o= {name}")
    return msgspec.structs.replace(
        config, sip=msgspec.structs.replace(config.sip, tls=Tls(**named))
    )


def files_of(config: Config) -> Files:
    """The files that TLS uses."""
    from firmware.transport.tls import Files

    tls = config.sip.tls
    return Files(tls.ca_file, tls.cert_file, tls.key_file)


def _full(name: str, folder: Path) -> str:
    return str(folder / name) if name else ""


def _open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    except OSError:
        return False  # that it cannot be read is said elsewhere
