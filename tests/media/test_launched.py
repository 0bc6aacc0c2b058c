"""A child that is told its first message before there is anybody to look after it."""

from __future__ import annotations

import asyncio
import select

import pytest

from firmware.launched import Launched, launch
from firmware.media.link import MediaLink
from firmware.media.messages import Ready, encode
from tests.media.fakes import start
from tests.media.test_link import CHILD, Heard


def begun() -> Launched:
    """It has been told to begin, and has said something."""
    child = launch(CHILD)
    child.begin(encode(start()))
    assert select.select([child.socket], [], [], 20)[0]
    assert child.listen()
    return child


@pytest.mark.wire
def test_what_it_has_said_by_then_is_heard_by_who_takes_it_over() -> None:
    async def scenario(child: Launched) -> None:
        heard = Heard()
        link = MediaLink(heard.report, heard.exits.put_nowait, program=CHILD, launched=child)
        link.start(start())
        ready = await heard.first(Ready)
        assert isinstance(ready, Ready)
        assert ready.pid == child.process.pid == link.pid
        child.dismiss()
        assert link.pid == ready.pid, "it is somebody's"
        assert await link.closed() == 0

    asyncio.run(scenario(begun()))


@pytest.mark.wire
def test_one_that_was_told_to_begin_otherwise_makes_room_for_another() -> None:
    async def scenario(child: Launched) -> None:
        heard = Heard()
        link = MediaLink(heard.report, heard.exits.put_nowait, program=CHILD, launched=child)
        link.start(start(ports=2))
        ready = await heard.first(Ready)
        assert isinstance(ready, Ready)
        assert child.process.returncode is not None
        assert ready.pid != child.process.pid
        await link.closed()

    asyncio.run(scenario(begun()))


@pytest.mark.wire
def test_one_that_nobody_needs_is_gone_at_once() -> None:
    child = launch(CHILD)
    child.dismiss()
    child.dismiss()
    assert child.process.returncode is not None
    with pytest.raises(OSError, match="Bad file descriptor"):
        child.begin(b"too late")
