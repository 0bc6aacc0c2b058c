"""Compile the signalling core with mypyc: one library beside the source, which stays what is read.

usage: tools/compile.py [--force] [FOLDER]

FOLDER is where the package `firmware` lies; this tree, unless it is told. The library is made for
the Python that runs this. One that is there and is of this source stays; others of this Python are
removed. Needs gcc and the headers of Python; one to five minutes.
"""
# ruff: noqa: INP001 - a script of its own, no package

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

TREE = Path(__file__).resolve().parents[1]
OPTIONS = ("-Os", "-g0", "-w", "-fvisibility=hidden", "-fno-asynchronous-unwind-tables")
"""After those that Python itself was compiled with. Nobody but us calls in, and C has no
exceptions: both make the library smaller."""
ONCE = re.compile(r"^extern (char CPyDef_\w+_____top_level__\(void\);)", re.MULTILINE)
"""The bodies of modules, in the header: a quarter of the code, run once, better kept apart."""
STARTS = """\
/* One initialiser a module, under its whole name: mypyc would make a library of each. */
#include <Python.h>
"""
START = """\
extern PyObject *CPyInit_{symbol}(void);
PyMODINIT_FUNC PyInit_{symbol}(void) {{ return CPyInit_{symbol}(); }}
"""


def main(words: list[str]) -> int:
    force = "--force" in words
    folders = [word for word in words if word != "--force"]
    root = Path(folders[0]).resolve() if folders else TREE
    if len(folders) > 1 or not (root / "firmware" / "compiled.py").exists():
        sys.stderr.write(f"{__doc__}\n")
        return 2
    os.environ["TIPRING_COMPILED"] = "no"  # what is being made must not be in the way
    sys.path.insert(0, str(root))
    from firmware import compiled

    package = root / "firmware"
    target = compiled.library(package)
    if target.exists() and not force and target.stat().st_mtime > _newest_tool():
        return 0
    with tempfile.TemporaryDirectory(prefix="tipring-core-") as folder:
        made = _made(package, Path(folder))
        waiting = target.with_suffix(".part")
        shutil.copyfile(made, waiting)
        waiting.rename(target)
    if not _loads(root):
        target.unlink()
        sys.stderr.write("compiled, but it does not load; the interpreter stays\n")
        return 1
    for other in compiled.libraries(package):
        if other != target:
            other.unlink()
    sys.stdout.write(f"compiled: {target.name}, {target.stat().st_size // 1000} kB\n")
    return 0


LOADED = """\
from importlib import import_module
from firmware import compiled
for path in compiled.sources(compiled.HERE):
    import_module(compiled.module_name(compiled.HERE, path))
"""


def _loads(root: Path) -> bool:
    """Whether every module of the library can be imported, in a process of its own."""
    words = [sys.executable, "-P", "-W", "ignore", "-c", LOADED]
    wish = {**os.environ, "TIPRING_COMPILED": "must", "PYTHONPATH": str(root)}
    ran = subprocess.run(words, env=wish, check=False)  # noqa: S603 - ourselves, in words of ours
    return ran.returncode == 0


def _newest_tool() -> float:
    return max(path.stat().st_mtime for path in (TREE / "tools").glob("*.py"))


def _made(package: Path, folder: Path) -> Path:
    """The library, made in `folder`."""
    import setuptools  # noqa: F401 - brings distutils back where Python has none
    from spell_out import spelled_out

    from firmware import compiled

    shutil.copytree(package, folder / "firmware", ignore=shutil.ignore_patterns("*.so", "__py*"))
    core = [path.relative_to(package.parent) for path in compiled.sources(package)]
    for path in core:
        staged = folder / path
        staged.write_text(spelled_out(staged.read_text()))
    names = [compiled.module_name(package, path) for path in compiled.sources(package)]
    with contextlib.chdir(folder):
        sources, options = _translated(core)
        starts = Path("build", "starts.c")
        each = (START.format(symbol=compiled.symbol(name)) for name in names)
        starts.write_text("".join([STARTS, *each]))
        return folder / _linked([*sources, str(starts)], options, f"{compiled.GROUP}__mypyc")


def _translated(core: list[Path]) -> tuple[list[str], Any]:
    """The C sources of the library, and the extension as mypyc would have it built."""
    from mypyc.build import mypycify

    from firmware.compiled import GROUP

    config = Path("mypy.ini")
    config.write_text("[mypy]\nignore_missing_imports = True\nfollow_imports = silent\n")
    words = ["--config-file", str(config), *map(str, core)]
    said = io.StringIO()  # mostly that a generator becomes a list
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            extensions = mypycify(words, group_name=GROUP, multi_file=True)
    except SystemExit:
        sys.stderr.write(said.getvalue())
        raise
    for header in Path("build").glob("*.h"):
        header.write_text(ONCE.sub(r"extern __attribute__((cold)) \1", header.read_text()))
    (whole,) = (each for each in extensions if each.name == f"{GROUP}__mypyc")
    return [str(source) for source in whole.sources], whole


def _linked(sources: list[str], extension: Any, name: str) -> str:
    from distutils.ccompiler import new_compiler
    from distutils.sysconfig import customize_compiler, get_config_var, get_python_inc

    compiler = new_compiler()
    customize_compiler(compiler)
    include = [*extension.include_dirs, get_python_inc()]
    more = [
        word for word in extension.extra_compile_args if not word.startswith(("-O", "-g", "-W"))
    ]

    def compiled(source: str) -> list[str]:
        return compiler.compile(
            [source], output_dir="build", include_dirs=include, extra_postargs=[*more, *OPTIONS]
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = [found for each in pool.map(compiled, sources) for found in each]
    target = f"{name}{get_config_var('EXT_SUFFIX')}"
    compiler.link_shared_object(objects, target, extra_postargs=["-s"])
    return target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
