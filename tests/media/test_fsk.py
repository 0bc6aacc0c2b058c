"""Data for displays as FSK, read back by libspandsp's receivers."""

from __future__ import annotations

import ctypes
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import MediaError
from firmware.line.caller_message import Caller, Form, call_setup
from firmware.media.fsk import burst
from firmware.media.g711 import level_of, to_linear

SILENCE = b"\xd5" * 160


class CallerIdReader:
    """libspandsp's own receiver, through ctypes: an independent binding."""

    def __init__(self, standard: int) -> None:
        self.library = ctypes.CDLL("libspandsp.so.2")
        self.messages: list[bytes] = []
        kind = ctypes.CFUNCTYPE(
            None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int
        )
        self.callback = kind(lambda _, m, n: self.messages.append(bytes(m[:n])))
        self.library.adsi_rx_init.restype = ctypes.c_void_p
        self.state = ctypes.c_void_p(
            self.library.adsi_rx_init(None, standard, self.callback, None)
        )

    def reads(self, payload: bytes) -> bytes:
        """The one message heard."""
        samples = to_linear("PCMA", payload)
        self.library.adsi_rx(self.state, samples, len(samples) // 2)
        (message,) = self.messages
        return message

    def fields(self, payload: bytes) -> list[tuple[int, bytes]]:
        """Type and body of each parameter of it."""
        message = self.reads(payload)
        assert message[0] == 0x80
        fields, at = [], 2
        while at < 2 + message[1]:
            size = message[at + 1]
            fields.append((message[at], message[at + 2 : at + 2 + size]))
            at += 2 + size
        return fields


@pytest.mark.parametrize(("modem", "code"), [("bell202", 1), ("v23", 2)])
def test_a_telephone_reads_the_caller(modem: str, code: int) -> None:
    name = "张三".encode("gb2312")
    message = call_setup(Form.MULTIPLE, Caller("10122008", "02812345678", name))
    sound = burst("PCMA", modem, message)
    assert CallerIdReader(code).fields(SILENCE * 5 + sound + SILENCE * 20) == [
        (1, b"10122008"),
        (2, b"02812345678"),
        (7, name),
    ]
    assert 0.3 < len(sound) / 8000 < 1.2
    assert level_of("PCMA", sound[800:]) == pytest.approx(-13.5, abs=2.0)


def test_a_telephone_in_a_call_is_not_woken_by_channel_seizure() -> None:
    """EN 300 659-2: the telephone has said that it listens; 300 bits are saved."""
    message = call_setup(Form.MULTIPLE, Caller("10122008", "8001"))
    on_hook, in_call = (burst("PCMA", "v23", message, in_call=yes) for yes in (False, True))
    assert len(on_hook) - len(in_call) == pytest.approx((300 + 180 - 80) * 8000 / 1200, abs=8)
    assert CallerIdReader(2).fields(in_call + SILENCE * 20)[1] == (2, b"8001")


def test_a_withheld_number_says_so() -> None:
    sound = burst("PCMA", "bell202", call_setup(Form.MULTIPLE, Caller("01010000")))
    read = CallerIdReader(1).fields(sound + SILENCE * 20)
    assert read == [(1, b"01010000"), (4, b"P"), (8, b"P")]


def test_an_unknown_modem_is_refused() -> None:
    with pytest.raises(MediaError, match="none of bell202, v23, ntt"):
        burst("PCMA", "pigeon", b"\x80\x00")


@pytest.mark.parametrize("message", [b"", b"\x80", b"\x80\xff" + bytes(256)])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(MediaError, match="cannot be sent"):
        burst("PCMA", "v23", message)


def test_pairs_of_samples_are_not_swapped() -> None:
    sound = to_linear("PCMA", burst("PCMA", "bell202", b"\x80\x03\x02\x011"))
    samples = array("h", sound)
    assert max(abs(a - b) for a, b in pairwise(samples)) < 12_000


@given(st.binary(min_size=1, max_size=200))
def test_any_octets_are_read_back(content: bytes) -> None:
    sent = bytes((0x80, len(content))) + content
    assert CallerIdReader(2).reads(burst("PCMA", "v23", sent) + SILENCE * 20) == sent


@given(st.text("0123456789", min_size=1, max_size=20))
def test_a_display_of_ntt_reads_header_parity_and_crc(number: str) -> None:
    """Its own sum is the CRC: a receiver that computes another says nothing."""
    message = call_setup(Form.NTT, Caller("01010000", number))
    sound = burst("PCMA", "ntt", message)
    heard = CallerIdReader(4).reads(SILENCE * 5 + sound + SILENCE * 20)
    assert heard[5:-2] == message


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_the_level_is_what_a_telephone_expects(law: str) -> None:
    message = call_setup(Form.MULTIPLE, Caller("10122008", "8001"))
    assert level_of(law, burst(law, "bell202", message)) == pytest.approx(-13.5, abs=0.3)
