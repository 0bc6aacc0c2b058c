"""What the line wants, and which part of the port does it.

The line machine returns effects and calls nobody. The port gives each of them to `perform`.
Effects that speak of a call go to the legs, which know the calls of the user agent; the
others go to the bell, to the voice path or to the feed of the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.line import events as ln
from firmware.trace.marks import Lane

if TYPE_CHECKING:
    from firmware.port.legs import Legs
    from firmware.port.port import Port


def perform(port: Port, effect: ln.Effect) -> None:
    """Do what the line of `port` wants.

    Raises:
        DriverError: the line circuit does not ring, or does not stop ringing.
        GatewayError: there is no network, or no port for the voice of a call.
    """
    match effect:
        case ln.StartRinging(number, name):
            port.legs.take_offered()
            port.bell.start(number, name, port.house.local_time())
            port.legs.alert()
        case ln.StopRinging():
            port.bell.stop()
        case ln.ShowMessages(count):
            port.work.stop("the lamp for messages had to be told")
            port.bell.light(count)
        case ln.OpenVoice(early):
            leg = port.leg
            port.voice.wants(leg, early=early)
            port.line_feed.answered(on=not early and leg is not None and leg.outgoing)
        case ln.CloseVoice():
            port.voice.part()
            port.line_feed.answered(on=False)
        case ln.ReportEnd(why):
            port.last_cause = why
            port.legs.report_end(why, port.line.digits)
        case ln.HouseCallOver(how):
            port.mark(Lane.HOUSE, "house call ends", outward=False, detail=how.value)
        case ln.Play(tone):
            port.voice.play(tone)
        case ln.Listen(on):
            port.voice.listen(on=on)
        case ln.ShowWaitingCaller(number, name):
            port.voice.show_waiting(number, name)
        case _:
            _of_calls(port.legs, effect)


CallEffect = (
    ln.PlaceCall | ln.AnswerCall | ln.RejectCall | ln.EndCall | ln.ReportOtherEnd
    | ln.LetWait | ln.Exchange | ln.ResumeCall | ln.Join | ln.Remain
)  # fmt: skip


def _of_calls(legs: Legs, effect: CallEffect) -> None:
    """Do what the line wants of its one or two calls."""
    match effect:
        case ln.PlaceCall(number, withheld):
            legs.place(number, withheld=withheld)
        case ln.AnswerCall():
            legs.answer()
        case ln.RejectCall(code):
            legs.reject(code)
        case ln.EndCall(why):
            legs.end(why)
        case ln.ReportOtherEnd(why):
            legs.report_other_end(why)
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
