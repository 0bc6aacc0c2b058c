"""What the running processes have loaded (house rule: nothing heavy on the way to dial tone)."""

from __future__ import annotations

import re
from pathlib import Path

from tests.wire.stage import House, children, until

HEAVY = {"aiortc", "av", "numpy", "scipy", "aiohttp", "pylibsrtp", "OpenSSL", "paho"}
IMPORT = re.compile(r"^import time:\s+\d+ \|\s+\d+ \| +([\w.]+)$", re.MULTILINE)


def test_nothing_heavy_is_imported_on_the_way_to_a_call(house: House) -> None:
    """Told by the interpreters themselves: gateway, voice process, board."""
    house.rings()
    house.all_hang_up()
    imported = set(IMPORT.findall(house.log.read_text()))
    seen = {"firmware.gateway", "firmware.sip.agent", "firmware.media.engine", "cffi"}
    assert imported >= seen, "all of them tell"
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()


def test_the_voice_process_has_no_event_loop_and_neither_has_heavy_libraries(house: House) -> None:
    (voice,) = children(house.gateway.pid, "firmware.media")
    for pid in (house.gateway.pid, voice):
        mapped = {Path(name).name for name in _mapped(pid)}
        assert any(name.startswith("_core") for name in mapped), "msgspec: the list is right"
        heavy = re.compile("numpy|_multiarray|libav|libsw|avcodec|openblas|opus|vpx|ssl|libcrypto")
        assert [name for name in mapped if heavy.search(name)] == []
    assert not any("_asyncio" in name for name in _mapped(voice))


def test_neither_speech_nor_a_caller_on_a_display_loads_libspandsp(house: House) -> None:
    """What it has is for fax machines and modems; two megabytes of memory come with it."""
    (voice,) = children(house.gateway.pid, "firmware.media")
    house.rings()
    until("the caller is shown", lambda: "101" in str(house.phone(2, "state")["caller_id"]))
    house.phone(2, "lift")
    until("they talk", lambda: "Talking" in house.row(2))
    brought = re.compile("libspandsp|libtiff|libstdc")
    """It brings the other two; C++ stays when the rest is let go."""
    for pid in (house.gateway.pid, voice):
        assert [name for name in _mapped(pid) if brought.search(name)] == []
    house.all_hang_up()


def _mapped(pid: int) -> set[str]:
    """Files that are mapped into a process."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {words[5] for words in map(str.split, lines) if len(words) > 5}
