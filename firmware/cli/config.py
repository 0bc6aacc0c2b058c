"""``config ...``: look at a configuration before the gateway does; let it change, and go back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.errors import CommandError, ConfigError


@TABLE.command("config check", "config check <file>")
def config_check(context: Context, file: str | None = None) -> Answer:
    """Check a configuration file: every mistake with its line, and what is odd."""
    # Reading configurations takes msgspec types and digit maps; no other command needs them.
    from firmware.config.load import read

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


@TABLE.command("config diff")
def config_diff(context: Context) -> Answer:
    """Say what the file would change, and what would have to start anew for it."""
    told = context.control.call("config-diff")
    if told["problems"]:
        return _mistakes(told)
    lines = [*told["changes"]] or ["nothing: the gateway runs with what the file says"]
    if told["renews"]:
        lines += ["", f"starts anew: {', '.join(told['renews'])}"]
    if told["in_use"]:
        lines.append(
            f"in use: {_ports(told['in_use'])}; config apply waits, config apply --now ends calls"
        )
    return Answer("\n".join(lines), told)


@TABLE.command("config apply", now="")
def config_apply(context: Context, *, now: bool = False) -> Answer:
    """Run with what the file says; what is in use goes on until its handset is back."""
    return _applied(context.control.call("config-apply", now=now))


@TABLE.command("config rollback", now="")
def config_rollback(context: Context, *, now: bool = False) -> Answer:
    """Write back what the gateway ran with before the last change, and run with that."""
    from firmware.config.load import read
    from firmware.config.store import write

    where = context.control.call("config-file")
    path = Path(where["file"])
    try:
        text = read(Path(where["before"]), path.parent).text
    except ConfigError as error:
        why = f"nothing to go back to: {error.problems[0]}"
        if not Path(where["before"]).exists():
            why = "nothing to go back to: no other configuration was in force before"
        raise CommandError(why) from error
    try:
        write(path, text)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from error
    return _applied(context.control.call("config-apply", now=now))


def _applied(told: dict[str, Any]) -> Answer:
    if told["problems"]:
        return _mistakes(told)
    if not told["changes"] and not told["renews"]:
        return Answer("nothing has changed", told)
    lines = [*told["changes"]]
    if done := [step for step in told["renews"] if step not in told["waiting"]]:
        lines.append(f"starts anew now: {', '.join(done)}")
    if told["waiting"]:
        lines.append(f"waits until nobody uses it: {', '.join(told['waiting'])} (show alarms)")
    return Answer("\n".join(lines), told)


def _mistakes(told: dict[str, Any]) -> Answer:
    return Answer(
        "", told, status=1, complaint="\n".join([*told["problems"], "nothing was changed"])
    )


def _ports(numbers: list[int]) -> str:
    return f"port{'s' if len(numbers) > 1 else ''} {' '.join(map(str, numbers))}"


def _as_warning(text: str, path: Path) -> str:
    """Put the word behind ``FILE:LINE:``, so that it cannot be taken for a mistake."""
    line, _, rest = text.removeprefix(f"{path}:").partition(":")
    return f"{path}:{line}: warning:{rest}"
