"""A telephone is told who calls in the way of its country, and never while it is lifted."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from firmware import profiles
from firmware.errors import ConfigError
from firmware.line.caller_message import Caller, Form, call_setup, messages_waiting
from firmware.line.callerid import (
    Ability,
    CallCame,
    CallerId,
    CallerIdEvent,
    CallerIdOrder,
    CallerIdPlan,
    CallOver,
    Cut,
    DataSent,
    HookSeen,
    LampWanted,
    fitted,
    waiting_data,
)
from firmware.line.callerid_kinds import KINDS, Alert
from firmware.line.callerid_steps import (
    CALLING_MS,
    PULSE_MS,
    Feed,
    GiveBack,
    Line,
    Ring,
    SendData,
    Splash,
)
from firmware.line.profile import parse_profile
from firmware.profiles import load

CALL = CallCame("13800138000", "Front desk", "01020304")
DATA_S = 0.5
"""How long the media process takes to send data here."""


class Bench:
    """One machine in virtual time; `done` is what it ordered, and when after the call came."""

    def __init__(
        self, plan: CallerIdPlan, *, first_burst: float = 1.0, sends: bool = True
    ) -> None:
        self.machine = CallerId(plan, first_burst)
        self.now = 10.0
        self.done: list[tuple[float, CallerIdOrder]] = []
        self._sends = sends
        self._sent: tuple[float, int] | None = None

    def feed(self, event: CallerIdEvent) -> None:
        self._carry(self.machine.feed(event, self.now))

    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while True:
            due = [at for at in (self.machine.deadline, self._sent and self._sent[0]) if at]
            if not due or min(due) > until:
                break
            self.now = min(due)
            if self._sent and self._sent[0] == self.now:
                tag, self._sent = self._sent[1], None
                self.feed(DataSent(tag))
            else:
                self._carry(self.machine.tick(self.now))
        self.now = until

    def _carry(self, orders: list[CallerIdOrder]) -> None:
        for order in orders:
            self.done.append((round(self.now - 10.0, 3), order))
            if isinstance(order, SendData) and self._sends:
                self._sent = (self.now + DATA_S, order.tag)
            if isinstance(order, Cut):
                self._sent = None

    @property
    def sending(self) -> bool:
        return self._sent is not None

    @property
    def orders(self) -> list[CallerIdOrder]:
        return [order for _, order in self.done]

    @property
    def sent(self) -> SendData:
        (data,) = [o for o in self.orders if isinstance(o, SendData) and o.modem]
        return data

    @property
    def tone(self) -> SendData:
        (tone,) = [o for o in self.orders if isinstance(o, SendData) and not o.modem]
        return tone

    def when(self, kind: type[object]) -> list[float]:
        return [at for at, order in self.done if isinstance(order, kind)]


def plan(standard: str) -> CallerIdPlan:
    return CallerIdPlan(standard)


def rung(standard: str, seconds: float = 12.0) -> Bench:
    bench = Bench(plan(standard))
    bench.feed(CALL)
    bench.waits(seconds)
    return bench


TONE = SendData("", b"", "alerting tone", alert_ms=100, tag=1)
MESSAGE = call_setup(Form.MULTIPLE, Caller("01020304", "13800138000", b"Front desk"))


def test_the_caller_is_shown_half_a_second_after_the_first_burst() -> None:
    """LINE-07: between ring 1 and ring 2."""
    bench = Bench(load("cn").caller_id)
    bench.feed(CALL)
    assert bench.orders == [Ring()]
    bench.waits(20.0)
    assert bench.when(SendData) == [1.5]
    assert (bench.sent.modem, bench.sent.message) == ("bell202", MESSAGE)
    assert bench.sent.alert_ms == 0
    assert bench.machine.deadline is None


def test_british_telephones_see_the_wires_exchanged_and_hear_the_alerting_tone_first() -> None:
    """SIN 227: reversal, at least 100 ms, 88 to 110 ms of tone, data, at least 200 ms, ring."""
    bench = rung("sin227")
    reversed_ = Feed(Line.REVERSED)
    assert bench.orders == [reversed_, bench.tone, reversed_, bench.sent, Ring()]
    assert 88 <= bench.tone.alert_ms <= 110
    assert bench.sent.modem == "v23"
    toned, sent = bench.when(SendData)
    assert 0.1 <= toned <= 0.5
    assert 0.045 <= sent - toned - DATA_S <= 0.5
    again = bench.when(Feed)[1]
    assert toned + DATA_S + 0.060 <= again < sent, "after the loop was closed for a moment"
    assert bench.when(Ring)[0] - sent - DATA_S >= 0.2


@pytest.mark.parametrize(
    ("standard", "keys"),
    [("dtmf-nl", b"D13800138000C"), ("dtmf-se", b"A13800138000C"), ("dtmf-dk", b"A13800138000#")],
)
def test_keys_follow_the_exchange_of_the_wires(standard: str, keys: bytes) -> None:
    """EN 300 659-1's DTMF: at least 200 ms after the reversal; ring 200 to 500 ms after it."""
    bench = rung(standard)
    assert bench.orders == [Feed(Line.REVERSED), bench.sent, Ring()]
    assert (bench.sent.modem, bench.sent.message) == ("dtmf", keys)
    assert bench.when(SendData)[0] >= 0.2
    assert 0.2 <= bench.when(Ring)[0] - bench.when(SendData)[0] - DATA_S <= 0.5


