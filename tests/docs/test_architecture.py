"""The call that ARCHITECTURE.md draws is lived through, and goes through the files drawn."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from firmware.sip import agent
from tests.sbc import description
from tests.world import World

ROOT = Path(__file__).parents[2]
BELOW_THE_SEAMS = {"drivers/pins.py", "net.py", "transport/udp.py", "media/process.py"}
"""What a world in virtual time has models for."""
COMPILED = not agent.__file__.endswith(".py")
"""Then nobody sees which of its functions run."""


def drawn() -> dict[str, set[str]]:
    """The files of each stage of the call, by the heading of the stage."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    picture = text.partition("## One call, file by file")[2].split("```")[1]
    stages: dict[str, set[str]] = {}
    for line in picture.splitlines():
        if re.match(r"[A-Z0-9]", line):
            stages[line] = named = set()
        elif line.startswith("  "):
            folder = ""
            for name in re.findall(r"[\w/]+\.py", line):
                folder = name.rpartition("/")[0] or folder or "media"
                named.add(name if "/" in name or in_firmware(name) else f"{folder}/{name}")
    return {
        stage: {name for name in named - BELOW_THE_SEAMS if not (COMPILED and "sip/" in name)}
        for stage, named in stages.items()
    }


def in_firmware(name: str) -> bool:
    return (ROOT / "firmware" / name).exists()


@contextmanager
def entered() -> Iterator[set[str]]:
    """Files of the gateway and of the drivers whose functions run in the block."""
    found: set[str] = set()

    def look(frame: FrameType, what: str, _argument: object) -> None:
        if what == "call":
            found.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)
        ours = {Path(name) for name in found if name.startswith(str(ROOT))}
        found.clear()
        for path in ours:
            room, _, rest = path.relative_to(ROOT).as_posix().partition("/")
            found.add(rest if room == "firmware" else f"{room}/{rest}")


def test_a_call_goes_through_the_files_that_the_map_draws() -> None:
    """Stage by stage: what is drawn is entered, but for what a model stands in for."""
    stages = drawn()
    seen: list[set[str]] = []
    with World(ports=1).registers() as world:
        a = world.person(1)
        with entered() as files:
            a.lifts()
            world.waits(0.4)
        seen.append(files)
        with entered() as files:
            a.dials("102")
            invite = world.sbc.gets("INVITE")
        seen.append(files)
        with entered() as files:
            world.sbc.says(invite, 180)
            world.waits(0.5)
        seen.append(files)
        with entered() as files:
            world.sbc.says(invite, 200, body=description())
            world.sbc.gets("ACK")
        seen.append(files)
        with entered() as files:
            world.waits(0.3)
        seen.append(files)
        with entered() as files:
            a.hangs_up()
            world.sbc.gets("BYE")
        seen.append(files)
    for (stage, named), files in zip(stages.items(), seen, strict=True):
        assert named, stage
        assert named - files == set(), stage
