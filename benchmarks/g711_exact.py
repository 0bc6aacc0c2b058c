"""G.711 compared code by code with three others: all 65 536 samples coded, all 256 codes read.

The others are libspandsp and sox. The laws are defined for samples of 13 bits (A-law) and 14 bits
(mu-law); of a sample of 16 the low ones have to be cut off or rounded first, and at a decision
value that makes another code of some: these are counted apart.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.figures import table
from benchmarks.targets import Target
from firmware.errors import MediaError
from firmware.media.g711 import LAWS, from_linear, to_linear

ALL = bytes(range(256))
SAMPLES = array("h", range(-32768, 32768)).tobytes()
_STEPS = {"PCMA": 8, "PCMU": 4}
"""Every so many 16-bit samples is one of the law's."""
_SPANDSP = {"PCMA": 0, "PCMU": 1}
_SOX = {"PCMA": "al", "PCMU": "ul"}

Coder = Callable[[str, bytes], bytes]


@dataclass
class Exact:
    rows: list[list[str]] = field(default_factory=list)
    encodes: int | None = None
    decodes: int | None = None

    def as_table(self) -> str:
        head = ("law", "beside", "65 536 samples coded: other codes", "of them the law's own",
                "256 codes read: others")  # fmt: skip
        return table(head, self.rows)

    def targets(self) -> list[Target]:
        why = "neither libspandsp nor sox is installed"
        fault = "a table of ours is wrong: a fault"
        return [
            Target("g711_exact", "codes read otherwise, all laws and others", 0, self.decodes, "",
                   why if self.decodes is None else fault),
            Target("g711_exact", "samples of the laws coded otherwise", 0, self.encodes, "",
                   why if self.encodes is None else fault),
        ]  # fmt: skip


def measure() -> Exact:
    """Our tables beside those of whoever is there."""
    found = Exact()
    for name, coder, decoder in _others():
        for law in LAWS:
            ours, theirs = from_linear(law, SAMPLES), coder(law, SAMPLES)
            coded, exact = (_differ(ours[::s], theirs[::s], 1) for s in (1, _STEPS[law]))
            read = _differ(to_linear(law, ALL), decoder(law, ALL), 2)
            found.rows.append([law, name, str(coded), str(exact), str(read)])
            found.encodes = (found.encodes or 0) + exact
            found.decodes = (found.decodes or 0) + read
    return found


def _differ(ours: bytes, theirs: bytes, size: int) -> int:
    if len(ours) != len(theirs):
        return max(len(ours), len(theirs)) // size
    return sum(ours[at : at + size] != theirs[at : at + size] for at in range(0, len(ours), size))


def _others() -> list[tuple[str, Coder, Coder]]:
    found: list[tuple[str, Coder, Coder]] = []
    with contextlib.suppress(MediaError):
        found.append(("libspandsp", *_spandsp()))
    if shutil.which("sox"):
        found.append(("sox", _sox_codes, _sox_reads))
    return found


def _spandsp() -> tuple[Coder, Coder]:
    from cffi import FFI

    from firmware.media.fax_library import LIBRARY

    ffi = FFI()
    ffi.cdef("""
        void *g711_init(void *s, int mode);
        int g711_free(void *s);
        int g711_encode(void *s, uint8_t g711_data[], const int16_t amp[], int len);
        int g711_decode(void *s, int16_t amp[], const uint8_t g711_data[], int g711_bytes);
    """)
    try:
        lib: Any = ffi.dlopen(LIBRARY)
    except OSError as error:
        raise MediaError(str(error)) from error

    def codes(law: str, samples: bytes) -> bytes:
        state = ffi.gc(lib.g711_init(ffi.NULL, _SPANDSP[law]), lib.g711_free)
        out = ffi.new("uint8_t[]", len(samples) // 2)
        lib.g711_encode(state, out, ffi.from_buffer("int16_t[]", samples), len(samples) // 2)
        return bytes(ffi.buffer(out))

    def reads(law: str, data: bytes) -> bytes:
        state = ffi.gc(lib.g711_init(ffi.NULL, _SPANDSP[law]), lib.g711_free)
        out = ffi.new("int16_t[]", len(data))
        lib.g711_decode(state, out, ffi.from_buffer("uint8_t[]", data), len(data))
        return bytes(ffi.buffer(out))

    return codes, reads


def _sox_codes(law: str, samples: bytes) -> bytes:
    return _sox(["-t", "s16", *_RAW, "-", "-D", "-t", _SOX[law], "-"], samples)


def _sox_reads(law: str, data: bytes) -> bytes:
    return _sox(["-t", _SOX[law], *_RAW, "-", "-D", "-t", "s16", "-"], data)


_RAW = ("-r", "8000", "-c", "1")


def _sox(words: list[str], data: bytes) -> bytes:
    return subprocess.run(["sox", *words], input=data, capture_output=True, check=True).stdout
