"""The gateway refuses to start, in words, and leaves nothing behind (faults D14, D18)."""

from __future__ import annotations

from pathlib import Path

from firmware.demo.stage import CONFIG
from tests.wire.stage import House

MISTAKES = {
    'country = "cn"': 'country = "xx"',
    "number = 1\ndriver": "number = 1\ncolour = 3\ndriver",
    'domain = "demo.tipring.example"': "domain = 5",
    'digit_map = "10x"': 'digit_map = "10x|("',
}
UNBUILT = {"[sip]\n": "[[card]]\nnumber = 2\n\n[sip]\n"}


def _spoilt(changes: dict[str, str]) -> str:
    text = CONFIG
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong)
    return text


def _starts_nothing(house: House) -> list[str]:
    """`tipring run` with exit status 1; what it said, line by line."""
    before = set(house.folder.iterdir())
    done = house.types("run", "--config", str(house.config))
    assert (done.returncode, done.stdout) == (1, "")
    assert set(house.folder.iterdir()) == before, "no socket, no lock, no board"
    return done.stderr.splitlines()


def test_all_mistakes_of_a_configuration_are_told_at_once_with_their_lines() -> None:
    """D14."""
    with House(text=_spoilt(MISTAKES)) as house:
        said = _starts_nothing(house)
        lines = house.config.read_text().splitlines()
        assert len(said) == len(MISTAKES)
        for problem, key in zip(
            said, ("gateway.country", "colour", "sip.domain", "digit_map"), strict=True
        ):
            file, number, *_ = problem.split(":")
            assert file == str(house.config)
            assert key.rpartition(".")[2] in lines[int(number) - 1]
            assert key in problem
        assert house.types("config", "check", str(house.config)).stderr.splitlines() == said


def test_what_is_not_built_yet_is_refused_in_words() -> None:
    with House(text=_spoilt(UNBUILT)) as house:
        (problem,) = _starts_nothing(house)
        assert problem.startswith(f"{house.config}:")
        assert "a second card is not built yet" in problem


def test_a_missing_configuration_is_told_by_name(tmp_path: Path) -> None:
    with House() as house:
        done = house.types("run", "--config", str(tmp_path / "none.toml"))
        assert done.returncode == 1
        assert str(tmp_path / "none.toml") in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_second_gateway_is_refused_in_one_line_and_disturbs_nobody(house: House) -> None:
    """D18."""
    done = house.types("run", "--config", str(house.config))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("% another tipring runs already")
    house.is_idle()