def test_a_ring_pulse_comes_before_the_data_where_that_is_the_sign() -> None:
    """EN 300 659-1: RP-AS of 200 to 300 ms, data 500 to 800 ms after it."""
    bench = rung("v23-ring-pulse")
    assert bench.orders == [Splash(PULSE_MS), Feed(Line.TRANSMIT), bench.sent, Ring()]
    assert 0.2 <= bench.when(Feed)[0] <= 0.3
    assert 0.5 <= bench.when(SendData)[0] - bench.when(Feed)[0] <= 0.8


def test_an_alerting_tone_alone_needs_an_audio_path_first() -> None:
    bench = rung("v23-tone")
    path = Feed(Line.TRANSMIT)
    assert bench.orders == [path, bench.tone, path, bench.sent, Ring()]


def test_keys_can_come_after_the_first_ring() -> None:
    bench = rung("dtmf-after-ring")
    assert bench.orders == [Ring(), bench.sent]
    assert bench.sent.message == b"D13800138000C"


def test_a_japanese_telephone_takes_the_data_off_hook_and_is_rung_when_it_is_down_again() -> None:
    """NTT: reversal, short bursts, primary answer, data, on-hook, ringing."""
    bench = Bench(plan("ntt"))
    bench.feed(CALL)
    bench.waits(1.0)
    assert bench.orders == [Feed(Line.REVERSED), Splash(CALLING_MS)]
    assert bench.machine.seizes
    bench.feed(HookSeen(off_hook=True))
    assert bench.orders[2:] == [Feed(Line.REST)]
    bench.waits(0.5)
    assert bench.sent.modem == "ntt"
    assert bench.sent.message == b"\x40\x0d\x02\x0b13800138000"
    bench.waits(0.3)
    bench.feed(HookSeen(off_hook=False))
    assert not bench.machine.seizes
    bench.waits(1.0)
    assert bench.orders[4:] == [Ring()]
    assert bench.machine.deadline is None


def test_a_telephone_that_does_not_answer_the_short_bursts_is_rung_after_six_seconds() -> None:
    """NTT: there is no display then."""
    bench = rung("ntt")
    assert bench.orders == [Feed(Line.REVERSED), Splash(CALLING_MS), Ring()]
    assert bench.when(Ring) == [pytest.approx(6.3, abs=0.1)]
    assert not bench.machine.seizes


def test_a_person_who_lifts_at_a_short_burst_gets_the_call() -> None:
    bench = Bench(plan("ntt"))
    bench.feed(CALL)
    bench.waits(1.0)
    bench.feed(HookSeen(off_hook=True))
    bench.waits(2.0)
    assert bench.orders[-1] == GiveBack()
    assert not bench.machine.seizes
    assert Ring() not in bench.orders


def test_a_caller_who_gives_up_while_the_telephone_holds_the_line() -> None:
    """The handset may be lifted by now: somebody has to look."""
    bench = Bench(plan("ntt"))
    bench.feed(CALL)
    bench.waits(1.0)
    bench.feed(HookSeen(off_hook=True))
    bench.waits(0.3)
    bench.feed(CallOver())
    assert bench.orders[-2:] == [Cut(), GiveBack()]
    bench.waits(20.0)
    assert Ring() not in bench.orders


@pytest.mark.parametrize("standard", KINDS)
def test_a_telephone_that_was_lifted_is_told_nothing_more(standard: str) -> None:
    """At any moment: what is being sent is broken off, nothing else comes, and nobody rings."""
    for tenths in range(30):
        bench = Bench(plan(standard))
        bench.feed(CALL)
        bench.waits(tenths / 10)
        before = len(bench.done)
        sending = bench.sending
        bench.feed(CallOver())
        assert bench.orders[before:] == ([Cut()] if sending else [])
        over = len(bench.done)
        bench.waits(20.0)
        assert len(bench.done) == over


@pytest.mark.parametrize("standard", KINDS)
def test_the_bell_rings_also_if_the_voice_process_never_says_that_data_was_sent(
    standard: str,
) -> None:
    bench = Bench(plan(standard), sends=False)
    bench.feed(CALL)
    bench.waits(1.0)
    if bench.machine.seizes:
        bench.feed(HookSeen(off_hook=True))
        bench.feed(HookSeen(off_hook=False))
    bench.waits(20.0)
    assert bench.orders.count(Ring()) == 1


@pytest.mark.parametrize("standard", KINDS)
def test_a_late_word_about_older_data_changes_nothing(standard: str) -> None:
    bench = Bench(plan(standard))
    bench.feed(CALL)
    bench.feed(DataSent(0))
    bench.feed(DataSent(99))
    alone = Bench(plan(standard))
    alone.feed(CALL)
    bench.waits(12.0)
    alone.waits(12.0)
    assert bench.done == alone.done


