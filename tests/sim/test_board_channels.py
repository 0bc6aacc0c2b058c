"""What the board process does with a connection, in virtual time and without a process."""

from __future__ import annotations

import base64
import json
import socket
import wave
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drivers.sim.board import wires_of
from drivers.sim.card import SimCard
from drivers.sim.channels import Channel, PinsChannel, SpiChannel
from drivers.sim.hearing import listen
from drivers.sim.pcm_channel import PcmChannel
from drivers.sim.person import PhoneChannel, Reply
from drivers.sim.phone import PhoneEvent
from drivers.sim.wire import AHEAD, XRUNS

PERIOD_BYTES = 8 * 160
IDLE = b"\xd5" * PERIOD_BYTES


class Far:
    """The client's end of a connection."""

    def __init__(self) -> None:
        self.near, self.socket = socket.socketpair()
        self.near.setblocking(False)
        self.socket.setblocking(False)
        self._begun = b""

    def send(self, data: bytes, channel: Channel) -> None:
        self.socket.sendall(data)
        channel.read()

    def received(self) -> bytes:
        data = b""
        try:
            while more := self.socket.recv(1 << 20):
                data += more
        except BlockingIOError:
            pass
        return data

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.received().splitlines()]


@pytest.fixture
def far() -> Any:
    far = Far()
    yield far
    far.socket.close()
    far.near.close()


# pcm


class Highway:
    """A client of the highway and a card on virtual time."""

    def __init__(self, far: Far) -> None:
        self.far = far
        self.card = SimCard(2)
        self.channel = PcmChannel(far.near, self.card, 0.0)
        self.now = 0.0

    def play(self, periods: int = 1) -> None:
        self.far.send(IDLE * periods, self.channel)

    def pass_time(self, seconds: float) -> list[int]:
        """Let the board turn; the xrun counts of the periods that came out."""
        end, data = self.now + seconds, b""
        while self.now < end - 1e-9:
            self.now += 0.001
            self.channel.step(self.now)
            while self.channel.working:
                self.channel.step(self.now)
            data += self.far.received()
        size = XRUNS.size + PERIOD_BYTES
        assert len(data) % size == 0
        return [XRUNS.unpack_from(data, n)[0] for n in range(0, len(data), size)]


def test_a_period_comes_every_20_ms_and_none_is_missed_before_the_first_is_played(
    far: Far,
) -> None:
    highway = Highway(far)
    assert highway.pass_time(1.0) == [0] * 50
    assert highway.card.chips[0].audio.rx_slot is None


def test_a_client_in_time_has_no_xruns(far: Far) -> None:
    highway = Highway(far)
    for _ in range(50):
        highway.play()
        assert highway.pass_time(0.02) == [0]


def test_a_late_client_is_played_idle_codes_and_counted(far: Far) -> None:
    highway = Highway(far)
    highway.play()
    assert highway.pass_time(0.08) == [0, 1, 2, 3]


def test_periods_too_far_ahead_are_lost_and_counted(far: Far) -> None:
    highway = Highway(far)
    highway.play(AHEAD + 2)
    assert highway.pass_time(0.02) == [2]


def test_a_client_that_does_not_fetch_loses_periods(far: Far) -> None:
    highway = Highway(far)
    for _ in range(200):
        highway.now += 0.02
        highway.channel.step(highway.now)
        highway.channel.step(highway.now)
    assert highway.channel.xruns > 50
    assert highway.channel.open
    fetched = len(highway.far.received()) // (XRUNS.size + PERIOD_BYTES)
    assert 4 <= fetched <= 64


def test_a_suspended_board_goes_on_in_the_present(far: Far) -> None:
    highway = Highway(far)
    highway.pass_time(0.1)
    highway.now += 60.0
    counts = highway.pass_time(0.1)
    assert len(counts) <= 6
    assert counts[-1] == pytest.approx(3000, abs=2)


def test_the_clock_of_the_chips_runs_while_the_highway_is_open(far: Far) -> None:
    highway = Highway(far)
    highway.card.transfer(0, b"\x40\x01")
    highway.channel.close()
    assert highway.card.chips[0].deadline == float("inf")


