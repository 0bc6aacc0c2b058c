"""RFC 4475 at the embedded exchange: the registrar's column of the verdicts, and a proxy's.

Whoever asks for something is asked who he is first; a REGISTER is then sent again with
credentials, which is where the registrar's verdict falls.
"""

from __future__ import annotations

import random
import re

import pytest

from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.sip.digest import digest_response
from firmware.sip.events import Address, Datagram, TransportFailed
from firmware.sip.grammar import quoted
from firmware.sip.message import Request, Response, parse
from tests.hostile.scene import status_of
from tests.sip.torture import MESSAGES

PHONE = Address("192.0.2.2", 5060)
NULLS = "null-\0-null"
SILENCE = ["unreason", "noreason", "scalarlg", "bigcode", "bcast"]
AT_THE_DOOR = {
    400: (
        "badinv01 clerr ncl scalar02 quotbal ltgtruri lwsruri lwsstart trws escruri regbadct"
        " badaspec baddn mismatch01 mismatch02 insuf multi01 mcl01 unksm2"
    ),
    401: "escnull dblreq regaut01 cparam01 cparam02 regescrt",
    407: (
        "intmeth esc01 esc02 lwsdisp longreq semiuri transports mpart01 baddate badbranch invut"
        " sdp01 inv2543"
    ),
    416: "unkscm novelsc",
    420: "bext01",
    481: "wsinv",
    483: "zeromf",
    505: "badvers",
}
VERDICTS = [(name, status) for status, names in AT_THE_DOOR.items() for name in names.split()]
REGISTERED = {
    "escnull": (NULLS, ["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"]),
    "dblreq": ("j.user", ["sip:j.user@host.example.com"]),
    "cparam01": ("watson", ["sip:+19725552222@gw1.example.net"]),
    "cparam02": ("watson", ["sip:+19725552222@gw1.example.net;unknownparam"]),
    "regescrt": ("watson", ["sip:user@example.com?Route=%3Csip:sip.example.com%3E"]),
    "regaut01": ("j.user", []),
}


def exchange() -> Exchange:
    users = dict.fromkeys(("user", "j.user", "watson", NULLS), "secret")
    settings = ExchangeSettings(Address("192.0.2.9", 5060), "example.com", users)
    dice = random.Random(1)  # noqa: S311  reproducible on purpose
    return Exchange(settings, b"s" * 32, dice)


def with_credentials(data: bytes, challenged: Response, user: str) -> bytes:
    """The same REGISTER once more, from somebody who knows the password."""
    challenge = next(c for c in challenged.challenges if c.algorithm == "md5")
    request = parse(data)
    assert isinstance(request, Request)
    response = digest_response(
        "MD5",
        secret=(user, challenge.realm, "secret"),
        nonce=challenge.nonce,
        request=("REGISTER", request.uri, b""),
    )
    line = (
        f"Authorization: Digest username={quoted(user)}, realm={quoted(challenge.realm)},"
        f' nonce="{challenge.nonce}", uri="{request.uri}", response="{response}"\r\n'
    ).encode()
    start, _, rest = data.partition(b"\r\n")
    rest = re.sub(rb"Authorization: NoOne[^\r]*\r\n", b"", rest)
    return start + b"\r\n" + line + rest.replace(b"branch=z9hG4bK", b"branch=z9hG4bKagain", 1)


def test_every_message_has_its_verdict() -> None:
    assert sorted([*SILENCE, *(name for name, _ in VERDICTS)]) == sorted(MESSAGES)


@pytest.mark.parametrize(("name", "status"), VERDICTS)
def test_a_request_gets_its_answer(name: str, status: int) -> None:
    sends = exchange().feed(Datagram(MESSAGES[name].data, PHONE), 0.0)
    assert [status_of(send.data) for send in sends] == [status]
    assert sends[0].target.host == PHONE.host


@pytest.mark.parametrize("name", SILENCE)
def test_a_response_that_answers_nothing_is_dropped(name: str) -> None:
    assert exchange().feed(Datagram(MESSAGES[name].data, PHONE), 0.0) == []


@pytest.mark.parametrize("name", REGISTERED)
def test_an_odd_but_valid_register_is_taken_from_who_knows_the_password(name: str) -> None:
    user, contacts = REGISTERED[name]
    house = exchange()
    challenged = parse(house.feed(Datagram(MESSAGES[name].data, PHONE), 0.0)[0].data)
    assert isinstance(challenged, Response)
    again = with_credentials(MESSAGES[name].data, challenged, user)
    (ok,) = house.feed(Datagram(again, PHONE), 0.1)
    assert status_of(ok.data) == 200
    assert [b.contact for b in house.registrar.bindings(user, 0.1)][::-1] == contacts


def test_it_knows_what_a_proxy_is_required_to_do() -> None:
    """420 names what was required of proxies (RFC 3261 section 16.3 step 5)."""
    (refused,) = exchange().feed(Datagram(MESSAGES["bext01"].data, PHONE), 0.0)
    message = parse(refused.data)
    assert message.tokens("Unsupported") == ("noproxiessupportthis", "nordoanyproxiessupportthis")


def test_the_whole_torture_leaves_nothing_behind() -> None:
    house = exchange()
    for number, torture in enumerate(MESSAGES.values()):
        house.feed(Datagram(torture.data, PHONE), number * 0.1)
    house.feed(TransportFailed(PHONE, "unreachable"), 5.0)
    while house.deadline is not None:
        house.tick(house.deadline)
    assert len(house._transactions) == 0
    assert house.registrar.all(0.0) == {}
