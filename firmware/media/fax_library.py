"""The part of Debian's libspandsp that knows fax machines and modems, through cffi (`fax_abi`).

What a T.38 gateway wants to send it says by a callback. cffi's need memory that is writable and
executable, which systemd's MemoryDenyWriteExecute= forbids; those of ctypes need none where
libffi has static trampolines (3.4 and later). So there is one of ctypes, for all gateways.
"""

from __future__ import annotations

import ctypes
from functools import cache
from os import PathLike
from typing import Any

from firmware.errors import MediaError
from firmware.media.libraries import needed

LIBRARY = "libspandsp.so.2"
_CACHE = "/etc/ld.so.cache"
"""Where the system's loader has written down which libraries there are (ldconfig(8))."""

Outgoing = list[tuple[bytes, int]]
"""Packets, and how often each is to be sent."""

_outgoing: dict[int, Outgoing] = {}
"""By the number under which a gateway was made."""
_HANDLER = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int
)


def _sent(_core: int, number: int, packet: int, size: int, count: int) -> int:
    _outgoing[number].append((ctypes.string_at(packet, size), count))
    return 0


@cache
def fax_library(library: str = LIBRARY) -> tuple[Any, Any]:
    """The library, loaded when it is first needed.

    Raises:
        MediaError: it is not installed; the message names the Debian package.
    """
    with needed(library, "libspandsp2 (Debian 13: libspandsp2t64)"):
        from firmware.media.fax_abi import ffi

        return ffi, ffi.dlopen(library)


@cache
def _handler() -> Any:
    """The callback of all gateways.

    Raises:
        MediaError: there is no memory that may be executed for it.
    """
    try:
        return _HANDLER(_sent)
    except (MemoryError, OSError) as error:
        raise MediaError(f"no callback can be made for T.38 ({error})") from error


@cache
def available() -> bool:
    """Whether there can be a T.38 gateway; the library is let go until it is needed."""
    try:
        from firmware.media.fax_abi import ffi

        ffi.dlclose(ffi.dlopen(LIBRARY))
    except (ImportError, OSError):
        return False
    return _callable()


@cache
def present(listing: str | PathLike[str] = _CACHE) -> bool:
    """The same, as far as it can be known without loading anything.

    What it brings with it, C++ among others, would stay when the library is let go.
    """
    try:
        with open(listing, "rb") as file:  # noqa: PTH123 - pathlib is a megabyte of imports
            listed = LIBRARY.encode() in file.read()
    except OSError:
        listed = False
    return available() if not listed else _callable()


def _callable() -> bool:
    try:
        _handler()
    except MediaError:
        return False
    return True


def new_gateway() -> tuple[Any, Outgoing]:
    """A T.38 gateway of the library, and where it puts what it sends.

    Raises:
        MediaError: there is no library, or no callback.
    """
    ffi, lib = fax_library()
    handler = ffi.cast("void *", ctypes.cast(_handler(), ctypes.c_void_p).value)
    number = max(_outgoing, default=0) + 1
    outgoing = _outgoing.setdefault(number, [])
    state = lib.t38_gateway_init(ffi.NULL, handler, ffi.cast("void *", number))

    def free(gone: Any) -> None:
        lib.t38_gateway_free(gone)
        del _outgoing[number]

    return ffi.gc(state, free), outgoing
