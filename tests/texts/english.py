"""The English of the console, read out of its source: every sentence that a person may see."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE

FIRMWARE = Path(__file__).parents[2] / "firmware"
SPOKEN = (
    "explain/*.py", "causes.py", "box/doctor*.py", "box/health.py", "box/room.py",
    "explain/voice_health.py", "server_news.py", "renewal.py", "desk/*.py", "control/client.py",
    "copper/line_verdict.py", "copper/ring_doctor.py", "line/dial_verdict.py", "mqtt/watch.py",
    "voice_link.py", "gateway.py", "binding_news.py", "card/rack.py", "daemon.py", "simulated.py",
    "cli/*.py",
)  # fmt: skip
"""Files whose sentences people read: explanations, alarms, refusals, answers."""
SILENT = {
    "cli/profile.py": "a workshop for country files: its readers write English keys",
    "cli/phone.py": "the person at the simulated board: for labs",
    "cli/copper.py": "its wires: the same",
    "desk/profile.py": "values of a profile, by the names of its keys",
}
"""Files that speak English only, and why."""
UNSEEN = (
    r"[\^\\]",  # a pattern
    r"%[YHm]",  # a format of time
    r"^(tab|.\?.): ",  # readline's
    r"READY=1",
    r"<\w+>|^(show|config|test|trace|ring|profile|explain) [\w -]+$",  # what is typed
    r"^(terminal|drill) [\w -]+$",  # the same
    r"^(soon|anyway) ",  # names of timers
    r"^(config file|house call|no RTP|out of service|carried over)$",  # of alarms and ladders
    r"^(demo|exchange) \[",
    r"^\{\} (dead|in use|line|sip|is \{\} now)$|^(messages wait|no messages|no network)$",
    r"the way out is there again",  # words of ladders
    r"^(sbc|tipring) \{\}( \(\{\}\))?$|^Raspberry Pi$|^hook = ",  # names
    r"^by \{\}$|^\{\} new$",  # what a mark says besides
    r"^\r|^% |warning:",  # progress, and what is said of files
)
_WORD = re.compile(r"[A-Za-z]{3,}")


def sentences() -> set[str]:
    """All of them, with ``{}`` for what is filled in."""
    found = {_trimmed(t) for path in _files() for t in _texts(path) if _is_sentence(t)}
    return found | set(_help())


def words() -> set[str]:
    """Every string in those files, a single word too."""
    return {_trimmed(text) for path in _files() for text in _texts(path)}


def _trimmed(text: str) -> str:
    """Without indentation; what ends in a space goes on."""
    text = text.strip() if text.startswith("  ") else text
    return f"{text}{{}}" if text.endswith(" ") else text


def _files() -> Iterator[Path]:
    for pattern in SPOKEN:
        for path in FIRMWARE.glob(pattern):
            if str(path.relative_to(FIRMWARE)) not in SILENT:
                yield path


def _help() -> Iterator[str]:
    for command in TABLE.commands:
        for part in inspect.cleandoc(command.run.__doc__ or "").split("\n\n"):
            yield " ".join(part.split())


def _is_sentence(text: str) -> bool:
    spoken = " " in text.strip() and len(_WORD.findall(text.replace("{}", " "))) > 0
    chinese = any(character > "\u2fff" for character in text)
    return spoken and not chinese and not any(re.search(p, text) for p in UNSEEN)


def _texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):  # a docstring
                skipped.add(id(node.value))
            case ast.JoinedStr(values=values):
                skipped.update(id(part) for part in values if isinstance(part, ast.Constant))
                specs = [p.format_spec for p in values if isinstance(p, ast.FormattedValue)]
                skipped.update(id(n) for spec in specs if spec for n in ast.walk(spec))
            case ast.Call(func=ast.Attribute(attr="mark" | "_mark" | "_told" | "tell_agent")):
                said = [*node.args, *(keyword.value for keyword in node.keywords)]  # in ladders
                skipped.update(id(part) for argument in said for part in ast.walk(argument))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        match node:
            case ast.Constant(value=str(text)):
                yield re.sub(r"\{\w+\}", "{}", text)
            case ast.JoinedStr(values=values):
                parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in values)
                yield "".join(map(str, parts))
