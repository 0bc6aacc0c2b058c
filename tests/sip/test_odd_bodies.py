"""Bodies that are legal and rare: what has to be understood, and what may be left (RFC 5621)."""

from __future__ import annotations

import pytest

from firmware.sip.events import MediaChanged, Offered
from firmware.sip.message import Headers, Request
from tests.sip.bench import OFFER, Bench
from tests.sip.talking import Talk

OTHER = OFFER.replace(b"20000", b"11111")
MIXED = "multipart/mixed;boundary=b"
OPTIONAL = 'signal; Handling="Optional"'
REQUIRED = "signal;handling=required"


def part(kind: str, body: bytes, disposition: str = "") -> bytes:
    lines = f"\r\n--b\r\nContent-Type: {kind}\r\n"
    if disposition:
        lines += f"Content-Disposition: {disposition}\r\n"
    return lines.encode() + b"\r\n" + body


def mixed(*parts: bytes) -> bytes:
    return b"".join(parts) + b"\r\n--b--\r\n"


def bearing(request: Request, body: bytes, kind: str, disposition: str = "") -> Request:
    """The same request with that body."""
    lines = [*request.headers.items(), ("Content-Type", kind)]
    if disposition:
        lines.append(("Content-Disposition", disposition))
    return Request(request.method, request.uri, Headers(lines), body)


def invited(body: bytes, kind: str, disposition: str = "") -> Bench:
    bench = Bench()
    token = bench.registers()
    bare = bench.request("INVITE", f"sip:{token}@192.0.2.1:5060")
    bench.brings(bearing(bare, body, kind, disposition))
    return bench


@pytest.mark.parametrize("kind", ["application/isup;version=itu-t", "text/plain"])
def test_a_body_that_may_be_left_is_as_good_as_none(kind: str) -> None:
    """RFC 3261 sections 8.2.3 and 20.11: the offer is ours then."""
    offered: Offered = invited(b"\x01\x00", kind, OPTIONAL).last(Offered)
    assert offered.media is None


@pytest.mark.parametrize("disposition", ["", REQUIRED, "signal"])
def test_a_body_that_may_not_be_left_is_refused(disposition: str) -> None:
    """RFC 3261 section 20.11: without a word it is required."""
    invited(b"x", "application/isup", disposition).gets("415 INVITE")


def test_beside_a_description_only_what_is_required_is() -> None:
    """RFC 5621 section 3.3; who says nothing of a part is taken to mean well."""
    described = part("application/sdp", OFFER)
    for disposition in ["", OPTIONAL, "render"]:
        body = mixed(part("application/isup", b"\x01", disposition), described)
        assert invited(body, MIXED).last(Offered).media.port == 20000
    body = mixed(described, part("application/x-unknown", b"?", REQUIRED))
    invited(body, MIXED).gets("415 INVITE")


def test_parts_without_a_description_may_all_be_left() -> None:
    body = mixed(part("text/plain", b"a", OPTIONAL), part("image/png", b"b", OPTIONAL))
    assert invited(body, MIXED).last(Offered).media is None
    body = mixed(part("text/plain", b"a", OPTIONAL), part("image/png", b"b"))
    invited(body, MIXED).gets("415 INVITE")


def test_the_description_of_early_media_is_not_that_of_the_session() -> None:
    """RFC 3959 section 4: it stands beside it, or before it."""
    early = part("application/sdp", OTHER, "early-session")
    session = part("application/sdp", OFFER, "Session ;handling=required")
    assert invited(mixed(early, session), MIXED).last(Offered).media.port == 20000
    invited(OFFER, "application/sdp", "early-session").gets("415 INVITE")


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_in_a_call_it_is_the_same(method: str) -> None:
    """RFC 3261 section 14.2, RFC 3311 section 5.2: what may be left changes nothing."""
    talk = Talk(ours=False)
    bench = talk.bench
    bare = bench.request(method, "sip:x@192.0.2.1:5060", **talk.next_names())
    bench.brings(bearing(bare, b"x", "text/plain", REQUIRED))
    bench.gets(f"415 {method}")
    bare = bench.request(method, "sip:x@192.0.2.1:5060", **talk.next_names())
    bench.brings(bearing(bare, b"x", "text/plain", OPTIONAL))
    ok = bench.one(f"200 {method}")
    if method == "INVITE":
        assert b"m=audio" in ok.body, "they made no offer, so it is ours"
        talk.acks(ok, OFFER)
        bench.last(MediaChanged)
    else:
        assert not ok.body
    bench.hears()
