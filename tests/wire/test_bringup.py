"""`tipring bringup` as an operator types it, on the simulated board."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from firmware.demo.stage import Stage, config_for
from tests.wire.stage import TIPRING, House

pytestmark = pytest.mark.wire


def bringup(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TIPRING, "bringup", "--config", config],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("driver", ["si3210", "ag1171"])
def test_a_simulated_card_passes_its_acceptance(driver: str) -> None:
    stage = Stage(config_for(driver))
    done = bringup(stage.config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert "port 2  ring voltage off" in done.stdout
    assert "Not measured here" in done.stdout
    assert not (stage.folder / "board.sock").exists(), "the board that it started has ended"


def test_a_card_that_a_gateway_has_is_left_alone() -> None:
    with House() as house:
        house.opens()
        done = bringup(house.config)
        assert done.returncode == 1
        assert "stop the gateway first" in done.stderr
        assert all(row.physical_status.value == "ON-HOOK" for row in house.rows())
