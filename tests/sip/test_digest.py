"""Digest authentication, the answering side: vectors, choice, nonces, limits."""

from __future__ import annotations

from itertools import count

import pytest

from firmware.sip.challenge import Challenge, Credentials, read_challenges
from firmware.sip.digest import (
    ALGORITHMS,
    Authenticator,
    Outcome,
    Tries,
    digest_response,
    strongest,
)
from firmware.sip.message import Headers

USER = ("1001", "example.com", "secret")
REGISTER = ("REGISTER", "sip:example.com", b"")

PEERS = "127.0.0.77"
MEASURED = [
    (
        "1001",
        "REGISTER sip:127.0.0.77:25060",
        "awKPB2sCjdugMzQ2kdNbBcNhGSGbtrVNYU4BQYA=",
        "aFQ19JHTtE96MwzA8Ro.0ZOk7kBXtM.A",
        "cf9164ae6bfd7bef2133604526a8560d",
    ),
    (
        "1001",
        "INVITE sip:1002@127.0.0.77:25060",
        "awKPCGsCjdzzh9YW493khXNimiVxyBbQYU4DQ4A=",
        "L.Z6JHoppx8l2iY4rCkrL5eYXGXDquFR",
        "48102f78a038ac22eebdc61156db3f3f",
    ),
    (
        "1001",
        "REGISTER sip:127.0.0.77:25060",
        "awKPDGsCjeCZaLomAq/p0tpe/lKclpIXYU4ERIA=",
        "aFQ19JHTtE96MwzA8Ro.0ZOk7kBXtM.A",
        "022448198200c3026dd3c0d081362175",
    ),
    (
        "1004",
        "REGISTER sip:127.0.0.77:25060",
        "awKQLGsCjwA0KWKbIsxNJd21i/Ss2Ch7ARktSYA=",
        "6b8b4567",
        "cc82328939d4d7458c18c5e5dab002fb",
    ),
]


@pytest.mark.parametrize(
    ("algorithm", "qop", "response"),
    [
        ("MD5", None, "0250818b2199b4ca308fd818a81176c2"),
        ("MD5", "auth", "7915c2efabaf29b8b59fd2559a35ef79"),
        ("MD5-sess", "auth", "27c7ee19ffc10b51bc86ae3b8ce675c7"),
        ("MD5", "auth-int", "1a3fcda4f9e148eec5c0eae56249c2d3"),
        ("SHA-256", "auth", "51b3d4e93030812f8751a2a6f4c5c058ff24930ad141f71d7e6d4a4bf9621837"),
        (
            "sha-256-SESS",
            "auth",
            "198cb7ef0c03dfd0fee2fd9a30372b83efd0043d0ccefb77c1f9e410fac7b303",
        ),
        (
            "SHA-512-256",
            "auth",
            "41697b7951d170aca86e05300ad3b456c4b5dfe2ded056d5ea9ecb8d4fd8d1a7",
        ),
    ],
)
def test_every_algorithm_and_qop_gives_its_known_response(
    algorithm: str, qop: str | None, response: str
) -> None:
    assert response == digest_response(
        algorithm,
        secret=USER,
        nonce="0123456789abcdef",
        request=REGISTER,
        qop=qop,
        nc="00000001",
        cnonce="fedcba9876543210",
    )


@pytest.mark.parametrize(("user", "line", "nonce", "cnonce", "response"), MEASURED)
def test_vectors_taken_from_other_agents(
    user: str, line: str, nonce: str, cnonce: str, response: str
) -> None:
    method, _, uri = line.partition(" ")
    assert response == digest_response(
        "MD5",
        secret=(user, PEERS, f"pw-{user}"),
        nonce=nonce,
        request=(method, uri, b""),
        qop="auth",
        nc="00000001",
        cnonce=cnonce,
    )


