"""The console that `tipring demo --keep` opens is that of the demo."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from firmware.__main__ import console_at
from firmware.cli.context import Options


def test_the_console_of_the_demo_looks_for_the_gateway_and_the_board_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("show port status\nphone 1 lift\nexit\n"))
    elsewhere = {"TIPRING_SOCKET": "/another/gateway.sock", "TIPRING_BOARD": "/another/board"}
    options = Options(config=Path("/another/tipring.toml"), environment=elsewhere)
    assert console_at(tmp_path / "control.sock", options) == 0
    said = capsys.readouterr().out
    assert f"no socket at {tmp_path}/control.sock" in said
    assert f"no socket at {tmp_path}/board.sock" in said
