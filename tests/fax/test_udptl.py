"""Packets of a fax in order, each once, whatever becomes of the datagrams (faults C15, C16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.media.udptl import REPEATED, STRAYS, Datagram, Receiver, Sender, read, written

IFPS = st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=60)


def taken(receiver: Receiver, datagrams: list[bytes]) -> list[tuple[int, bytes]]:
    found = []
    for data in datagrams:
        datagram = read(data)
        assert datagram is not None
        found += list(receiver.feed(datagram))
    return found


def sent(ifps: list[bytes], **how: int) -> list[bytes]:
    sender = Sender(**how)
    return [sender.datagram(ifp) for ifp in ifps]


def test_a_datagram_is_what_t38_says() -> None:
    """T.38 section 9.1.2: number, newest, then those before it, newest first."""
    data = written(0x0102, b"\x06", (b"\x04", b"\xc0\x01\x80\x00\x00\xff"))
    assert data.hex(" ") == "01 02 01 06 00 02 01 04 06 c0 01 80 00 00 ff"
    assert read(data) == Datagram(0x0102, b"\x06", (b"\x04", b"\xc0\x01\x80\x00\x00\xff"))


def test_a_length_of_128_and_more_has_two_octets() -> None:
    """X.691 section 10.9.3.6."""
    data = written(0, bytes(200), ())
    assert data[2:4] == b"\x80\xc8"
    assert read(data) == Datagram(0, bytes(200))


def test_of_a_datagram_with_parities_the_newest_packet_is_used() -> None:
    """T.38 section 9.1.4: forward error correction, which is not asked for."""
    assert read(bytes.fromhex("0005 02 c001 80 01 01 01 02 aaaa")) == Datagram(5, b"\xc0\x01")


@given(IFPS, st.data())
def test_a_loss_of_as_many_in_a_row_as_are_repeated_does_no_harm(
    ifps: list[bytes], data: st.DataObject
) -> None:
    """Bursts of three, with two datagrams that arrive between them."""
    arriving, at = [], 0
    datagrams = sent(ifps)
    while at < len(datagrams):
        lost = data.draw(st.integers(0, REPEATED)) if at else 0
        arriving += datagrams[at + lost : at + lost + 2]
        at += lost + 2
    receiver = Receiver()
    found = taken(receiver, arriving)
    assert found == list(enumerate(ifps))[: len(found)]
    assert len(found) >= len(ifps) - REPEATED - 1, "only the last may be lost"
    assert receiver.lost == 0


@given(
    IFPS, st.lists(st.tuples(st.integers(0, 59), st.booleans()), max_size=80), st.integers(0, 5)
)
def test_each_packet_comes_once_and_in_order(
    ifps: list[bytes], order: list[tuple[int, bool]], repeated: int
) -> None:
    """Whatever is lost, doubled and out of order; what is missing is counted."""
    datagrams = sent(ifps, repeated=repeated)
    arriving = [datagrams[at] for at, there in order if there and at < len(datagrams)]
    if len(order) > STRAYS:  # old ones for so long would be a peer that begins anew
        arriving = sorted(arriving, key=datagrams.index)
    receiver = Receiver()
    found = taken(receiver, arriving)
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert all(ifps[number] == ifp for number, ifp in found)
    if found:
        assert receiver.lost == numbers[-1] - numbers[0] + 1 - len(found)
        assert receiver.received + receiver.recovered == len(found)


def test_numbers_go_round() -> None:
    receiver = Receiver()
    numbers = [65534, 65535, 0, 1]
    for number in numbers:
        datagram = Datagram(number, bytes((number & 0xFF,)), ())
        assert [n for n, _ in receiver.feed(datagram)] == [number]
    assert receiver.lost == 0


def test_a_peer_that_begins_anew_is_believed_after_a_while() -> None:
    receiver = Receiver()
    taken(receiver, sent([b"a"] * 500))
    again = taken(receiver, sent([b"b"] * 20))
    assert [number for number, _ in again] == list(range(STRAYS - 1, 20))


def test_what_repeats_nothing_at_first_says_so_by_empty_packets() -> None:
    """Some fill up: two empty ones behind the first packet are no packets."""
    data = bytes.fromhex("0000 01 06 00 02 00 00")
    assert taken(Receiver(), [data]) == [(0, b"\x06")]


@given(IFPS, st.integers(100, 300), st.integers(0, 5))
def test_no_datagram_is_larger_than_the_peer_takes(
    ifps: list[bytes], largest: int, repeated: int
) -> None:
    """T38FaxMaxDatagram: repetitions are left out, the packet itself never is."""
    for ifp, data in zip(ifps, sent(ifps, largest=largest, repeated=repeated), strict=True):
        assert len(data) <= max(largest, len(ifp) + 6)


@given(st.binary(max_size=80))
def test_nothing_that_comes_is_an_error(data: bytes) -> None:
    datagram = read(data)
    if datagram is not None:
        list(Receiver().feed(datagram))


@given(IFPS, st.integers(0, 200))
def test_what_is_cut_off_is_none(ifps: list[bytes], cut: int) -> None:
    data = sent(ifps)[-1]
    assert read(data[: min(cut, len(data) - 1)]) is None


@pytest.mark.parametrize("payload", [b"\x80\x08", b"\x80\x88", b"\x80\x00", b"\x80\x65"])
def test_voice_is_no_datagram_of_a_fax(payload: bytes) -> None:
    """The last packets of RTP come when T.38 has begun."""
    rtp = payload + bytes.fromhex("1234 00000aa0 deadbeef") + b"\xd5" * 160
    assert read(rtp) is None
