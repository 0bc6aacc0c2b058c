"""Which commands are loaded for what is typed: no more than it may mean, and all that it may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE
from firmware.cli.front import MODULES

LOADED = """
import sys
from firmware.cli.front import run
status = run(sys.argv[1:])
print(*sorted(name for name in sys.modules if name.startswith("firmware")))
"""


def loaded(tmp_path: Path, *words: str) -> set[str]:
    """The modules of ours that a command on a machine without a service loads."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words, "--socket", str(tmp_path / "none")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


def test_every_command_is_where_its_first_word_says() -> None:
    found: dict[str, set[str]] = {}
    for command in TABLE.commands:
        module = command.run.__module__.removeprefix("firmware.cli.")
        if module != "help":
            found.setdefault(command.words[0], set()).add(module)
    assert found == {word: set(modules) for word, modules in MODULES.items()}


@pytest.mark.parametrize("words", [["show", "port", "status"], ["sho", "p"]])
def test_a_status_table_needs_neither_signalling_nor_line_nor_other_commands(
    tmp_path: Path, words: list[str]
) -> None:
    names = loaded(tmp_path, *words)
    assert {name for name in names if name.startswith("firmware.cli.")} == {
        "firmware.cli.command", "firmware.cli.context", "firmware.cli.front",
        "firmware.cli.grid", "firmware.cli.instant", "firmware.cli.kinds", "firmware.cli.show",
        "firmware.cli.tables",
    }  # fmt: skip
    assert not [name for name in names if name.startswith(("firmware.sip", "firmware.line"))]


def test_a_word_that_may_mean_several_loads_all(tmp_path: Path) -> None:
    assert "firmware.cli.main" in loaded(tmp_path, "t", "call-path", "1")


def test_the_gateway_itself_loads_no_command(tmp_path: Path) -> None:
    """`tipring run` is a process of its own: what it keeps in memory are not commands."""
    script = (
        "import sys; sys.argv = ['tipring', 'run', '--config', sys.argv[1]]\n"
        "from firmware.__main__ import main\n"
        "status = main()\n"
        "print(*sorted(n for n in sys.modules if n.startswith('firmware.cli')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "none.toml")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [
        "firmware.cli", "firmware.cli.command", "firmware.cli.context", "firmware.cli.front",
        "firmware.cli.instant", "firmware.cli.kinds",
    ]  # fmt: skip
