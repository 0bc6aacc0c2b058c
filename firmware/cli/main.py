"""All commands: who imports this has the whole table."""

from __future__ import annotations

from firmware.cli import (  # noqa: F401 fill the table
    call_path,
    config,
    copper,
    dial,
    doctor,
    explain,
    help,  # noqa: A004 a command
    ladder,
    line,
    line_test,
    phone,
    profile,
    replay,
    ring,
    sbc,
    show,
    terminal,
    trace,
)
from firmware.cli.front import Process, complain, run, split, write

__all__ = ["Process", "complain", "run", "split", "write"]
