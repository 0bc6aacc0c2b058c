"""The log: one line an event on standard error, ``event key=value ...``.

systemd sets ``$JOURNAL_STREAM``; then each line begins with ``<N>``, the priority of
sd-daemon(3). Nothing that came from the network can break a line or a terminal: control
characters are escaped.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import TextIO

from firmware.text import escape

LOGGER = logging.getLogger("tipring")

_PRIORITY = {
    logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3,
    logging.CRITICAL: 2,
}  # fmt: skip


def event(name: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log that something happened; None and empty facts are left out.

    Args:
        name: a few words joined by hyphens, past tense: ``line-registered``.
        level: of the logging module.
        **facts: what is told about it. Never a secret.
    """
    LOGGER.log(level, name, extra={"facts": facts})


def fact(value: object) -> str:
    """A value as it stands behind ``key=``: quoted if it could be misread."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    bare = escape(text)
    if bare != text or not text or re.search(r"[\s\"=]", bare):
        return '"' + bare.replace('"', '\\"') + '"'
    return bare


class Formatter(logging.Formatter):
    """Makes one line of a record, whatever is in it."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        words = [escape(record.getMessage())]
        facts = getattr(record, "facts", {})
        if isinstance(facts, Mapping):
            words += [f"{k}={fact(v)}" for k, v in facts.items() if v is not None and v != ""]
        if record.exc_info:
            words.append(f"exception={fact(self.formatException(record.exc_info))}")
        prefix = f"<{_PRIORITY.get(record.levelno, 6)}>" if self._journal else ""
        return prefix + " ".join(words)


class Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream; a full disk or a closed pipe costs the line, never the call."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 logging's own name
        """Drop the record: there is no other place to complain at."""


def start(
    *,
    level: int = logging.INFO,
    stream: TextIO | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Send the log of this process to `stream`, standard error unless told otherwise."""
    handler = Handler(stream if stream is not None else sys.stderr)
    handler.setFormatter(Formatter(journal="JOURNAL_STREAM" in environment))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
