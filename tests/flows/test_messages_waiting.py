"""Messages that wait in the network: asked for, told, shown (RFC 3842, RFC 6665)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request, Response, respond
from tests.sbc import proven
from tests.world import World

YES = "Messages-Waiting: yes\nMessage-Account: sip:101@ims.example.net\nVoice-Message: 2/8 (0/2)\n"
NO = "Messages-Waiting: no\nVoice-Message: 0/8\n"


def world_that(how: str) -> World:
    return World(ports=1, more=f'[services]\nmessage_waiting = "{how}"')


def answered(world: World, notify: Request) -> Response:
    """What the gateway says to a NOTIFY."""

    def answers() -> list[Response]:
        return [
            m for m in world.sbc.unread
            if isinstance(m, Response) and (m.call_id, m.cseq) == (notify.call_id, notify.cseq)
        ]  # fmt: skip

    world.waits_until(lambda: bool(answers()))
    return answers()[-1]


def subscribes() -> tuple[World, Request]:
    """A line has just asked for its mailbox."""
    world = world_that("subscribe")
    world.waits_until(lambda: bool(subscriptions(world)), most=40.0)
    world.looks()
    return world, subscriptions(world)[-1]


def subscriptions(world: World) -> list[Request]:
    return [m for m in world.sbc.got if isinstance(m, Request) and m.method == "SUBSCRIBE"]


def hears_stutter(world: World) -> bool:
    """Whether the dial tone of a lifted telephone says that messages wait."""
    world.looks()
    person = world.person(1)
    person.lifts()
    world.waits(1.0)
    person.hangs_up()
    world.waits(1.0)
    return "stutter-dial-tone" in world.copper(1)


def test_a_line_asks_for_its_mailbox_and_the_dial_tone_stutters() -> None:
    """RFC 3842 section 3, RFC 6665 section 4.1: SUBSCRIBE, NOTIFY, a lamp, another dial tone."""
    world, asked = subscribes()
    with world:
        assert str(asked.target) == "sip:101@ims.example.net"
        assert asked.headers.get("Event") == "message-summary"
        assert asked.headers.get("Accept") == "application/simple-message-summary"
        assert asked.expires == 3600
        more = [("Expires", "3600"), ("Contact", world.sbc.contact)]
        world.sbc.says(asked, 200, tag="m", more=more)
        notify = world.sbc.notifies(asked, 1, YES, state="active;expires=3600")
        assert answered(world, notify).status == 200
        assert world.status(1).messages_waiting == 2
        world.waits(3.0)
        assert hears_stutter(world)
        assert answered(world, world.sbc.notifies(asked, 2, NO)).status == 200
        assert world.status(1).messages_waiting == 0
        assert not hears_stutter(world)


def test_messages_wait_as_a_ladder() -> None:
    """RFC 3842: the picture."""
    with world_that("subscribe") as world:
        world.waits_until(lambda: bool(subscriptions(world)), most=40.0)
        world.sbc.forgets()
        asked = subscriptions(world)[-1]
        more = [("Expires", "3600"), ("Contact", world.sbc.contact)]
        world.sbc.says(asked, 200, tag="m", more=more)
        answered(world, world.sbc.notifies(asked, 1, YES, state="active;expires=3600"))
        world.waits(4.0)
        person = world.person(1)
        person.lifts()
        world.waits(1.0)
        person.hangs_up()
        world.waits(1.5)
        world.matches("messages-waiting")


def test_a_subscription_is_refreshed_in_its_dialog() -> None:
    """RFC 6665 section 4.1.2.2: to the notifier's Contact, with both tags, CSeq counting on."""
    world, asked = subscribes()
    with world:
        world.sbc.says(asked, 200, tag="m", more=[("Expires", "600")])
        answered(world, world.sbc.notifies(asked, 1, YES, state="active;expires=600"))
        world.sleeps(310.0)
        again = subscriptions(world)[-1]
        assert again.uri == world.sbc.contact.strip("<>")
        assert (again.call_id, again.to.tag, again.from_.tag) == (
            asked.call_id, "m", asked.from_.tag,
        )  # fmt: skip
        assert again.cseq.number == asked.cseq.number + 1


def test_a_refresh_that_nobody_knows_begins_a_new_subscription() -> None:
    """RFC 6665 section 4.1.2.2: 481 to a refresh; a new Call-ID, at once."""
    world, asked = subscribes()
    with world:
        world.sbc.says(asked, 200, tag="m", more=[("Expires", "600")])
        world.sbc.on("SUBSCRIBE", lambda r: [] if not r.to.tag else [refusal(r, 481)])
        world.sleeps(320.0)
        last = subscriptions(world)[-1]
        assert last.call_id != asked.call_id
        assert not last.to.tag


def refusal(request: Request, status: int) -> Response:
    return respond(request, status, to_tag="m")


