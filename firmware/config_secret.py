"""Files that hold a secret in their first line."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path


def first_line(path: Path, wrong: Callable[[str], None]) -> str:
    """Read the secret; empty if it cannot be had.

    Args:
        path: of the file.
        wrong: is told why, or that others can read it too.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        wrong(f"{path}: {reason}")
        return ""
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        wrong(f"{path}: everybody may read it; chmod o= {path.name}")
    if not (first := text.partition("\n")[0].rstrip("\r")):
        wrong(f"{path}: the first line is empty")
    return first
