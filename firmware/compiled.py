"""The signalling core as machine code, where it has been compiled: the same source, read faster.

``make compiled`` (tools/compile.py) makes one shared library of `firmware/machine.py` and all of
`firmware/sip`, beside this file. It carries a digest of its sources in its name and is taken for
those only: after a change of the source the interpreter does the work again, and says so.

The environment has the last word: ``TIPRING_COMPILED=no`` is the interpreter, ``must`` is an
error where the library is missing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # what it would add, nobody calls; its import takes longer than all else here

HERE = Path(__file__).parent
VARIABLE = "TIPRING_COMPILED"
GROUP = "tipring_core"
"""What mypyc calls the library; its first module has the name of GROUP__mypyc."""
LEANT_ON = (
    "compiled.py", "causes.py", "codecs.py", "errors.py", "responses.py", "row_words.py",
    "tone.py",
)  # fmt: skip
"""Interpreted, but machine code believes the types they had."""
_PREFIX = "_sip-"


class NotCompiledError(ImportError):
    """The compiled core was demanded, and is not there."""


def sources(package: Path) -> list[Path]:
    """What is compiled of the folder `package`; packages themselves stay as they are."""
    core = [path for path in package.glob("sip/**/*.py") if path.name != "__init__.py"]
    return sorted([package / "machine.py", *core])


def module_name(package: Path, source: Path) -> str:
    return ".".join(["firmware", *source.relative_to(package).with_suffix("").parts])


def symbol(name: str) -> str:
    """How a module is called in C: its initialiser is PyInit_ and this."""
    return name.replace(".", "___")


def library(package: Path) -> Path:
    """Where the library of the sources in `package` is, if there is one, for this Python."""
    from firmware import late

    late.keep_out()  # this is the first that hashes in a process
    from hashlib import sha256

    seen = sha256()
    for path in [*sources(package), *(package / name for name in LEANT_ON)]:
        text = path.read_bytes()
        seen.update(f"{path.relative_to(package)} {len(text)}\n".encode())
        seen.update(text)
    return package / f"{_PREFIX}{seen.hexdigest()[:32]}{EXTENSION_SUFFIXES[0]}"


def libraries(package: Path) -> list[Path]:
    """All there are for this Python, of whatever source."""
    return sorted(package.glob(f"{_PREFIX}*{EXTENSION_SUFFIXES[0]}"))


class Core(Loader):
    """Finds the modules of the core in the library; asked by the import system.

    Nothing is read before the first of them is imported: a console needs none.
    """

    def __init__(self, package: Path, wish: str) -> None:
        self._package = package
        self._wish = wish
        self._names: set[str] = set()
        self._library: Path | None = None
        self._told: str | None = None

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module of the core is; the package asks for no other."""
        self.told()
        if self._library is None or name not in self._names:
            return None
        return ModuleSpec(name, self, origin=str(self._library))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module, its body run: modules written in C know no other way."""
        assert self._library is not None
        first = f"{GROUP}__mypyc"
        if first not in sys.modules:
            sys.modules[first] = _initialised(first, self._library)
        flat = symbol(spec.name)
        module = _initialised(flat, self._library)
        sys.modules.pop(flat, None)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""

    def told(self) -> str:
        """How the core runs, in words.

        Raises:
            NotCompiledError: `TIPRING_COMPILED=must`, and there is no library of this source.
        """
        if self._told is None:
            self._told = self._decided()
        return self._told

    def _decided(self) -> str:
        if self._wish == "no":
            return f"interpreted ({VARIABLE}=no)"
        if not libraries(self._package):
            problem = "interpreted"
        elif not (found := library(self._package)).exists():
            problem = "interpreted: compiled of another source (make compiled)"
        else:
            self._library = found
            self._names = {module_name(self._package, p) for p in sources(self._package)}
            return "compiled"
        if self._wish == "must":
            raise NotCompiledError(f"{VARIABLE}=must, but the core is {problem}")
        return problem


def _initialised(name: str, path: Path) -> ModuleType:
    loader = ExtensionFileLoader(name, str(path))
    return loader.create_module(ModuleSpec(name, loader, origin=str(path)))


CORE = Core(HERE, os.environ.get(VARIABLE, ""))
"""How it is in this process."""