def test_a_challenge_is_answered() -> None:
    """RFC 3261 section 22.2 for SUBSCRIBE: the same request, with credentials."""
    world, asked = subscribes()
    with world:
        world.sbc.sends(world.registrar.challenge(asked, 407))
        again = world.sbc.gets("SUBSCRIBE")
        assert again.cseq.number == asked.cseq.number + 1
        assert again.call_id == asked.call_id
        assert proven(again, f"n{world.registrar.nonces}")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"tag": "other"}, 481),
        ({"state": ""}, 400),
        ({"more": [("Require", "teleport")]}, 420),
    ],
)
def test_a_notify_that_does_not_fit_is_refused(change: dict[str, str], status: int) -> None:
    """RFC 6665 section 4.1.3, B34: another fork, no Subscription-State, an unknown extension."""
    world, asked = subscribes()
    with world:
        world.sbc.says(asked, 200, tag="m", more=[("Expires", "3600")])
        world.waits(0.1)
        notify = world.sbc.notifies(asked, 1, YES, **change)  # type: ignore[arg-type] # see above
        assert answered(world, notify).status == status
        assert world.status(1).messages_waiting is None


def test_a_notify_may_come_before_the_answer_and_old_ones_do_not_count() -> None:
    """RFC 6665 section 4.4.1: it begins the dialog; a lower CSeq in it is refused."""
    world, asked = subscribes()
    with world:
        assert answered(world, world.sbc.notifies(asked, 5, YES, tag="n")).status == 200
        world.sbc.says(asked, 200, tag="n", more=[("Expires", "3600")])
        world.waits(0.1)
        assert answered(world, world.sbc.notifies(asked, 4, NO, tag="n")).status == 500
        assert world.status(1).messages_waiting == 2


@pytest.mark.parametrize(
    "state",
    [
        "active;expires=\u00b2", "active;expires=" + "9" * 5000, "active;expires=0",
        "terminated;reason=;retry-after=x", "terminated;retry-after=" + "9" * 400, ";;=;",
    ],
)  # fmt: skip
def test_nonsense_in_the_state_of_a_subscription_does_no_harm(state: str) -> None:
    """B34: it is answered, and the line goes on; what it says of messages counts."""
    world, asked = subscribes()
    with world:
        world.sbc.says(asked, 200, tag="m", more=[("Expires", "3600")])
        world.waits(0.1)
        answer = answered(world, world.sbc.notifies(asked, 1, YES, state=state))
        assert answer.status == (400 if state.startswith(";") else 200)
        world.sleeps(60.0)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert len(subscriptions(world)) < 50, "not in a loop"


def test_a_server_that_knows_no_mailboxes_is_not_asked_again_soon() -> None:
    """489 Bad Event: twenty minutes at the least; the line stays registered."""
    world, asked = subscribes()
    with world:
        world.sbc.says(asked, 489)
        world.waits(0.2)
        assert "mailbox" in [mark.what for mark in world.marks]
        world.sleeps(1100.0)
        assert [m.call_id for m in subscriptions(world)] == [asked.call_id]
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_a_subscription_that_ends_there_begins_anew() -> None:
    """RFC 6665 section 4.1.3: terminated, deactivated: at once, as another one."""
    world, asked = subscribes()
    with world:
        world.sbc.says(asked, 200, tag="m", more=[("Expires", "3600")])
        over = world.sbc.notifies(asked, 1, state="terminated;reason=deactivated")
        world.waits(3.0)
        assert [m.status for m in world.sbc.got if isinstance(m, Response)][-1:] == [200]
        again = subscriptions(world)[-1]
        assert again.call_id != asked.call_id == over.call_id


@pytest.mark.parametrize(
    ("summary", "count"),
    [
        (YES, 2),
        ("Messages-Waiting: yes\n", 1),
        ("Messages-Waiting: YES\nFax-Message: 3/0\n", 3),
        ("Messages-Waiting: yes\nVoice-Message: 0/4\n", 1),
        (NO, 0),
    ],
)
def test_what_is_told_unasked_is_believed_of_a_server(summary: str, count: int) -> None:
    """RFC 3842 section 5, in the usual manner of PBXs: unasked."""
    with world_that("notify").registers() as world:
        assert world.sbc.unread == []
        assert answered(world, world.sbc.tells("101", summary)).status == 200
        assert world.status(1).messages_waiting == count


@pytest.mark.parametrize(
    ("event", "summary", "status"),
    [("presence", YES, 489), ("message-summary", "Voice-Message: 2/8\n", 400)],
)
def test_what_is_told_in_vain_is_refused(event: str, summary: str, status: int) -> None:
    """B34: 489 says which events are known."""
    with world_that("notify").registers() as world:
        answer = answered(world, world.sbc.tells("101", summary, event=event))
        assert answer.status == status
        assert (answer.headers.get("Allow-Events") == "message-summary") is (status == 489)
        assert world.status(1).messages_waiting is None


def test_nobody_is_believed_unless_that_is_set() -> None:
    """B34: off by default: 405, and Allow does not name NOTIFY."""
    with World(ports=1).registers() as world:
        answer = answered(world, world.sbc.tells("101", YES))
        assert answer.status == 405
        assert "NOTIFY" not in str(answer.headers.get("Allow"))
