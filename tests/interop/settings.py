"""The configuration of a gateway that is tried: its file, as an operator would write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interop.programs import Place

DOMAIN = "interop.tipring.example"
CONFIG = """
[gateway]
country = "cn"

[[card]]
number = 1
driver = "si3210"
bus = "simulated"
ports = {ports}
pcm = "simulated"

[sip]
domain = "{domain}"
listen = "{host}:{port}"
expires = {expires}
{sip}
[[sip.server]]
host = "{server}"
port = {server_port}

[rtp]
ports = "20000-20099"
{rtp}
[dialling]
digit_map = "8xxx|9xxx"

[control]
socket = "{folder}/control.sock"

[lab]
t1 = {t1}
"""
LINE = """
[[line]]
port = {port}
number = "{number}"
password = "{password}"
display = "{display}"
"""


def password(number: str) -> str:
    """The password that every server here expects of the line `number`."""
    return f"pw-{number}"


@dataclass(frozen=True, slots=True)
class Line:
    """What a port is on the network."""

    number: str
    password: str = ""
    """Empty: the right one."""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one gateway has other than the next; ports are counted from 1.

    Args:
        server: the preferred one.
        lines: one a port.
        expires: seconds that they ask for.
        t1: of SIP.
        sip: more keys of [sip].
        rtp: more keys of [rtp].
        more: TOML that is put behind the configuration.
    """

    server: Place
    lines: Sequence[Line]
    expires: int = 600
    t1: float = 0.5
    sip: str = ""
    rtp: str = ""
    more: str = ""

    def write(self, at: Place, folder: Path) -> Path:
        """The file, for a gateway at that place that lives in that folder."""
        head = CONFIG.format(
            ports=len(self.lines), domain=DOMAIN, host=at.host, port=at.port, t1=self.t1,
            expires=self.expires, server=self.server.host, server_port=self.server.port,
            folder=folder, sip=f"{self.sip}\n" if self.sip else "",
            rtp=f"{self.rtp}\n" if self.rtp else "",
        )  # fmt: skip
        lines = "".join(
            LINE.format(
                port=port,
                number=line.number,
                display=line.display,
                password=line.password or password(line.number),
            )
            for port, line in enumerate(self.lines, start=1)
        )
        path = folder / "tipring.toml"
        path.write_text(f"{head}{self.more}\n{lines}")
        return path
