"""`explain registration` of a line whose server cannot be connected to (C09, C10)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.sip.events import Transport, TransportFailed
from tests.explain.lab import reads
from tests.sbc import SBC
from tests.world import World

BY_TCP = replace(SBC, transport=Transport.TCP)


@pytest.mark.parametrize(
    ("reason", "name", "check"),
    [
        (
            "its certificate is made out to other.example, not to ims.example.net",
            "registration-certificate",
            "[sip.tls]",
        ),
        (f"nobody takes TCP connections at {SBC}", "registration-refused", "[sip] transport"),
        ("Network is unreachable", "registration-unsent", "network cable"),
        ("Connection refused", "registration-port-closed", "whether the server runs"),
    ],
)
def test_why_a_register_could_not_leave_is_said_with_what_to_check(
    reason: str, name: str, check: str
) -> None:
    with World(ports=1, silent=True, sip='transport = "tcp"') as world:
        world.waits(0.1)
        world.gateway.signalling.feed(TransportFailed(BY_TCP, reason))
        world.waits(0.1)
        text = reads(world, "explain registration 1", name)
        assert reason in " ".join(text.split())
        assert check in text
