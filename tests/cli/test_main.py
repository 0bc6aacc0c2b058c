"""The command line: options anywhere, exit statuses, one clear line when something is wrong."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firmware.cli.command import TABLE, UsageError
from firmware.cli.context import Context, Options
from firmware.cli.main import run, split, write
from firmware.control.client import START
from tests.cli.lab import context
from tests.config.test_config import CONTRACT


def tipring(*argv: str, **processes: Any) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run(argv, processes, output=out, complaints=err)
    return status, out.getvalue(), err.getvalue()


def test_options_may_stand_anywhere() -> None:
    words, options = split(["show", "--json", "port", "--socket", "/s", "1", "--config=/c"])
    assert words == ["show", "port", "1"]
    assert (options.config, options.socket, options.json) == (Path("/c"), Path("/s"), True)
    with pytest.raises(UsageError, match="--socket wants the name of a file"):
        split(["show", "--socket"])


def test_where_the_sockets_are_is_decided_in_the_order_of_the_contract(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[control]\nsocket = "/c/control.sock"\n[lab]\nboard_socket = "/l/b.sock"\n')
    empty: dict[str, str] = {}
    usual = Options(environment=empty)
    assert usual.socket_path == Path("/run/tipring/control.sock")
    assert usual.board_path == Path("/run/tipring/board.sock")
    by_file = Options(config=file, environment=empty)
    assert by_file.socket_path == Path("/c/control.sock")
    assert by_file.board_path == Path("/l/b.sock")
    environment = {"TIPRING_SOCKET": "/e/s", "TIPRING_BOARD": "/e/b"}
    by_environment = Options(config=file, environment=environment)
    assert by_environment.socket_path == Path("/e/s")
    assert by_environment.board_path == Path("/e/b")
    assert Options(socket=Path("/o/s"), environment=environment).socket_path == Path("/o/s")
    for wrong in ("[control]\nsocket = 5", "control = 1", "junk", ""):
        file.write_text(wrong)
        assert by_file.socket_path == Path("/run/tipring/control.sock")
    assert Options(socket=Path("/o/s"), environment=empty).board_path == Path("/o/board.sock")


def test_a_refusal_is_1_a_wrong_usage_is_2_and_both_are_one_line(tmp_path: Path) -> None:
    gone = str(tmp_path / "no.sock")
    assert tipring("show", "sbc", "--socket", gone) == (
        1,
        "",
        f"% tipring is not running (no socket at {gone}); {START}\n",
    )
    assert tipring("show", "mo\x1bon") == (
        2,
        "",
        "% mo\\x1bon after show is not one of: card, port, registration, sbc, call, calls, line, "
        "version, config, alarms, profile\n",
    )
    assert tipring() == (2, "", "% no command; try help\n")


def test_a_telephone_without_board_is_refused(tmp_path: Path) -> None:
    options = Options(socket=tmp_path / "control.sock", environment={})
    status, out, err = tipring("phone", "1", "lift", "--socket", str(options.socket))
    assert (status, out) == (1, "")
    assert err == f"% no simulated board (no socket at {tmp_path}/board.sock)\n"


def test_help_and_version_need_no_daemon() -> None:
    status, text, _ = tipring("help")
    assert (status, "show registration" in text) == (0, True)
    assert tipring("--help")[1] == text
    assert tipring("help", "show", "sbc")[1].startswith("show sbc\n    Show the servers")
    assert tipring("show", "sbc", "--help") == tipring("help", "show", "sbc")
    assert tipring("setup", "-h")[1].startswith("tipring setup\n    Ask a few questions")
    assert tipring("help", "moon")[0] == 1
    assert tipring("--version")[1].startswith("tipring 0.")
    assert json.loads(tipring("help", "--json")[1])[0]["command"] == "run"


def test_process_commands_get_the_rest_of_the_words() -> None:
    seen: list[tuple[list[str], Options]] = []

    def process(words: list[str], options: Options) -> int:
        seen.append((words, options))
        return 7

    given = {"run": process, "exchange": process, "demo": process, "shell": process}
    assert tipring("exchange", "--listen", "a:1", "--json", **given)[0] == 7
    assert tipring("exc", **given)[0] == 7
    assert tipring("d", **given)[0] == 2  # deregister begins so too
    assert [(words, options.json) for words, options in seen] == [
        (["--listen", "a:1"], True),
        ([], False),
    ]


def test_config_check_tells_all_mistakes_on_standard_error(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(CONTRACT)
    file.chmod(0o640)
    assert tipring("config", "check", str(file)) == (0, f"{file}: ok\n", "")
    assert tipring("config", "check", "--config", str(file))[0] == 0
    file.write_text(CONTRACT.replace("no_answer = 50", "no_answer = 60"))
    status, out, err = tipring("config", "check", str(file))
    assert (status, err) == (0, "")
    assert out.splitlines()[0].startswith(f"{file}:19: warning: sip.no_answer: 60 s is also how")
    file.write_text(CONTRACT.replace("prack", "prakc").replace("ptime = 20", "ptime = 5"))
    problems = (
        f"{file}:17: sip.prakc: unknown key; did you mean prack?\n"
        f"{file}:41: rtp.ptime: 5 is not one of: 10, 20, 30, 40, 50, 60\n"
    )
    assert tipring("config", "check", str(file)) == (1, "", problems)
    status, out, err = tipring("config", "check", str(file), "--json")
    assert (status, err) == (1, problems)
    assert json.loads(out)["problems"] == problems.splitlines()


def test_json_is_one_object_or_one_a_line_when_following() -> None:
    out, err = io.StringIO(), io.StringIO()
    options = Options(json=True)
    write(TABLE.execute(["show", "alarms"], context()), options, out, err)
    assert out.getvalue() == "[]\n"
    out = io.StringIO()
    write(TABLE.execute(["ladder", "--follow"], context()), options, out, err)
    told = [json.loads(line)["what"] for line in out.getvalue().splitlines()]
    assert told == ["off-hook", "dial-tone", "8", "INVITE", "486"]


def test_one_shot_commands_load_neither_asyncio_nor_the_gateway(tmp_path: Path) -> None:
    script = (
        "import sys; from firmware.cli.main import run; status = run(sys.argv[1:]);"
        "bad = {'asyncio', 'gpiozero', 'firmware.gateway', 'firmware.config.schema'};"
        "bad &= set(sys.modules);"
        "sys.exit(9 if bad else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "show", "sbc", "--socket", str(tmp_path / "s")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("% tipring is not running")


def test_a_closed_pipe_is_the_end_and_no_traceback(tmp_path: Path) -> None:
    read, write_ = os.pipe()
    os.close(read)
    script = "import sys; from firmware.cli.main import run; sys.exit(run(['help']))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdout=write_,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HOME": str(tmp_path)},
        timeout=20,
        check=False,
    )
    os.close(write_)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_context_opens_what_it_stands_for_once(tmp_path: Path) -> None:
    (tmp_path / "board.sock").touch()
    made = Context(Options(socket=tmp_path / "control.sock", environment={}))
    assert made.control is made.control
    with socket.socket(socket.AF_UNIX) as nobody:
        assert nobody.connect_ex(str(tmp_path / "control.sock")) != 0
