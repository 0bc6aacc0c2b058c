"""RFC 5118 at an agent that lives in an IPv6 network, message by message (A03, sip 2.5)."""

from __future__ import annotations

import re

import pytest

from firmware.sip.events import Accept, Address, LocalMedia, Offered, Send, Server
from firmware.sip.message import Request, parse
from firmware.sip.sdp import plan_from_answer
from firmware.sip.uri import SipUri
from tests.hostile import ipv6
from tests.hostile.scene import Scene, answered, dropped, statuses

PROXY = Address("2001:db8::9:1", 5060)
US = Address("2001:db8::10", 5060)
SETTINGS = {"local": US, "servers": (Server("2001:db8::9:1"),)}


def scene() -> Scene:
    """Registered by the answers of a server that the bench takes for another; no matter."""
    return Scene(**SETTINGS, any_source=True)


def addressed(data: bytes, token: str) -> bytes:
    return re.sub(rb"\AINVITE [^ ]+", f"INVITE sip:{token}@{US}".encode(), data)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (ipv6.REFERENCE, 405),
        (ipv6.PORT_INSIDE, 405),
        (ipv6.PORT_OUTSIDE, 405),
        (ipv6.RECEIVED_BRACKETED, 481),
        (ipv6.RECEIVED_BARE, 200),
        (ipv6.MANY_IN_HEADERS, 481),
        (ipv6.THREE_COLONS, 200),
    ],
    ids=[
        "4.1 reference",
        "4.3 port inside",
        "4.4 port outside",
        "4.5.1 received in brackets",
        "4.5.2 received without",
        "4.7 many in headers",
        "4.10 three colons",
    ],
)
def test_a_request_gets_its_answer_where_it_came_from(data: bytes, status: int) -> None:
    outputs = scene().throws(data, PROXY)
    assert statuses(outputs) == [status]
    (send,) = [o for o in outputs if isinstance(o, Send)]
    assert send.target.host == PROXY.host


def test_an_address_without_brackets_is_no_host() -> None:
    """4.2."""
    outputs = scene().throws(ipv6.NO_BRACKETS, PROXY)
    assert statuses(outputs) == [400]
    assert dropped(outputs)


def test_digits_inside_the_brackets_are_no_port() -> None:
    """4.3 and 4.4."""
    hosts = []
    for data in (ipv6.PORT_INSIDE, ipv6.PORT_OUTSIDE):
        request = parse(data)
        assert isinstance(request, Request)
        assert isinstance(request.target, SipUri)
        hosts.append((request.target.address, request.target.port))
    assert hosts == [("2001:db8::10:5070", None), ("2001:db8::10", 5070)]


def test_an_answer_echoes_every_hop_as_it_was() -> None:
    """4.7."""
    answer = answered(scene().throws(ipv6.MANY_IN_HEADERS, PROXY))
    assert answer.headers.all("Via") == parse(ipv6.MANY_IN_HEADERS).headers.all("Via")


@pytest.mark.parametrize(
    ("data", "source", "host"),
    [
        (ipv6.SDP, PROXY, "2001:db8::20"),
        (ipv6.MAPPED, Address("::ffff:192.0.2.10", 19823), "192.0.2.2"),
    ],
    ids=["4.6 SDP", "4.9 mapped"],
)
def test_an_invite_rings_and_voice_goes_where_its_description_says(
    data: bytes, source: Address, host: str
) -> None:
    house = scene()
    outputs = house.throws(addressed(data, house.token), source)
    offered = outputs[-1]
    assert isinstance(offered, Offered)
    assert offered.media is not None
    assert offered.media.host in {host, f"::ffff:{host}"}
    media = LocalMedia(US.host, 20000)
    accepted = house.bench.agent.feed(Accept(offered.call, media), house.bench.now)
    ok = answered([o for o in accepted if isinstance(o, Send)])
    assert b"c=IN IP6 2001:db8::10\r\n" in ok.body
    theirs = parse(addressed(data, house.token)).body
    assert plan_from_answer(theirs, ok.body).host == US.host


def test_voice_by_ipv4_beside_pictures_by_ipv6_is_taken_by_who_has_ipv4() -> None:
    """4.8: our voice would not get there from an IPv6 network, and that is what 488 says."""
    house = scene()
    refused = answered(house.throws(addressed(ipv6.MANY_IN_SDP, house.token), PROXY))
    assert refused.status == 488
    assert (refused.headers.get("Warning") or "").startswith("300 ")
    house = Scene()
    offered = house.throws(addressed(ipv6.MANY_IN_SDP, house.token))[-1]
    assert isinstance(offered, Offered)
    assert offered.media is not None
    assert offered.media.host == "192.0.2.1"


def test_the_whole_torture_comes_to_an_agent_of_ipv4_too() -> None:
    house = Scene()
    for data in (value for name, value in vars(ipv6).items() if name.isupper()):
        if isinstance(data, bytes):
            house.throws(data)
    house.settles()
