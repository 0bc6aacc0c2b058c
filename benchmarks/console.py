"""The console: how soon it answers, how much it takes, and what one that follows all costs."""

from __future__ import annotations

import os
import pty
import resource
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.figures import Sample
from benchmarks.resources import Calls
from benchmarks.stand import Stand, StandError
from benchmarks.targets import Target, of_samples

TIPRING = Path(sys.executable).with_name("tipring")
PROMPT = b"tipring> "
PATIENCE = 20.0
RSS_MOST = 20.0
FOLLOW_MOST = 2.0
FOLLOWING = (("ladder", "--follow", "--heartbeat"), ("show", "port", "status", "--follow"))
"""What a console does that misses nothing."""
START_UP = "most of it is the interpreter's own start, and it waits for a core like any other"
SHELL_MEMORY = "the interpreter with readline and msgspec is 15 MB of it"
FOLLOWED = "every mark of the ladder and every changed row is put into words for each who follows"
TYPED = b"show port status\nexplain port 1\nladder\nshow calls\n"


@dataclass
class Console:
    """What was found."""

    calls: int
    one_shot: Sample = field(
        default_factory=lambda: Sample(
            "`tipring show port status`, from start to end", most=150, why=START_UP
        )
    )
    one_shot_cpu: Sample = field(default_factory=lambda: Sample("CPU of it, interpreter and all"))
    prompt: Sample = field(
        default_factory=lambda: Sample(
            "`tipring shell`, from start to prompt", most=200, why=START_UP
        )
    )
    rss: Sample = field(
        default_factory=lambda: Sample(
            "RSS of the shell after some commands", "MB", RSS_MOST, why=SHELL_MEMORY
        )
    )
    alone: Sample = field(default_factory=lambda: Sample("signalling, nobody follows", "%"))
    followed: Sample = field(
        default_factory=lambda: Sample("signalling, a console follows everything", "%")
    )

    def soon(self) -> list[Sample]:
        return [self.one_shot, self.one_shot_cpu, self.prompt, self.rss]

    def following(self) -> list[Sample]:
        return [self.alone, self.followed]

    @property
    def cost(self) -> float:
        """Per cent of a core that the follower costs the daemon."""
        return max(0.0, self.followed.middle - self.alone.middle)

    def targets(self) -> list[Target]:
        figure = f"a console that follows everything at {self.calls} calls, CPU of signalling"
        return [
            *of_samples("console", self.soon()),
            Target("console", figure, FOLLOW_MOST, self.cost, "% of a core", FOLLOWED),
        ]


def measure(rounds: int, calls: int, *, seconds: float, windows: int) -> Console:
    """One-shot commands and shells on a small gateway, a follower on a busy one."""
    found = Console(calls)
    with Stand(2) as stand:
        stand.start()
        environment = _environment(stand)
        for _ in range(rounds):
            _one_shot(found, environment)
            _shell(found, environment)
    with Stand(calls) as stand:
        stand.start()
        with Calls(stand, calls) as running:
            running.voices.run(1.0)
            for _ in range(windows):
                before = machine.cpu_s(stand.signalling)
                running.voices.run(seconds)
                found.alone.add(100 * (machine.cpu_s(stand.signalling) - before) / seconds)
                followers = _followers(stand)
                before = machine.cpu_s(stand.signalling)
                running.voices.run(seconds)
                found.followed.add(100 * (machine.cpu_s(stand.signalling) - before) / seconds)
                _end(followers)
    return found


def _environment(stand: Stand) -> dict[str, str]:
    socket = {"TIPRING_SOCKET": str(stand.folder / "control.sock"), "HOME": str(stand.folder)}
    return {**os.environ, **socket, "LC_ALL": "C.UTF-8"}


def _one_shot(found: Console, environment: dict[str, str]) -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(
        [TIPRING, "show", "port", "status"], env=environment, check=True, capture_output=True
    )
    found.one_shot.add(1000 * (time.monotonic() - began))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    found.one_shot_cpu.add(1000 * cpu)


def _shell(found: Console, environment: dict[str, str]) -> None:
    began = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(TIPRING, [str(TIPRING), "shell"], environment)
    try:
        _until_prompt(terminal, 1)
        found.prompt.add(1000 * (time.monotonic() - began))
        os.write(terminal, TYPED)
        _until_prompt(terminal, TYPED.count(b"\n"))
        found.rss.add(machine.memory(pid).rss)
        os.write(terminal, b"exit\n")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def _until_prompt(terminal: int, times: int) -> None:
    """Read what the shell says until it has prompted so often."""
    said, end = b"", time.monotonic() + PATIENCE
    while said.count(PROMPT) < times:
        readable, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        if not readable:
            raise StandError(f"no prompt: {said!r}")
        said += os.read(terminal, 65536)


def _followers(stand: Stand) -> list[subprocess.Popen[bytes]]:
    """A console that follows everything, once it has begun to."""
    environment = _environment(stand)
    started = [
        subprocess.Popen([TIPRING, *words], env=environment, stdout=subprocess.PIPE)
        for words in FOLLOWING
    ]
    for follower in started:
        assert follower.stdout is not None
        follower.stdout.readline()
    return started


def _end(followers: list[subprocess.Popen[bytes]]) -> None:
    for follower in followers:
        follower.terminate()
        follower.wait()
        if follower.stdout is not None:
            follower.stdout.close()
