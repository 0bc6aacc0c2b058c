"""A configuration is applied to a running gateway: what has changed starts anew, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.config.load import parse
from firmware.config.schema import Config
from firmware.renewal import Renewal
from firmware.sip.message import Response
from tests.configuration import configuration
from tests.world import World

BEFORE = configuration(
    ["101", "102"],
    country="cn",
    sip="",
    line="",
    digit_map="10x|8xxx|9xxx.|0x.",
    password="",
    more="",
)
RENAMED = BEFORE.replace('number = "102"', 'number = "199"').replace("secret-102", "secret-199")
BORROWED = BEFORE.replace("secret-101", "secret-102")
QUIETER = BEFORE.replace('number = "102"', 'number = "102"\nrx_gain_db = -3.0')
SHORTER = BEFORE.replace("8xxx", "7x")
FARTHER = BEFORE.replace('domain = "ims.example.net"', 'domain = "ims.example.net"\nexpires = 600')
DEEPER = BEFORE + "\n[rtp]\njitter_ms = [40, 200]\n"
GERMAN = BEFORE.replace('country = "cn"', 'country = "de"')
AMERICAN = BEFORE.replace('country = "cn"', 'country = "us"')
ALONE = BEFORE.partition("\n[[line]]\nport = 2")[0]


class Operator:
    """Applies files to the gateway of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.restarted: list[Config] = []
        self.retold: list[str] = []
        self._make: Callable[[], Renewal] = lambda: Renewal(
            world.gateway, self.restarted.append, self._retells
        )
        self.renewal: Renewal

    async def _retells(self, config: Config) -> None:
        self.retold.append(config.mqtt.host)

    def applies(self, text: str, *, at_once: bool = False) -> list[str]:
        """Apply a file; returns what has to start anew."""

        async def apply() -> list[str]:
            if not hasattr(self, "renewal"):
                self.renewal = self._make()
            config = parse(text, "world.toml", Path()).config
            return [str(step) for step in self.renewal.apply(config, at_once=at_once)]

        return self.world.loop.run_until_complete(apply())

    @property
    def waiting(self) -> list[str]:
        return [str(step) for step in self.renewal.waiting]

    @property
    def alarm(self) -> str:
        alarms = {alarm.where: alarm.what for alarm in self.world.gateway.alarms.all()}
        return alarms.get("config", "")


def talk(world: World, number: str) -> Response:
    """Somebody calls a telephone, which is lifted; returns the answer."""
    port = world.numbers.index(number) + 1
    invite = world.sbc.calls(number)
    world.waits_until(lambda: world.person(port).bell_rings)
    world.person(port).lifts()
    world.waits_until(lambda: ">200 INVITE" in world.wire())
    ok: Response = world.find(">200 INVITE")
    world.sbc.acks(invite, ok)
    world.waits(1.0)
    return ok


def test_a_file_that_says_the_same_changes_nothing() -> None:
    with World().registers() as world:
        assert Operator(world).applies(BEFORE + "\n# nothing new\n") == []
        world.waits(5.0)
        assert world.wire() == []
        assert world.copper(1) == world.copper(2) == []


def test_a_line_with_another_number_leaves_as_the_old_and_registers_as_the_new_one() -> None:
    """The neighbour hears nothing of it."""
    with World().registers() as world:
        operator = Operator(world)
        assert operator.applies(RENAMED) == ["port 2"]
        world.waits_until(lambda: world.status(2).number == "199")
        world.waits_until(lambda: "reg-ok" in world.row(2))
        left = world.find(">REGISTER", 2, nth=0)
        assert left.headers.get("Expires") == "0"
        assert world.wire(1) == []
        world.sbc.calls("199")
        world.waits_until(lambda: world.person(2).bell_rings)


def test_a_line_with_another_password_registers_anew() -> None:
    with World().registers() as world:
        Operator(world).applies(BORROWED)
        world.waits_until(lambda: "reg-fail" in world.row(1))
        assert "reg-ok" in world.row(2)
        Operator(world).applies(BEFORE)
        world.waits_until(lambda: "reg-ok" in world.row(1), most=60.0)


def test_who_talks_talks_on_and_the_change_comes_when_the_handset_is_back() -> None:
    with World().registers() as world:
        operator = Operator(world)
        ok = talk(world, "102")
        world.looks()
        assert operator.applies(RENAMED) == ["port 2"]
        world.waits(30.0)
        assert operator.waiting == ["port 2"]
        assert "port 2" in operator.alarm
        assert "Talking" in world.row(2)
        assert world.wire(2) == []
        world.sbc.asks_as_caller("BYE", ok, 2)
        world.waits(1.0)
        assert operator.waiting == ["port 2"], "the handset is still in the hand"
        world.person(2).hangs_up()
        world.waits_until(lambda: world.status(2).number == "199")
        assert operator.waiting == []
        assert not operator.alarm


