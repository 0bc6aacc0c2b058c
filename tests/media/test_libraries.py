"""Debian's C libraries: what is declared of them, and what reading that costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware.errors import MediaError
from firmware.media import fax_library


def test_a_missing_library_is_named_with_its_package() -> None:
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


UNLOADED = """
import gc
from firmware.media import {modules}
class Call: ...
call = Call()
call.itself, call.heard = call, {made}
del call
{library}.cache_clear()
gc.collect()
"""


@pytest.mark.parametrize(
    ("modules", "made", "library"),
    [
        ("echo_filter", "echo_filter.Filter(160, 800)", "echo_filter.speexdsp"),
        (
            "library_codecs",
            "library_codecs.G726('PCMA', 'G726-32')",
            "library_codecs._library",
        ),
        (
            "fax_library, modem_tones",
            "modem_tones.ToneListener('PCMA', calling=True)",
            "fax_library.fax_library",
        ),
    ],
)
def test_a_library_stays_loaded_until_the_last_of_its_states_is_freed(
    modules: str, made: str, library: str
) -> None:
    """Whichever a collector, or the end of the process, comes upon first."""
    script = UNLOADED.format(modules=modules, made=made, library=library)
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=False)
    assert run.returncode == 0
