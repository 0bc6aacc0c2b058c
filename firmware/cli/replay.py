"""``replay``: a trace bundle lived through again, and where this gateway does otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context


@TABLE.command("replay <file>", tolerance="seconds")
def replay(context: Context, file: str, *, tolerance: float | None = None) -> Answer:
    """Live through a trace bundle again, and tell the first difference to what was recorded.

    The hook, the digits, the far end's messages and its voice are as they were; what this
    gateway does then is compared with what that one did. With --config it does it by another
    configuration. No service is needed, and none is disturbed.
    """
    from firmware.config.load import read
    from firmware.replay.report import report

    config = read(context.options.config).config if context.options.config else None
    told = report(Path(file), config, tolerance=tolerance, progress=_progress)
    _progress(None)
    return Answer(told.text, told.data, status=0 if told.same else 1)


def _progress(share: float | None) -> None:
    """How far it is, where a person watches; nothing stays of it."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K" if share is None else f"\rreplayed {share:4.0%}")
        sys.stderr.flush()
