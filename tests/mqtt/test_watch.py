"""A gateway and a broker joined, in virtual time: telephones, commands, and the alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from firmware.config.mqtt import Mqtt
from firmware.mqtt.telling import Telling
from firmware.mqtt.watch import Watch
from firmware.mqtt.words import Came, Connected, Lost
from firmware.status import Alarm
from tests.world import World


@dataclass
class Memory:
    """A broker that keeps all; reached when the test says so."""

    kept: dict[str, list[str]] = field(default_factory=dict)
    listened: list[str] = field(default_factory=list)
    attempts: list[Callable[[Any], None]] = field(default_factory=list)
    refusing: str = ""

    def open(self, _mqtt: Mqtt, heard: Callable[[Any, Any], None]) -> Memory:
        self.attempts.append(lambda what: heard(self, what))
        if self.refusing:
            raise OSError(24, self.refusing)
        return self

    def listen(self, topic: str) -> None:
        self.listened.append(topic)

    def say(self, topic: str, text: str, *, retain: bool) -> None:  # noqa: ARG002 - as Link
        self.kept.setdefault(topic, []).append(text)

    def drop(self) -> None: ...

    async def close(self) -> None:
        self.say("tipring/availability", "offline", retain=True)

    def hears(self, what: object) -> None:
        self.attempts[-1](what)

    def states(self, port: int, key: str) -> list[Any]:
        told = [json.loads(text)[key] for text in self.kept[f"tipring/port/{port}/state"]]
        return [one for n, one in enumerate(told) if n == 0 or told[n - 1] != one]


def watched(world: World, broker: Memory) -> Watch:
    mqtt = Mqtt(host="broker.example", username="tipring")

    async def make() -> Watch:
        return Watch(mqtt, world.gateway, world.desk.handlers, broker.open)

    return world.loop.run_until_complete(make())


def alarms(world: World) -> dict[str, str]:
    told = world.asks("alarms")
    assert isinstance(told, list)
    return {a.where: a.what for a in told if isinstance(a, Alarm)}


def test_an_automation_rings_a_telephone_and_sees_that_somebody_came() -> None:
    broker = Memory()
    with World(exchange=True).registers() as world:
        watch = watched(world, broker)
        broker.hears(Connected())
        world.waits(0.1)
        broker.hears(Came("tipring/port/1/ring", b'{"seconds": 20, "name": "Dinner"}'))
        world.waits_until(lambda: world.person(1).bell_rings)
        world.person(1).lifts()
        world.waits(0.5)
        world.person(1).hangs_up()
        world.waits(1.5)
        assert broker.states(1, "ringing") == [False, True, False]
        assert broker.states(1, "off_hook") == [False, True, False]
        assert broker.states(1, "house_call") == ["", "ringing", "answered"]
        assert broker.kept["tipring/port/1/answer"] == ["ringing"]
        world.loop.run_until_complete(watch.stop())
        assert broker.kept["tipring/availability"] == ["online", "offline"]


def test_an_automation_sees_who_calls_whom() -> None:
    broker = Memory()
    with World(exchange=True).registers() as world:
        watch = watched(world, broker)
        broker.hears(Connected())
        world.person(1).lifts()
        world.waits(0.5)
        world.person(1).dials("102")
        world.waits_until(lambda: world.person(2).bell_rings)
        world.waits(0.1)
        assert broker.states(2, "peer_number") == ["", "101"]
        assert broker.states(2, "direction") == ["", "Incoming"]
        assert broker.states(1, "peer_number") == ["", "102"]
        world.loop.run_until_complete(watch.stop())


def test_what_cannot_be_done_is_answered_in_words() -> None:
    broker = Memory()
    with World() as world:
        watch = watched(world, broker)
        broker.hears(Connected())
        world.person(1).lifts()
        world.waits(0.5)
        broker.hears(Came("tipring/port/1/ring", b""))
        broker.hears(Came("tipring/port/7/ring", b""))
        broker.hears(Came("tipring/port/2/stop", b""))
        told = {topic: texts for topic, texts in broker.kept.items() if "answer" in topic}
        assert told == {
            "tipring/port/1/answer": [
                "refused: port 1 is not rung: its telephone is in use (DialTone)"
            ],
            "tipring/port/7/answer": ["refused: port 7 not present (ports: 1 2)"],
            "tipring/port/2/answer": ["refused: port 2: no house call rings"],
        }
        world.loop.run_until_complete(watch.stop())


def test_another_broker_is_told_in_place_of_the_one_before() -> None:
    """As `config apply` does it; the one before learns that we have gone."""
    broker = Memory()
    with World() as world:

        async def make() -> Telling:
            return Telling(world.gateway, world.desk.handlers, broker.open)

        telling = world.loop.run_until_complete(make())
        for host in ("one.example", "", "two.example"):
            config = replace(world.gateway.config, mqtt=Mqtt(host=host))
            world.loop.run_until_complete(telling.renew(config))
            if host:
                broker.hears(Connected())
        assert len(broker.attempts) == 2
        assert broker.kept["tipring/availability"] == ["online", "offline", "online"]
        broker.hears(Lost("gone"))
        assert alarms(world)["mqtt"] == "the broker two.example:1883 is away: gone"
        world.loop.run_until_complete(telling.stop())
        assert "mqtt" not in alarms(world)


def test_a_broker_that_is_away_is_an_alarm_and_the_telephones_do_not_notice() -> None:
    broker = Memory(refusing="Too many open files")
    with World(exchange=True).registers() as world:
        watch = watched(world, broker)
        where = "the broker broker.example:1883 is away: "
        assert alarms(world)["mqtt"] == where + "Too many open files"
        broker.refusing = ""
        world.waits_until(lambda: len(broker.attempts) == 2)
        broker.hears(Lost("Connection refused"))
        assert alarms(world)["mqtt"] == where + "Connection refused"
        world.person(1).lifts()
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        world.waits_until(lambda: len(broker.attempts) == 3)
        broker.attempts[1](Lost("an old word"))
        broker.hears(Connected())
        assert "mqtt" not in alarms(world)
        assert broker.states(1, "line") == ["DialTone"]
        world.loop.run_until_complete(watch.stop())
        world.waits(30)
        assert len(broker.attempts) == 3
