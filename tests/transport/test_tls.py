"""Whom we believe (row C10, RFC 5922), when (C11), and what is said of the others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from firmware.sip.events import Transport
from firmware.transport.tls import Files, TlsError, Trust, identities, mistakes
from tests.certificates import Authority, Certificate, signed_by_itself
from tests.transport.party import DOMAIN, HOST, MESSAGE, OK, PATIENCE, Party, descriptors, security

Story = Callable[[], Coroutine[Any, Any, None]]
ADDRESS = "192.0.2.10"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def trust(authority: Authority) -> Trust:
    return Trust(Files(str(authority.ca)), DOMAIN)


def run(story: Story) -> None:
    asyncio.run(asyncio.wait_for(story(), 2 * PATIENCE))


def certificate(*names: tuple[str, str]) -> dict[str, Any]:
    """As `getpeercert` tells of it."""
    return {"subjectAltName": names, "subject": ((("commonName", DOMAIN),),)}


@pytest.mark.parametrize(
    "names",
    [
        (("DNS", DOMAIN),),
        (("DNS", "IMS.Example.NET."),),
        (("DNS", "other.example"), ("DNS", DOMAIN)),
        (("URI", f"sip:{DOMAIN}"),),
        (("URI", f"sips:{DOMAIN};transport=tls"),),
    ],
)
def test_a_server_certified_for_our_domain_is_believed(
    trust: Trust, names: tuple[tuple[str, str], ...]
) -> None:
    trust.check(certificate(*names), "", ADDRESS)
    trust.check(certificate(*names), "sbc1.example.net", ADDRESS)


@pytest.mark.parametrize(
    "names",
    [
        (),
        (("DNS", "other.example"),),
        (("DNS", "*.example.net"),),  # RFC 5922 section 7.2
        (("DNS", f"{DOMAIN}\0.evil.example"),),
        (("DNS", f"evil.{DOMAIN}"),),
        (("URI", f"sip:alice@{DOMAIN}"),),  # a person's (section 7.1)
        (("URI", f"https://{DOMAIN}"),),
        (("email", f"x@{DOMAIN}"),),
        (("IP Address", "192.0.2.11"),),
    ],
)
def test_c10_who_is_certified_for_something_else_is_not(
    trust: Trust, names: tuple[tuple[str, str], ...]
) -> None:
    """The common name says our domain each time, and counts for nothing."""
    with pytest.raises(TlsError, match="is made out to"):
        trust.check(certificate(*names), "", ADDRESS)


def test_the_name_in_the_configuration_counts_too_and_an_address_only_without_one(
    trust: Trust,
) -> None:
    trust.check(certificate(("DNS", "sbc1.example.net")), "sbc1.example.net", ADDRESS)
    trust.check(certificate(("IP Address", ADDRESS)), "", ADDRESS)
    trust.check(certificate(("IP Address", "2001:DB8::1")), "", "2001:db8::1")
    with pytest.raises(TlsError):
        trust.check(certificate(("IP Address", ADDRESS)), "sbc1.example.net", ADDRESS)


def test_no_certificate_is_nobody() -> None:
    assert list(identities({})) == []


def test_c11_while_the_clock_is_not_set_nothing_is_judged(authority: Authority) -> None:
    trust = Trust(Files(str(authority.ca)), DOMAIN, clock=lambda: 1000.0)
    with pytest.raises(TlsError, match="the clock says 1970-01-01: no certificate can be judged"):
        _ = trust.client


def test_no_version_before_1_2_is_spoken(trust: Trust) -> None:
    assert trust.client.minimum_version is ssl.TLSVersion.TLSv1_2
    assert trust.client.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("named", [f"DNS:{DOMAIN}", f"URI:sip:{DOMAIN}", f"IP:{HOST}"])
def test_messages_go_both_ways_by_tls(authority: Authority, named: str) -> None:
    own = authority.certifies("server", named)

    async def story() -> None:
        tls = security(authority, own)
        async with (
            Party(Transport.TLS, tls=tls) as server,
            Party(Transport.TLS, tls=security(authority)) as house,
        ):
            house.wire.send(MESSAGE, server.at)
            data, source = await server.next("received")
            assert data == MESSAGE
            server.wire.send(OK, source)
            assert await house.next("received") == (OK, server.at)
            with pytest.raises(ConnectionRefusedError):  # it has nothing to show, so no listener
                await asyncio.open_connection(house.at.host, house.at.port)

    run(story)


def refused(authority: Authority, shown: Certificate) -> str:
    """Why a server that shows this gets not one byte."""
    reasons: list[str] = []

    async def story() -> None:
        async with (
            Party(Transport.TLS, tls=security(authority, shown)) as server,
            Party(Transport.TLS, tls=security(authority)) as house,
        ):
            house.wire.send(MESSAGE, server.at)
            _, reason = await house.next("failed")
            assert await house.next("standing") == (server.at, reason)
            assert server.silent("received")
            reasons.append(reason)

    run(story)
    return reasons[0]


def test_l64_handshakes_that_fail_leave_no_descriptor_behind(authority: Authority) -> None:
    shown = authority.certifies("never", f"DNS:{DOMAIN}", days=-1)
    counts: list[int] = []

    async def story() -> None:
        async with Party(Transport.TLS, tls=security(authority)) as house:
            for number in range(12):
                host = f"127.0.0.{2 + number}"
                async with Party(Transport.TLS, host, security(authority, shown)) as server:
                    house.wire.send(MESSAGE, server.at)
                    await house.next("failed")
                    await server.next("refused")
                counts.append(descriptors())

    run(story)
    assert max(counts[2:]) <= counts[1] + 2


def test_c10_expired_is_refused_and_our_own_date_is_said(authority: Authority) -> None:
    words = refused(authority, authority.certifies("old", f"DNS:{DOMAIN}", days=-1))
    assert words.startswith("its certificate: it has expired (our clock says 20")


def test_c10_not_yet_valid_is_refused_and_our_own_date_is_said(authority: Authority) -> None:
    words = refused(authority, authority.certifies_from_2090("early", f"DNS:{DOMAIN}"))
    assert words.startswith("its certificate: it is not valid yet (our clock says 20")


def test_c10_signed_by_itself_is_refused(authority: Authority, tmp_path: Path) -> None:
    words = refused(authority, signed_by_itself(tmp_path, "alone", f"DNS:{DOMAIN}"))
    assert words == "its certificate: it is signed by itself, and ca_file does not hold it"


def test_c10_another_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    words = refused(authority, other.certifies("server", f"DNS:{DOMAIN}"))
    assert words == "its certificate: its issuer is not among the authorities of ca_file"


def test_c10_another_name_is_refused(authority: Authority) -> None:
    words = refused(authority, authority.certifies("elsewhere", "DNS:other.example"))
    assert words == (f"its certificate is made out to other.example, not to {HOST} or {DOMAIN}")


def test_c10_a_server_without_tls_is_not_spoken_to_without(authority: Authority) -> None:
    async def story() -> None:
        async with (
            Party(Transport.TCP) as server,
            Party(Transport.TLS, tls=security(authority)) as house,
        ):
            there = server.at.__class__(HOST, server.at.port, Transport.TLS)
            house.wire.send(MESSAGE, there)
            _, reason = await house.next("failed")
            assert "TLS" in reason
            assert server.silent("received")

    run(story)


def test_a_peer_that_says_something_else_than_tls_is_sent_away(authority: Authority) -> None:
    own = authority.certifies("server2", f"DNS:{DOMAIN}")

    async def story() -> None:
        async with Party(Transport.TLS, tls=security(authority, own)) as server:
            _, writer = await asyncio.open_connection(HOST, server.at.port)
            writer.write(MESSAGE)
            _, why = await server.next("refused")
            assert why.startswith("connection: ")
            assert server.silent("received")
            writer.close()

    run(story)


def test_files_that_cannot_be_used_are_told_by_key_and_reason(
    authority: Authority, tmp_path: Path
) -> None:
    own = authority.certifies("own", f"DNS:{DOMAIN}")
    other = authority.certifies("another", f"DNS:{DOMAIN}")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing\n")
    ca = str(authority.ca)
    for files, key, words in (
        (Files("/no/such"), "ca_file", "/no/such: No such file or directory"),
        (Files(str(empty)), "ca_file", "no certificates in it"),
        (Files(str(own.cert)), "ca_file", "none of its certificates is an authority's"),
        (Files(ca, "", str(own.key)), "key_file", "a key without cert_file"),
        (Files(ca, str(own.cert), "/no/key"), "key_file", "/no/key: No such file"),
        (Files(ca, str(own.cert), str(other.key)), "key_file", f"not the key of {own.cert}"),
        (Files(ca, str(own.cert)), "cert_file", "no certificate with its key in it"),
        (Files(ca, str(empty), str(own.key)), "cert_file", "no certificate with its key in it"),
    ):
        ((found, reason),) = mistakes(files)
        assert found == key
        assert words in reason
    assert list(mistakes(Files(ca, str(own.cert), str(own.key)))) == []
