"""Where messages end on a connection: rows A04, A06, A07, A12 and A13 of the fault matrix."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import SipError
from firmware.sip.framer import Broken, Crlf, Framed, Framer, Piece
from firmware.sip.message import MAX_HEAD, MAX_MESSAGE, parse

OPTIONS = (
    b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:x@y>;tag=1\r\n"
    b"To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
)
EMPTY = OPTIONS + b"Content-Length: 0\r\n\r\n"
FULL = OPTIONS + b"l : 12\r\n\r\nv=0\r\n\r\n\r\nxyz"
FOLDED = OPTIONS + b"CONTENT-length:\r\n 3\r\n\r\n\r\n!"
PING = b"\r\n\r\n"


def framed(*pieces: bytes) -> list[Piece]:
    framer = Framer()
    return [piece for data in pieces for piece in framer.feed(data)]


def plain(pieces: list[Piece]) -> list[object]:
    """Pieces that compare: a CRLF is the word for it."""
    return ["crlf" if isinstance(piece, Crlf) else piece for piece in pieces]


def broken(data: bytes) -> Broken:
    *_, last = framed(data)
    assert isinstance(last, Broken)
    return last


def test_a13_three_messages_in_one_segment_are_three_messages() -> None:
    assert framed(EMPTY + FULL + FOLDED) == [Framed(EMPTY), Framed(FULL), Framed(FOLDED)]


def test_a13_a_message_split_byte_by_byte_is_one_message() -> None:
    """Also with CRLFs before it (7.5), which are keep-alives."""
    pieces = framed(*(bytes((octet,)) for octet in PING + FULL))
    assert plain(pieces) == ["crlf", "crlf", Framed(FULL)]


@given(
    st.lists(st.sampled_from([EMPTY, FULL, FOLDED, PING, b"\r\n"]), max_size=6),
    st.lists(st.integers(0, 2000), max_size=12),
)
def test_a13_however_the_bytes_are_split_the_same_messages_come_out(
    messages: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(messages)
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    pieces = [stream[a:b] for a, b in itertools.pairwise(at)]
    assert plain(framed(*pieces)) == plain(framed(stream))


@given(st.binary(max_size=400), st.lists(st.integers(0, 2000), max_size=6))
def test_a13_so_does_the_same_verdict_on_garbage(garbage: bytes, cuts: list[int]) -> None:
    stream = EMPTY + garbage
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    pieces = [stream[a:b] for a, b in itertools.pairwise(at)]
    assert plain(framed(*pieces)) == plain(framed(stream))


@given(st.binary(max_size=300))
def test_a06_the_framer_and_the_parser_agree_on_where_a_message_ends(body: bytes) -> None:
    """What is cut out parses to its last byte, and not one byte less does."""
    data = OPTIONS + b"Content-Length: %d\r\n\r\n" % len(body) + body
    (piece,) = framed(data)
    assert isinstance(piece, Framed)
    assert parse(piece.data).body == body
    if body:
        with pytest.raises(SipError):
            parse(piece.data[:-1])


@pytest.mark.parametrize(
    "length",
    [
        b"",
        b"Content-Length: -1\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 1_0\r\n",
        b"Content-Length: \xd9\xa3\r\n",
        b"Content-Length: 4294967296\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n",
        b"Content-Length: 0\r\nl: 0\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 0\nX: y\r\n",
        b"Content-Length\r\n",
    ],
)
def test_a04_any_doubt_about_the_length_is_the_end_of_the_connection(length: bytes) -> None:
    """Nobody knows where the next message begins: 400, and then nothing more is read."""
    framer = Framer()
    *_, last = framer.feed(EMPTY + OPTIONS + length + b"\r\n" + EMPTY)
    assert isinstance(last, Broken)
    assert last.status == 400
    assert framer.feed(EMPTY) == []


def test_a07_header_lines_without_an_end_are_given_up_at_the_cap() -> None:
    framer = Framer()
    assert framer.feed(b"X" * MAX_HEAD) == []
    (last,) = framer.feed(b"X" * 5)
    assert isinstance(last, Broken)
    assert last.status == 513
    assert not framer.unfinished


def test_a07_a_message_that_says_it_is_too_large_is_given_up_at_once() -> None:
    assert broken(OPTIONS + b"Content-Length: %d\r\n\r\n" % MAX_MESSAGE).status == 513


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # TLS at a TCP port
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00" * 40 + b"\r\n\r\n",
    ],
)
def test_a12_what_is_no_sip_at_all_ends_the_connection(garbage: bytes) -> None:
    assert broken(garbage).status == 400


def test_a07_the_time_it_takes_grows_with_the_bytes_and_no_faster() -> None:
    """Eight times as many pieces; 64 would be quadratic."""

    def seconds(count: int) -> float:
        framer, began = Framer(), time.thread_time()
        for _ in range(count):
            framer.feed(b"X: aaaaaaaa\r")
        return time.thread_time() - began

    few, many = min(seconds(300) for _ in range(7)), min(seconds(2400) for _ in range(7))
    assert many < 16 * few
