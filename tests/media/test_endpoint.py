"""Where RTP goes, and whose RTP is heard."""

from __future__ import annotations

import socket

import pytest

from firmware.errors import MediaError
from firmware.media.endpoint import LATCH_TICKS, Endpoint, normal
from tests.media.fakes import PEER, FakeRtpSocket

NEGOTIATED = PEER
OTHER_PORT = (PEER[0], 31000)
THIRD_PORT = (PEER[0], 32000)
STRANGER = ("198.51.100.1", PEER[1])


def aimed() -> tuple[Endpoint, FakeRtpSocket]:
    rtp = FakeRtpSocket()
    endpoint = Endpoint(rtp)
    endpoint.aim(*NEGOTIATED)
    return endpoint, rtp


def hear(endpoint: Endpoint, rtp: FakeRtpSocket, source: tuple[str, int]) -> bool:
    """A good packet from `source` arrives; whether it was taken."""
    rtp.arrive(b"r" * 20, source)
    taken = bool(endpoint.receive())
    if taken:
        endpoint.heard()
    return taken


def test_before_anybody_spoke_packets_go_to_the_negotiated_address() -> None:
    endpoint, rtp = aimed()
    assert endpoint.send(b"voice")
    assert rtp.sent == [(b"voice", NEGOTIATED)]


def test_with_no_address_nothing_is_sent_or_heard() -> None:
    rtp = FakeRtpSocket()
    endpoint = Endpoint(rtp)
    endpoint.aim("", 0)
    assert not endpoint.send(b"voice")
    assert not hear(endpoint, rtp, NEGOTIATED)
    assert (rtp.sent, endpoint.rejected) == ([], 1)


def test_the_negotiated_address_settles_it_at_once() -> None:
    endpoint, rtp = aimed()
    assert hear(endpoint, rtp, NEGOTIATED)
    assert endpoint.settled
    assert rtp.connected == NEGOTIATED


def test_a_stranger_is_never_heard() -> None:
    endpoint, rtp = aimed()
    assert not hear(endpoint, rtp, STRANGER)
    assert endpoint.rejected == 1
    endpoint.send(b"voice")
    assert rtp.sent == [(b"voice", NEGOTIATED)]


def test_another_port_of_the_peer_is_followed_once_and_then_for_good() -> None:
    endpoint, rtp = aimed()
    assert hear(endpoint, rtp, OTHER_PORT)
    endpoint.send(b"voice")
    assert rtp.sent == [(b"voice", OTHER_PORT)]
    assert not hear(endpoint, rtp, THIRD_PORT)
    for _ in range(LATCH_TICKS):
        endpoint.tick()
    assert endpoint.settled
    assert rtp.connected == OTHER_PORT


def test_the_negotiated_port_may_come_back_within_three_seconds() -> None:
    endpoint, rtp = aimed()
    hear(endpoint, rtp, OTHER_PORT)
    assert hear(endpoint, rtp, NEGOTIATED)
    assert (endpoint.settled, endpoint.peer) == (True, NEGOTIATED)


class Unreachable(FakeRtpSocket):
    """A kernel that has bad news before good: so many ICMP answers, so many lost routes."""

    def __init__(self, *, answers: int = 0, routes: int = 0) -> None:
        super().__init__()
        self.answers, self.routes = answers, routes

    def recvfrom_into(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
        if self.answers:
            self.answers -= 1
            raise ConnectionRefusedError(111, "Connection refused")
        return super().recvfrom_into(buffer)

    def connect(self, address: tuple[str, int]) -> None:
        if self.routes:
            self.routes -= 1
            raise OSError(101, "Network is unreachable")
        super().connect(address)


def test_an_answer_that_nobody_is_there_is_counted_and_voice_behind_it_is_heard() -> None:
    """C18: ICMP port unreachable of a peer that begins to listen a little later."""
    rtp = Unreachable(answers=2)
    endpoint = Endpoint(rtp)
    endpoint.aim(*NEGOTIATED)
    rtp.arrive(b"voice")
    assert [endpoint.receive() for _ in range(4)] == [b"", b"", b"voice", None]
    assert (endpoint.errors, endpoint.rejected) == (2, 0)


def test_a_route_that_is_missing_for_a_moment_is_tried_again_with_the_next_packet() -> None:
    rtp = Unreachable(routes=1)
    endpoint = Endpoint(rtp)
    endpoint.aim(*NEGOTIATED)
    assert hear(endpoint, rtp, NEGOTIATED)
    assert (endpoint.settled, endpoint.errors, endpoint.peer) == (False, 1, NEGOTIATED)
    assert hear(endpoint, rtp, NEGOTIATED)
    assert (endpoint.settled, rtp.connected) == (True, NEGOTIATED)


def test_what_was_not_rtp_moves_nothing() -> None:
    endpoint, rtp = aimed()
    rtp.arrive(b"not rtp", OTHER_PORT)
    assert endpoint.receive() == b"not rtp"
    assert endpoint.peer == NEGOTIATED


def test_a_new_negotiation_moves_a_settled_call() -> None:
    endpoint, rtp = aimed()
    hear(endpoint, rtp, NEGOTIATED)
    endpoint.aim("203.0.113.5", 4000)
    endpoint.send(b"voice")
    assert rtp.sent == [(b"voice", ("203.0.113.5", 4000))]


def test_the_same_negotiation_again_keeps_what_was_learnt() -> None:
    endpoint, rtp = aimed()
    hear(endpoint, rtp, OTHER_PORT)
    endpoint.aim(*NEGOTIATED)
    assert endpoint.peer == OTHER_PORT


def test_addresses_are_compared_as_the_kernel_writes_them() -> None:
    assert normal("2001:DB8:0:0::1") == "2001:db8::1"
    with pytest.raises(MediaError, match="is not an IP address"):
        normal("localhost")


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_real_sockets_do_as_the_fake(family: socket.AddressFamily, host: str) -> None:
    with (
        socket.socket(family, socket.SOCK_DGRAM) as ours,
        socket.socket(family, socket.SOCK_DGRAM) as theirs,
        socket.socket(family, socket.SOCK_DGRAM) as stranger,
    ):
        for one in (ours, theirs, stranger):
            one.bind((host, 0))
            one.setblocking(False)
        endpoint = Endpoint(ours)
        endpoint.aim(host, theirs.getsockname()[1])
        assert endpoint.receive() is None
        theirs.sendto(b"hello", ours.getsockname())
        assert endpoint.receive() == b"hello"
        endpoint.heard()
        assert endpoint.settled
        stranger.sendto(b"boo", ours.getsockname())
        assert endpoint.receive() is None
        assert endpoint.send(b"answer")
        assert theirs.recv(100) == b"answer"
