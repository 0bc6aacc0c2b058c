"""Whatever a client sends as parameters, a command answers or refuses; nothing else (D17)."""

from __future__ import annotations

import pytest

from firmware.errors import CommandError, GatewayError
from firmware.status import PortStatus
from tests.world import World

STRANGE: tuple[object, ...] = (None, 0, -1, 99, 10**30, "1", "", [], {}, True, 1.5, "x" * 5000,
                               1e308)  # fmt: skip
NAMES = ("port", "card", "call", "start", "digits", "last", "rank", "seconds", "sent", "lost",
         "now", "everybody", "heartbeat", "country", "at")  # fmt: skip
CHANGING = {"disable", "drill", "deregister"}


def test_strange_parameters_are_refused_in_words_by_every_command() -> None:
    with World() as world:
        handlers = dict(world.desk.handlers)
        assert len(handlers) > 20
        for name, handler in handlers.items():
            if name in CHANGING:
                continue
            tries = [{}, *({key: value} for key in NAMES for value in STRANGE)]
            tries += [{"port": 1, key: value} for key in NAMES[1:] for value in STRANGE]
            for params in tries:
                try:
                    handler(params)
                except GatewayError:
                    pass
                except Exception as error:  # noqa: BLE001 - that is what is looked for
                    pytest.fail(f"{name} {params!r:.100}: {error!r}")


def test_who_follows_the_table_is_told_each_change_and_nothing_else() -> None:
    with World().registers() as world:
        told: list[str] = []

        def send(row: object) -> None:
            assert isinstance(row, PortStatus)
            told.append(f"{row.port} {row.call_status.value} {row.physical_status.value}")

        end = world.desk.streams["follow-ports"]({"port": 1}, send)
        world.waits(5.0)
        assert told == ["1 Idle ON-HOOK"]
        world.person(1).lifts()
        world.waits(1.0)
        world.person(2).lifts()
        world.waits(1.0)
        assert told == ["1 Idle ON-HOOK", "1 DialTone OFF-HOOK"]
        end()
        world.person(1).hangs_up()
        world.waits(3.0)
        assert len(told) == 2


def test_who_wants_to_follow_a_port_that_is_not_there_is_refused() -> None:
    with World() as world, pytest.raises(CommandError, match="port 9 not present"):
        world.desk.streams["follow-ports"]({"port": 9}, lambda _: None)
