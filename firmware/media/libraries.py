"""C libraries of Debian that may not be installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
