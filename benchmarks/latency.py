"""How soon: from the copper to the wire and back, each end observed by a third party.

Copper is what the simulated telephone and a probe at the chips' interrupt wire see, the
wire what the far end's kernel has stamped. Nothing is taken from the gateway itself but
the time of one mark in its trace, where the table says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.copper import InterruptWire, Person, Recording
from benchmarks.figures import Sample
from benchmarks.stand import Stand, StandError
from drivers.sim.client import PhoneRefusedError

DIAL_TONE_HZ = 450
ON_MS = 70
RECOGNISABLE_MS = 40
"""A digit must be taken when it lasts so long (ITU-T Q.24)."""
PERIOD_MS = 20
SEIZE_MS = 40
"""seize_ms of the country (cn): a loop that is closed for less is no seizure."""
SIP_WAIT = 3.0
BUS = "each transfer to a chip is a round trip through a socket to the board process"
PERIODS = "a tone begins with the PCM period after the one in which it was asked for"
LOOP = "signalling is one loop without priority, and waits for a core like any other program"


@dataclass
class Latencies:
    hook: Sample
    dial_tone: Sample
    invite_detected: Sample
    invite_recognisable: Sample
    invite_released: Sample
    invite_pressed: Sample
    ring: Sample
    ringing_180: Sample
    ring_trip: Sample
    answer: Sample
    answer_lifted: Sample
    clock: Sample

    @classmethod
    def empty(cls) -> Latencies:
        return cls(
            Sample("hook edge: interrupt of the chip to off-hook in signalling (trace), less the "
                   f"{SEIZE_MS} ms in which it might be a bounce", most=20, why=BUS),
            Sample("off-hook to dial tone: contact closed to first sample of 450 Hz in the ear",
                   most=200, why=PERIODS),
            Sample("last digit of a complete number to INVITE: from the digit's arrival in "
                   "signalling (trace) to the wire", most=20, why=LOOP),
            Sample(f"the same, from the {RECOGNISABLE_MS}th ms of the last tone on the copper"),
            Sample("the same, from the release of the last key (negative: before it)"),
            Sample("the same, from the first sample of the last tone"),
            Sample("INVITE in to ring voltage on the line", most=300, why=BUS),
            Sample("INVITE in to 180 out"),
            Sample("lift while ringing to ring trip reported by the chip (interrupt)"),
            Sample("off-hook answer: ring trip reported to 200 out", most=50, why=LOOP),
            Sample("the same, from the lift"),
            Sample("how well card time is known on CLOCK_MONOTONIC"),
        )  # fmt: skip

    def all(self) -> list[Sample]:
        return list(self.__dict__.values())


def measure(rounds: int) -> Latencies:
    """Two telephones, `rounds` times each way."""
    found = Latencies.empty()
    with Stand(2) as stand:
        stand.start()
        probe, person = InterruptWire(stand), Person(stand)
        stand.nap(0.5)
        found.clock.add(1000 * person.find_clock(2))
        stand.nap(1.0)
        for turn in range(rounds):
            # the PCM period and the polls of the gateway must not keep step with us
            stand.nap(0.3 + 0.0137 * (turn % 7))
            _out(stand, person, probe, found, off_ms=60 + 7 * turn % 20)
            stand.nap(0.3 + 0.0113 * (turn % 5))
            _in(stand, person, probe, found)
        person.close()
        stand.stop()
        probe.close()
    return found


def _out(
    stand: Stand, person: Person, probe: InterruptWire, found: Latencies, off_ms: int
) -> None:
    """Telephone 1 is lifted, hears dial tone, dials; the far end is busy."""
    stand.far_end.forget()
    recording = Recording(stand, 1, 0.6)
    stand.nap(0.1)
    person.do("lift", 1)
    lifted = person.event("hook", 1, on=True, within=1)["at"]
    heard = recording.onset(DIAL_TONE_HZ, lifted)
    if heard is None:
        raise StandError("no dial tone")
    found.dial_tone.add(1000 * (heard - lifted))
    edge = probe.first_after(person.monotonic(lifted))
    noticed = [at for at, what in _copper_marks(stand) if what == "off-hook"]
    if edge is not None and noticed and noticed[-1] > edge:
        found.hook.add(1000 * (noticed[-1] - edge) - SEIZE_MS)
    _dial(stand, person, found, heard, off_ms)
    stand.nap(0.2)
    person.do("hang-up", 1)


def _dial(stand: Stand, person: Person, found: Latencies, phase: float, off_ms: int) -> None:
    """Dial 102; `phase` is an instant at which a PCM period began.

    The pauses differ from call to call, so that the tones begin anywhere in a period.
    """
    stand.nap(0.2)
    digits = "102"
    marks = len(_copper_digits(stand))
    before = stand.now_on(person.began)
    person.do("dial", 1, digits=digits, on_ms=ON_MS, off_ms=off_ms)
    after = stand.now_on(person.began)
    invite = stand.far_end.wait("INVITE", SIP_WAIT)
    if invite is None:
        raise StandError("no INVITE")
    # the keypad is heard from the beginning of the period in which the first key went down
    begin = before - (before - phase) % (PERIOD_MS / 1000)
    if after - (after - phase) % (PERIOD_MS / 1000) - begin > 0.001:
        return  # a period began just then: which one it was is not known
    pressed = person.monotonic(begin + (len(digits) - 1) * (ON_MS + off_ms) / 1000)
    told = _copper_digits(stand)[marks:]
    if len(told) == len(digits):
        found.invite_detected.add(1000 * (invite.at - told[-1]))
    found.invite_recognisable.add(1000 * (invite.at - pressed) - RECOGNISABLE_MS)
    found.invite_released.add(1000 * (invite.at - pressed) - ON_MS)
    found.invite_pressed.add(1000 * (invite.at - pressed))


def _copper_digits(stand: Stand) -> list[float]:
    """When the gateway took notice of each digit of port 1."""
    return [at for at, what in _copper_marks(stand) if what.isdigit()]


def _copper_marks(stand: Stand) -> list[tuple[float, str]]:
    """What it has noticed on the copper of port 1, and when: its loop's time is monotonic."""
    with stand.control() as control:
        marks = control.call("ladder", port=1)
    return [(m["at"], m["what"]) for m in marks if m["lane"] == "copper"]


