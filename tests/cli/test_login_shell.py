"""The console as somebody's login shell, by ssh or at a serial line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.__main__ import as_login_shell

TIPRING = Path(sys.executable).with_name("tipring")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("show port status", ["show", "port", "status"]),
        ("trace save 'a b.zip'", ["trace", "save", "a b.zip"]),
        ("it's", ["it's"]),
        ("", []),
    ],
)
def test_a_line_is_taken_apart_as_in_the_shell(line: str, words: list[str]) -> None:
    assert as_login_shell([line]) == words


def asked(line: str) -> tuple[int, str, str]:
    """As sshd does for ``ssh box LINE``."""
    done = subprocess.run(
        [TIPRING, "-c", line], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"}, cwd="/",
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not TIPRING.exists(), reason="tipring is not installed beside this Python")
def test_a_command_of_the_console_is_done_and_a_program_is_not() -> None:
    """CLI: `ssh box show port status`; neither a gateway nor a file transfer is started so."""
    status, said, _ = asked("help")
    assert (status, "show registration" in said) == (0, True)
    for line in ("run", "exchange", "shell", "/usr/lib/openssh/sftp-server", "scp -t /tmp"):
        status, said, complaint = asked(line)
        assert (status, said, complaint.count("\n")) == (2, "", 1), line
