"""Debian's C libraries: what is declared of them, and what reading that costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware.errors import MediaError
from firmware.media import fax_library


def test_a_missing_library_is_named_with_its_package() -> None:
    fax_library.fax_library.cache_clear()
    with pytest.raises(MediaError, match="install the Debian package libspandsp2"):
        fax_library.fax_library("libspandsp-is-not-here.so")
    assert fax_library.available()


def test_the_compiled_declarations_of_c_libraries_are_up_to_date() -> None:
    tool = Path(__file__).parents[2] / "tools" / "compile_abi.py"
    assert subprocess.run([sys.executable, str(tool), "--check"], check=False).returncode == 0


def test_reading_c_is_no_part_of_the_media_process() -> None:
    words = "from firmware.media import fax_library as fax, process; fax.fax_library(); import sys"
    asked = f"{words}; print({{'cffi', 'pycparser', 'asyncio', 'numpy'}} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked], capture_output=True, check=True
    )
    assert run.stdout == b"set()\n"
