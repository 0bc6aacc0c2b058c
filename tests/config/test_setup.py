"""``tipring setup``: questions, answers that are judged at once, and a file that can be used."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.config.load import read
from firmware.config.setup import BOARDS, Interview, Terminal
from firmware.errors import CommandError


class Somebody:
    """Answers what he is asked by the words of the question, once each; else just Enter."""

    def __init__(self, *answers: tuple[str, str]) -> None:
        self._answers = list(answers)
        self.seen: list[str] = []
        self.hidden: list[str] = []

    @property
    def terminal(self) -> Terminal:
        return Terminal(self._ask, self._ask_secretly, self.seen.append)

    def _ask(self, prompt: str) -> str:
        self.seen.append(prompt)
        for answer in self._answers:
            if answer[0] in prompt:
                self._answers.remove(answer)
                if answer[1] == "^D":
                    raise EOFError
                return answer[1]
        return ""

    def _ask_secretly(self, prompt: str) -> str:
        self.hidden.append(prompt)
        return self._ask(prompt)


USUAL = (("SIP server", "sbc.example.net:5080"), ("Telephone 1", "+8621"), ("password", "geheim"))


def test_a_few_answers_make_a_file_that_the_gateway_takes(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "tipring.toml"
    anna = Somebody(*USUAL, ("Another server", "192.0.2.9"), ("Telephone 2", "8622"))
    Interview(anna.terminal, path).run()
    config = read(path).config
    assert [(s.host, s.port) for s in config.sip.server] == [
        ("sbc.example.net", 5080), ("192.0.2.9", None)
    ]  # fmt: skip
    assert config.sip.domain == "sbc.example.net"
    one, two = config.line
    assert (one.port, one.number, one.password.reveal()) == (1, "+8621", "geheim")
    assert (two.number, two.password.reveal()) == ("8622", "")
    secret = path.parent / "secrets" / "1"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "geheim" not in path.read_text()
    assert "geheim" not in "".join(anna.seen)
    assert len(anna.hidden) == 2


def test_an_answer_that_cannot_be_is_refused_with_the_reason_and_asked_for_again(
    tmp_path: Path,
) -> None:
    anna = Somebody(
        ("Country", "atlantis"), ("Country", "de"), ("SIP server", ""), ("SIP server", "a b"),
        *USUAL[:1], ("Telephone 1", "8 6"), *USUAL[1:], ("Transport", "smoke"),
    )  # fmt: skip
    path = tmp_path / "tipring.toml"
    Interview(anna.terminal, path).run()
    complaints = [line for line in anna.seen if line.startswith("  ") and "(" not in line[:20]]
    text = "\n".join(complaints)
    assert "'atlantis' is not one of: " in text
    assert "without a server nobody can be called" in text
    assert "'a b' is not a host name" in text
    assert "'8 6' holds characters" in text
    assert "'smoke' is not one of: udp, tcp, tls" in text
    assert read(path).config.gateway.country == "de"


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_that_is_offered_makes_a_good_file(tmp_path: Path, board: str) -> None:
    path = tmp_path / "tipring.toml"
    Interview(Somebody(("Board", board), *USUAL).terminal, path).run()
    assert read(path).config.card[0].bus in {"simulated", "spi0.0", "gpio"}


@pytest.mark.parametrize("leaves_at", ["Country", "SIP server", "password", "Write"])
def test_whoever_leaves_before_the_end_has_changed_nothing(tmp_path: Path, leaves_at: str) -> None:
    path = tmp_path / "tipring.toml"
    path.write_text("old")
    leaves = Somebody((leaves_at, "^D"), *USUAL)
    with pytest.raises(CommandError, match="nothing was written"):
        Interview(leaves.terminal, path).run()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("tipring.toml", "old")]


def test_a_file_that_is_there_is_replaced_only_if_he_says_so(tmp_path: Path) -> None:
    path = tmp_path / "tipring.toml"
    path.write_text("old")
    with pytest.raises(CommandError):
        Interview(Somebody(*USUAL).terminal, path).run()
    assert path.read_text() == "old"
    Interview(Somebody(*USUAL, ("Write", "yes")).terminal, path).run()
    assert read(path).config.line[0].number == "+8621"


def test_it_can_be_answered_by_a_script(tmp_path: Path) -> None:
    path = tmp_path / "tipring.toml"
    answers = ["", "", "1", "192.0.2.1", "", "", "", "101", "", "secret", ""]
    done = subprocess.run(
        [sys.executable, "-m", "firmware", "setup", "--config", str(path)],
        input="\n".join(answers) + "\n", capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert read(path).config.line[0].number == "101"
