"""Ways to break a law on purpose: messages that nobody sent, and worlds with a meddler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware.media import messages as media
from tests.simulation.laws import Broken
from tests.simulation.plan import Plan
from tests.simulation.servers import GATEWAY, SERVERS
from tests.simulation.world import SimWorld

CALM = Plan(seed=2, seconds=240.0, ports=2, pace=15.0)
EMPTY = replace(CALM, people=(), far=False)
"""The same without anybody."""


def message(
    start: str, *, cseq: str, us: str = "101", to: str = "", branch: str = "1", more: str = ""
) -> bytes:
    """A SIP message that nobody has sent."""
    lines = (
        start, f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKforged{branch}",
        f"From: <sip:{us}@ims.example.net>;tag=a", f"To: <sip:101@ims.example.net>{to}",
        "Call-ID: forged", f"CSeq: {cseq}", "Max-Forwards: 70", "Contact: <sip:x@10.0.0.1>",
        *filter(None, [more]), "Content-Length: 0", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def sends(world: SimWorld, data: bytes) -> None:
    """The laws are told that the gateway has sent this."""
    world.network.tap(data, GATEWAY, SERVERS[0], True)


def comes(world: SimWorld, data: bytes, answer: bytes = b"") -> None:
    """The laws are told that this has come, and that the gateway has sent that, or nothing."""
    world.network.before(data, SERVERS[0], GATEWAY)
    if answer:
        sends(world, answer)
    world.network.after(data, SERVERS[0], GATEWAY)


def loses(world: SimWorld, command: type[media.Command]) -> None:
    """Commands of this kind never reach the media process."""
    running = world.voices.running
    assert running
    send = running.send

    def forgetful(told: media.Command, *sockets: object) -> None:
        if not isinstance(told, command):
            send(told, *sockets)

    setattr(running, "send", forgetful)  # noqa: B010 - a method of one object


def breaks(
    law: str, meddle: Callable[[SimWorld], None], plan: Plan = CALM, *, more: str = ""
) -> str:
    """Break this law by meddling with a world, whatever else breaks.

    Returns:
        Why it says that it is broken.
    """
    with pytest.raises(Broken) as caught:
        SimWorld(plan, more=more, meddle=meddle, laws={law}).run()
    assert caught.value.law == law
    assert caught.value.picture, "a failure shows its ladder"
    return caught.value.why
