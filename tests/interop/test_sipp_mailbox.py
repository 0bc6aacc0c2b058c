"""A mailbox made with SIPp: it is asked for, says what waits, and the dial tone stutters."""

from __future__ import annotations

from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.settings import Line
from tests.interop.sipp import Sipp
from tests.interop.waiting import until

MORE = """
[services]
message_waiting = "subscribe"
"""


@proves("SIPp", "RFC 3842 messages that wait")
def test_a_mailbox_that_is_asked_for_makes_the_dial_tone_stutter() -> None:
    """SUBSCRIBE, 200, NOTIFY in its dialog, 200; seen in the row, heard at the next lift."""
    with Sipp() as sipp:
        sipp.plays("register", lifetime="3600")
        with Box(sipp.at, [Line("8001")], more=MORE) as box:
            sipp.finished()
            box.registered(1)
            sipp.plays("mailbox", waiting="2")  # SUBSCRIBE is repeated until somebody answers
            sipp.finished()
            until("the messages", lambda: box.rows()[0].messages_waiting == 2)
            anna = box.person(1)
            anna.lifts()
            until(
                "a dial tone of its own",
                lambda: anna.hears(1.5),
                lambda heard: heard.heard != "dial-tone" and heard.frequencies_hz == (450,),
            )
            anna.hangs_up()
            assert box.saw(1, ">SUBSCRIBE", "<200", "<NOTIFY", ">200")
            sipp.plays("register", lifetime="0")  # the line takes its leave
        sipp.finished()
