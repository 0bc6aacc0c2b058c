"""Data for a telephone's display, demodulated by libspandsp (cffi, ABI mode).

The state is opaque, so the declarations hold for every libspandsp.so.2. The library wants
a callback for each message; it is a ctypes closure, because cffi's own callbacks cannot be
made in a process that must not write executable memory.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

import cffi

LIBRARY = "libspandsp.so.2"
DECLARATIONS = """
typedef struct adsi_rx_state_s adsi_rx_state_t;
typedef void (*put_msg_func_t)(void *user, const uint8_t *message, int length);
adsi_rx_state_t *adsi_rx_init(adsi_rx_state_t *, int, put_msg_func_t, void *);
int adsi_rx(adsi_rx_state_t *, const int16_t *, int);
int adsi_rx_free(adsi_rx_state_t *);
typedef struct adsi_tx_state_s adsi_tx_state_t;
adsi_tx_state_t *adsi_tx_init(adsi_tx_state_t *, int);
int adsi_tx(adsi_tx_state_t *, int16_t *, int);
int adsi_tx_put_message(adsi_tx_state_t *, const uint8_t *, int);
int adsi_tx_free(adsi_tx_state_t *);
"""

STANDARDS = {"bell202": 1, "v23": 2, "ntt": 4, "dtmf": 5}
"""As the library numbers them: CLASS, CLIP, JCLIP and CLIP by DTMF."""
ON_HOOK = ("bell202", "v23", "dtmf")
"""What a display listens for while the handset is down."""

SINGLE_DATA, MULTIPLE_DATA = 0x04, 0x80
SINGLE_LAMP, MULTIPLE_LAMP = 0x06, 0x82
NTT_CALL = 0x40
"""Types of message (ETSI EN 300 659-3, Telcordia GR-30)."""
DATE, NUMBER, NO_NUMBER, NAME, NO_NAME = 0x01, 0x02, 0x04, 0x07, 0x08
"""Types of parameter in a `MULTIPLE_DATA` message."""

INDICATOR, MESSAGES = 0x0B, 0x13
"""Types of parameter in a `MULTIPLE_LAMP` message."""
DLE = 0x10

_Put = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int)


@dataclass(frozen=True, slots=True)
class CallerId:
    """What the telephone's display shows."""

    date: str = ""
    """MMDDhhmm."""
    number: str = ""
    name: str = ""
    withheld: str = ""
    """``P`` private, ``O`` out of area: in place of the number."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """What the lamp for messages is told."""

    lit: bool
    count: int | None = None
    """None: it was not said how many."""


class CallerIdReceiver:
    """Listens to one line for data of several standards.

    Without libspandsp it hears nothing: `available` tells.
    """

    def __init__(self, standards: tuple[str, ...] = ON_HOOK) -> None:
        self._received: list[bytes] = []
        self._put = _Put(self._keep)
        self._states: list[Any] = []
        if (spandsp := _spandsp()) is None:
            return
        ffi, library = spandsp
        put = ffi.cast("put_msg_func_t", ctypes.cast(self._put, ctypes.c_void_p).value)
        for standard in standards:
            state = library.adsi_rx_init(ffi.NULL, STANDARDS[standard], put, ffi.NULL)
            self._states.append(ffi.gc(state, library.adsi_rx_free))

    @property
    def available(self) -> bool:
        return bool(self._states)

    def feed(self, samples: bytes) -> CallerId | Lamp | None:
        """Listen to linear samples; what was told when a message with a good checksum ends.

        Both demodulators usually understand either standard; the first one counts.
        """
        if (spandsp := _spandsp()) is None:
            return None
        ffi, library = spandsp
        amplitudes = ffi.from_buffer("int16_t[]", samples)
        for state in self._states:
            library.adsi_rx(state, amplitudes, len(samples) // 2)
        messages, self._received[:] = list(self._received), []
        told = [parse(message) or parse_lamp(message) for message in messages]
        return next((each for each in told if each is not None), None)

    def _keep(self, _user: int, message: Any, length: int) -> None:
        self._received.append(bytes(message[:length]))


def parse(message: bytes) -> CallerId | None:
    """Read a call set-up message without its checksum; None when it is something else."""
    if len(message) < 2:
        return None
    if message[:1].isalnum():
        return parse_keys(message.decode("ascii", "replace"))
    if message[0] == DLE:  # header, frame begin, and a frame end behind the text
        message = message[5:-2].replace(bytes((DLE, DLE)), bytes((DLE,)))
    kind, body = message[0], message[2 : 2 + message[1]]
    if kind == SINGLE_DATA:
        rest = body[8:].decode("ascii", "replace")
        if rest in {"P", "O"}:
            return CallerId(_text(body[:8]), withheld=rest)
        return CallerId(_text(body[:8]), rest)
    if kind not in {MULTIPLE_DATA, NTT_CALL}:
        return None
    fields = _fields(body)
    return CallerId(
        _text(fields.get(DATE, b"")),
        _text(fields.get(NUMBER, b"")),
        _text(fields.get(NAME, b"")),
        _text(fields.get(NO_NUMBER, b"")),
    )


def parse_keys(keys: str) -> CallerId | None:
    """Read what was said by DTMF: a number between its signs, or why there is none."""
    if keys in {"B10C", "D1#"}:
        return CallerId(withheld="P")
    if keys in {"B00C", "D2#", "D3#"}:
        return CallerId(withheld="O")
    number = keys[1:-1]
    if keys[0] in "AD" and keys[-1] in "C#" and number.isdecimal():
        return CallerId(number=number)
    return None


def parse_lamp(message: bytes) -> Lamp | None:
    """Read a message for the lamp without its checksum; None when it is something else."""
    if len(message) < 3:
        return None
    kind, body = message[0], message[2 : 2 + message[1]]
    if kind == SINGLE_LAMP:
        return {b"BBB": Lamp(lit=True), b"ooo": Lamp(lit=False)}.get(body)
    if kind != MULTIPLE_LAMP:
        return None
    fields = _fields(body)
    count = fields.get(MESSAGES)
    return Lamp(fields.get(INDICATOR) == b"\xff", count[0] if count else None)


def _fields(body: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    while len(body) >= 2:
        fields[body[0]] = body[2 : 2 + body[1]]
        body = body[2 + body[1] :]
    return fields


def modulate(message: bytes, standard: str = "bell202") -> bytes:
    """The linear audio of a message (header and length, no checksum): for tests and drills.

    Raises:
        OSError: libspandsp is not installed.
    """
    spandsp = _spandsp()
    if spandsp is None:
        raise OSError(f"{LIBRARY} is not installed")
    ffi, library = spandsp
    state = ffi.gc(library.adsi_tx_init(ffi.NULL, STANDARDS[standard]), library.adsi_tx_free)
    library.adsi_tx_put_message(state, message, len(message))
    amplitudes = ffi.new("int16_t[160]")
    audio = b""
    while made := library.adsi_tx(state, amplitudes, 160):
        audio += bytes(ffi.buffer(amplitudes, 2 * made))
    return audio


def _text(octets: bytes) -> str:
    """Text as telephones on the market show it: GB 2312 contains ASCII."""
    return octets.decode("gb2312", "replace")


@cache
def _spandsp() -> tuple[Any, Any] | None:
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    try:
        return ffi, ffi.dlopen(LIBRARY)
    except OSError:
        return None
