"""The embedded exchange when a call is given up, or something is wrong."""

from __future__ import annotations

import random

import pytest

from firmware.sip.events import TransportFailed
from firmware.sip.message import Request
from tests.exchange.bench import DOMAIN, SDP, Bench, like


def ready() -> Bench:
    bench = Bench()
    bench.registered()
    return bench


def test_a_call_is_given_up_while_it_rings() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite, came, _ = bench.rings()
    a.cancels(invite)
    assert a.one(200).cseq.method == "CANCEL"
    cancel = b.one("CANCEL")
    assert cancel.via.branch == came.via.branch
    assert len(cancel.vias) == 1
    assert (cancel.uri, cancel.cseq.number) == (came.uri, came.cseq.number)
    b.answers(cancel, 200)
    b.answers(came, 487)
    assert b.one("ACK").via.branch == came.via.branch
    gone = a.one(487)
    a.sends(like(invite, "ACK", str(gone.headers.get("To"))))
    bench.waits(200)
    assert a.got == b.got == []


def test_a_call_given_up_before_it_rings_is_cancelled_as_soon_as_it_may_be() -> None:
    """Section 9.1: no CANCEL before the first provisional response."""
    bench = ready()
    a, b, _ = bench.phones
    invite = a.calls("102")
    came = b.one("INVITE")
    a.cancels(invite)
    assert a.one(200).cseq.method == "CANCEL"
    assert b.got == []
    b.answers(came, 100)
    cancel = b.one("CANCEL")
    b.answers(cancel, 200)
    b.answers(came, 487)
    b.one("ACK")
    a.one(487)


def test_a_call_given_up_that_nobody_ever_heard_of_ends_with_487() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite = a.calls("102")
    a.cancels(invite)
    a.clears()
    b.clears()
    bench.waits(33)
    assert set(b.names) == {"INVITE"}
    assert a.names[-1] == "487 INVITE"


def test_an_answer_that_crosses_the_cancel_wins() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite, came, _ = bench.rings()
    a.cancels(invite)
    a.clears()
    b.one("CANCEL")
    b.answers(came, 200, body=SDP)
    ok = a.one(200)
    a.acks(ok)
    b.one("ACK")


def test_a_cancel_after_the_final_answer_changes_nothing() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite, came, _ = bench.rings()
    b.answers(came, 486)
    b.clears()
    a.one(486)
    a.cancels(invite)
    assert a.one(200).cseq.method == "CANCEL"
    assert b.got == []


def test_a_cancel_for_nothing_is_answered_481() -> None:
    bench = ready()
    a, b, _ = bench.phones
    never = a.request("INVITE", f"sip:102@{DOMAIN}", to="102")
    a.cancels(never)
    a.one(481)
    assert b.got == []


def test_a_telephone_that_says_nothing_is_given_up_with_408() -> None:
    """Timer B: INVITE seven times, then 408 to the caller."""
    bench = ready()
    a, b, _ = bench.phones
    a.calls("102")
    bench.waits(31.9)
    assert b.names == ["INVITE"] * 7
    assert a.names == ["100 INVITE"]
    a.clears()
    bench.waits(0.2)
    a.one(408)


def test_a_telephone_that_rings_for_ever_is_cancelled_after_three_minutes() -> None:
    """Timer C (section 16.8)."""
    bench = ready()
    a, b, _ = bench.phones
    _, came, _ = bench.rings()
    bench.waits(179)
    assert b.got == []
    bench.waits(1.1)
    cancel = b.one("CANCEL")
    b.answers(cancel, 200)
    b.answers(came, 487)
    b.one("ACK")
    assert a.names == ["487 INVITE"]


def test_a_telephone_that_rings_again_is_given_more_time() -> None:
    """Each provisional response starts Timer C anew."""
    bench = ready()
    _, b, _ = bench.phones
    _, came, _ = bench.rings()
    bench.waits(100)
    b.answers(came, 180)
    bench.waits(100)
    assert b.got == []
    bench.waits(80.1)
    assert b.names == ["CANCEL"]


def test_a_telephone_that_rings_for_ever_and_is_deaf_is_forgotten() -> None:
    """After the CANCEL 32 s are enough; the caller gets 408 and nothing is kept."""
    bench = ready()
    a, b, _ = bench.phones
    invite, _, _ = bench.rings()
    bench.waits(180 + 32.1)
    assert set(b.names) == {"CANCEL"}
    gone = a.one(408)
    a.sends(like(invite, "ACK", str(gone.headers.get("To"))))
    bench.waits(40)
    assert bench.exchange.deadline is None, "nothing is under way any more"


