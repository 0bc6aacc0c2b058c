"""The service and a real Mosquitto: Home Assistant's way to a telephone (U17)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.mqtt.client import Broker, security
from firmware.mqtt.words import Came, Connected, Input, Lost
from tests.certificates import Authority
from tests.interop.mosquitto import PASSWORD, Automation, Mosquitto, keep
from tests.interop.programs import somewhere
from tests.wire.stage import House, until

KEYS = """
[mqtt]
host = "{at.host}"
port = {at.port}
username = "tipring"
password_file = "broker"
"""


def test_an_automation_finds_the_telephone_rings_it_and_sees_the_handset_go_up() -> None:
    """Also: a broker that comes late, and a gateway that dies without a word."""
    at = somewhere()
    with House(KEYS.format(at=at)) as house:
        keep(house.folder / "broker", f"{PASSWORD}\n")
        house.opens()
        until("the alarm", lambda: "is away: " in house.alarms().get("mqtt", ""))
        with Mosquitto(at) as _, Automation(at) as home:
            until("the alarm goes", lambda: "mqtt" not in house.alarms())
            until("we live", lambda: home.last("tipring/availability") == "online")
            hook = home.entity("binary_sensor", "port1_hook")
            button = home.entity("button", "port1_ring")
            until("its state", lambda: home.last(hook["state_topic"]))
            assert json.loads(home.last(hook["state_topic"]))["registered"]
            home.says(button["command_topic"], '{"name": "Dinner"}')
            until("telephone 1 rings", lambda: house.phone(1, "state")["ringing"])
            house.phone(1, "lift")
            until("it is seen", lambda: json.loads(home.last(hook["state_topic"]))["off_hook"])
            assert home.last("tipring/port/1/answer") == "ringing"
            house.phone(1, "hang-up")
            house.killed()
            until("the will", lambda: home.last("tipring/availability") == "offline")


async def _first(queue: asyncio.Queue[Input], kind: type[Input]) -> Input:
    async with asyncio.timeout(20):
        while not isinstance(what := await queue.get(), kind):
            pass
    return what


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with Mosquitto() as broker:
        yield broker


# What paho has no more use for after a handshake that failed it leaves to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_a_broker_shows_a_certificate_that_somebody_trusted_has_signed(tmp_path: Path) -> None:
    """By TLS: ours is taken, another authority's is refused in words."""
    right, wrong = Authority(tmp_path, "right"), Authority(tmp_path, "wrong")
    at = somewhere()
    shown = right.certifies("broker", f"IP:{at.host}")
    keys = f"certfile {shown.cert}\nkeyfile {shown.key}\n"

    async def tries(authority: Path) -> Input:
        heard: asyncio.Queue[Input] = asyncio.Queue()
        link = Broker(
            at.host, at.port, ("tipring", PASSWORD), security(str(authority)),
            "house/availability", lambda _link, what: heard.put_nowait(what),
            asyncio.get_running_loop(),
        )  # fmt: skip
        async with asyncio.timeout(20):
            first = await heard.get()
        await link.close()
        return first

    with Mosquitto(at, keys):
        assert asyncio.run(tries(Path(right.ca))) == Connected()
        refused = asyncio.run(tries(Path(wrong.ca)))
    assert isinstance(refused, Lost)
    assert "certificate verify failed" in refused.why


def test_a_wrong_password_is_told_in_words_and_a_right_one_is_taken(broker: Mosquitto) -> None:
    async def tries() -> None:
        heard: asyncio.Queue[Input] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def reach(password: str) -> Broker:
            user = "tipring", password
            return Broker(
                broker.at.host, broker.at.port, user, None, "house/availability",
                lambda _link, what: heard.put_nowait(what), loop,
            )  # fmt: skip

        reach("wrong")
        refused = await _first(heard, Lost)
        assert isinstance(refused, Lost)
        assert refused.why == "it refuses us: not authorized"
        link = reach(PASSWORD)
        await _first(heard, Connected)
        link.say("house/port/2/ring", "PRESS", retain=True)
        link.listen("house/port/+/ring")
        assert await _first(heard, Came) == Came("house/port/2/ring", b"PRESS", retained=True)
        link.say("house/port/1/ring", "{}", retain=False)
        assert await _first(heard, Came) == Came("house/port/1/ring", b"{}")
        await link.close()

    asyncio.run(tries())