def test_nobody_is_waited_for_if_it_has_to_be_at_once() -> None:
    with World().registers() as world:
        operator = Operator(world)
        talk(world, "102")
        operator.applies(RENAMED, at_once=True)
        world.waits_until(lambda: ">BYE" in world.wire(2))
        (record,) = world.records(2)
        assert record.cause == "ADMIN"
        world.person(2).hangs_up()
        world.waits_until(lambda: world.status(2).number == "199")


def test_another_digit_map_starts_no_chip_and_registers_nobody_anew() -> None:
    with World().registers() as world:
        operator = Operator(world)
        operator.applies(SHORTER)
        world.waits_until(lambda: not operator.waiting)
        world.person(1).lifts()
        world.waits(0.5)
        world.person(1).dials("71")
        world.waits_until(lambda: ">INVITE" in world.wire(1), most=1.0)
        assert all(port.in_service for port in world.gateway.ports.values())
        assert not [name for name in world.wire(2) if "REGISTER" in name]


def test_another_gain_is_programmed_into_one_chip() -> None:
    with World().registers() as world:
        other = world.gateway.ports[1]
        operator = Operator(world)
        assert operator.applies(QUIETER) == ["port 2"]
        world.waits_until(lambda: world.gateway.ports[2].settings.slic.rx_gain_db == -3.0)
        world.waits_until(lambda: world.gateway.ports[2].in_service)
        assert world.gateway.ports[1] is other


def test_a_setting_of_sip_waits_for_all_telephones_and_lets_all_lines_register_anew() -> None:
    with World().registers() as world:
        operator = Operator(world)
        world.person(1).lifts()
        world.waits(0.5)
        assert operator.applies(FARTHER) == ["signalling"]
        world.waits(5.0)
        assert operator.waiting == ["signalling"]
        world.person(1).hangs_up()
        world.waits_until(lambda: world.messages(">REGISTER", 1) != [])
        world.waits_until(lambda: all("reg-ok" in world.row(port) for port in (1, 2)))
        assert world.gateway.config.sip.expires == 600


def test_another_broker_is_told_at_once_and_no_telephone_notices() -> None:
    with World().registers() as world:
        operator = Operator(world)
        world.person(1).lifts()
        world.waits(0.5)
        assert operator.applies(f'{BEFORE}\n[mqtt]\nhost = "127.0.0.1"\n') == ["mqtt"]
        world.waits(0.1)
        assert operator.retold == ["127.0.0.1"]
        assert operator.restarted == []
        assert operator.waiting == []
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        assert world.wire() == []


def test_another_jitter_buffer_is_another_voice_process() -> None:
    with World().registers() as world:
        operator = Operator(world)
        assert operator.applies(DEEPER) == ["voice"]
        world.waits_until(lambda: not operator.waiting)
        world.waits(5.0)
        assert all(port.in_service for port in world.gateway.ports.values())
        world.person(1).lifts()
        world.waits(0.5)
        assert world.person(1).hears(0.5).heard == "dial-tone"


def test_a_line_that_is_no_longer_there_leaves_and_its_telephone_says_so() -> None:
    with World().registers() as world:
        Operator(world).applies(ALONE)
        world.waits_until(lambda: world.status(2).number == "")
        assert world.find(">REGISTER", 2).headers.get("Expires") == "0"
        assert "reg-ok" not in world.row(2)
        assert "reg-ok" in world.row(1)
        Operator(world).applies(BEFORE)
        world.waits_until(lambda: "reg-ok" in world.row(2))


def test_another_country_is_another_gateway() -> None:
    """The highway compands as its network does."""
    with World().registers() as world:
        operator = Operator(world)
        assert operator.applies(AMERICAN) == ["gateway"]
        world.waits(1.0)
        assert [config.gateway.country for config in operator.restarted] == ["us"]


def test_another_country_of_the_same_law_is_programmed_into_all_ports() -> None:
    with World().registers() as world:
        operator = Operator(world)
        assert operator.applies(GERMAN) == ["port 1", "port 2"]
        world.waits_until(lambda: not operator.waiting)
        world.waits_until(lambda: all(port.in_service for port in world.gateway.ports.values()))
        world.person(1).lifts()
        world.waits(0.5)
        heard = world.person(1).hears(0.5)
        assert heard.frequencies_hz == pytest.approx((425,), abs=2)


@pytest.mark.parametrize("text", [RENAMED, FARTHER, SHORTER])
def test_without_a_network_it_is_in_force_when_there_is_one(text: str) -> None:
    with World(cut_off=True) as world:
        operator = Operator(world)
        operator.applies(text)
        world.waits(1.0)
        assert operator.waiting == []
        world.network.down.clear()
        world.waits_until(lambda: all("reg-ok" in world.row(port) for port in (1, 2)), most=60.0)
