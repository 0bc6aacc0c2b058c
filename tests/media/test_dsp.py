"""libspandsp: every digit, once and soon; caller ID read back. Limits: tests/dtmf."""

from __future__ import annotations

import ctypes
import math
import subprocess
import sys
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from firmware.errors import MediaError
from firmware.line.caller_message import Caller, Form, call_setup
from firmware.media import dsp
from firmware.media.dtmf import DtmfReceiver
from firmware.media.g711 import from_linear, level_of, peak_of, to_linear
from firmware.media.telephone_event import DIGITS
from firmware.media.tones import DTMF, Player, render
from firmware.tone import Segment, ToneSpec

SILENCE = b"\xd5" * 160


def sound(*parts: tuple[tuple[tuple[float, float], ...], float], law: str = "PCMA") -> bytes:
    """Stretches of (frequency, dBm0) pairs, each so many ms."""
    samples = array("h")
    for tones, ms in parts:
        for n in range(round(ms * 8)):
            value = sum(
                peak_of(law, level) * math.sin(math.tau * hertz * n / 8000)
                for hertz, level in tones
            )
            samples.append(max(-32768, min(32767, round(value))))
    return from_linear(law, samples.tobytes())


def digit(key: str, ms: float) -> tuple[tuple[tuple[float, float], ...], float]:
    """A key held so long, -10 dBm0 each."""
    low, high = DTMF[key]
    return ((low, -10.0), (high, -10.0)), ms


def decoded(payload: bytes, law: str = "PCMA") -> tuple[str, list[int]]:
    """The digits, and the tick in which each was known."""
    receiver, digits, when = DtmfReceiver(law), "", []
    payload += (b"\xd5" if law == "PCMA" else b"\xff") * 800
    for tick, start in enumerate(range(0, len(payload) - 159, 160)):
        receiver.feed(payload[start : start + 160])
        new = receiver.digits()
        digits += new
        when += [tick] * len(new)
    return digits, when


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_every_digit_of_40_ms_with_pauses_of_40_ms_is_decoded_once(law: str) -> None:
    parts = [part for key in DIGITS for part in (digit(key, 40), ((), 40.0))]
    # a tone of 40 ms is the least that Q.24 wants; give the phase a millisecond of room
    longer = [(tones, ms + 5) for tones, ms in parts]
    assert decoded(sound(*longer, law=law), law)[0] == DIGITS


def test_a_digit_is_known_within_60_ms_and_its_end_within_40() -> None:
    receiver = DtmfReceiver("PCMA")
    payload = sound(((), 20), digit("5", 100), ((), 100))
    states = [receiver.feed(payload[n : n + 160]) for n in range(0, len(payload), 160)]
    assert ord("5") in states[:4]
    assert states[8] == 0


def test_a_dial_tone_alone_is_no_digit() -> None:
    player = Player(render(ToneSpec((Segment((350, 440), 0),)), "PCMA"))
    receiver = DtmfReceiver("PCMA")
    assert {receiver.feed(player.next()) for _ in range(200)} == {0}


def test_a_missing_library_is_named_with_its_package() -> None:
    dsp.spandsp.cache_clear()
    with pytest.raises(MediaError, match="install the Debian package libspandsp2"):
        dsp.spandsp("libspandsp-is-not-here.so")
    assert dsp.available()


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

    def fields(self, payload: bytes) -> list[tuple[int, bytes]]:
        """Type and body of each parameter of the message heard."""
        samples = to_linear("PCMA", payload)
        self.library.adsi_rx(self.state, samples, len(samples) // 2)
        (message,) = self.messages
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
    burst = dsp.fsk("PCMA", modem, message)
    assert CallerIdReader(code).fields(SILENCE * 5 + burst + SILENCE * 20) == [
        (1, b"10122008"),
        (2, b"02812345678"),
        (7, name),
    ]
    assert 0.3 < len(burst) / 8000 < 1.2
    assert level_of("PCMA", burst[800:]) == pytest.approx(-13.5, abs=2.0)


def test_a_telephone_in_a_call_is_not_woken_by_channel_seizure() -> None:
    """EN 300 659-2: the telephone has said that it listens; 300 bits are saved."""
    message = call_setup(Form.MULTIPLE, Caller("10122008", "8001"))
    on_hook, in_call = (dsp.fsk("PCMA", "v23", message, in_call=yes) for yes in (False, True))
    assert len(on_hook) - len(in_call) == pytest.approx((300 + 180 - 80) * 8000 / 1200, abs=8)
    assert CallerIdReader(2).fields(in_call + SILENCE * 20)[1] == (2, b"8001")


def test_a_withheld_number_says_so() -> None:
    burst = dsp.fsk("PCMA", "bell202", call_setup(Form.MULTIPLE, Caller("01010000")))
    read = CallerIdReader(1).fields(burst + SILENCE * 20)
    assert read == [(1, b"01010000"), (4, b"P"), (8, b"P")]


def test_an_unknown_modem_is_refused() -> None:
    with pytest.raises(MediaError, match="none of bell202, v23, ntt"):
        dsp.fsk("PCMA", "pigeon", b"\x80\x00")


@pytest.mark.parametrize("message", [b"", b"\x80", b"\x80\xff" + bytes(256)])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(MediaError, match="cannot be sent"):
        dsp.fsk("PCMA", "v23", message)


def test_pairs_of_samples_are_not_swapped() -> None:
    burst = to_linear("PCMA", dsp.fsk("PCMA", "bell202", b"\x80\x03\x02\x011"))
    samples = array("h", burst)
    assert max(abs(a - b) for a, b in pairwise(samples)) < 12_000


def test_the_compiled_declarations_of_c_libraries_are_up_to_date() -> None:
    tool = Path(__file__).parents[2] / "tools" / "compile_abi.py"
    assert subprocess.run([sys.executable, str(tool), "--check"], check=False).returncode == 0


def test_reading_c_is_no_part_of_the_media_process() -> None:
    words = "from firmware.media import dsp, process; dsp.spandsp(); import sys"
    asked = f"{words}; print({{'cffi', 'pycparser', 'asyncio', 'numpy'}} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked], capture_output=True, check=True
    )
    assert run.stdout == b"set()\n"
