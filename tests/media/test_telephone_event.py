"""Telephone-events: what goes out packet by packet, one digit for whatever comes in (C20)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.media.rtp import Arrival, Source
from firmware.media.telephone_event import (
    DIGITS,
    END,
    LONGEST,
    PAYLOAD,
    EventPacket,
    EventReceiver,
    EventSender,
)


@dataclass(frozen=True, slots=True)
class Wire:
    """An event packet as it travels."""

    sequence: int
    timestamp: int
    payload: bytes
    marker: bool


def pressed(keys: str, *, held: int = 5, pause: int = 5, after: int = 0) -> list[Wire]:
    """What a sender makes of keys held for so many periods, and until so many periods after."""
    sender, now = EventSender(), 1000
    wires: list[Wire] = []

    def period() -> None:
        nonlocal now
        if sender.busy:
            for out in sender.packets(now):
                wires.append(Wire(len(wires), out.timestamp, out.payload, out.marker))
        now += 160

    for key in keys:
        sender.press(key)
        for _ in range(held):
            period()
        sender.release()
        for _ in range(pause):
            period()
    for _ in range(after):
        period()
    return wires


def heard(wires: list[Wire], *, silent_ticks: int = 1, first: int = 65001) -> str:
    """The digits that a receiver tells, behind the order-keeping of RTP; `first`: sequence."""
    source, receiver, digits = Source(), EventReceiver(), ""
    source.arrived(7, first - 1)
    for wire in wires:
        number = (first + wire.sequence) & 0xFFFF
        arrival = source.arrived(7, number)
        if arrival in (Arrival.DUPLICATE, Arrival.DOUBTFUL):
            continue
        digit = receiver.feed(
            wire.payload,
            ssrc=7,
            timestamp=wire.timestamp,
            sequence=number,
            marker=wire.marker,
            newest=arrival is not Arrival.REORDERED,
        )
        digits += digit or ""
        for _ in range(silent_ticks):
            receiver.tick()
    return digits


def ends(wire: Wire) -> bool:
    return bool(wire.payload[1] & END)


def test_an_event_is_marked_grows_and_ends_three_times() -> None:
    sender = EventSender()
    sender.press("5")
    sent = [sender.packets(1000), sender.packets(1160), sender.packets(1320)]
    sender.release()
    sent += [sender.packets(t) for t in (1480, 1640, 1800)]
    assert not sender.busy
    assert sent == [
        [EventPacket(1000, PAYLOAD.pack(5, 10, 160), marker=True)],
        [EventPacket(1000, PAYLOAD.pack(5, 10, 320), marker=False)],
        [EventPacket(1000, PAYLOAD.pack(5, 10, 480), marker=False)],
        [EventPacket(1000, PAYLOAD.pack(5, 10 | END, 640), marker=False)],
        [EventPacket(1000, PAYLOAD.pack(5, 10 | END, 640), marker=False)],
        [EventPacket(1000, PAYLOAD.pack(5, 10 | END, 640), marker=False)],
    ]


def test_a_short_touch_lasts_40_ms_on_the_wire() -> None:
    wires = pressed("#", held=0, pause=10)
    assert [PAYLOAD.unpack(w.payload)[2] for w in wires] == [160, 320, 320, 320]
    assert [ends(w) for w in wires] == [False, True, True, True]


def test_keys_pressed_in_haste_follow_each_other_whole() -> None:
    wires = pressed("12", held=2, pause=0, after=12)
    expected = [("1", False), ("1", False), ("1", True), ("1", True), ("1", True)]
    expected += [("2", False), ("2", True), ("2", True), ("2", True)]
    assert [(DIGITS[w.payload[0]], ends(w)) for w in wires] == expected


def test_a_long_event_goes_on_in_another_segment_without_a_marker() -> None:
    wires = pressed("9", held=500, pause=5)
    segments = sorted({w.timestamp for w in wires})
    assert segments == [1000, 1000 + LONGEST]
    last_of_first = [w for w in wires if w.timestamp == 1000][-1]
    assert PAYLOAD.unpack(last_of_first.payload) == (9, 10, LONGEST)
    assert [w.marker for w in wires].count(True) == 1
    assert [w.timestamp for w in wires if ends(w)] == [1000 + LONGEST] * 3
    durations = [PAYLOAD.unpack(w.payload)[2] for w in wires if w.timestamp != 1000]
    assert durations == sorted(durations)
    assert heard(wires) == "9"


@pytest.mark.parametrize("digit", DIGITS)
def test_every_digit_arrives_once(digit: str) -> None:
    assert heard(pressed(digit)) == digit


def test_a_number_arrives_in_order() -> None:
    assert heard(pressed("11223*#")) == "11223*#"


@settings(max_examples=150)
@given(
    data=st.data(),
    keys=st.text(DIGITS, min_size=1, max_size=5),
    held=st.integers(1, 8),
)
def test_exactly_one_digit_whatever_is_lost_doubled_or_overtaken(
    data: st.DataObject, keys: str, held: int
) -> None:
    """Fault C20: a start, all ends, all updates but one are lost; doubled; in another order."""
    wires = pressed(keys, held=held)
    events = sorted({w.timestamp for w in wires})
    arriving: list[Wire] = []
    for event in events:
        packets = [w for w in wires if w.timestamp == event]
        chosen = data.draw(st.lists(st.sampled_from(packets), min_size=1, max_size=15))
        arriving += data.draw(st.permutations(chosen))
    assert heard(arriving) == keys


def test_only_the_last_end_packet_arriving_is_enough() -> None:
    wires = pressed("4")
    assert heard([wires[-1]]) == "4"


def test_the_same_digit_twice_with_only_ends_arriving_is_two_digits() -> None:
    assert heard([w for w in pressed("77") if ends(w)]) == "77"


def test_the_same_digit_twice_with_all_ends_lost_is_two_digits() -> None:
    assert heard([w for w in pressed("77") if not ends(w)]) == "77"


def test_end_packets_under_a_moved_timestamp_are_of_the_same_event() -> None:
    moved = [
        replace(w, timestamp=w.timestamp + 160 * n) if ends(w) else w
        for n, w in enumerate(pressed("8"))
    ]
    assert heard(moved) == "8"


@pytest.mark.parametrize("first", range(65536 - 9, 65536))
def test_the_wrap_of_the_sequence_number_within_an_event_makes_no_second_digit(first: int) -> None:
    """Whichever packet has the number 0: the first, an update, or any end, moved or not."""
    wires = pressed("8")
    moved = [
        replace(w, timestamp=w.timestamp + 160 * n) if ends(w) else w for n, w in enumerate(wires)
    ]
    assert heard(wires, first=first) == heard(moved, first=first) == "8"


def test_two_digits_under_one_timestamp_are_two() -> None:
    both = [replace(w, timestamp=1000) for w in pressed("12")]
    assert heard(both) == "12"


def test_the_same_digit_again_under_one_timestamp_needs_its_marker() -> None:
    both = [replace(w, timestamp=1000) for w in pressed("33")]
    assert heard(both) == "33"


def test_an_event_without_its_end_is_over_after_three_intervals() -> None:
    receiver = EventReceiver()
    first = pressed("6")[0]
    receiver.feed(first.payload, ssrc=1, timestamp=0, sequence=0, marker=True, newest=True)
    assert receiver.active
    for _ in range(10):
        receiver.tick()
    assert not receiver.active


@given(st.lists(st.tuples(st.binary(max_size=8), st.integers(0, 2**32 - 1)), max_size=40))
def test_any_payload_is_survived(packets: list[tuple[bytes, int]]) -> None:
    receiver = EventReceiver()
    for sequence, (payload, timestamp) in enumerate(packets):
        digit = receiver.feed(
            payload, ssrc=1, timestamp=timestamp, sequence=sequence, marker=False, newest=True
        )
        assert digit is None or digit in DIGITS
