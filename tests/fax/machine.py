"""Fax machines: T.30 by libspandsp, with a modem at the copper, or with packets (T.38).

Of a page nothing matters but that it arrives as it was: as it does between two machines that
are joined by nothing but a wire. So it is small.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cffi

PERIOD = 160
_LIBRARY = "libspandsp.so.2"
_WIDTH = 1728
_ROWS = 60

ffi = cffi.FFI()
ffi.cdef("""
void *fax_init(void *, int calling);
int fax_free(void *);
void fax_set_transmit_on_idle(void *, int);
int fax_rx(void *, char *, int);
int fax_tx(void *, char *, int);
void *fax_get_t30_state(void *);
void *t38_terminal_init(void *, int calling, int (*)(void *, void *, char *, int, int), void *);
int t38_terminal_free(void *);
int t38_terminal_send_timeout(void *, int samples);
void *t38_terminal_get_t30_state(void *);
void *t38_terminal_get_t38_core_state(void *);
int t38_core_rx_ifp_packet(void *, const char *, int, unsigned short);
void t30_set_tx_file(void *, const char *, int, int);
void t30_set_rx_file(void *, const char *, int);
void t30_set_phase_e_handler(void *, void (*)(void *, void *, int), void *);
int t30_set_ecm_capability(void *, int);
int t30_set_supported_modems(void *, int);
void *modem_connect_tones_tx_init(void *, int);
int modem_connect_tones_tx(void *, char *, int);
int modem_connect_tones_tx_free(void *);
""")

V27TER, V29, V17 = 1, 2, 4


def library() -> Any:
    return ffi.dlopen(_LIBRARY)


def page(path: Path, *, rows: int = _ROWS, seed: int = 1) -> Path:
    """Write a page as TIFF."""
    pixels = b"".join(_row(row, seed) for row in range(rows))
    entries = [
        (256, 4, _WIDTH), (257, 4, rows), (258, 3, 1), (259, 3, 1), (262, 3, 0), (273, 4, 8),
        (274, 3, 1), (277, 3, 1), (278, 4, rows), (279, 4, len(pixels)), (282, 5, 0), (283, 5, 0),
        (296, 3, 2),
    ]  # fmt: skip
    at = 8 + len(pixels)
    behind = at + 2 + 12 * len(entries) + 4
    directory = struct.pack("<H", len(entries))
    for tag, kind, value in entries:
        number = {282: behind, 283: behind + 8}.get(tag, value)
        directory += struct.pack("<HHII", tag, kind, 1, number)
    resolutions = struct.pack("<IIII", 204, 1, 98, 1)
    head = struct.pack("<2sHI", b"II", 42, at)
    path.write_bytes(head + pixels + directory + bytes(4) + resolutions)
    return path


def _row(row: int, seed: int) -> bytes:
    """Mostly white, with words of black: what a page looks like, and quickly sent."""
    line = bytearray(_WIDTH // 8)
    for word in range(6):
        at = (row * 37 + word * 31 * seed + seed) % (len(line) - 8)
        line[at : at + 3] = bytes((0x0F, (row * 41 + seed) & 0xFF, 0xF0))
    return bytes(line)


def image(path: Path) -> bytes:
    """What a fax machine has written: the page, coded as it likes, without date and maker."""
    data = path.read_bytes()
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    tags = {}
    for n in range(count):
        tag, kind, _, value = struct.unpack_from(order + "HHI4s", data, at + 2 + 12 * n)
        (tags[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), value)
    return data[tags[273] : tags[273] + tags[279]]


class _Machine:
    """What both kinds have: somebody puts a page in, or waits for one."""

    def __init__(self, t30: Any) -> None:
        self._t30 = t30
        self.result: int | None = None
        """How it ended: 0 is well (`t30_err_e`); None: it has not."""

        def ended(_state: Any, _user: Any, result: int) -> None:
            self.result = result

        self._ended = ffi.callback("void(void *, void *, int)", ended)
        self._lib.t30_set_phase_e_handler(t30, self._ended, ffi.NULL)

    _lib: Any

    def sends(self, path: Path) -> None:
        self._lib.t30_set_tx_file(self._t30, str(path).encode(), -1, -1)

    def receives(self, path: Path) -> None:
        self._lib.t30_set_rx_file(self._t30, str(path).encode(), -1)

    def can(self, *, corrects: bool = True, modems: int = V27TER | V29 | V17) -> None:
        self._lib.t30_set_ecm_capability(self._t30, int(corrects))
        self._lib.t30_set_supported_modems(self._t30, modems)


class FaxMachine(_Machine):
    """One at the copper: linear samples, 16 bit, 8 kHz."""

    def __init__(self, *, calls: bool) -> None:
        self._lib = library()
        self._fax = ffi.gc(self._lib.fax_init(ffi.NULL, int(calls)), self._lib.fax_free)
        self._lib.fax_set_transmit_on_idle(self._fax, 1)
        self._samples = ffi.new(f"char[{2 * PERIOD}]")
        super().__init__(self._lib.fax_get_t30_state(self._fax))

    def says(self) -> bytes:
        """The next period."""
        made = self._lib.fax_tx(self._fax, self._samples, PERIOD)
        return bytes(ffi.buffer(self._samples, 2 * made)) + bytes(2 * (PERIOD - made))

    def hears(self, samples: bytes) -> None:
        """A period."""
        self._lib.fax_rx(self._fax, ffi.new("char[]", samples), len(samples) // 2)


class PacketFax(_Machine):
    """One that speaks T.38 itself.

    Args:
        calls: it is the calling one.
        send: is given each packet (IFP), and how often it is to be sent.
    """

    def __init__(self, *, calls: bool, send: Callable[[bytes, int], None]) -> None:
        self._lib = library()

        def handler(_core: Any, _user: Any, data: Any, size: int, count: int) -> int:
            send(bytes(ffi.buffer(data, size)), count)
            return 0

        self._handler = ffi.callback("int(void *, void *, char *, int, int)", handler)
        made = self._lib.t38_terminal_init(ffi.NULL, int(calls), self._handler, ffi.NULL)
        self._fax = ffi.gc(made, self._lib.t38_terminal_free)
        self._core = self._lib.t38_terminal_get_t38_core_state(self._fax)
        super().__init__(self._lib.t38_terminal_get_t30_state(self._fax))

    def tick(self) -> None:
        """20 ms have passed."""
        self._lib.t38_terminal_send_timeout(self._fax, PERIOD)

    def takes(self, sequence: int, ifp: bytes) -> None:
        self._lib.t38_core_rx_ifp_packet(self._core, ifp, len(ifp), sequence)


def tone(kind: int, seconds: float) -> bytes:
    """One that a machine begins with, numbered as the library does; linear samples."""
    lib = library()
    state = ffi.gc(
        lib.modem_connect_tones_tx_init(ffi.NULL, kind), lib.modem_connect_tones_tx_free
    )
    count = round(8000 * seconds)
    samples = ffi.new(f"char[{2 * count}]")
    lib.modem_connect_tones_tx(state, samples, count)
    return bytes(ffi.buffer(samples))


def by_wire(sent: Path, received: Path, *, corrects: bool = False) -> bytes:
    """The page as it arrives where nothing but a wire is between two machines."""
    one, other = FaxMachine(calls=True), FaxMachine(calls=False)
    for machine in (one, other):
        machine.can(corrects=corrects)
    one.sends(sent)
    other.receives(received)
    for _ in range(50 * 60):
        said, answered = one.says(), other.says()
        one.hears(answered)
        other.hears(said)
        if one.result is not None and other.result is not None:
            break
    assert (one.result, other.result) == (0, 0)
    return image(received)
