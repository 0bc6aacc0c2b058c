"""Keep OpenSSL, compressors and what looks at signatures out of memory until something needs them.

`asyncio` and `hashlib` load OpenSSL when they are imported. That is nine megabytes, a fifth of the
memory of the signalling process, on a box that speaks UDP and hashes with MD5. Python has hashes
of its own, which are also faster for a line of text; TLS waits until a socket speaks it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any

TLS = ("ssl", "asyncio.sslproto")
"""Modules that are put off; the second looks into the first when it is executed."""
COMPRESSORS = ("bz2", "lzma")
"""Modules that `shutil` and `zipfile` import for archives of a kind that we never have."""
ASKED = "SSLSocket"
"""`asyncio` asks of each accepted socket whether it is one: without OpenSSL none is."""
HASHES = ("hashlib", "hmac")
"""Modules that look for OpenSSL when they are imported, and do without it."""


def keep_out() -> None:
    """Put these modules off; to be called before `asyncio` and `hashlib` are imported."""
    for name in (*TLS, *COMPRESSORS):
        _postpone(name)
    if "hashlib" in sys.modules:
        return
    sys.modules["_hashlib"] = None  # type: ignore[assignment]  # the documented word for "is not"
    try:
        for name in HASHES:
            import_module(name)
    finally:
        del sys.modules["_hashlib"]


def keep_out_of_voice() -> None:
    """Put off a megabyte of the voice process; to be called before anything of it is imported.

    Up to Python 3.12 `dataclasses` needs `inspect` for classes without a docstring only, and ours
    have one; from 3.13 on it asks it for the annotations of each. msgspec asks typing_extensions
    for what `typing` has by now.
    """
    _postpone("inspect")
    if "typing_extensions" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # as above
    try:
        import_module("msgspec")
    finally:
        del sys.modules["typing_extensions"]


class _Late(ModuleType):
    """Stands for a module, and becomes it when a missing name is asked for.

    `importlib.util.LazyLoader` will not do: for it a second import statement is a use.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # the import system's own questions
        if name == ASKED:
            return _None
        self.__class__ = ModuleType  # type: ignore[assignment]  # a module may
        spec = self.__spec__
        assert spec is not None, "postponed"
        assert spec.loader is not None, "postponed"
        spec.loader.exec_module(self)
        return getattr(self, name)


class _None:
    """A class without instances."""


def _postpone(name: str) -> None:
    """Have a module of the standard library executed when it is first used."""
    if name in sys.modules or (spec := _find(name)) is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    module.__class__ = _Late
    sys.modules[name] = module


def _find(name: str) -> ModuleSpec | None:
    """Find a module without importing the package that it is in."""
    package, _, last = name.rpartition(".")
    if not package:
        return PathFinder.find_spec(last)
    around = _find(package)
    places = around.submodule_search_locations if around else None
    return PathFinder.find_spec(name, places) if places else None
