"""What a telephone of the box and a far one do in a call, whatever program the far one is."""

from __future__ import annotations

from tests.interop.box import Box
from tests.interop.person import FarPhone, Person, hear_each_other
from tests.interop.waiting import until


def calls(box: Box, far: FarPhone, number: str) -> Person:
    """Telephone 1 calls the far one at `number`, which answers."""
    anna = box.person(1)
    anna.calls(number)
    far.answers()
    anna.is_("Talking")
    return anna


def is_called(box: Box, far: FarPhone) -> Person:
    """The far telephone calls telephone 1, which answers."""
    anna = box.person(1)
    far.calls(box.lines[0].number)
    anna.is_called()
    anna.lifts()
    far.talks()
    anna.is_("Talking")
    return anna


def is_held_and_resumed(box: Box, far: FarPhone, anna: Person) -> None:
    """The far telephone holds and resumes: silence here, then its 800 Hz again (CO-14)."""
    far.does("hold")
    until("the hold", lambda: box.wire(1).count("<INVITE") == 2)
    anna.hears_soon("silence", 1.5)
    far.does("resume")
    anna.hears_well(800, 0.4)


def read_each_others_reports(box: Box, far: FarPhone, number: str) -> None:
    """RTCP goes both ways: the round trip is known where its report quotes the time of ours."""
    anna = calls(box, far, number)
    row = until(
        "its reports of our voice", lambda: box.call(1), lambda row: row.rtt_ms is not None, 40
    )
    assert row.rtt_ms is not None
    assert row.rtt_ms < 1000
    assert row.far_lost is not None
    assert row.far_lost < 50, "a busy machine may lose some"
    assert row.far_jitter_ms is not None
    anna.hangs_up()
    far.is_released()


def talk_encrypted(box: Box, far: FarPhone, number: str, suite: str) -> None:
    """Both hear each other, and every packet is encrypted by `suite`."""
    anna = calls(box, far, number)
    hear_each_other(anna, far)
    row = until("figures", lambda: box.call(1), lambda row: row.received > 0, 20)
    assert (row.srtp, row.forged) == (suite, 0)
    anna.hangs_up()
    far.is_released()
    record = until("a record", lambda: box.last_call(1))
    assert (record.cause, record.srtp) == ("NORMAL", suite)
