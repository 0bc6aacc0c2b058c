"""From the command line to the daemon: what takes long begins early, side by side.

Before there is dial tone two interpreters have to import what they need, signalling and the voice
process. A refused configuration starts neither; after that the second begins, while this one goes
on importing.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from firmware.config_load import read
from firmware.config_store import Store
from firmware.log import event as log_event
from firmware.media.link import PROGRAM
from firmware.process_link import Launched, launch


def run(path: Path, control: Path | None = None) -> int:
    """Check the configuration, then run until SIGTERM or SIGINT.

    Args:
        path: of the configuration file.
        control: socket to use in place of the configured one.

    Raises:
        ConfigError: the file is refused; nothing was started.
        ControlError: another gateway runs here.
    """
    state = os.environ.get("STATE_DIRECTORY")  # of systemd
    store = Store(path, Path(state) if state else None)
    loaded, refused = store.load(read)
    for warning in loaded.warnings:
        log_event("config-warning", level=logging.WARNING, why=warning)
    launched = _voice()
    from firmware.daemon import serve

    return serve(store, loaded, refused, launched, control)


def _voice() -> Launched | None:
    """A voice process; None: it will be tried again, and then be a fault that is shown."""
    try:
        return launch(PROGRAM)
    except OSError:
        return None