@pytest.mark.parametrize(
    ("standard", "able", "lacks"),
    [
        ("bell202", Ability(transmits_on_hook=False), "on-hook transmission"),
        ("sin227", Ability(reverses=False), "polarity reversal"),
        ("dtmf-nl", Ability(transmits_on_hook=False), "on-hook transmission"),
        ("ntt", Ability(calls=False), "ringing half of the time"),
    ],
)
def test_a_line_circuit_that_cannot_do_it_rings_at_once(
    standard: str, able: Ability, lacks: str
) -> None:
    bench = Bench(plan(standard))
    bench.feed(CallCame("101", "", "01020304", able))
    assert bench.orders == [Ring()]
    assert bench.machine.deadline is None
    assert able.lacking(KINDS[standard].alert) == lacks


def test_a_japanese_telephone_needs_no_on_hook_transmission() -> None:
    """It is off-hook while it listens."""
    assert Ability(transmits_on_hook=False).lacking(Alert.SEIZED) == ""


def test_a_country_without_caller_id_only_rings() -> None:
    assert rung("").orders == [Ring()]


def test_a_second_call_is_shown_afresh() -> None:
    bench = Bench(plan("bell202"))
    bench.feed(CALL)
    bench.waits(0.5)
    bench.feed(CallOver())
    bench.feed(CallCame("101", "", "01020305"))
    bench.waits(3.0)
    assert b"\x02\x03101" in bench.sent.message


@pytest.mark.parametrize(
    ("standard", "before"),
    [
        ("bell202", [Feed(Line.TRANSMIT)]),
        ("v23", [Feed(Line.TRANSMIT), TONE, Feed(Line.TRANSMIT)]),
        ("sin227", [Feed(Line.REVERSED), TONE, Feed(Line.REVERSED)]),
        ("v23-ring-pulse", [Splash(PULSE_MS), Feed(Line.TRANSMIT)]),
    ],
)
def test_the_lamp_is_told_without_ringing(standard: str, before: list[CallerIdOrder]) -> None:
    """GR-30, EN 300 659-1: data not associated with ringing."""
    bench = Bench(plan(standard))
    bench.feed(LampWanted(3))
    bench.waits(5.0)
    assert bench.orders == [*before, bench.sent, Feed(Line.REST)]
    counted = KINDS[standard].modem == "v23"
    assert bench.sent.message == messages_waiting(Form.MULTIPLE, 3, counted=counted)
    assert not bench.machine.busy


@pytest.mark.parametrize("standard", ["ntt", "dtmf-nl", "dtmf-after-ring", ""])
def test_where_no_lamp_is_known_none_is_told(standard: str) -> None:
    bench = Bench(plan(standard))
    bench.feed(LampWanted(1))
    assert bench.orders == []


def test_a_call_that_comes_while_the_lamp_is_told_takes_the_line() -> None:
    bench = Bench(plan("sin227"))
    bench.feed(LampWanted(1))
    bench.waits(0.5)
    assert bench.sending
    bench.done.clear()
    bench.feed(CALL)
    assert bench.orders == [Cut(), Feed(Line.REVERSED)]
    bench.waits(5.0)
    assert bench.orders[-1] == Ring()


def test_the_lamp_waits_for_a_call_that_is_announced() -> None:
    bench = Bench(plan("sin227"))
    bench.feed(CALL)
    before = len(bench.done)
    bench.feed(LampWanted(1))
    assert len(bench.done) == before


def test_who_waits_is_shown_to_a_telephone_in_a_call_after_an_alerting_tone() -> None:
    """EN 300 659-2: 75 to 85 ms."""
    data = waiting_data(plan("bell202"), "13800138000", "Front desk", "01020304")
    assert data is not None
    assert (data.message, data.waiting) == (MESSAGE, True)
    assert 75 <= data.alert_ms <= 85


@pytest.mark.parametrize("standard", ["ntt", "dtmf-nl", "bell202-sdmf", ""])
def test_where_displays_do_not_know_who_waits_nothing_is_sent(standard: str) -> None:
    assert waiting_data(plan(standard), "1", "", "") is None


def test_what_telephones_cannot_show_is_left_out() -> None:
    plan = CallerIdPlan(name_bytes=6, charset="gb2312", number_digits=5)
    assert fitted(plan, "+86-10-1234", "", "").number == "86101"
    assert fitted(plan, "anonymous", "", "") == Caller()
    assert fitted(plan, "reception", "", "").name == b"recept"
    assert fitted(plan, "101", "前台一号", "").name == "前台一".encode("gb2312")
    assert fitted(CallerIdPlan(), "101", "前台", "").name == b"??"


@pytest.mark.parametrize(
    ("key", "value"), [("name_bytes", 51), ("name_bytes", "15"), ("number_digits", 21.5)]
)
def test_a_profile_cannot_ask_for_more_than_a_message_takes(key: str, value: object) -> None:
    data = tomllib.loads((Path(profiles.__file__).parent / "cn.toml").read_text())
    data["caller_id"][key] = value
    with pytest.raises(ConfigError, match=rf"caller_id: {key} must be a whole number"):
        parse_profile("cn", data)
