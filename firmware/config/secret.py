"""Files that hold secrets, and who else may read them."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path

_OTHERS = stat.S_IROTH | stat.S_IWOTH
_INLINE = re.compile(r"""^[^#\n]*\bpassword\s*=\s*["']""", re.MULTILINE)


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
    if mode & _OTHERS:
        wrong(f"{path}: everybody may read it; chmod o= {path.name}")
    if not (first := text.partition("\n")[0].rstrip("\r")):
        wrong(f"{path}: the first line is empty")
    return first


def exposed(text: str, path: Path, mode: int) -> str:
    """What is odd about a configuration with passwords in it that everybody may read.

    Args:
        text: of the file.
        path: of the file.
        mode: of the file, as `stat` tells it.

    Returns:
        ``FILE:LINE: key: reason``; empty: nobody but owner and group may, or none is in it.
    """
    found = _INLINE.search(text) if mode & _OTHERS else None
    if found is None:
        return ""
    line = text.count("\n", 0, found.end()) + 1
    return (
        f"{path}:{line}: password: everybody may read this file; chmod o= {path.name}, "
        "or use password_file"
    )
