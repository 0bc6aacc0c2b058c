"""A whole gateway by TCP, by TLS and over IPv6, with our own exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.demo.stage import CONFIG
from tests.certificates import Authority
from tests.transport.party import free_port
from tests.wire.stage import House

WAYS = [
    ("tcp", "127.0.0.1"),
    ("tls", "127.0.0.1"),
    ("udp", "::1"),
    ("tls", "::1"),
]


@pytest.mark.parametrize(("speaks", "host"), WAYS)
def test_two_lines_register_and_talk(speaks: str, host: str, tmp_path: Path) -> None:
    """Voice is measured on the copper, both ways; nothing is left to complain of."""
    port, plain = free_port(host), free_port(host)
    at, beside = (f"[{host}]:{one}" if ":" in host else f"{host}:{one}" for one in (port, plain))
    ours = f"[{host}]:{{sip}}" if ":" in host else f"{host}:{{sip}}"
    text = (
        CONFIG.replace("[sip]\n", f'[sip]\ntransport = "{speaks}"\n')
        .replace("port = {exchange}", f"port = {port}")
        .replace("127.0.0.1:{sip}", ours)
        .replace('host = "127.0.0.1"', f'host = "{host}"')
    )
    words: tuple[str, ...] = ("--listen", at)
    if speaks == "tls":
        authority = Authority(tmp_path)
        own = authority.certifies("exchange", f"IP:{host}")
        text += f'[sip.tls]\nca_file = "{authority.ca}"\n'
        words = ("--listen", beside, "--tls", at, "--cert", str(own.cert), "--key", str(own.key))
    with House(text=text) as house:
        house.opens(*words)
        house.talks()
        house.voice_passes()
        house.all_hang_up()
        assert house.alarms() == {}
        (shown, *_) = house.types_json("show", "registration")
        assert (shown["register_status"], shown["registrar"]) == ("reg-ok", at)
