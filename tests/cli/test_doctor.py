"""``tipring doctor``: what is missing on a machine, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.box.doctor import Finding, Machine, look, verdict
from firmware.cli import main  # noqa: F401 fills the table
from firmware.cli.command import TABLE
from firmware.config.load import parse
from tests.cli.lab import ANSWERS, context
from tests.cli.test_main import tipring

CONFIG = """
[[card]]
driver = "{driver}"
bus = "{bus}"
pcm = "{pcm}"
[sip]
domain = "d.example"
[[sip.server]]
host = "127.0.0.1"
"""
CARDS = " 0 [vc4hdmi        ]: vc4-hdmi\n 1 [fxs            ]: simple - fxs\n"


def machine(root: Path, **more: object) -> Machine:
    """A Raspberry Pi with everything, below `root`."""
    for name in ("dev/spidev0.0", "dev/spidev0.1", "dev/gpiochip0", "proc/asound/cards",
                 "proc/device-tree/model", "run/systemd/timesync/synchronized"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "proc/asound/cards").write_text(CARDS)
    (root / "proc/device-tree/model").write_text("Raspberry Pi 4 Model B Rev 1.4\0")
    known = {"loads": lambda _: True, "root": root, "version": (3, 11), "year": 2026, **more}
    return Machine(**known)  # type: ignore[arg-type]  # a table of some of its fields


def found(there: Machine, *, bus: str = "spi0.0", pcm: str = "fxs") -> dict[str, Finding]:
    text = CONFIG.format(driver="si3210", bus=bus, pcm=pcm)
    config = parse(text, "t.toml", Path()).config
    return {finding.what: finding for finding in look(there, config)}


def test_a_machine_that_has_everything_is_told_so(tmp_path: Path) -> None:
    findings = list(found(machine(tmp_path)).values())
    assert {finding.state for finding in findings} == {"ok"}
    assert verdict(findings) == "Nothing is missing."


@pytest.mark.parametrize(
    ("gone", "what", "do"),
    [
        ("dev/spidev0.1", "/dev/spidev0.1", "dtparam=spi=on"),
        ("dev/gpiochip0", "/dev/gpiochip0", "no GPIO driver"),
        ("proc/asound/cards", "sound card fxs", "overlay of the board"),
        ("proc/device-tree/model", "card 1", "numbered as on one"),
    ],
)
def test_what_is_not_there_is_named_with_what_to_do(
    tmp_path: Path, gone: str, what: str, do: str
) -> None:
    there = machine(tmp_path)
    (tmp_path / gone).unlink()
    finding = found(there)[what]
    assert finding.state in {"FAIL", "warn"}
    assert do in finding.do


def test_devices_that_one_may_not_use_are_told_from_those_that_are_missing(tmp_path: Path) -> None:
    findings = found(machine(tmp_path, may_use=lambda path: "spi" not in path.name))
    assert findings["/dev/spidev0.0"].seen == "you may not use it"
    assert "usermod -aG spi" in findings["/dev/spidev0.0"].do
    assert findings["/dev/gpiochip0"].state == "ok"


def test_a_library_that_is_missing_is_named_with_its_package(tmp_path: Path) -> None:
    findings = found(machine(tmp_path, loads=lambda name: "spandsp" not in name))
    assert findings["libspandsp.so.2"].state == "FAIL"
    assert findings["libspandsp.so.2"].do.startswith("apt install libspandsp2")
    assert verdict(list(findings.values())).startswith("1 of ")


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10), "FAIL"), ((3, 13), "ok"), ((3, 14), "warn")]
)
def test_the_version_of_python_is_judged(
    tmp_path: Path, version: tuple[int, int], state: str
) -> None:
    assert found(machine(tmp_path, version=version))["Python"].state == state


def test_a_clock_that_was_never_set_is_noticed(tmp_path: Path) -> None:
    there = machine(tmp_path, year=1970)
    (tmp_path / "run/systemd/timesync/synchronized").unlink()
    assert found(there)["clock"].state == "warn"


def test_a_simulated_card_needs_no_hardware(tmp_path: Path) -> None:
    findings = found(Machine(lambda _: True, root=tmp_path), bus="simulated", pcm="simulated")
    assert findings["card 1"].state == "ok"
    assert "libportaudio.so.2" not in findings


def test_it_is_typed_as_a_command_and_says_so_by_its_exit_status(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(CONFIG.format(driver="si3210", bus="simulated", pcm="simulated"))
    status, out, err = tipring("doctor", "--config", str(path), "--socket", str(tmp_path / "no"))
    assert err == ""
    assert "127.0.0.1:5060, from 127.0.0.1" in out
    assert (status == 0) == ("FAIL" not in out)
    path.write_text("nonsense = 1\n")
    status, out, _ = tipring("doctor", "--config", str(path), "--socket", str(tmp_path / "no"))
    assert status == 1
    assert f"{path}:1: nonsense: unknown key" in out


def test_the_file_of_the_service_that_runs_is_looked_at_unless_another_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.toml"
    path.write_text(CONFIG.format(driver="si3210", bus="simulated", pcm="simulated"))
    made = context({**ANSWERS, "config-file": {"file": str(path)}})
    first = TABLE.execute(["doctor"], made).text.splitlines()[1]
    assert first.split()[0] == "configuration"
    assert str(path) in first
    made.options.config = tmp_path / "another.toml"
    assert "another.toml" in TABLE.execute(["doctor"], made).text.splitlines()[1]
