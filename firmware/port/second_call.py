"""What the line wants of two calls at a time, told to those who have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.line import events as ln

if TYPE_CHECKING:
    from firmware.port.legs import Legs


def perform(legs: Legs, effect: ln.Effect) -> None:
    """Do it."""
    match effect:
        case ln.LetWait():
            legs.let_wait()
        case ln.Exchange():
            legs.exchange()
        case ln.ResumeCall():
            legs.resume()
        case ln.Join():
            legs.join()
        case ln.Remain():
            legs.remain()
        case ln.ReportOtherEnd(why):
            legs.report_other_end(why)
        case _:
            pass
