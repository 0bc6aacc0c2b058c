"""What a C library writes to standard error while it works, kept aside and asked for later.

The stream of the C library (`stderr` of glibc, a variable) points elsewhere during a call, and
nobody else can write meanwhile: this process has one thread. All else of standard error stays.
"""

from __future__ import annotations

import ctypes


class Asides:
    """A context in which it is kept. Where the C library is no glibc, words go where they went."""

    def __init__(self) -> None:
        self._libc = libc = ctypes.CDLL(None)
        self._text, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        if hasattr(libc, "gnu_get_libc_version"):
            self._stderr = ctypes.c_void_p.in_dll(libc, "stderr")
            libc.open_memstream.restype = ctypes.c_void_p
            self._real = self._stderr.value
            self._stream = self._opened()
        else:
            self._stderr = ctypes.c_void_p()
            self._real = self._stream = None

    def _opened(self) -> int | None:
        stream: int | None = self._libc.open_memstream(
            ctypes.byref(self._text), ctypes.byref(self._size)
        )
        return stream or self._real

    def __enter__(self) -> None:
        self._stderr.value = self._stream

    def __exit__(self, *_: object) -> None:
        self._stderr.value = self._real

    def heard(self) -> list[str]:
        """The lines that were written since the last time."""
        if self._stream == self._real:
            return []
        stream = ctypes.c_void_p(self._stream)
        self._libc.fflush(stream)
        if not self._size.value:
            return []
        self._libc.fclose(stream)
        said = ctypes.string_at(self._text, self._size.value)
        self._libc.free(self._text)
        self._stream = self._opened()
        return said.decode(errors="replace").splitlines()