# spi and pins


def test_transfers_may_come_in_pieces_or_together(far: Far) -> None:
    card = SimCard(2)
    card.set_clock(running=True)
    channel = SpiChannel(far.near, card, partial(card.transfer, 1), lambda: 1.0)
    far.send(b"\x00\x02\x8b", channel)
    assert far.received() == b""
    far.send(b"\x00" + b"\x00\x01\x8b" + b"\x00\x01\x00", channel)
    assert far.received() == b"\x00\x02\xff\x33" + b"\x00\x01\xff" + b"\x00\x01\x33"
    assert card.chips[1].now == pytest.approx(1.0, abs=0.001)


def test_reset_follows_the_pin_and_falls_when_the_client_leaves(far: Far) -> None:
    card = SimCard(1)
    card.set_reset(True)
    card.set_clock(running=True)
    channel = PinsChannel(far.near, card, lambda: None)
    assert far.messages() == [{"pin": "GPIO25", "level": True}]

    def answers() -> bool:
        return card.transfer(0, b"\x8b\x00")[1] == 0x33

    assert not answers()
    far.send(b'{"pin":"GPIO24","level":true}\n', channel)
    assert answers()
    far.send(b'{"pin":"GPIO24","level":null}\n{"pin":"GPIO7","level":true}\n', channel)
    assert not answers()
    far.send(b'{"pin":"GPIO24","level":true}\n', channel)
    channel.close()
    assert not answers()


WIRES = {
    "GPIO5": ("hook", 0),
    "GPIO16": ("ring", 0),
    "GPIO12": ("reverse", 0),
    "GPIO23": ("power", 0),
}


def test_the_wires_of_a_module_are_driven_and_its_hook_is_told(far: Far) -> None:
    card = SimCard(1, variant="ag1171")
    time = [0.0]
    channel = PinsChannel(far.near, card, lambda: card.advance(time[0]), WIRES)
    assert far.messages() == [{"pin": "GPIO5", "level": False}]
    module = card.modules[0]
    far.send(b'{"pin":"GPIO23","level":false}\n', channel)
    assert not module.powered
    far.send(b'{"pin":"GPIO23","level":null}\n', channel)
    assert module.powered
    far.send(b'{"pin":"GPIO16","level":true}\n{"pin":"GPIO12","hz":25.0}\n', channel)
    time[0] = 0.2
    card.advance(0.2)
    assert module.ringing
    card.phones[0].lift()
    time[0] = 0.3
    card.advance(0.3)
    assert [message["level"] for message in far.messages()] == [True, False, True]
    channel.close()
    assert not module.ringing
    assert module.powered


def test_a_module_that_the_card_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no module 1 on this card"):
        wires_of(SimCard(2), {"wires": {"GPIO5": ["hook", 0]}})
    assert wires_of(SimCard(2), {}) is None
    assert wires_of(SimCard(1, variant="ag1171"), {"wires": WIRES}) == WIRES


def test_what_is_no_json_ends_the_connection(far: Far) -> None:
    channel = PinsChannel(far.near, SimCard(1), lambda: None)
    far.received()
    far.send(b"GET / HTTP/1.1\r\n", channel)
    assert not channel.open
    assert far.messages()[0]["ok"] is False


def test_a_client_that_hangs_up_is_noticed(far: Far) -> None:
    channel = PinsChannel(far.near, SimCard(1), lambda: None)
    far.socket.shutdown(socket.SHUT_RDWR)
    channel.read()
    assert not channel.open


# phone