def _in(stand: Stand, person: Person, probe: InterruptWire, found: Latencies) -> None:
    """The far end calls telephone 2, which is lifted while it rings."""
    far_end, number = stand.far_end, stand.number(2)
    far_end.forget()
    call_id, sent = far_end.invite(number, 40000)
    bell = person.event("bell", 2, on=True, within=SIP_WAIT)
    found.ring.add(1000 * (person.monotonic(bell["at"]) - sent))
    alerted = far_end.wait("180 INVITE", SIP_WAIT, call_id)
    if alerted is not None:
        found.ringing_180.add(1000 * (alerted.at - sent))
    stand.nap(0.2)
    person.do("lift", 2)
    lifted = person.monotonic(person.event("hook", 2, on=True, within=1)["at"])
    answer = far_end.wait("200 INVITE", SIP_WAIT, call_id)
    if answer is None:
        raise StandError("no 200")
    tripped = probe.first_after(lifted - 0.0005)
    if tripped is not None and tripped < answer.at + 0.001:
        found.ring_trip.add(1000 * (tripped - lifted))
        found.answer.add(1000 * (answer.at - tripped))
    found.answer_lifted.add(1000 * (answer.at - lifted))
    far_end.ack(number, answer)
    stand.nap(0.1)
    far_end.bye(number, answer)
    far_end.wait("200 BYE", SIP_WAIT, call_id)
    stand.nap(0.05)
    try:
        person.do("hang-up", 2)
    except PhoneRefusedError as error:
        raise StandError(str(error)) from error
