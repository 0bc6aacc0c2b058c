"""firmware/compiled.py: which source a library is taken for."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firmware import compiled
from firmware.compiled import Core, NotCompiledError

FIRST = "firmware.sip.agent"


@pytest.fixture(name="package")
def _package(tmp_path: Path) -> Path:
    """The sources of the core, of which none is imported."""
    copy = tmp_path / "firmware"
    for source in [
        *compiled.sources(compiled.HERE),
        *map(compiled.HERE.joinpath, compiled.LEANT_ON),
    ]:
        target = copy / source.relative_to(compiled.HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return copy


def test_without_a_library_the_core_is_interpreted(package: Path) -> None:
    core = Core(package, "")
    assert core.find_spec(FIRST) is None
    assert core.told() == "interpreted"


def test_a_library_of_this_very_source_is_taken(package: Path) -> None:
    library = compiled.library(package)
    library.touch()
    core = Core(package, "")
    found = core.find_spec(FIRST)
    assert found is not None
    assert found.origin == str(library)
    assert core.find_spec("firmware.machine") is not None
    assert core.find_spec("firmware.port.port") is None
    assert core.find_spec("firmware.sip.nothing") is None
    assert core.told() == "compiled"


@pytest.mark.parametrize(
    "changed", ["sip/uri.py", "machine.py", "sip/call/bye.py", "errors.py", "codecs.py"]
)
def test_a_library_of_another_source_is_not_taken(package: Path, changed: str) -> None:
    compiled.library(package).touch()
    with (package / changed).open("a") as source:
        source.write("# changed\n")
    core = Core(package, "")
    assert core.find_spec(FIRST) is None
    assert core.told() == "interpreted: compiled of another source (make compiled)"


def test_whatever_the_core_imports_of_this_package_counts_as_its_source() -> None:
    leant_on = {path.removesuffix(".py") for path in compiled.LEANT_ON}
    core = {compiled.module_name(compiled.HERE, path) for path in compiled.sources(compiled.HERE)}
    beside = [compiled.HERE / name for name in compiled.LEANT_ON if name != "compiled.py"]
    missing = {
        module
        for path in [*compiled.sources(compiled.HERE), *beside]
        for module in _imported(path)
        if module not in core and module.removeprefix("firmware.") not in leant_on
    }
    assert missing == set()


def _imported(path: Path) -> set[str]:
    """The modules of the package that a file of it imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module in {"firmware", "firmware.sip", "firmware.sip.call"}:
                found |= {f"{node.module}.{each.name}" for each in node.names}
            elif node.module.startswith("firmware."):
                found.add(node.module)
    return found


def test_a_new_file_makes_another_source(package: Path) -> None:
    before = compiled.library(package)
    (package / "sip" / "newer.py").touch()
    assert compiled.library(package) != before


def test_a_library_for_another_python_is_none(package: Path) -> None:
    mine = compiled.library(package)
    mine.with_name(mine.name.replace(f"-{sys.version_info[0]}", "-2")).touch()
    assert compiled.libraries(package) == []


def test_the_environment_has_the_last_word(package: Path) -> None:
    with pytest.raises(
        NotCompiledError, match="TIPRING_COMPILED=must, but the core is interpreted"
    ):
        Core(package, "must").find_spec(FIRST)
    compiled.library(package).touch()
    assert Core(package, "no").find_spec(FIRST) is None
    assert Core(package, "must").find_spec(FIRST) is not None


def test_nothing_is_read_for_what_is_no_part_of_the_core() -> None:
    asked = "import sys, firmware.media.process; print('firmware.compiled' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked], capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"
