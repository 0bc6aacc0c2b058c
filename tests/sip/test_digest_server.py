"""Digest authentication, the asking side, and how challenges are read."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import SipError
from firmware.sip.challenge import Credentials, read_challenges, read_list
from firmware.sip.digest import Authenticator, Outcome, Tries, digest_response
from firmware.sip.digest_server import MAX_NONCES, DigestServer, Verdict
from firmware.sip.message import Headers, parse
from tests.sip.wire import raw

PASSWORDS = {"101": "secret", "102": "中文"}


def server(*algorithms: str) -> DigestServer:
    return DigestServer(
        'lab "1"', b"key", PASSWORDS.get, algorithms=algorithms or ("SHA-256", "MD5")
    )


def client(user: str = "101", password: str | None = None) -> Authenticator:
    numbers = count()
    secret = PASSWORDS[user] if password is None else password
    return Authenticator(user, secret, cnonce=lambda: f"cnonce{next(numbers)}")


def answered(
    asked: DigestServer, asking: Authenticator, now: float = 0.0
) -> tuple[Credentials, ...]:
    found = read_challenges(Headers([("WWW-Authenticate", v) for v in asked.challenges(now)]))
    assert asking.challenged(found, (), Tries()) is Outcome.RETRY
    return again(asking)


def again(asking: Authenticator) -> tuple[Credentials, ...]:
    lines = asking.credentials("REGISTER", "sip:lab", b"body")
    return tuple(Credentials.parse(value) for _, value in lines)


REQUEST = ("REGISTER", "sip:lab", b"body")


@pytest.mark.parametrize(
    "algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"]
)
@pytest.mark.parametrize("user", sorted(PASSWORDS))
def test_the_right_password_is_accepted(algorithm: str, user: str) -> None:
    asked, asking = server(algorithm), client(user)
    assert asked.verify(answered(asked, asking), REQUEST, 1.0) == (Verdict.ACCEPTED, user)
    assert asked.verify(again(asking), REQUEST, 2.0) == (Verdict.ACCEPTED, user)


def test_both_algorithms_are_offered_the_stronger_first() -> None:
    found = read_challenges(
        Headers([("WWW-Authenticate", v) for v in server().challenges(0.0, stale=True)])
    )
    assert [(c.realm, c.algorithm, c.stale) for c in found] == [
        ('lab "1"', "sha-256", True),
        ('lab "1"', "md5", True),
    ]


def test_what_is_wrong_is_refused() -> None:
    asked = server()
    (right,) = answered(asked, client())
    wrong = answered(asked, client(password="other"))
    assert asked.verify(wrong, REQUEST, 0.0) == (Verdict.REFUSED, "101")
    for method, uri, body in [("INVITE", "sip:lab", b""), ("REGISTER", "sip:other", b"")]:
        assert asked.verify((right,), (method, uri, body), 0.0)[0] is Verdict.REFUSED
    text = str(right)
    for old, new in [
        ('username="101"', 'username="103"'),
        ("SHA-256", "MD5"),
        ("SHA-256", "SHA-1"),
        ("qop=auth", "qop=odd"),
        (right.response, "\u20ac"),
        (right.response, ""),
    ]:
        changed = Credentials.parse(text.replace(old, new))
        assert asked.verify((changed,), REQUEST, 0.0)[0] is Verdict.REFUSED


def test_credentials_of_another_realm_do_not_count() -> None:
    other = DigestServer("other", b"key", PASSWORDS.get)
    assert server().verify(answered(other, client()), REQUEST, 0.0) == (Verdict.ABSENT, "")
    assert server().verify((), REQUEST, 0.0) == (Verdict.ABSENT, "")


def test_an_old_forged_or_used_nonce_is_stale() -> None:
    asked, asking = server(), client()
    first = answered(asked, asking, 10.0)
    assert asked.verify(first, REQUEST, 311.0)[0] is Verdict.STALE
    assert asked.verify(first, REQUEST, 9.0)[0] is Verdict.STALE
    assert asked.verify(first, REQUEST, 310.0)[0] is Verdict.ACCEPTED
    assert asked.verify(first, REQUEST, 310.0)[0] is Verdict.STALE
    forged = DigestServer('lab "1"', b"other key", PASSWORDS.get)
    assert asked.verify(answered(forged, client()), REQUEST, 0.0)[0] is Verdict.STALE


@pytest.mark.parametrize("nonce", ["", ".", "zz.zz", "\u20ac", "\udcff", "1_0.5", "0.", "-1.0"])
def test_no_nonce_however_odd_is_more_than_stale(nonce: str) -> None:
    challenge = read_challenges(
        Headers([("WWW-Authenticate", f'Digest realm="lab \\"1\\"", nonce="{nonce or "x"}"')])
    )
    asking = client()
    asking.challenged(challenge, (), Tries())
    assert server().verify(again(asking), REQUEST, 0.0)[0] is Verdict.STALE


@pytest.mark.parametrize("nc", ["", "1", "0000000g", "+0000001", "0_000001", "00000000"])
def test_a_nonce_count_that_is_none_is_stale(nc: str) -> None:
    asked = server("MD5")
    challenge = asked.challenges(0.0)[0]
    (known,) = read_challenges(Headers([("WWW-Authenticate", challenge)]))
    response = digest_response(
        "MD5",
        secret=("101", known.realm, "secret"),
        nonce=known.nonce,
        request=REQUEST,
        qop="auth",
        nc=nc,
        cnonce="c",
    )
    given = Credentials(
        "101", known.realm, known.nonce, "sip:lab", response, "MD5", "c", None, "auth", nc
    )
    assert asked.verify((given,), REQUEST, 0.0)[0] is Verdict.STALE


def test_the_digest_uri_may_be_written_otherwise_if_it_means_the_same() -> None:
    asked, asking = server(), client()
    given = answered(asked, asking)
    assert asked.verify(given, ("REGISTER", "sip:LAB", b"body"), 0.0)[0] is Verdict.ACCEPTED
    assert asked.verify(again(asking), ("REGISTER", "x", b"body"), 0.0)[0] is Verdict.REFUSED


def test_an_answer_in_the_manner_of_rfc_2069_is_accepted_as_often_as_it_comes() -> None:
    asked, asking = server("MD5"), client()
    legacy = asked.challenges(0.0)[0].replace(' qop="auth,auth-int",', "")
    asking.challenged(read_challenges(Headers([("WWW-Authenticate", legacy)])), (), Tries())
    for _ in range(2):
        assert asked.verify(again(asking), REQUEST, 0.0)[0] is Verdict.ACCEPTED


def test_the_memory_for_nonces_is_bounded_and_keeps_the_latest() -> None:
    asked, asking = server("MD5"), client()
    for n in range(MAX_NONCES + 1):
        given = answered(asked, asking, n / 100)
        assert asked.verify(given, REQUEST, n / 100)[0] is Verdict.ACCEPTED
    assert asked.verify(given, REQUEST, n / 100)[0] is Verdict.STALE


# how credentials and challenges are read


def test_credentials_are_read_quoted_or_not() -> None:
    line = (
        'Digest username="a\\"b",realm=r , nonce="n",uri="sip:x" ,response=0, algorithm="MD5",'
        ' NC=00000001, qop="auth", cnonce=c, unknown="x, y"'
    )
    (given,) = parse(raw(f"Authorization: {line}")).credentials
    assert (given.username, given.realm, given.algorithm) == ('a"b', "r", "MD5")
    assert (given.nc, given.qop, given.cnonce, given.opaque) == ("00000001", "auth", "c", None)
    assert given.header == "Authorization"
    assert Credentials.parse(line, proxy=True).header == "Proxy-Authorization"
    assert parse(raw(f"Proxy-Authorization: {line}")).credentials[0].proxy


@pytest.mark.parametrize(
    "line",
    [
        "Digest",
        'Digest username="a"',
        'Digest username="a, realm="r", nonce="n", uri="u", response="0"',
        'Digest username="a" realm="r", nonce="n", uri="u", response="0"',
    ],
)
def test_broken_credentials_are_refused(line: str) -> None:
    with pytest.raises(SipError):
        Credentials.parse(line)


def test_schemes_with_other_syntax_do_not_hide_a_digest() -> None:
    lines = ["Negotiate abcd==, Digest realm=r, nonce=n==", "NTLM, Basic realm=x, Digest nonce=m"]
    assert [(s, dict(v)) for s, v in read_list(lines)] == [
        ("negotiate", {"": "abcd=="}),
        ("digest", {"realm": "r", "nonce": "n=="}),
        ("ntlm", {}),
        ("basic", {"realm": "x"}),
        ("digest", {"nonce": "m"}),
    ]


def test_of_two_values_the_first_counts() -> None:
    (found,) = read_challenges(Headers([("WWW-Authenticate", "Digest nonce=a, nonce=b")]))
    assert found.nonce == "a"


def test_more_than_16_challenges_are_refused() -> None:
    with pytest.raises(SipError):
        read_list(["Digest nonce=n"] * 17)


@given(st.text("Digest realm=\"ab, c\\'\t", max_size=60) | st.text(max_size=40))
def test_any_text_is_a_list_of_challenges_or_a_sip_error(text: str) -> None:
    with suppress(SipError):
        read_list([text])
    with suppress(SipError):
        Credentials.parse(text)
