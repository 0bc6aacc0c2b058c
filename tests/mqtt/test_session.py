"""The session with a broker, in virtual time: what is told, when it is tried again, commands."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from firmware.line.events import CallStatus
from firmware.mqtt.session import FIRST, MOST, STEADY, Session
from firmware.mqtt.telephone import Topics, discovery, state
from firmware.mqtt.words import (
    Came,
    Connect,
    Connected,
    Done,
    Hush,
    Input,
    Listen,
    Lost,
    Output,
    Ring,
    Row,
    Say,
    Trouble,
)
from firmware.sip.events import RegisterStatus
from firmware.status import Direction, PhysicalStatus, PortStatus

ROW = PortStatus(card=1, port=1, number="101", register_status=RegisterStatus.REGISTERED)
LIFTED = replace(ROW, physical_status=PhysicalStatus.OFF_HOOK, call_status=CallStatus.DIAL_TONE)
CALLED = replace(
    ROW,
    physical_status=PhysicalStatus.RINGING,
    call_status=CallStatus.RINGING,
    call_direction=Direction.INCOMING,
    peer_number="8001",
    peer_name="Li Lei",
    cause="PEER_BUSY",
    cause_sentence="8002 is busy.",
)
TOPICS = Topics("house", "homeassistant", version="1.0")


class Desk:
    """A session, and a clock for it."""

    def __init__(self, topics: Topics = TOPICS) -> None:
        self.now = 100.0
        dice = random.Random(1)  # noqa: S311 - a test wants the same dice each time
        self.session = Session(topics, dice)
        self.did: list[Output] = list(self.session.start(self.now))

    def feed(self, event: Input) -> list[Output]:
        self.did = list(self.session.feed(event, self.now))
        return self.did

    def said(self) -> dict[str, Any]:
        """What was published last, by topic; JSON taken apart."""
        texts = {o.topic: o.text for o in self.did if isinstance(o, Say)}
        return {t: json.loads(x) if x.startswith("{") else x for t, x in texts.items()}


def test_a_broker_is_told_how_to_find_the_telephones_then_their_state_then_that_we_live() -> None:
    desk = Desk()
    assert desk.did == [Connect()]
    assert desk.feed(Row(ROW)) == []
    desk.feed(Connected())
    assert desk.did[:3] == [
        Trouble(""),
        Listen("house/port/+/ring"),
        Listen("house/port/+/stop"),
    ]
    topics = [output.topic for output in desk.did[3:] if isinstance(output, Say)]
    assert topics[-2:] == ["house/port/1/state", "house/availability"]
    assert all(topic.endswith("/config") for topic in topics[:-2])
    assert all(output.retain for output in desk.did[3:] if isinstance(output, Say))
    assert desk.said()["house/availability"] == "online"
    assert desk.said()["house/port/1/state"] == {
        "off_hook": False, "ringing": False, "registered": True, "in_service": True,
        "line": "Idle", "direction": "", "messages": 0, "house_call": "", "last_end": "",
        "peer_number": "", "peer_name": "", "last_end_sentence": "",
    }  # fmt: skip


def test_only_what_changes_is_told() -> None:
    desk = Desk()
    desk.feed(Connected())
    desk.feed(Row(ROW))
    assert desk.feed(Row(replace(ROW, expires_in_s=7.0))) == []
    desk.feed(Row(LIFTED))
    assert list(desk.said()) == ["house/port/1/state"]
    assert desk.said()["house/port/1/state"]["off_hook"] is True
    desk.feed(Row(CALLED))
    told = desk.said()["house/port/1/state"]
    assert (told["ringing"], told["peer_number"], told["peer_name"]) == (True, "8001", "Li Lei")
    assert told["last_end_sentence"] == "8002 is busy."


def test_home_assistant_can_find_everything_by_what_it_is_told() -> None:
    told = {topic: json.loads(text) for topic, text in discovery(TOPICS, ROW)}
    names = {topic.split("/")[3] for topic in told}
    assert names == {f"port1_{n}" for n in ("hook", "ringing", "registered", "fault", "line",
                                             "house_call", "peer", "ring", "stop")}  # fmt: skip
    for topic, entity in told.items():
        assert topic.split("/")[:3:2] == ["homeassistant", "house"]
        assert entity["availability_topic"] == "house/availability"
        assert entity["device"]["identifiers"] == ["house_port1"]
        assert entity["device"]["name"] == "Telephone 1 (101)"
        button = topic.split("/")[1] == "button"
        assert ("command_topic" in entity) is button
        assert ("state_topic" in entity) is not button
    assert len({entity["unique_id"] for entity in told.values()}) == len(told)
    keys = set(json.loads(state(ROW, callers=True)))
    for entity in told.values():
        for part in entity.get("value_template", "").split("value_json.")[1:]:
            assert part.split(" ")[0] in keys


def test_without_callers_nobody_learns_a_number() -> None:
    """Privacy: neither in the state nor as an entity."""
    desk = Desk(Topics("house", "homeassistant", callers=False))
    desk.feed(Connected())
    desk.feed(Row(CALLED))
    everything = repr(desk.did)
    assert not [word for word in ("8001", "8002", "Li Lei", "peer") if word in everything]


def test_without_a_discovery_prefix_nobody_is_told_how_to_find_us() -> None:
    desk = Desk(Topics("house"))
    desk.feed(Connected())
    desk.feed(Row(ROW))
    assert list(desk.said()) == ["house/port/1/state"]


def test_a_broker_that_is_away_is_tried_again_later_and_later_and_never_in_step() -> None:
    desk = Desk()
    waits = []
    for _ in range(12):
        assert desk.feed(Lost("connection refused")) == [Trouble("connection refused")]
        assert desk.session.deadline is not None
        waits.append(desk.session.deadline - desk.now)
        assert desk.session.tick(desk.session.deadline - 0.1) == []
        desk.now = desk.session.deadline
        assert desk.session.tick(desk.now) == [Connect()]
        assert desk.session.deadline is None
    most = [min(MOST, FIRST * 2**n) for n in range(12)]
    assert all(m / 2 <= wait <= m for wait, m in zip(waits, most, strict=True))
    assert len(set(waits)) == 12


def test_a_session_that_is_cut_at_once_does_not_shorten_the_waits() -> None:
    """Two gateways with one prefix throw each other out."""
    desk = Desk()
    for _ in range(6):
        desk.feed(Connected())
        desk.now += STEADY / 2
        desk.feed(Lost("another took our place"))
    assert desk.session.deadline is not None
    assert desk.session.deadline - desk.now >= FIRST * 2**5 / 2
    desk.feed(Connected())
    desk.now += STEADY
    desk.feed(Lost("gone"))
    assert desk.session.deadline - desk.now <= FIRST


def test_what_was_missed_is_told_once_the_broker_is_back_and_only_as_it_is_then() -> None:
    desk = Desk()
    desk.feed(Connected())
    desk.feed(Row(ROW))
    desk.feed(Lost("gone"))
    assert desk.feed(Row(CALLED)) == []
    assert desk.feed(Row(LIFTED)) == []
    assert desk.feed(Done(1, "ringing")) == []
    desk.feed(Connected())
    assert desk.said()["house/port/1/state"]["line"] == "DialTone"


def answer(desk: Desk) -> str:
    (said,) = desk.did
    assert isinstance(said, Say)
    assert (said.topic, said.retain) == ("house/port/1/answer", False)
    return said.text


@pytest.mark.parametrize(
    ("payload", "wish"),
    [
        (b"", Ring(1)),
        (b" \n", Ring(1)),
        (b"PRESS", Ring(1)),
        (b"{}", Ring(1)),
        (b'{"seconds": 20, "name": "Dinner"}', Ring(1, 20, "Dinner")),
        ('{"name": "开饭"}'.encode(), Ring(1, None, "开饭")),
    ],
)
def test_a_telephone_is_rung_by_a_message(payload: bytes, wish: Ring) -> None:
    desk = Desk()
    desk.feed(Connected())
    assert desk.feed(Came("house/port/1/ring", payload)) == [wish]
    assert desk.feed(Came("house/port/1/stop", payload)) == [Hush(1)]
    desk.feed(Done(1, "ringing"))
    assert answer(desk) == "ringing"


@pytest.mark.parametrize(
    "payload",
    [b"ring!", b"[1]", b'{"seconds": "5"}', b'{"seconds": true}', b'{"name": 5}', b"\xff",
     b'{"volume": 5}', b"5", b"null", b" " * 1025, b"[" * 1024],
)  # fmt: skip
def test_what_is_no_command_is_refused_in_words(payload: bytes) -> None:
    desk = Desk()
    desk.feed(Connected())
    desk.feed(Came("house/port/1/ring", payload))
    assert answer(desk).startswith("refused: ")


def test_a_command_that_the_broker_kept_rings_nobody() -> None:
    """It would ring again at each connection."""
    desk = Desk()
    desk.feed(Connected())
    desk.feed(Came("house/port/1/ring", b"", retained=True))
    assert answer(desk) == "refused: a command that the broker retains"


@given(st.text(max_size=40), st.binary(max_size=60))
def test_no_message_does_harm(topic: str, payload: bytes) -> None:
    desk = Desk()
    desk.feed(Connected())
    for place in (topic, f"house/port/{topic}", f"house/port/{topic}/ring", "house/port/1/ring"):
        did = desk.feed(Came(place, payload))
        assert len(did) <= 1
        assert all(isinstance(output, Say | Ring | Hush) for output in did)
