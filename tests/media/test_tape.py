"""The packets of the last calls: their order, their times, and how many there are."""

from __future__ import annotations

from firmware.media.tape import APIECE, Packet, Tape


def test_packets_have_the_time_of_their_period_and_their_order() -> None:
    now = [100.0]
    tape = Tape(10_000, lambda: now[0])
    one, other = tape.keeper(1), tape.keeper(2)
    one(True, b"said")
    other(False, b"heard")
    tape.turn()
    now[0] = 100.02
    one(False, b"answer")
    assert [*tape.parts(0)] == [
        (
            Packet(1, 100.0, True, b"said"),
            Packet(2, 100.0, False, b"heard"),
            Packet(1, 100.02, False, b"answer"),
        )
    ]
    assert [[packet.data for packet in part] for part in tape.parts(1)] == [[b"said", b"answer"]]


def test_the_oldest_periods_are_forgotten_when_there_is_no_room() -> None:
    tape = Tape(3 * (APIECE + 40), lambda: 0.0)
    keep = tape.keeper(1)
    for n in range(10):
        keep(True, bytes((n,)) * 40)
        tape.turn()
    assert [packet.data[0] for part in tape.parts(1) for packet in part] == [7, 8, 9]
    tape.limit(APIECE + 40)
    assert [packet.data[0] for part in tape.parts(1) for packet in part] == [9]


def test_nothing_is_kept_where_there_is_no_room_at_all() -> None:
    tape = Tape(0, lambda: 0.0)
    keep = tape.keeper(1)
    keep(True, b"said")
    assert [*tape.parts(0)] == []
    tape.limit(1000)
    keep(True, b"said again")
    assert [packet.data for part in tape.parts(0) for packet in part] == [b"said again"]
