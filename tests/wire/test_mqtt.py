"""The service and a real Mosquitto: Home Assistant's way to a telephone (U17)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from firmware.mqtt.client import Broker
from firmware.mqtt.words import Came, Connected, Input, Lost
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
