"""Whatever a client sends as parameters, a command answers or refuses; nothing else (D17)."""

from __future__ import annotations

import pytest

from firmware.errors import GatewayError
from tests.world import World

STRANGE: tuple[object, ...] = (None, 0, -1, 99, 10**30, "1", "", [], {}, True, 1.5, "x" * 5000)
NAMES = ("port", "card", "call", "start", "digits", "last", "rank", "seconds", "sent", "lost",
         "now", "everybody", "heartbeat", "country")  # fmt: skip
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
