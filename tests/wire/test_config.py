"""A configuration typed at a prompt: changed, applied, taken back, broken, outlived."""

from __future__ import annotations

from pathlib import Path

from tests.wire.stage import House, until


def _said(house: House, *words: str) -> str:
    done = house.types(*words)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_configuration_is_changed_applied_taken_back_and_outlives_a_mistake() -> None:
    """D12, D14: what is refused changes nothing, and after a crash what ran last runs again."""
    with House() as house:
        house.opens()
        kept = house.folder / "tipring.toml.good"
        until("it is kept beside the file", kept.exists)
        assert _said(house, "config", "diff").splitlines() == [
            "nothing: the gateway runs with what the file says"
        ]

        _replace(house.config, 'digit_map = "10x"', 'digit_map = "20x"')
        _replace(house.config, "[[line]]\nport = 2", '[[line]]\ndisplay = "Ben"\nport = 2')
        told = _said(house, "config", "diff").splitlines()
        assert told == [
            'dialling.digit_map: "10x" -> "20x"',
            'line of port 2: display: (none) -> "Ben"',
            "",
            "starts anew: port 1, port 2",
        ]
        house.phone(1, "lift")
        house.hears(1, "dial-tone")
        told = _said(house, "config", "apply").splitlines()
        assert told[-1] == "waits until nobody uses it: port 1 (show alarms)"
        assert "port 1" in house.alarms()["config"]
        house.phone(1, "hang-up")
        until("it is in force", lambda: "config" not in house.alarms())
        house.is_idle()
        assert "20x" in _said(house, "dial-test", "1", "205")
        until("the new one is kept", lambda: "20x" in kept.read_text())

        assert "20x" in _said(house, "config", "rollback")
        until("the old one is back", lambda: "config" not in house.alarms())
        assert '"10x"' in house.config.read_text()
        until("the old one is kept", lambda: "10x" in kept.read_text())

        _replace(house.config, 'digit_map = "10x"', 'digit_map = "10x|("')
        done = house.types("config", "apply")
        assert (done.returncode, done.stdout) == (1, "")
        assert "dialling.digit_map" in done.stderr
        assert done.stderr.splitlines()[-1] == "nothing was changed"
        house.is_idle()
        house.killed()
        house.comes_up()
        assert "dialling.digit_map" in house.alarms()["config file"]
        house.rings()
        house.all_hang_up()

        _replace(house.config, '"10x|("', '"10x"')
        _said(house, "config", "apply")
        assert "config file" not in house.alarms()
        assert kept.stat().st_mode & 0o777 == 0o600
