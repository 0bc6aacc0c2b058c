"""Allow, Supported, Accept and their refusals say what is on, and nothing else (HB-09, PR-06).

RFC 3261 table 2 and sections 8.2.1, 8.2.3, 11.2, 20.5, 20.37: the table below is checked on the
wire, message by message, for each setting that switches an extension on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmware.sip.events import Accept, Alert, Offered
from firmware.sip.message import Message, Request
from firmware.sip.settings import Prack
from tests.sip.bench import ANSWER, CONTACT, MEDIA, OFFER, US, Bench, name_of, swapped

METHODS = {
    Prack.OFF: "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE",
    Prack.SUPPORTED: "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK",
    Prack.REQUIRED: "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK",
}
EXTENSIONS = {
    Prack.OFF: {"199", "timer"},
    Prack.SUPPORTED: {"199", "timer", "100rel"},
    Prack.REQUIRED: {"199", "timer", "100rel"},
}
CAPABLE = ("Supported", "100rel")
Made = Callable[[Bench, str], Message]


def invite(bench: Bench, _token: str) -> Message:
    bench.calls()
    return bench.wire[-1]


def answer(bench: Bench, token: str) -> Message:
    bench.brings(
        bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT, CAPABLE), body=OFFER)
    )
    offered: Offered = bench.last(Offered)
    bench.feeds(Accept(offered.call, MEDIA))
    return bench.wire[-1]


def ringing(bench: Bench, token: str) -> Message:
    bench.brings(
        bench.request("INVITE", f"sip:{token}@192.0.2.1", more=(CONTACT, CAPABLE), body=OFFER)
    )
    offered: Offered = bench.last(Offered)
    bench.feeds(Alert(offered.call, MEDIA))
    return bench.wire[-1]


def talking(bench: Bench, token: str) -> Message:
    """The ACK of a call of ours that is talked in."""
    sent = invite(bench, token)
    assert isinstance(sent, Request)
    bench.replies(sent, 200, more=(CONTACT,), body=ANSWER)
    return bench.wire[-1]


def answer_within(method: str, body: bytes = b"") -> Made:
    def make(bench: Bench, token: str) -> Message:
        ack: Any = talking(bench, token)
        bench.brings(bench.request(method, US, **swapped(ack, 1), more=(CONTACT,), body=body))
        return bench.wire[-1]

    return make


def asked(method: str, *more: tuple[str, str], body: bytes = b"", to_us: str = "") -> Made:
    def make(bench: Bench, token: str) -> Message:
        target = to_us or f"sip:{token}@192.0.2.1"
        bench.brings(bench.request(method, target, more=(CONTACT, *more), body=body))
        return bench.wire[-1]

    return make


UNKNOWN = ("Content-Type", "text/plain")
GZIP = ("Content-Encoding", "gzip")

TABLE: list[tuple[str, Made, set[str]]] = [
    ("INVITE", invite, {"Allow", "Supported"}),
    ("180 INVITE", ringing, {"Allow", "Supported"}),
    ("200 INVITE", answer, {"Allow", "Supported"}),
    ("200 INVITE", answer_within("INVITE", OFFER), {"Allow", "Supported"}),
    ("200 UPDATE", answer_within("UPDATE"), {"Allow", "Supported"}),
    ("200 UPDATE", answer_within("UPDATE", OFFER), {"Allow", "Supported"}),
    ("200 OPTIONS", asked("OPTIONS"),
     {"Allow", "Supported", "Accept", "Accept-Encoding", "Accept-Language"}),
    ("200 OPTIONS", answer_within("OPTIONS"),
     {"Allow", "Supported", "Accept", "Accept-Encoding", "Accept-Language"}),
    ("200 BYE", answer_within("BYE"), set()),
    ("405 REFER", asked("REFER"), {"Allow"}),
    ("405 REFER", answer_within("REFER"), {"Allow"}),
    ("405 MESSAGE", asked("MESSAGE"), {"Allow"}),
    ("405 NOTIFY", answer_within("NOTIFY"), {"Allow"}),
    ("415 INVITE", asked("INVITE", UNKNOWN, body=b"hello"), {"Accept"}),
    ("415 INVITE", asked("INVITE", GZIP, body=OFFER), {"Accept-Encoding"}),
    ("406 INVITE", asked("INVITE", ("Accept", "text/plain"), body=OFFER), set()),
    ("420 INVITE", asked("INVITE", ("Require", "replaces"), body=OFFER), {"Unsupported"}),
    ("420 OPTIONS", asked("OPTIONS", ("Require", "foo, bar")), {"Unsupported"}),
    ("416 OPTIONS", asked("OPTIONS", to_us="urn:service:sos"), set()),
    ("416 OPTIONS", asked("OPTIONS", to_us="sips:101@192.0.2.1"), set()),
]  # fmt: skip
CAPABILITY = {
    "Allow", "Supported", "Accept", "Accept-Encoding", "Accept-Language", "Unsupported",
}  # fmt: skip


@pytest.mark.parametrize("prack", list(Prack))
@pytest.mark.parametrize(
    ("name", "made", "carries"), TABLE, ids=[f"{n}-{row[0]}" for n, row in enumerate(TABLE)]
)
def test_each_message_says_what_the_table_says(
    name: str, made: Made, carries: set[str], prack: Prack
) -> None:
    """HB-09, B26, faults A01 and A03: honest, whichever extension is on."""
    bench = Bench(prack=prack)
    message = made(bench, bench.registers())
    assert name_of(message) == name
    assert {header for header in CAPABILITY if header in message.headers} == carries
    if "Allow" in carries:
        assert message.headers.get("Allow") == METHODS[prack]
    if "Supported" in carries:
        assert set(message.supported) == EXTENSIONS[prack]
    if "Accept" in carries:
        assert message.headers.get("Accept") == "application/sdp"


@pytest.mark.parametrize("prack", list(Prack))
def test_what_is_required_of_the_peer_is_what_we_support(prack: Prack) -> None:
    """PR-06: Require only if 100rel is insisted on; and never what we cannot do ourselves."""
    bench = Bench(prack=prack)
    sent = invite(bench, bench.registers())
    assert set(sent.require) == ({"100rel"} if prack is Prack.REQUIRED else set())
    assert set(sent.require) <= set(sent.supported)


@pytest.mark.parametrize("prack", list(Prack))
@pytest.mark.parametrize("tag", ["199", "timer", "100rel", "replaces", "path"])
def test_a_tag_is_refused_if_and_only_if_it_is_not_supported(prack: Prack, tag: str) -> None:
    """B26, PR-06: 420 and Supported are two sides of one list."""
    bench = Bench(prack=prack)
    token = bench.registers()
    uri = f"sip:{token}@192.0.2.1"
    bench.brings(bench.request("INVITE", uri, more=(CONTACT, ("Require", tag)), body=OFFER))
    refused = [name_of(m) for m in bench.wire] == ["420 INVITE"]
    assert refused is (tag not in EXTENSIONS[prack])


@pytest.mark.parametrize("prack", list(Prack))
@pytest.mark.parametrize("method", METHODS[Prack.REQUIRED].split(", "))
def test_a_method_is_refused_with_405_if_and_only_if_it_is_not_allowed(
    prack: Prack, method: str
) -> None:
    bench = Bench(prack=prack)
    ack: Any = talking(bench, bench.registers())
    bench.clears()
    more = (CONTACT, ("RAck", "1 1 INVITE"))
    bench.brings(bench.request(method, US, **swapped(ack, 1), more=more))
    refused = f"405 {method}" in [name_of(m) for m in bench.wire]
    assert refused is (method not in METHODS[prack].split(", "))


@pytest.mark.parametrize(
    ("uri", "line"), [("tel:102", 2), ("tel:1-0-1;phone-context=dom", 1), ("sip:102@dom", 2)]
)
def test_a_line_may_be_meant_by_a_tel_uri(uri: str, line: int) -> None:
    """Lab only (contact_token = false): the number says which line, however it is written."""
    bench = Bench(contact_token=False)
    bench.registers()
    bench.brings(bench.request("INVITE", uri, more=(CONTACT,), body=OFFER))
    offered: Offered = bench.last(Offered)
    assert offered.line == line


def test_a_tel_uri_has_no_token_and_so_no_answer() -> None:
    """Default deny: as any other INVITE that did not come by a Contact of ours."""
    bench = Bench()
    bench.registers()
    bench.brings(bench.request("INVITE", "tel:101", more=(CONTACT,), body=OFFER))
    bench.gets()
    assert len(bench.dropped) == 1
