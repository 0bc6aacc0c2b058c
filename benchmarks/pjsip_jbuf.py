"""PJSIP's jitter buffer by itself: the library that the `pjsua2-python` wheel carries, by ctypes.

The wheel exports the C functions of the library. What is set is what PJSIP's stream sets for a
call with its default configuration: adaptive, no prefetching, progressive discarding.
"""

from __future__ import annotations

import ctypes
import importlib.util
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_long, c_size_t, c_uint, c_void_p
from functools import cache
from pathlib import Path

NORMAL = 1
"""PJMEDIA_JB_NORMAL_FRAME; everything else is to be concealed."""
FRAMES_MOST = 25
"""500 ms, PJSIP's default for frames of 20 ms."""
_POOL = 1 << 16
_FACTORY = 1 << 14
"""Octets, more than a pj_caching_pool has."""


class _Text(ctypes.Structure):
    """pj_str_t"""

    _fields_ = (("ptr", c_char_p), ("slen", c_long))


def available() -> bool:
    """Whether the wheel is installed, and exports what is needed."""
    try:
        _library()
    except (OSError, AttributeError, ImportError):
        return False
    return True


@cache
def _library() -> tuple[ctypes.CDLL, c_void_p, object]:
    """The library, a pool of its memory for everything, and what the pool lives in."""
    spec = importlib.util.find_spec("pjsua2")
    if spec is None or spec.origin is None:
        raise ImportError("pjsua2 is not installed")
    found = sorted(Path(spec.origin).parent.glob("_pjsua2*.so"))
    if not found:
        raise ImportError("pjsua2 has no library")
    lib = ctypes.CDLL(str(found[0]))
    lib.pj_pool_create.restype = c_void_p
    lib.pj_pool_create.argtypes = (c_void_p, c_char_p, c_size_t, c_size_t, c_void_p)
    lib.pjmedia_jbuf_create.argtypes = (
        c_void_p, POINTER(_Text), c_uint, c_uint, c_uint, POINTER(c_void_p),
    )  # fmt: skip
    lib.pjmedia_jbuf_set_adaptive.argtypes = (c_void_p, c_uint, c_uint, c_uint)
    lib.pjmedia_jbuf_destroy.argtypes = (c_void_p,)
    lib.pjmedia_jbuf_put_frame.argtypes = (c_void_p, c_char_p, c_size_t, c_int)
    lib.pjmedia_jbuf_get_frame.argtypes = (c_void_p, c_char_p, POINTER(c_char))
    lib.pj_log_set_level(0)
    lib.pj_init()
    factory = ctypes.create_string_buffer(_FACTORY)
    lib.pj_caching_pool_init(factory, None, c_size_t(0))
    pool = lib.pj_pool_create(ctypes.addressof(factory), b"bench", _POOL, _POOL, None)
    return lib, c_void_p(pool), factory


class PjsipBuffer:
    """One buffer for frames of so many octets."""

    def __init__(self, octets: int, ptime_ms: int = 20) -> None:
        self._lib, pool, _ = _library()
        self._jbuf = c_void_p()
        name = _Text(b"jb", 2)
        failed = self._lib.pjmedia_jbuf_create(
            pool, byref(name), octets, ptime_ms, FRAMES_MOST, byref(self._jbuf)
        )
        if failed:
            raise OSError(f"pjmedia_jbuf_create: {failed}")
        self._lib.pjmedia_jbuf_set_adaptive(self._jbuf, 0, 1, FRAMES_MOST * 4 // 5)
        self._frame = ctypes.create_string_buffer(octets)
        self._kind = c_char()

    def put(self, sequence: int, frame: bytes) -> None:
        self._lib.pjmedia_jbuf_put_frame(self._jbuf, frame, len(frame), sequence)

    def get(self) -> bytes | None:
        """The next frame; None: there is none, so the decoder makes one up."""
        self._lib.pjmedia_jbuf_get_frame(self._jbuf, self._frame, byref(self._kind))
        return self._frame.raw if self._kind.value == bytes((NORMAL,)) else None

    def close(self) -> None:
        self._lib.pjmedia_jbuf_destroy(self._jbuf)
