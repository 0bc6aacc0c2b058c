"""The configuration file of a world."""

from __future__ import annotations

from collections.abc import Sequence

HOUSE = """
[gateway]
country = "{country}"

[[card]]
number = 1
ports = {ports}
driver = "{driver}"
daisy = {daisy}
oht_resistor = true
reverse_idle = {reverse_idle}

[sip]
domain = "ims.example.net"
listen = "{listen}"
{sip}
[[sip.server]]
host = "10.0.0.9"

[dialling]
digit_map = "{digit_map}"
"""
LINE = """
[[line]]
port = {port}
number = "{number}"
password = "{password}"
{keys}
"""


def configuration(
    numbers: Sequence[str],
    *,
    country: str,
    sip: str,
    line: str,
    digit_map: str,
    password: str,
    more: str,
    driver: str = "si3210",
    daisy: bool = False,
    listen: str = "10.0.0.1:5060",
) -> str:
    """TOML for a card whose ports have these numbers.

    Args:
        numbers: of port 1, port 2 ...
        country: of the gateway.
        sip: more keys of [sip].
        line: more keys of each [[line]].
        digit_map: of [dialling].
        password: of all lines; empty: secret-NUMBER, which the servers know.
        more: TOML put between [dialling] and the lines.
        driver: of the card; or the part, where that is another.
        daisy: its chips are chained.
        listen: of [sip].
    """
    lines = (
        LINE.format(port=port, number=number, password=password or f"secret-{number}", keys=line)
        for port, number in enumerate(numbers, start=1)
    )
    house = HOUSE.format(
        country=country,
        ports=len(numbers),
        driver="ag1171" if driver == "ks0835f" else driver,
        daisy="true" if daisy else "false",
        reverse_idle=0 if driver == "ks0835f" else 1,
        listen=listen,
        sip=sip,
        digit_map=digit_map,
    )
    return house + more + "".join(lines)
