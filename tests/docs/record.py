"""``python -m tests.docs.record``: replay what the documents show, and write down what came.

A block of a console that stands under ``<!-- recorded -->`` is a script: its lines with a prompt
are typed again, and what is printed replaces what stands under them. All blocks of a document
are one session, in a folder of their own. Comments steer it:

    <!-- recorded -->            type the lines of the next block
    <!-- recorded last=8 -->     the same; of each answer keep the last 8 lines, after ``...``
    <!-- recorded stays -->      the command goes on in the background until the session ends
    <!-- file NAME -->           write the next block into that file
    <!-- waits SECONDS -->       what a reader does meanwhile
    <!-- demo-ladder -->         the ladder of the demo that was played in this session, shortened
"""

from __future__ import annotations

import os
import re
import selectors
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from drivers.sim.client import PhoneClient
from tests.docs.pages.markdown import DOCS, ROOT

TUTORIAL = DOCS / "tutorial.md"
RECORDED = (TUTORIAL,)
README = ROOT / "README.md"
PROMPT = "tipring> "
PATIENCE = 90.0
"""Seconds that an answer may take; the demo takes 25."""
BREATH = 0.6
"""Seconds between two lines: a person is not faster."""
FIRST_WORDS = 3.0
"""After so many seconds of silence, a program in the background has said its first lines."""

STEP = re.compile(
    r"<!-- (?P<what>recorded|file|waits)(?: (?P<how>[^>]*?))? -->"
    r"(?:\n```\w*\n(?P<body>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
LADDER = re.compile(r"^ +\d+\.\d{3} ", re.MULTILINE)
DULL = ("silence", "ring stops", "voice", "* ")
"""Lines of the ladder that a short picture does without."""


class Session:
    """A folder, the programs that run in it, and at most one console."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.demo = ""
        """What the demo printed."""
        self._console: subprocess.Popen[str] | None = None
        self._running: list[subprocess.Popen[str]] = []
        self._nap = threading.Event()
        bin_ = ROOT / ".venv" / "bin"
        other = {"TIPRING_SOCKET", "TIPRING_BOARD", "JOURNAL_STREAM"}
        self._environment = {k: v for k, v in os.environ.items() if k not in other} | {
            "PATH": f"{bin_}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
        }

    def waits(self, seconds: float) -> None:
        self._nap.wait(seconds)

    def types(self, line: str, *, stays: bool = False) -> str:
        """Type a line with its prompt; returns what is printed."""
        self.waits(BREATH)
        if line.startswith(PROMPT):
            return self._asks(line.removeprefix(PROMPT))
        command = line.removeprefix("$ ")
        if stays:
            return self._starts(command)
        if self._opens_console(command):
            self._console = self._spawn(command, stdin=subprocess.PIPE)
            said = self._answer()
            if " demo" in command:
                self.demo = said
            return said
        done = subprocess.run(
            shlex.split(command), cwd=self.folder, env=self._environment, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout.rstrip("\n")

    def ends(self) -> None:
        """End what still runs, the newest first."""
        for process in reversed(self._running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
        self._running.clear()
        if (self.folder / "board.sock").exists():  # it outlives gateways, as hardware does
            PhoneClient(self.folder / "board.sock").call("quit")

    def _opens_console(self, command: str) -> bool:
        return command.startswith("tipring") and command.endswith((" --keep", " shell"))

    def _spawn(self, command: str, *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            shlex.split(command), cwd=self.folder, env=self._environment, stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self._running.append(process)
        return process

    def _starts(self, command: str) -> str:
        process = self._spawn(command)
        assert process.stdout is not None
        said = _read(process.stdout, PATIENCE, until="\n")
        return (said + _read(process.stdout, FIRST_WORDS)).rstrip("\n")

    def _asks(self, line: str) -> str:
        assert self._console is not None, "no console is open"
        assert self._console.stdin is not None
        self._console.stdin.write(line + "\n")
        self._console.stdin.flush()
        if line in {"exit", "quit"}:
            console, self._console = self._console, None
            console.wait(PATIENCE)
            return ""
        return self._answer()

    def _answer(self) -> str:
        assert self._console is not None
        assert self._console.stdout is not None
        said = _read(self._console.stdout, PATIENCE, until=PROMPT)
        if not said.endswith(PROMPT):
            raise SystemExit(f"no prompt came, only:\n{said}")
        return said.removesuffix(PROMPT).rstrip("\n")


def _read(stream: IO[str], seconds: float, until: str = "") -> str:
    """What comes within that time, or up to those words."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while selector.select(seconds):
            data = os.read(stream.fileno(), 65536)
            said += data
            if not data or (until and said.endswith(until.encode())):
                break
    return said.decode()


def record(path: Path) -> Session:
    """Replay a document and write it anew."""
    text = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="tipring-docs-") as folder:
        session = Session(Path(folder))
        try:
            replayed = STEP.sub(lambda step: _replay(step, session), text)
        finally:
            session.ends()
    path.write_text(replayed, encoding="utf-8")
    return session


def _replay(step: re.Match[str], session: Session) -> str:
    what, how, body = step["what"], step["how"] or "", step["body"] or ""
    match what:
        case "waits":
            session.waits(float(how))
        case "file":
            (session.folder / how).write_text(body, encoding="utf-8")
        case "recorded":
            return step[0].replace(body, _play(body, how, session))
    return step[0]


def _play(body: str, how: str, session: Session) -> str:
    last = re.fullmatch(r"last=(\d+)", how)
    lines = []
    for line in body.splitlines():
        if not line.startswith(("$ ", PROMPT)):
            continue
        sys.stdout.write(f"  {line}\n")
        said = session.types(line, stays=how == "stays").splitlines()
        if last and len(said) > int(last[1]):
            said = ["...", *said[-int(last[1]) :]]
        lines += [line, *(one.rstrip() for one in said)]
    return "\n".join(lines) + "\n"


def ladder(demo: str) -> str:
    """The picture of the demo, from lift to release, without what is dull."""
    lines = demo.splitlines()
    head = next(line for line in lines if "gateway" in line)
    drawn = [line for line in lines if LADDER.match(line)]
    first = next(i for i, line in enumerate(drawn) if "off-hook" in line)
    kept = [line for line in drawn[first:] if not any(word in line for word in DULL)]
    return "\n".join([head, *(re.sub(r"  port \d.*", "", line) for line in kept)]) + "\n"


def write_ladder(path: Path, demo: str) -> None:
    """Put the picture between its comments."""
    text = path.read_text(encoding="utf-8")
    block = re.compile(
        r"(<!-- demo-ladder[^>]*-->\n```text\n).*?(```\n<!-- /demo-ladder -->)", re.DOTALL
    )
    path.write_text(block.sub(lambda m: m[1] + ladder(demo) + m[2], text), encoding="utf-8")


def main() -> None:
    for path in RECORDED:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        session = record(path)
        if session.demo:
            write_ladder(README, session.demo)


if __name__ == "__main__":
    main()