class Room:
    """The surroundings of a phone channel: one card, virtual time, a patient judge."""

    def __init__(self, far: Far) -> None:
        self.far = far
        self.cards = {1: SimCard(2)}
        self.ended = False
        self.channel = PhoneChannel(far.near, self)

    def up_to_now(self) -> None:
        """Time stands still until `pass_time`."""

    def card(self, params: Mapping[str, Any]) -> SimCard:
        return self.cards[int(params.get("card", 1))]

    def judge(self, samples: bytes, hz: int | None, reply: Reply) -> None:
        reply.give(heard=listen(samples).heard, hz=hz, samples=len(samples) // 2)

    def quit(self) -> None:
        self.ended = True

    def pass_time(self, seconds: float) -> None:
        self.cards[1].advance(self.cards[1].now + seconds)

    def ask(self, method: str, **params: Any) -> list[dict[str, Any]]:
        request = {"id": 7, "method": method, "params": params}
        self.far.send(json.dumps(request).encode() + b"\n", self.channel)
        return self.far.messages()


def test_a_person_does_what_is_asked(far: Far) -> None:
    room = Room(far)
    assert room.ask("lift", port=1) == [{"id": 7, "result": {}}]
    assert room.ask("dial", port=1, digits="8001") == [{"id": 7, "result": {"seconds": 0.56}}]
    (answer,) = room.ask("state", port=1)
    keys = {"port", "hook", "ringing", "ring_hz", "ring_vrms", "line_v", "loop_ma", "polarity"}
    assert keys | {"caller_id"} <= set(answer["result"])
    assert answer["result"]["hook"] == "off"
    assert room.ask("hang_up", port=1) == [{"id": 7, "result": {}}]
    assert not room.cards[1].phones[0].off_hook
    assert room.ask("loop", port=2, ren=3) == [{"id": 7, "result": {}}]
    assert room.cards[1].loops[1].ren == 3
    assert room.ask("cards")[0]["result"] == {"1": {"ports": 2, "variant": "si3210"}}
    room.ask("quit")
    assert room.ended


def test_listening_takes_its_time_and_does_not_hold_up_others(far: Far) -> None:
    room = Room(far)
    assert room.ask("hear", port=1, seconds=2, hz=1000) == []
    assert room.ask("lift", port=1) == [{"id": 7, "result": {}}]
    room.pass_time(2.0)
    assert far.messages() == []
    room.pass_time(0.05)
    assert far.messages() == [
        {"id": 7, "result": {"heard": "silence", "hz": 1000, "samples": 16000}}
    ]


def test_samples_and_recordings_are_what_the_earpiece_played(far: Far, tmp_path: Path) -> None:
    room = Room(far)
    phone = room.cards[1].phones[0]
    path = tmp_path / "heard.wav"
    assert room.ask("samples", port=1, seconds=0.1) == []
    assert room.ask("record", port=1, seconds=0.1, file=str(path)) == []
    phone.ear.hear(b"\x10\x20" * 160, 0.06)
    room.pass_time(0.2)
    samples, record = far.messages()
    audio = base64.b64decode(samples["result"]["audio"])
    assert audio == bytes(640) + b"\x10\x20" * 160 + bytes(640)
    assert samples["result"]["at"] == 0.0
    assert record["result"] == {"file": str(path), "seconds": 0.1}
    with wave.open(str(path)) as file:
        assert file.readframes(1000) == audio


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("dial", {"port": 1, "digits": "1"}, "the handset is down; lift it first"),
        ("lift", {"port": 3}, "port 3 not present (ports: 1 2)"),
        ("lift", {}, "lift: missing port"),
        ("fly", {"port": 1}, "no method 'fly'"),
        ("hear", {"port": 1, "seconds": 3600}, "nobody listens for 3600 s: 0.05 to 60 s"),
        ("bounce", {"port": 1, "ms": "long"}, "bounce: could not convert string to float: 'long'"),
        ("record", {"port": 1, "seconds": 1, "file": "/no/x.wav"}, "/no: no such folder"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    far: Far, method: str, params: dict[str, Any], reason: str
) -> None:
    assert Room(far).ask(method, **params) == [{"id": 7, "error": reason}]


def test_events_come_to_those_who_asked_for_them(far: Far) -> None:
    room = Room(far)
    event = PhoneEvent(2, 1.5, "bell", True, 25.0, 60.0)
    room.channel.tell(1, event)
    assert far.messages() == []
    room.ask("events")
    room.channel.tell(1, event)
    (message,) = far.messages()
    assert message["event"] == "bell"
    assert (message["card"], message["port"], message["on"]) == (1, 2, True)
    assert (message["hz"], message["vrms"]) == (25.0, 60.0)
