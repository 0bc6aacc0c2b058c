"""Our own address as the kernel's routing table tells it, in a network of our own (REG-22)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, subprocess
from firmware.net import NetworkError, IpNetwork
from firmware.sip.events import Address

def ip(*words):
    subprocess.run(["ip", *words], check=True)

async def towards(network):
    try:
        return await network.local_towards(Address("10.9.0.9", 5060))
    except NetworkError as error:
        return str(error)

async def main():
    network = IpNetwork()
    print(await towards(network))
    ip("link", "set", "lo", "up")
    ip("addr", "add", "10.9.0.1/24", "dev", "lo")
    print(await towards(network))
    ip("addr", "del", "10.9.0.1/24", "dev", "lo")
    ip("addr", "add", "10.9.0.2/24", "dev", "lo")
    print(await towards(network))
    ip("addr", "del", "10.9.0.2/24", "dev", "lo")
    print(await towards(network))

asyncio.run(main())
"""


NEWS = """
import asyncio, subprocess
from firmware.transport.route_news import RouteNews

STEPS = ("link set lo up", "addr add 10.9.0.1/24 dev lo", "route add 10.8.0.0/16 dev lo",
         "addr del 10.9.0.1/24 dev lo")

async def main():
    told = asyncio.Event()
    news = RouteNews(told.set)
    for step in STEPS:
        told.clear()
        subprocess.run(["ip", *step.split()], check=True)
        await asyncio.wait_for(told.wait(), 40)
        print(step)
    news.close()
    news.close()

asyncio.run(main())
"""


def _may() -> bool:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return subprocess.run(["unshare", "--net", "true"], check=False).returncode == 0


@pytest.mark.wire
@pytest.mark.skipif(not _may(), reason="needs root, unshare and ip for a network of its own")
def test_the_routing_table_knows_our_address_and_when_there_is_none() -> None:
    """REG-22, C08: DHCP takes one address and gives another; then there is none."""
    command = ["unshare", "--net", sys.executable, "-c", SCRIPT]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    lost, first, second, gone = said.stdout.splitlines()
    assert (first, second) == ("10.9.0.1", "10.9.0.2")
    for problem in (lost, gone):
        assert problem.startswith("no way to 10.9.0.9:5060: Network is unreachable")


@pytest.mark.wire
@pytest.mark.skipif(not _may(), reason="needs root, unshare and ip for a network of its own")
def test_the_kernel_tells_of_every_change() -> None:
    """REG-22: nobody has to wait for the next look."""
    command = ["unshare", "--net", sys.executable, "-W", "ignore", "-c", NEWS]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert len(said.stdout.splitlines()) == 4
