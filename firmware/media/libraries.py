"""C libraries of Debian that may not be installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from firmware.errors import MediaError


@contextmanager
def needed(library: str, package: str) -> Iterator[None]:
    """Load one inside; if that cannot be done, its package is named.

    Raises:
        MediaError: it is not installed, or cannot be loaded.
    """
    try:
        yield
    except (ImportError, OSError) as error:
        raise MediaError(
            f"{library} cannot be loaded ({error}); install the Debian package {package}"
        ) from error


def owned(ffi: Any, lib: Any, state: Any, free: str) -> Any:
    """What a library has made, given back to it by its function `free` when nobody needs it.

    The library stays loaded until then: a function of cffi does not keep the library that it is
    of, and to call one of a library that is gone ends the process.
    """

    def give_back(gone: Any) -> None:
        getattr(lib, free)(gone)

    return ffi.gc(state, give_back)
