"""From the command line to the daemon: what takes long begins early, side by side.

Before there is dial tone two interpreters have to import what they need, the clock has to run,
and the chips have to raise their batteries. So the voice process begins before anything is read;
once the configuration is read and the control socket is ours, voice and card begin as well
(`head_start.py`), while this process is still importing what the lines and SIP need. What is
imported when is the order of this file.
"""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.launched import VOICE, Launched, launch

if TYPE_CHECKING:
    from firmware.config.schema import Config


def run(path: Path, control: Path | None = None) -> int:
    """Check the configuration, then run until SIGTERM, SIGINT or SIGHUP.

    Args:
        path: of the configuration file.
        control: socket to use in place of the configured one.

    Raises:
        ConfigError: the file is refused; no hardware was touched.
        ControlError: another gateway runs here; the same.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # passwords are in memory; for children too
    with _voice() as voice:
        return _run(path, control, voice)


def _run(path: Path, control: Path | None, voice: Launched | None) -> int:
    from msgspec.structs import replace

    from firmware.config.load import read
    from firmware.config.store import Store
    from firmware.log import event as log_event

    state = os.environ.get("STATE_DIRECTORY")  # of systemd
    store = Store(path, Path(state) if state else None)
    loaded, refused = store.load(read)
    for warning in loaded.warnings:
        log_event("config-warning", level=logging.WARNING, why=warning)

    def placed(config: Config) -> Config:
        """The control socket may be elsewhere than the file says."""
        if control is None:
            return config
        return replace(config, control=replace(config.control, socket=str(control)))

    from firmware.card.head_start import begun, meanwhile

    with begun(placed(loaded.config), voice) as ahead:
        with meanwhile(ahead.go_on):
            from firmware.daemon import serve

        return serve(store, loaded, refused, ahead, placed)


@contextmanager
def _voice() -> Iterator[Launched | None]:
    """A voice process; None: it will be tried again, and then be a fault that is shown."""
    try:
        voice = launch(VOICE)
    except OSError:
        voice = None
    try:
        yield voice
    finally:
        if voice:
            voice.dismiss()