def test_a_telephone_that_cannot_be_reached_is_500_to_the_caller() -> None:
    """A 503 of the transport stays here (section 16.9)."""
    bench = ready()
    a, b, _ = bench.phones
    a.calls("102")
    b.clears()
    bench._out(bench.exchange.feed(TransportFailed(b.address, "refused"), bench.now))
    a.one(500)


def test_hops_that_are_used_up_end_it_483() -> None:
    bench = ready()
    a, b, _ = bench.phones
    a.sends(a.request("INVITE", f"sip:102@{DOMAIN}", to="102", hops=0))
    a.one(483)
    assert b.got == []


def test_a_proxy_option_that_we_do_not_know_is_named() -> None:
    """420 with Unsupported (section 16.3 step 5)."""
    bench = ready()
    a, b, _ = bench.phones
    a.calls("102", more=[("Proxy-Require", "sec-agree")])
    refusal = a.one(420)
    assert refusal.tokens("Unsupported") == ("sec-agree",)
    assert b.got == []


def test_a_uri_that_is_no_telephone_of_ours_is_refused() -> None:
    bench = ready()
    a = bench.phones[0]
    a.sends(a.request("INVITE", "mailto:102@lab.example.net", to="102"))
    a.one(416)


def test_options_to_the_exchange_are_answered() -> None:
    bench = Bench()
    a = bench.phones[0]
    a.sends(a.request("OPTIONS", f"sip:{DOMAIN}", to="101"))
    ok = a.one(200)
    assert "invite" in ok.tokens("Allow")


def test_options_to_a_telephone_are_passed_on() -> None:
    bench = ready()
    a, b, _ = bench.phones
    a.asks("OPTIONS", "102")
    b.answers(b.one("OPTIONS"), 200)
    a.one(200)


def test_a_dialog_that_did_not_come_by_us_is_not_ours() -> None:
    bench = ready()
    a, b, _ = bench.phones
    _, _, ok, _ = bench.talk()
    stray = a.request("BYE", b.contact, to="102")
    headers = stray.headers.replaced("To", str(ok.headers.get("To")))
    a.sends(Request("BYE", stray.uri, headers))
    a.one(481)
    assert b.got == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\x01\x02\x03\x04\x05\x06",
        b"hello exchange",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"\xff" * 1400,
        b"INVITE sip:102@lab.example.net SIP/2.0\r\n\r\n",
    ],
)
def test_garbage_is_ignored(data: bytes) -> None:
    bench = ready()
    a, b, _ = bench.phones
    bench.brings(data, a.address)
    bench.waits(60)
    assert a.got == b.got == []


def test_a_broken_request_that_says_where_it_comes_from_is_answered_400() -> None:
    bench = ready()
    a = bench.phones[0]
    good = a.request("OPTIONS", f"sip:{DOMAIN}", to="101").encode()
    bench.brings(good.replace(b"Content-Length: 0", b"Content-Length: 99"), a.address)
    a.one(400)


def test_a_response_nobody_waits_for_goes_nowhere() -> None:
    bench = ready()
    a, b, _ = bench.phones
    _, came, _ = bench.rings()
    via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKnobody"
    b.answers(Request("INVITE", came.uri, came.headers.replaced("Via", via)), 200)
    assert a.got == []


def test_a_call_given_up_to_a_deaf_telephone_ends_with_487() -> None:
    bench = ready()
    a, b, _ = bench.phones
    invite, _, _ = bench.rings()
    a.cancels(invite)
    a.one(200)
    bench.waits(33)
    assert set(b.names) == {"CANCEL"}
    assert set(a.names) == {"487 INVITE"}


def test_any_order_of_events_leaves_nothing_behind() -> None:
    """Whoever does what and when: half an hour later no timer runs and no call is kept."""
    for seed in range(60):
        chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
        bench = ready()
        _live(bench, chance)
        bench.waits(1800)
        assert bench.exchange.deadline is None, f"seed {seed}"


def _live(bench: Bench, chance: random.Random) -> None:
    phones = bench.phones
    calls: list[tuple[int, Request]] = []
    for _ in range(chance.randrange(3, 25)):
        who = chance.randrange(3)
        phone = phones[who]
        asked = [m for m in phone.got if isinstance(m, Request) and m.method != "ACK"]
        match chance.randrange(6):
            case 0:
                calls.append((who, phone.calls(phones[who - 1].number)))
            case 1 if calls:
                caller, invite = chance.choice(calls)
                phones[caller].cancels(invite)
            case 2 | 3 if asked:
                status = chance.choice((100, 180, 200, 404, 486, 487, 603))
                phone.answers(chance.choice(asked), status, body=SDP)
            case 4:
                phone.clears()
            case _:
                bench.waits(chance.choice((0.01, 0.3, 1.0, 5.0, 40.0, 190.0)))
