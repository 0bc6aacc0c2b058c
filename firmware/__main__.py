"""``tipring``: argument parsing and process start, nothing else."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from firmware.cli.command import UsageError
from firmware.cli.context import Options
from firmware.cli.front import Process
from firmware.cli.front import run as run_command

EXCHANGE = (
    "tipring exchange [--listen 127.0.0.1:5070] [--user 101:secret ...] [--domain D] "
    "[--tls 127.0.0.1:5071 --cert FILE [--key FILE]]"
)
EXCHANGE_WORDS = ("listen", "user", "domain", "tls", "cert", "key")
DEMO = "tipring demo [--driver si3210|si3215|ag1171] [--dial keys|rotary] [--keep]"


def main() -> int:
    """Do what the command line says; the exit status is 0, 1 or 2."""
    programs: dict[str, Process] = {"run": _run, "demo": _demo, "bringup": _bringup}
    programs |= {"exchange": _exchange, "shell": _shell, "setup": _setup}
    if sys.argv[1:2] == ["-c"]:
        os.environ.pop("PAGER", None)  # another program, which might start a third
        return run_command(as_login_shell(sys.argv[2:]))
    return run_command(sys.argv[1:], programs)


def as_login_shell(words: list[str]) -> list[str]:
    """`ssh box show port status` runs a login shell as ``tipring -c 'show port status'``.

    What is asked for so is a command of the console and no program: no gateway is started, and no
    files are moved.
    """
    line = " ".join(words)
    try:
        return shlex.split(line)
    except ValueError:  # a quotation that has no end
        return line.split()


def _run(words: list[str], options: Options) -> int:
    from firmware import late, log

    late.keep_out()
    from firmware.start import run

    if words:
        raise UsageError(f"nothing is expected after run: {words[0]}")
    log.start()
    return run(options.config_path, options.socket)


def _setup(words: list[str], options: Options) -> int:
    from getpass import getpass

    from firmware.config.setup import Interview, Terminal

    if words:
        raise UsageError(f"nothing is expected after setup: {words[0]}")
    secretly = getpass if sys.stdin.isatty() else input
    Interview(Terminal(input, secretly, _say), options.config_path).run()
    return 0


def _bringup(words: list[str], options: Options) -> int:
    from firmware.card.bringup_run import bringup

    if words:
        raise UsageError(f"nothing is expected after bringup: {words[0]}")
    return bringup(options.config_path)


def _demo(words: list[str], options: Options) -> int:
    from firmware.demo import DIALS, DRIVERS, demo

    choices = {"--driver": DRIVERS, "--dial": DIALS}
    chosen, keep = {name: known[0] for name, known in choices.items()}, False
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--keep":
            keep = True
            continue
        value = value if equals else next(rest, "")
        if value not in choices.get(name, ()):
            raise UsageError(f"usage: {DEMO}")
        chosen[name] = value
    return demo(
        keep=keep,
        driver=chosen["--driver"],
        dial=chosen["--dial"],
        console=lambda path: console_at(path, options),
    )


def console_at(path: Path, options: Options) -> int:
    """Be the console of the gateway whose control socket is `path`, and of no other."""
    others = {"TIPRING_SOCKET", "TIPRING_BOARD"}
    rest = {name: value for name, value in options.environment.items() if name not in others}
    return _shell([], Options(socket=path, json=options.json, environment=rest))


def _shell(words: list[str], options: Options) -> int:
    from firmware.cli import shell

    return shell.run(words, options, {"setup": _setup})


def _exchange(words: list[str], _options: Options) -> int:
    from firmware import log
    from firmware.exchange.server import Wanted, run

    wanted, users = {"listen": "127.0.0.1:5070"}, dict[str, str]()
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        value = value if equals else next(rest, "")
        if name not in {f"--{key}" for key in EXCHANGE_WORDS} or not value:
            raise UsageError(f"usage: {EXCHANGE}")
        if name != "--user":
            wanted[name.removeprefix("--")] = value
        else:
            user, colon, password = value.partition(":")
            if not user or not colon or not password:
                raise UsageError(f"--user wants NUMBER:PASSWORD, not {value!r}")
            users[user] = password
    log.start()
    return run(Wanted(**wanted), users or {"101": "secret", "102": "secret"}, _say)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