@pytest.mark.parametrize(
    ("algorithm", "password", "realm", "nonce", "cnonce", "response"),
    [
        (
            "MD5",
            "Circle Of Life",
            "testrealm@host.com",
            "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "0a4f113b",
            "6629fae49393a05397450978507c4ef1",
        ),
        (
            "MD5",
            "Circle of Life",
            "http-auth@example.org",
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            "8ca523f5e9506fed4657c9700eebdbec",
        ),
        (
            "SHA-256",
            "Circle of Life",
            "http-auth@example.org",
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_vectors_of_rfc_2617_and_rfc_7616(
    algorithm: str, password: str, realm: str, nonce: str, cnonce: str, response: str
) -> None:
    assert response == digest_response(
        algorithm,
        secret=("Mufasa", realm, password),
        nonce=nonce,
        request=("GET", "/dir/index.html", b""),
        qop="auth",
        nc="00000001",
        cnonce=cnonce,
    )


def challenges(*values: str, proxy: bool = False) -> tuple[Challenge, ...]:
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    return read_challenges(Headers([(name, value) for value in values]))


def challenge(nonce: str = "n1", more: str = ', qop="auth"', realm: str = "r") -> str:
    return f'Digest realm="{realm}", nonce="{nonce}"{more}'


def agent(**policy: str) -> Authenticator:
    numbers = count(1)
    return Authenticator("u", "p", cnonce=lambda: f"c{next(numbers)}", **policy)


class Asking:
    """One request and its retries against an `Authenticator`."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.authenticator = authenticator
        self.tries = Tries()
        self.sent: tuple[Credentials, ...] = ()

    def gets(self, *values: str, proxy: bool = False) -> Outcome:
        outcome = self.authenticator.challenged(
            challenges(*values, proxy=proxy), self.sent, self.tries
        )
        if outcome is Outcome.RETRY:
            self.sends()
        return outcome

    def sends(self) -> tuple[Credentials, ...]:
        lines = self.authenticator.credentials("REGISTER", "sip:r")
        self.sent = tuple(
            Credentials.parse(value, proxy=name.startswith("Proxy")) for name, value in lines
        )
        return self.sent


def test_an_answer_quotes_what_must_be_quoted_and_echoes_what_must_be_echoed() -> None:
    authenticator = agent()
    asking = Asking(authenticator)
    more = ', opaque="", algorithm=md5, qop="auth-int,auth", domain="sip:x", stale=FALSE'
    assert asking.gets(challenge('n"1', more).replace('n"1', 'n\\"1')) is Outcome.RETRY
    ((name, value),) = authenticator.credentials("INVITE", "sip:b@dom")
    response = digest_response(
        "MD5",
        secret=("u", "r", "p"),
        nonce='n"1',
        request=("INVITE", "sip:b@dom", b""),
        qop="auth",
        nc="00000002",
        cnonce="c2",
    )
    assert name == "Authorization"
    assert value == (
        f'Digest username="u", realm="r", nonce="n\\"1", uri="sip:b@dom", response="{response}",'
        ' algorithm=md5, cnonce="c2", opaque="", qop=auth, nc=00000002'
    )


@pytest.mark.parametrize("more", ["", ', qop=""'])
def test_without_qop_the_answer_is_that_of_rfc_2069(more: str) -> None:
    asking = Asking(agent())
    assert asking.gets(challenge(more=more)) is Outcome.RETRY
    (sent,) = asking.sent
    assert (sent.qop, sent.nc, sent.cnonce, sent.opaque, sent.algorithm) == (None,) * 5
    assert sent.response == digest_response(
        "MD5", secret=("u", "r", "p"), nonce="n1", request=("REGISTER", "sip:r", b"")
    )


def test_auth_int_is_answered_where_nothing_else_is_offered() -> None:
    authenticator = agent()
    Asking(authenticator).gets(challenge(more=', qop="auth-int"'))
    ((_, value),) = authenticator.credentials("INVITE", "sip:b", b"body")
    sent = Credentials.parse(value)
    assert sent.qop == "auth-int"
    assert sent.response == digest_response(
        "MD5",
        secret=("u", "r", "p"),
        nonce="n1",
        request=("INVITE", "sip:b", b"body"),
        qop="auth-int",
        nc=sent.nc or "",
        cnonce=sent.cnonce or "",
    )


def test_nonce_counts_rise_over_all_requests_and_begin_anew_with_a_nonce() -> None:
    asking = Asking(agent())
    asking.gets(challenge("n1"))
    assert [asking.sends()[0].nc for _ in range(2)] == ["00000002", "00000003"]
    asking.gets(challenge("n2", ', qop="auth", stale=true'))
    assert (asking.sent[0].nonce, asking.sent[0].nc) == ("n2", "00000001")


def test_a_session_keeps_its_cnonce_for_the_life_of_the_nonce() -> None:
    asking = Asking(agent())
    asking.gets(challenge(more=', qop="auth", algorithm=SHA-256-sess'))
    assert [asking.sends()[0].cnonce for _ in range(2)] == ["c1", "c1"]


def test_the_strongest_usable_challenge_is_chosen_and_of_equals_the_topmost() -> None:
    assert {"md5", "sha-256"} <= ALGORITHMS
    found = challenges(
        "Basic realm=r",
        challenge("1", ", algorithm=SHA-1"),
        challenge("2", ", algorithm=MD5"),
        challenge("3", ', algorithm="sha-256", qop="auth"'),
        challenge("4", ", algorithm=SHA-256"),
        challenge("5", ', algorithm=SHA-512-256, qop="odd"'),
        'Digest realm="r", algorithm=SHA-512-256',
        "Negotiate a87421000492aa874209af8bc028==",
        "NTLM",
    )
    best = strongest(found)
    assert best is not None
    assert best.nonce == "3"
    assert strongest(challenges("Basic realm=r", "Negotiate")) is None


def test_nothing_but_digest_is_answered() -> None:
    assert Asking(agent()).gets('Basic realm="r"') is Outcome.UNSUPPORTED
    assert Asking(agent()).gets(challenge(more=", algorithm=MD6")) is Outcome.UNSUPPORTED
    assert Asking(agent()).gets() is Outcome.UNSUPPORTED


def test_the_same_nonce_again_means_a_wrong_password() -> None:
    asking = Asking(agent())
    asking.gets(challenge("n1"))
    assert asking.gets(challenge("n1")) is Outcome.WRONG_PASSWORD


def test_the_same_nonce_again_but_stale_is_tried_once_more() -> None:
    asking = Asking(agent())
    asking.gets(challenge("n1"))
    assert asking.gets(challenge("n1", ', qop="auth", stale=true')) is Outcome.RETRY
    assert asking.sent[0].nc == "00000002"


def test_the_same_nonce_after_a_request_without_credentials_means_nothing() -> None:
    authenticator = agent()
    Asking(authenticator).gets(challenge("n1"))
    another = Asking(authenticator)
    assert another.gets(challenge("n1")) is Outcome.RETRY
    assert another.sent[0].nc == "00000002"


@pytest.mark.parametrize("more", [', stale=true, qop="auth"', ', qop="auth"'])
def test_a_fresh_nonce_is_tried_once_more_stale_or_not(more: str) -> None:
    asking = Asking(agent())
    assert asking.gets(challenge("n1")) is Outcome.RETRY
    assert asking.gets(challenge("n2", more)) is Outcome.RETRY
    assert asking.gets(challenge("n3", more)) is Outcome.TOO_MANY


def test_registrar_and_proxy_are_answered_each_with_its_header() -> None:
    asking = Asking(agent())
    assert asking.gets(challenge("n1", realm="reg")) is Outcome.RETRY
    assert asking.gets(challenge("n2", realm="prox"), proxy=True) is Outcome.RETRY
    assert [(c.header, c.realm) for c in asking.sent] == [
        ("Authorization", "reg"),
        ("Proxy-Authorization", "prox"),
    ]
    assert asking.gets(challenge("n3", realm="reg")) is Outcome.RETRY
    assert asking.gets(challenge("n4", realm="prox"), proxy=True) is Outcome.RETRY
    assert asking.gets(challenge("n5", realm="prox"), proxy=True) is Outcome.TOO_MANY


def test_twelve_challenges_end() -> None:
    asking = Asking(agent(minimum="md5"))
    outcomes = [asking.gets(challenge(f"n{n}"), proxy=n % 2 == 1) for n in range(12)]
    assert outcomes == [Outcome.RETRY] * 4 + [Outcome.TOO_MANY] * 8


def test_an_empty_realm_and_a_long_nonce_are_answered() -> None:
    asking = Asking(agent())
    assert asking.gets(challenge("n" * 1024, realm="")) is Outcome.RETRY
    assert asking.sent[0].nonce == "n" * 1024


def test_a_weaker_algorithm_than_before_is_refused_unless_md5_is_wished() -> None:
    sha, md5 = challenge("1", ", algorithm=SHA-256"), challenge("2", ", algorithm=MD5")
    for policy, first, second in [
        ("", sha, Outcome.DOWNGRADED),
        ("md5", sha, Outcome.RETRY),
        ("", md5.replace("2", "3"), Outcome.RETRY),
    ]:
        authenticator = agent(minimum=policy)
        assert Asking(authenticator).gets(first) is Outcome.RETRY
        assert Asking(authenticator).gets(md5) is second
    assert Asking(agent(minimum="sha256")).gets(md5) is Outcome.DOWNGRADED
    assert Asking(agent(minimum="sha256")).gets(md5, sha) is Outcome.RETRY


def test_only_the_realm_learned_first_or_configured_is_answered() -> None:
    authenticator = agent()
    assert Asking(authenticator).gets(challenge(realm="a")) is Outcome.RETRY
    assert Asking(authenticator).gets(challenge(realm="b")) is Outcome.FOREIGN_REALM
    assert Asking(authenticator).gets(challenge(realm="b"), challenge("x", realm="a")) is (
        Outcome.RETRY
    )
    pinned = Authenticator("u", "p", cnonce=lambda: "c", realms=["b"])
    assert Asking(pinned).gets(challenge(realm="a")) is Outcome.FOREIGN_REALM
    assert Asking(pinned).gets(challenge(realm="b")) is Outcome.RETRY


def test_a_next_nonce_is_adopted() -> None:
    authenticator = agent()
    asking = Asking(authenticator)
    asking.gets(challenge("n1"))
    authenticator.informed('nextnonce="n2", qop=auth, rspauth="00"', proxy=True)
    assert asking.sends()[0].nonce == "n1"
    authenticator.informed('rspauth="00", nextnonce="n2"')
    assert (asking.sends()[0].nonce, asking.sent[0].nc) == ("n2", "00000001")
    for useless in ("", "nextnonce", 'nextnonce="', 'qop="auth"'):
        authenticator.informed(useless)
    assert asking.sends()[0].nonce == "n2"


def test_forgotten_nonces_are_not_used() -> None:
    authenticator = agent()
    Asking(authenticator).gets(challenge())
    authenticator.forget()
    assert authenticator.credentials("REGISTER", "sip:r") == ()


def test_a_forgotten_nonce_that_is_given_again_is_counted_on() -> None:
    authenticator = agent()
    Asking(authenticator).gets(challenge("n1"))
    authenticator.forget()
    Asking(authenticator).gets(challenge("n2"))
    authenticator.forget()
    again = Asking(authenticator)
    again.gets(challenge("n1"))
    assert (again.sent[0].nonce, again.sent[0].nc) == ("n1", "00000002")


def test_how_often_nonces_were_used_is_not_remembered_for_ever() -> None:
    authenticator = agent()
    for number in range(40):
        Asking(authenticator).gets(challenge(f"n{number}"))
        authenticator.forget()
    oldest = Asking(authenticator)
    oldest.gets(challenge("n0"))
    assert oldest.sent[0].nc == "00000001"


def test_a_password_never_shows() -> None:
    assert "hush" not in repr(Authenticator("u", "hush", cnonce=lambda: "c"))
