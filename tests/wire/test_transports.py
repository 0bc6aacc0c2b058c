"""A whole gateway by TCP and by TLS, with our own exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.demo.stage import CONFIG
from tests.certificates import Authority
from tests.transport.party import free_port
from tests.wire.stage import House

HOST = "127.0.0.1"


@pytest.mark.parametrize("speaks", ["tcp", "tls"])
def test_two_lines_register_and_talk(speaks: str, tmp_path: Path) -> None:
    text = CONFIG.replace("[sip]\n", f'[sip]\ntransport = "{speaks}"\n')
    words: tuple[str, ...] = ()
    if speaks == "tls":
        authority = Authority(tmp_path)
        own = authority.certifies("exchange", f"IP:{HOST}")
        port = free_port(HOST)
        text = text.replace("port = {exchange}", f"port = {port}")
        text += f'[sip.tls]\nca_file = "{authority.ca}"\n'
        words = ("--tls", f"{HOST}:{port}", "--cert", str(own.cert), "--key", str(own.key))
    with House(text=text) as house:
        house.opens(*words)
        house.talks()
        house.voice_passes()
        house.all_hang_up()
        assert house.alarms() == {}
        (shown, *_) = house.types_json("show", "registration")
        assert shown["register_status"] == "reg-ok"
