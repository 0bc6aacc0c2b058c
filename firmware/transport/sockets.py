"""The sockets of signalling and of voice: which there are, and what is set on them.

One socket policy (docs/reference/limits.md): with `transport = "udp"` one datagram socket,
which sends and receives; with tcp or tls one that listens (tls: if there is a certificate
to show), and one connection of ours to each server. No other port is open but for voice.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from firmware.errors import GatewayError, NoPortError
from firmware.sip.events import Address

AF31 = 26 << 2
"""DSCP of signalling (RFC 4594), as the TOS byte."""
EF = 46 << 2
"""DSCP of voice."""
KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""Keep-alive times in seconds, and their number: a vanished peer is noticed in a minute."""
UNACKNOWLEDGED = 20_000
"""Milliseconds that what was sent may stay without an acknowledgement (RFC 5482)."""
WAITING_PEERS = 16


class NetworkError(GatewayError):
    """A socket cannot be opened, or there is no way to the peer."""


class NoSocketError(NetworkError):
    """The system has no socket left (EMFILE, ENOBUFS): that says nothing of the network."""


class NoVoicePortError(NetworkError, NoPortError):
    """No two ports are free, or no socket is to be had for them."""


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def mark(sock: socket.socket, tos: int) -> None:
    """Ask the network to treat what is sent as `tos` says; unmarked if that is not permitted."""
    with contextlib.suppress(OSError):
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)


def datagrams(local: Address) -> socket.socket:
    """The socket for signalling by UDP.

    Raises:
        NetworkError: the address is in use, or not ours; or there is no socket left.
    """
    sock = _new(local, socket.SOCK_DGRAM)
    _bind(sock, local)
    mark(sock, AF31)
    return sock


def listening(local: Address) -> socket.socket:
    """The socket that peers connect to.

    Raises:
        NetworkError: the address is in use, or not ours; or there is no socket left.
    """
    sock = _new(local, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # start again without a pause
    _bind(sock, local)
    mark(sock, AF31)  # those it accepts inherit it
    sock.listen(WAITING_PEERS)
    return sock


def connecting(target: Address, local_host: str) -> socket.socket:
    """A socket for a connection of ours, not yet connected.

    Args:
        target: where to.
        local_host: our address; any, if the way decides.

    Raises:
        OSError: there is none left, or the address is not ours.
    """
    sock = socket.socket(family(target.host), socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if not ipaddress.ip_address(local_host).is_unspecified:
            sock.bind((local_host, 0))
        mark(sock, AF31)
        prepare(sock)
    except OSError:
        sock.close()
        raise
    return sock


def prepare(sock: socket.socket) -> None:
    """What is set on every connection: no waiting to fill a packet, a watch on the peer."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (*KEEP_ALIVE.items(), ("TCP_USER_TIMEOUT", UNACKNOWLEDGED)):
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def towards(peer: Address) -> str:
    """Our own address as `peer` would see it.

    Raises:
        NoSocketError: it cannot be found out now.
        NetworkError: there is no way to the peer.
    """
    with _new(peer, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer.host, peer.port))  # sends nothing; asks the routing table
        except OSError as error:
            raise NetworkError(f"no way to {peer}: {error.strerror}") from error
        return str(probe.getsockname()[0])


def _new(address: Address, kind: socket.SocketKind) -> socket.socket:
    try:
        return socket.socket(family(address.host), kind)
    except OSError as error:
        raise NoSocketError(f"no socket is to be had: {error.strerror}") from error


def _bind(sock: socket.socket, local: Address) -> None:
    try:
        sock.setblocking(False)
        sock.bind((local.host, local.port))
    except OSError as error:
        sock.close()
        raise NetworkError(f"cannot listen on {local}: {error.strerror}") from error
