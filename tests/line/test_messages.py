"""Messages wait: the next dial tone stutters, and a lamp is told while the handset is down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.causes import Code, cause
from firmware.line.events import (
    CallStatus,
    Disabled,
    Enabled,
    Event,
    IncomingCall,
    MessagesWaiting,
    OffHook,
    OnHook,
    Released,
    ShowMessages,
)
from firmware.line.stage import LAMP_DELAY, LAMP_TAKES
from firmware.tone import Tone
from tests.line.telephone import Telephone


def lamps(phone: Telephone) -> list[int]:
    """What the lamp was told since the last look."""
    return [effect.count for effect in phone.look() if isinstance(effect, ShowMessages)]


def test_the_dial_tone_stutters_while_messages_wait() -> None:
    """RFC 3842: the tone says so at the next lift, and no longer when they were heard."""
    phone = Telephone()
    phone.feed(MessagesWaiting(2))
    phone.lifts()
    phone.hears(Tone.STUTTER)
    phone.hangs_up()
    phone.feed(MessagesWaiting(0))
    phone.look()
    phone.lifts()
    phone.hears(Tone.DIAL)


def test_the_lamp_is_told_of_each_change_once() -> None:
    phone = Telephone()
    phone.feed(MessagesWaiting(2))
    phone.waits(LAMP_DELAY)
    assert lamps(phone) == [2]
    phone.feed(MessagesWaiting(2))
    phone.waits(60)
    assert lamps(phone) == []
    phone.feed(MessagesWaiting(0))
    phone.waits(60)
    assert lamps(phone) == [0]
    assert phone.line.deadline is None


def test_the_lamp_waits_until_the_handset_is_down() -> None:
    """On-hook services look at the state when they send (lesson 72)."""
    phone = Telephone()
    phone.lifts()
    phone.feed(MessagesWaiting(1))
    phone.waits(10)
    assert lamps(phone) == []
    phone.hangs_up()
    phone.waits(LAMP_DELAY)
    assert lamps(phone) == [1]


def test_a_lamp_that_was_interrupted_is_told_again() -> None:
    """Somebody lifted, or called, while it was told: it may have understood nothing."""
    for event in (OffHook(0.0), IncomingCall("8002")):
        phone = Telephone()
        phone.feed(MessagesWaiting(1))
        phone.waits(LAMP_DELAY + 0.3)
        assert lamps(phone) == [1]
        phone.feed(event)
        phone.waits(3)
        phone.feed(OnHook(phone.now), Released(cause(Code.NORMAL)))
        phone.waits(LAMP_DELAY)
        assert lamps(phone) == [1]


def test_a_lamp_that_was_told_long_ago_is_not_told_again() -> None:
    phone = Telephone()
    phone.feed(MessagesWaiting(1))
    phone.waits(LAMP_DELAY + LAMP_TAKES)
    assert lamps(phone) == [1]
    phone.lifts()
    phone.hangs_up()
    phone.waits(60)
    assert lamps(phone) == []


def test_several_changes_at_once_are_told_as_the_last_one() -> None:
    phone = Telephone()
    phone.feed(MessagesWaiting(1), MessagesWaiting(2), MessagesWaiting(3))
    phone.waits(60)
    assert lamps(phone) == [3]


def test_nobody_tells_a_lamp_of_which_nobody_has_spoken() -> None:
    phone = Telephone()
    phone.lifts()
    phone.hangs_up()
    assert phone.line.deadline is None


EVENTS: list[Event] = [
    OffHook(0.0), OnHook(0.0), IncomingCall("8002"), Released(cause(Code.NORMAL)),
    MessagesWaiting(0), MessagesWaiting(1), MessagesWaiting(2),
    Disabled(cause(Code.ADMIN)), Enabled(),
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(EVENTS), st.floats(0, 9)), max_size=40))
def test_whatever_happens_the_lamp_is_told_on_hook_only_and_in_the_end_rightly(
    steps: list[Event | float],
) -> None:
    phone, shown = Telephone(), None
    # who waited rings again, so it all ends twice
    over: list[Event] = [OnHook(0.0), Released(cause(Code.NORMAL))]
    for step in [*steps, Enabled(), *over, *over, 60.0]:
        if isinstance(step, float):
            phone.waits(step)
        else:
            phone.feed(step)
        told = lamps(phone)
        if told:
            assert phone.line.status is CallStatus.IDLE
            shown = told[-1]
    assert phone.line.messages in {None, shown}
