"""libspandsp is not installed: fax machines are not known, and telephones work all the same."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.demo.stage import CONFIG
from firmware.media.fax_library import LIBRARY
from tests.wire.stage import House, children, until

HOTLINE = CONFIG.replace('number = "101"', 'number = "101"\nhotline = "102"')
LACK = "no fax: install libspandsp2 (Debian 13: libspandsp2t64)"


def test_without_spandsp_the_lack_is_told_and_calls_work() -> None:
    with House(text=HOTLINE) as house:
        house.program = (*_hiding(LIBRARY), sys.executable, "-m", "firmware")
        house.opens()
        (voice,) = children(house.gateway.pid, "firmware.media")
        assert "libspandsp" not in Path(f"/proc/{voice}/maps").read_text()
        assert house.alarms() == {"media": LACK}
        assert LACK in house.types("show", "alarms").stdout
        assert house.asks("version")["libraries"]["libspandsp"] == ""
        house.phone(1, "lift")  # the hotline
        until("telephone 2 rings", lambda: house.phone(2, "state")["ringing"])
        house.phone(2, "lift")
        house.voice_passes()
        assert house.alarms() == {"media": LACK}


def _hiding(library: str) -> tuple[str, ...]:
    """The words before a program that make it not find `library`.

    A mount namespace of its own, in which the library's file and the loader's list are empty.
    """
    try:
        ctypes.CDLL(library)
    except OSError:
        return ()  # it really is not there
    stem = library.partition(".")[0]
    maps = Path("/proc/self/maps").read_text().split()
    (file,) = {word for word in maps if Path(word).name.startswith(stem)}
    hide = 'for each in "$0" /etc/ld.so.cache; do mount --bind /dev/null "$each" || exit; done'
    words = ("unshare", "-rm", "sh", "-c", f'{hide}; exec "$@"', file)
    try:
        tried = subprocess.run([*words, "true"], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if tried.returncode:
        pytest.skip(f"no mount namespace can be had here: {tried.stderr.strip()}")
    return words
