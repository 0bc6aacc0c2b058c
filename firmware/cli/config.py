"""``config ...``: look at a configuration file before the gateway does."""

from __future__ import annotations

from pathlib import Path

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.errors import ConfigError


@TABLE.command("config check", "config check <file>")
def config_check(context: Context, file: str | None = None) -> Answer:
    """Check a configuration file: every mistake with its line, and what is odd."""
    # Reading configurations takes msgspec types and digit maps; no other command needs them.
    from firmware.config_load import read

    path = Path(file) if file is not None else context.options.config_path
    try:
        loaded = read(path)
    except ConfigError as error:
        data = {"file": str(path), "ok": False, "problems": error.problems, "warnings": []}
        return Answer("", data, status=1, complaint="\n".join(error.problems))
    warnings = list(loaded.warnings)
    told = [_as_warning(text, path) for text in warnings]
    return Answer(
        "\n".join([*told, f"{path}: ok"]),
        {"file": str(path), "ok": True, "problems": [], "warnings": warnings},
    )


def _as_warning(text: str, path: Path) -> str:
    """Put the word behind ``FILE:LINE:``, so that it cannot be taken for a mistake."""
    line, _, rest = text.removeprefix(f"{path}:").partition(":")
    return f"{path}:{line}: warning:{rest}"
