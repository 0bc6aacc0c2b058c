"""A full disk, a disk that is read-only, and no file left: the console says so (D13)."""

from __future__ import annotations

import logging
import resource
from pathlib import Path

import pytest

from firmware.box.room import DISK, FILES, SPARE_FILES, SPARE_OCTETS, Folder, Room, look, tell
from firmware.log import LOGGER
from firmware.trace.records import Alarms

STATE = Path("/var/lib/tipring")


def alarms_after(*rooms: Room) -> list[tuple[str, str, str]]:
    alarms = Alarms(lambda: 0.0)
    for room in rooms:
        tell(room, alarms)
    return [(alarm.where, alarm.severity, alarm.what) for alarm in alarms.all()]


@pytest.mark.parametrize(
    ("folder", "what"),
    [
        (Folder(STATE), ""),
        (Folder(STATE, octets=SPARE_OCTETS - 1), f"{STATE} is full: what is changed is not "
         "remembered; delete something"),
        (Folder(STATE, names=0), f"{STATE} is full: what is changed is not remembered; delete "
         "something"),
        (Folder(STATE, read_only=True), f"{STATE} is read-only: what is changed is not "
         "remembered"),
    ],
)  # fmt: skip
def test_a_disk_that_takes_nothing_is_an_alarm(folder: Folder, what: str) -> None:
    """D13: full, without inodes, or read-only."""
    assert alarms_after(Room(10, 1024, (folder,))) == ([(DISK, "warning", what)] if what else [])


def test_no_file_left_is_an_alarm_before_a_call_is_refused() -> None:
    """D13."""
    ((where, severity, what),) = alarms_after(Room(1024 - SPARE_FILES + 1, 1024))
    assert (where, severity) == (FILES, "major")
    assert what == (
        "1019 files are open, 1024 may be (LimitNOFILE=): calls that go on are not hurt, new ones "
        "may be refused"
    )
    assert alarms_after(Room(1024 - SPARE_FILES, 1024)) == []


def test_the_alarms_end_with_what_was_wrong() -> None:
    """D13."""
    bad = Room(1024, 1024, (Folder(STATE, read_only=True),))
    assert len(alarms_after(bad)) == 2
    assert alarms_after(bad, Room(10, 1024, (Folder(STATE),))) == []


def test_the_log_has_it_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER.name)
    alarms_after(Room(1023, 1024), Room(1024, 1024), Room(1022, 1024))
    assert len(caplog.records) == 1


def test_the_kernel_is_asked(tmp_path: Path) -> None:
    seen = look([tmp_path, tmp_path / "missing"])
    assert 2 < seen.files < seen.most == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    (folder,) = seen.folders
    assert (folder.path, folder.read_only) == (tmp_path, False)
    assert folder.octets > 0
    assert folder.names > 0


def test_when_not_even_a_look_is_possible_all_files_are_open(tmp_path: Path) -> None:
    """D13: to look takes a file."""
    seen = look([], tmp_path / "missing")
    assert seen.files == seen.most


def test_what_the_kernel_shows_of_a_full_file_system() -> None:
    """/proc takes nothing, and has no room."""
    (folder,) = look([Path("/proc")]).folders
    assert folder.problem == "/proc is full: what is changed is not remembered; delete something"
