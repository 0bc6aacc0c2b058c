"""Which of the configured codecs this machine can speak, and what it lacks for the others."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from firmware.codecs import CODECS, LAWS, Home


def lacking(codecs: Iterable[str]) -> dict[str, str]:
    """What has to be installed for each codec that this machine cannot speak."""
    return {name: package for name in codecs if (package := _lacks(name))}


def spoken(codecs: Iterable[str]) -> tuple[str, ...]:
    """The codecs that can be spoken, in their order; G.711 if there is none."""
    wanted = tuple(codecs)
    missing = lacking(wanted)
    return tuple(name for name in wanted if name not in missing) or LAWS


def in_words(missing: dict[str, str]) -> str:
    """What is missing, and what to do about it."""
    packages = sorted(set(missing.values()))
    verb = "is" if len(missing) == 1 else "are"
    return f"{', '.join(missing)} {verb} left out: install {', '.join(packages)}"


def _lacks(name: str) -> str:
    codec = CODECS[name]
    if codec.home is Home.HELPER and importlib.util.find_spec("aiortc") is None:
        return "the Python package aiortc"
    if codec.home is Home.LIBRARY:
        from firmware.media.library_codecs import available  # only who asks for one needs cffi

        return "" if available(name) else codec.package
    return ""
